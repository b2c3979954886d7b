//! One capture from its first octet to its part of the report.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::IpAddr;

use super::fragments;
use super::limits::{self as reached, Counts};
use super::probes;
use super::quality::{Clock, Quality};
use crate::capture::{CaptureError, CaptureInfo, CaptureReader};
use crate::decode::{Decoded, Decoder, Undecoded};
use crate::finding::{Blames, CaptureName, Finding, Moment, PacketRef, Span};
use crate::flow::attempt::{Attempt, Outcome};
use crate::flow::incarnation::{Ended, Track};
use crate::flow::patterns::{PatternFinding, Patterns};
use crate::flow::probe::{Probe, ProbeKind};
use crate::flow::table::{Left, Table};
use crate::flow::vantage;
use crate::icmp::IcmpError;
use crate::limits::{self, TableLimits};
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::state::State;
use crate::machine::surroundings::CaptureFacts;
use crate::observation::Observations;
use crate::report::entry::{self, role};
use crate::report::model::{CaptureReport, ConnectionReport, Note, Withheld};
use crate::rules;
use crate::rules::case::Case;
use crate::rules::judge::{self, Ruling};
use crate::rules::needs;
use crate::rules::rule::Group;
use crate::segment::{Flags, NS_PER_S, Segment, Timestamp};
use crate::settings::{Profile, Settings};

/// A connection's part of the report.
#[derive(Debug)]
pub struct Judged {
    /// Its entry, without an id.
    pub entry: ConnectionReport,
    /// What is said of it.
    pub findings: Vec<Finding>,
    /// It is nothing but a probe: whose, and of which kind.
    pub probe: Option<(IpAddr, ProbeKind)>,
}

/// A capture's part of the report.
#[derive(Debug)]
pub struct Done {
    /// The file.
    pub report: CaptureReport,
    /// Its connections in order of first packet.
    pub judged: Vec<Judged>,
    /// Findings about no single connection.
    pub findings: Vec<Finding>,
    /// Needs for want of which something over many connections was not said, one for each rule.
    pub withheld: Vec<&'static str>,
    /// It could not be read whole.
    pub failed: bool,
}

/// The entry of a capture of which nothing could be read.
pub fn unread(name: &str, error: String) -> CaptureReport {
    CaptureReport {
        path: name.into(),
        format: None,
        link_types: Vec::new(),
        packets: 0,
        tcp_segments: 0,
        connections: 0,
        start: None,
        end: None,
        duration_s: Span(0),
        complete: false,
        error: Some(error),
        notes: Vec::new(),
        undecoded: BTreeMap::new(),
        limits: Vec::new(),
    }
}

/// Reads and judges one capture.
pub fn run(
    name: &str,
    source: Box<dyn Read + Send>,
    settings: &Settings,
    limits: TableLimits,
) -> Done {
    let mut reader = match CaptureReader::from_reader(source) {
        Ok(reader) => reader,
        Err(error) => {
            let report = unread(name, error.to_string());
            return Done {
                report,
                judged: Vec::new(),
                findings: Vec::new(),
                withheld: Vec::new(),
                failed: true,
            };
        }
    };
    let mut decoder = Decoder::default();
    let mut run = Run::new(name, settings, limits);
    let mut error = None;
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                // A block without a time happened after the frame before it.
                let time = frame.time.unwrap_or(run.facts.latest);
                run.tick(frame.number, time);
                match decoder.decode(&frame, time) {
                    Ok(Decoded::Segment(segment)) => run.take(&segment),
                    Ok(Decoded::IcmpError(error)) => run.hear(&error),
                    // Counted at the end: the rest of its packet may come.
                    Ok(Decoded::Piece) => {}
                    Err(reason) => run.skip(reason),
                }
            }
            Ok(None) => break,
            Err(stopped) => {
                error = Some(stopped);
                break;
            }
        }
        run.digits = reader.info().time_digits;
    }
    run.finish(reader.info(), &decoder, error.as_ref())
}

/// A connection that stops so long before the end was not merely under way.
const CUT_NS: i64 = 5 * NS_PER_S;

/// What a rule adds where the textbook is stricter than the RFC.
const ALLOWED: &str = " RFC 9293 allows this; the textbook does not.";

struct Run<'a> {
    settings: &'a Settings,
    name: CaptureName,
    digits: u8,
    facts: CaptureFacts,
    clock: Clock,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    table: Table,
    patterns: Patterns,
    left: Vec<Left>,
    judged: Vec<Judged>,
    tcp_segments: u64,
    undecoded: [u64; Undecoded::COUNT],
    counts: Counts,
}

impl Run<'_> {
    fn new<'a>(name: &str, settings: &'a Settings, limits: TableLimits) -> Run<'a> {
        Run {
            settings,
            name: name.into(),
            digits: 0,
            facts: CaptureFacts::default(),
            clock: Clock::default(),
            start: None,
            end: None,
            table: Table::with_limits(limits),
            patterns: Patterns::default(),
            left: Vec::new(),
            judged: Vec::new(),
            tcp_segments: 0,
            undecoded: [0; Undecoded::COUNT],
            counts: Counts::default(),
        }
    }

    fn tick(&mut self, packet: u64, time: Timestamp) {
        self.clock.tick(packet, time);
        self.facts.step_back_ns = self.clock.step_back_ns();
        if self.start.is_none() {
            self.facts.latest = time;
        }
        self.facts.tick(time);
        self.start = Some(self.start.map_or(time, |start| start.min(time)));
        self.end = Some(self.end.map_or(time, |end| end.max(time)));
    }

    fn skip(&mut self, reason: Undecoded) {
        self.skip_all(reason, 1);
    }

    fn skip_all(&mut self, reason: Undecoded, frames: u64) {
        if let Some(count) = self.undecoded.get_mut(reason.index()) {
            *count += frames;
        }
    }

    fn take(&mut self, segment: &Segment<'_>) {
        self.tcp_segments += 1;
        if segment.flags.contains(Flags::SYN | Flags::ACK)
            && self.facts.listeners.len() < limits::LISTENERS
        {
            self.facts.listeners.insert(segment.source);
        }
        let left = &mut self.left;
        self.table.take(segment, &mut |gone| left.push(gone));
        self.settle();
    }

    fn hear(&mut self, error: &IcmpError) {
        self.skip(Undecoded::NotTcp);
        let left = &mut self.left;
        self.table.hear(error, &mut |gone| left.push(gone));
        self.settle();
    }

    /// Sees to what has left the table.
    fn settle(&mut self) {
        if !self.left.is_empty() {
            for gone in std::mem::take(&mut self.left) {
                match gone {
                    Left::Connection(ended) => {
                        self.learn(&ended.connection);
                        self.judge(ended);
                    }
                    // The table counts it.
                    Left::Dropped(attempt) => self.patterns.add(&Attempt {
                        cut_short: true,
                        ..attempt
                    }),
                    // Leaves only at the end of the capture.
                    Left::Unanswered(_) => {}
                }
            }
        }
    }

    /// What a connection tells about the capture and about patterns.
    fn learn(&mut self, connection: &Connection) {
        let ends = &connection.ends;
        self.facts.two_way |= ends.client.was_seen() && ends.server.was_seen();
        if let Some(side) = connection.breaks_off()
            && self.facts.latest.since(connection.last.1) >= CUT_NS
            && self.facts.broken_off.len() < limits::LISTENERS
        {
            let host = connection.sockets.of(side).ip;
            self.facts.broken_off.insert(host);
        }
        if let Some(side) = connection.stops_at_last_fin()
            && self.facts.latest.since(connection.last.1) >= CUT_NS
            && self.facts.stopped_at_fin.len() < limits::LISTENERS
        {
            let host = connection.sockets.of(side).ip;
            self.facts.stopped_at_fin.insert(host);
        }
        if let Some(mut attempt) = Attempt::of(connection) {
            attempt.until = self.facts.latest;
            if attempt.outcome == Outcome::HalfOpen && attempt.syn_acks > 0 {
                self.facts.add_half_open(attempt.server);
            }
            self.patterns.add(&attempt);
        }
        if let Some(probe) = Probe::of(connection) {
            self.patterns.add_probe(&probe);
        }
    }

    fn judge(&mut self, ended: Ended) {
        let Ended {
            mut connection,
            previous,
            followed_by,
        } = ended;
        let until = followed_by.map_or(self.facts.latest, |(_, time)| time);
        wind_up(&mut connection, until, self.settings);
        self.counts.noted_dropped += connection.noted_dropped();
        self.counts.icmp_dropped += connection.icmp.dropped();
        for side in Side::BOTH {
            let stream = connection.ends.of(side).stream.as_ref();
            self.counts.islands_dropped += stream.map_or(0, |stream| stream.islands_dropped());
        }
        let vantage = vantage::infer(&connection, self.settings.vantage);
        let case = Case {
            connection: &connection,
            previous: previous.as_deref(),
            followed_by,
            until,
            vantage,
            capture: &self.facts,
            settings: self.settings,
        };
        let judgement = judge::judge(&case);
        let lost = needs::lost_something(&case);
        let withheld = judgement
            .withheld
            .iter()
            .map(|(rule, need)| Withheld {
                rule,
                need: need.as_str(),
            })
            .collect();
        let entry = entry::entry(
            &connection,
            vantage,
            &self.name,
            self.digits,
            lost,
            withheld,
        );
        let findings = judgement
            .rulings
            .into_iter()
            .map(|r| self.finding(r, &connection))
            .collect();
        let probe = Probe::of(&connection).map(|probe| (probe.source.ip, probe.kind));
        self.judged.push(Judged {
            entry,
            findings,
            probe,
        });
    }

    fn finding(&self, ruling: Ruling, connection: &Connection) -> Finding {
        let Ruling {
            rule,
            verdict,
            severity,
            certainty,
            followers,
        } = ruling;
        let isn = |side: Option<Side>| side.and_then(|side| connection.ends.of(side).iss());
        let (seq_isn, ack_isn) = (
            isn(verdict.numbers_of),
            isn(verdict.numbers_of.map(Side::peer)),
        );
        let (mut expected, mut observed) = (verdict.expected, verdict.observed);
        expected.relate(seq_isn, ack_isn);
        observed.relate(seq_isn, ack_isn);
        let mut message = verdict.message;
        if self.settings.profile == Profile::Textbook && rule.textbook && severity > rule.severity {
            message.push_str(ALLOWED);
        }
        // A verdict against an endpoint that names none is about somebody who
        // used its address.
        let blames = match (rule.blames, verdict.endpoint) {
            (Blames::Endpoint, None) => Blames::ThirdParty,
            (blames, _) => blames,
        };
        Finding {
            rule: rule.code,
            name: rule.name,
            case: verdict.case,
            severity,
            certainty,
            connection: None,
            capture: self.name.clone(),
            endpoint: verdict.endpoint.map(role),
            blames,
            subject: None,
            packet: verdict.packet,
            related_packets: self.packets(&verdict.related),
            time: verdict.time.map(|at| Moment {
                at,
                digits: self.digits,
            }),
            message,
            expected,
            observed,
            rfc: rule.rfc,
            followers,
        }
    }

    fn packets(&self, packets: &[u64]) -> Vec<PacketRef> {
        let capture = || self.name.clone();
        packets
            .iter()
            .map(|packet| PacketRef {
                capture: capture(),
                packet: *packet,
            })
            .collect()
    }

    fn finish(
        mut self,
        info: &CaptureInfo,
        decoder: &Decoder,
        error: Option<&CaptureError>,
    ) -> Done {
        self.digits = info.time_digits;
        self.facts.drops = info.drops;
        self.end_all();
        self.judged.sort_by_key(|judged| judged.entry.first_packet);
        let mut patterns = self.patterns.findings(&self.facts, self.settings);
        patterns.extend(
            decoder
                .fragments()
                .overlaps()
                .iter()
                .map(fragments::finding),
        );
        self.skip_all(Undecoded::IpFragment, decoder.fragments().unfinished());
        self.skip_all(Undecoded::FragmentJoined, decoder.fragments().joined());
        let withheld = self.patterns.withheld(&self.facts, self.settings);
        let withheld = withheld.into_iter().map(|(_, need)| need).collect();
        probes::fold(&mut self.judged, &mut patterns);
        let findings = self.overall(info, error, patterns);
        let problems = info.problem_count > 0;
        let allowed =
            self.settings.allow_truncated && error.is_some_and(CaptureError::is_truncation);
        let moment = |at: Option<Timestamp>| {
            at.map(|at| Moment {
                at,
                digits: self.digits,
            })
        };
        let span = self
            .end
            .zip(self.start)
            .map_or(0, |(end, start)| end.since(start));
        let report = CaptureReport {
            path: self.name.clone(),
            format: Some(match info.compression {
                Some(compression) => format!("{}+{compression}", info.format),
                None => info.format.to_string(),
            }),
            link_types: info.link_types.iter().map(ToString::to_string).collect(),
            packets: info.frames,
            tcp_segments: self.tcp_segments,
            connections: self.judged.len() as u64,
            start: moment(self.start),
            end: moment(self.end),
            duration_s: Span(span),
            complete: error.is_none() && !problems,
            error: error
                .map(ToString::to_string)
                .or_else(|| skipped_blocks(info)),
            notes: notes(
                self.judged
                    .iter()
                    .flat_map(|j| &j.findings)
                    .chain(&findings),
            ),
            undecoded: Undecoded::ALL
                .iter()
                .zip(self.undecoded)
                .filter(|(_, count)| *count > 0)
                .map(|(reason, count)| (reason.as_str(), count))
                .collect(),
            limits: [
                reached::of_the_capture(&self.table, self.counts),
                reached::of_the_patterns(&self.patterns),
                reached::of_the_decoder(decoder),
            ]
            .concat(),
        };
        let failed = error.is_some() && !allowed || problems;
        Done {
            report,
            judged: self.judged,
            findings,
            withheld,
            failed,
        }
    }

    /// Judges what is still in the table. Floods are found first, because
    /// what belongs to one is counted there and not listed.
    fn end_all(&mut self) {
        let mut table = std::mem::take(&mut self.table);
        for track in table.tracks() {
            self.learn(track.connection());
        }
        for syn in table.lone_syns() {
            self.patterns.add(&Attempt::of_lone(syn));
        }
        table.finish(&mut |left| match left {
            Left::Connection(ended) => {
                let attempt = Attempt::of(&ended.connection);
                if !attempt.is_some_and(|attempt| self.folds(&attempt)) {
                    self.judge(ended);
                }
            }
            Left::Unanswered(syn) => {
                if !self.folds(&Attempt::of_lone(&syn)) {
                    let (ended, _) = Track::beginning_with(&syn.segment()).end();
                    self.judge(ended);
                }
            }
            // Leaves only for a limit, while the capture is read.
            Left::Dropped(_) => {}
        });
        self.table = table;
    }

    /// Whether an attempt is counted in a flood's finding and not listed.
    fn folds(&mut self, attempt: &Attempt) -> bool {
        let folds = attempt.is_half_open() && self.patterns.is_flood(attempt);
        self.counts.folded += u64::from(folds);
        folds
    }

    fn overall(
        &self,
        info: &CaptureInfo,
        error: Option<&CaptureError>,
        patterns: Vec<PatternFinding>,
    ) -> Vec<Finding> {
        let quality = Quality {
            clock: self.clock,
            drops: info.drops,
            cut: error.is_some_and(CaptureError::is_truncation),
            frames: info.frames,
        };
        let mut findings = quality.findings(&self.name, self.digits, self.settings);
        findings.extend(
            patterns
                .into_iter()
                .filter_map(|pattern| self.pattern(pattern)),
        );
        findings
    }

    fn pattern(&self, pattern: PatternFinding) -> Option<Finding> {
        let rule = rules::find(pattern.code).filter(|rule| self.settings.wants(rule.code))?;
        Some(Finding {
            rule: rule.code,
            name: rule.name,
            case: pattern.case,
            severity: judge::severity(rule, pattern.case, self.settings)?,
            certainty: pattern.certainty.unwrap_or(rule.certainty),
            connection: None,
            capture: self.name.clone(),
            endpoint: None,
            blames: rule.blames,
            subject: Some(pattern.subject),
            packet: None,
            related_packets: self.packets(&pattern.packets),
            time: Some(Moment {
                at: pattern.time,
                digits: self.digits,
            }),
            message: pattern.message,
            expected: pattern.expected,
            observed: pattern.observed,
            rfc: rule.rfc,
            followers: pattern.followers,
        })
    }
}

/// What can be said of a connection only when it is over.
fn wind_up(connection: &mut Connection, until: Timestamp, settings: &Settings) {
    for side in Side::BOTH {
        // TIME-WAIT began with the first copies at the earliest, and what would
        // restart it may not have arrived.
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        let acked = own.fin.and_then(|fin| fin.acked_by).map(|(_, time)| time);
        if let (Some(theirs), Some(acked)) = (peer.fin, acked)
            && theirs.time.max(acked).plus(settings.two_msl_ns()) <= until
        {
            connection.timeline.may_time_out(side);
        }
        if connection.timeline.state(side) != Some(State::TimeWait) {
            continue;
        }
        let entered = connection
            .timeline
            .steps()
            .iter()
            .rev()
            .find(|step| step.side == side && step.to == State::TimeWait)
            .map(|step| step.time);
        // A repeated FIN restarts the wait (RFC 9293, 3.10.7.4, eighth).
        let repeated = connection.ends.of(side.peer()).fin.map(|fin| fin.last_time);
        if let Some(since) = entered.max(repeated) {
            let end = since.plus(settings.two_msl_ns());
            if end <= until {
                connection.timeline.time_out(side, end);
            }
        }
    }
    connection.timeline.sort();
    let mut seen = Observations::ENDED;
    seen.set(Observations::MID_STREAM, connection.mid_stream);
    let unacknowledged = |side: Side| {
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        own.snd_next
            .is_some_and(|next| peer.ack_max.is_none_or(|ack| ack.before(next)))
    };
    seen.set(
        Observations::UNACKNOWLEDGED,
        Side::BOTH.into_iter().any(unacknowledged),
    );
    let silent = |side: Side| connection.watches.of(side).answers.is_silent();
    seen.set(Observations::UNANSWERED, Side::BOTH.into_iter().any(silent));
    connection.seen |= seen;
}

fn skipped_blocks(info: &CaptureInfo) -> Option<String> {
    let first = info.problems.first()?;
    Some(match info.problem_count {
        1 => format!("a damaged block was skipped: {first}"),
        n => format!("{n} damaged blocks were skipped, the first: {first}"),
    })
}

/// Findings of group CA summed up by rule.
fn notes<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Note> {
    let mut sums: BTreeMap<&'static str, (u64, &'a Finding)> = BTreeMap::new();
    for finding in findings {
        let rule = rules::find(finding.rule);
        if rule.is_some_and(|rule| rule.group == Group::CA) {
            sums.entry(finding.rule).or_insert((0, finding)).0 += 1;
        }
    }
    let note = |(rule, (count, first)): (&'static str, (u64, &Finding))| {
        let title = rules::find(rule).map_or("", |rule| rule.title);
        let message = if count == 1 {
            first.message.clone()
        } else {
            title.to_owned()
        };
        Note {
            rule,
            message,
            count,
        }
    };
    sums.into_iter().map(note).collect()
}
