//! One capture from its first octet to its part of the report.

use std::collections::BTreeMap;
use std::io::Read;

use super::fragments;
use super::ledger::Ledger;
use super::limits::{self as reached, Counts};
use super::probes::{self, Probes};
use super::quality::{Clock, Quality};
use crate::capture::{CaptureError, CaptureInfo, CaptureReader};
use crate::decode::{Decoded, Decoder, Undecoded};
use crate::finding::{Blames, CaptureName, Finding, Moment, PacketRef, Span};
use crate::flow::attempt::{Attempt, Outcome};
use crate::flow::incarnation::Ended;
use crate::flow::opening::Opening;
use crate::flow::patterns::{PatternFinding, Patterns};
use crate::flow::probe::Probe;
use crate::flow::table::{Left, Table};
use crate::flow::vantage;
use crate::icmp::IcmpError;
use crate::limits;
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::state::State;
use crate::machine::surroundings::CaptureFacts;
use crate::observation::Observations;
use crate::report::entry::{self, role};
use crate::report::model::{CaptureReport, Withheld};
use crate::report::words;
use crate::rules;
use crate::rules::case::Case;
use crate::rules::judge::{self, Ruling};
use crate::rules::needs;
use crate::segment::{Flags, NS_PER_S, Segment, Timestamp};
use crate::settings::{Profile, Settings};
use crate::tunnel::{Tunnels, Within};

/// A capture's part of the report; its connections and findings are in the books.
#[derive(Debug)]
pub struct Done {
    /// The file.
    pub report: CaptureReport,
    /// It could not be read whole.
    pub failed: bool,
}

/// The entry of a capture of which nothing could be read.
pub fn unread(name: &str, error: String, ledger: &mut Ledger) -> CaptureReport {
    let books = ledger.end_capture();
    CaptureReport {
        path: name.into(),
        format: None,
        link_types: Vec::new(),
        packets: 0,
        tcp_segments: 0,
        connections: books.connections,
        start: None,
        end: None,
        duration_s: Span(0),
        complete: false,
        error: Some(error),
        notes: books.notes,
        undecoded: BTreeMap::new(),
        limits: books.limits,
    }
}

/// Reads and judges one capture; what is found goes to `ledger`.
pub fn run(
    name: &str,
    source: Box<dyn Read + Send>,
    settings: &Settings,
    ledger: &mut Ledger,
) -> Done {
    let mut reader = match CaptureReader::from_reader(source) {
        Ok(reader) => reader,
        Err(error) => {
            return Done {
                report: unread(name, error.to_string(), ledger),
                failed: true,
            };
        }
    };
    let mut decoder = Decoder::default();
    let mut run = Run::new(name, settings, ledger);
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
                run.settle(decoder.tunnels());
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
    ledger: &'a mut Ledger,
    probes: Probes,
    tcp_segments: u64,
    undecoded: [u64; Undecoded::COUNT],
    counts: Counts,
}

impl Run<'_> {
    fn new<'a>(name: &str, settings: &'a Settings, ledger: &'a mut Ledger) -> Run<'a> {
        Run {
            settings,
            name: name.into(),
            digits: 0,
            facts: CaptureFacts::default(),
            clock: Clock::default(),
            start: None,
            end: None,
            table: Table::default(),
            patterns: Patterns::default(),
            left: Vec::new(),
            probes: Probes::new(ledger.limits().memory),
            ledger,
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
            let (addr, tunnel) = (segment.source, segment.tunnel);
            self.facts.listeners.insert(Within { addr, tunnel });
        }
        let left = &mut self.left;
        self.table.take(segment, &mut |gone| left.push(gone));
    }

    fn hear(&mut self, error: &IcmpError) {
        self.skip(Undecoded::NotTcp);
        let left = &mut self.left;
        self.table.hear(error, &mut |gone| left.push(gone));
    }

    /// Sees to what has left the table.
    fn settle(&mut self, tunnels: &Tunnels) {
        if !self.left.is_empty() {
            for gone in std::mem::take(&mut self.left) {
                match gone {
                    Left::Connection(ended) => {
                        self.learn(&ended.connection);
                        self.judge(ended, tunnels);
                    }
                    // The table counts it.
                    Left::Dropped(attempt) => self.patterns.add(&Attempt {
                        cut_short: true,
                        ..attempt
                    }),
                    // Leaves only at the end of the capture.
                    Left::HalfOpen(_) => {}
                }
            }
        }
    }

    /// What a connection tells about the capture and about patterns.
    fn learn(&mut self, connection: &Connection) {
        let ends = &connection.ends;
        if ends.client.was_seen() && ends.server.was_seen() {
            self.facts.add_two_way(connection.tunnel);
        }
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
        if let Some(attempt) = Attempt::of(connection) {
            self.learn_attempt(attempt);
        }
        if let Some(probe) = Probe::of(connection) {
            self.patterns.add_probe(&probe);
        }
    }

    /// The same of an opening that nothing has completed.
    fn learn_opening(&mut self, opening: &Opening) {
        // Of a SYN and its answer there is no more to learn than that, and floods have many.
        if opening.further.is_empty() || opening.plain_answer().is_some() {
            self.facts.two_way |= !opening.further.is_empty();
            if let Some(attempt) = Attempt::of_opening(opening) {
                self.learn_attempt(attempt);
            }
        } else {
            self.learn(opening.track().connection());
        }
    }

    fn learn_attempt(&mut self, mut attempt: Attempt) {
        attempt.until = self.facts.latest;
        if attempt.outcome == Outcome::HalfOpen && attempt.syn_acks > 0 {
            self.facts.add_half_open(attempt.server);
        }
        self.patterns.add(&attempt);
    }

    fn judge(&mut self, ended: Ended, tunnels: &Tunnels) {
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
            tunnels,
        );
        let findings = judgement
            .rulings
            .into_iter()
            .map(|r| self.finding(r, &connection))
            .collect();
        let Some(probe) = Probe::of(&connection) else {
            return self.ledger.connection(entry, findings);
        };
        let probe = probes::Judged {
            entry,
            findings,
            source: probe.prober(),
            kind: probe.kind,
        };
        if let Some(probes::Judged {
            entry, findings, ..
        }) = self.probes.add(probe)
        {
            self.ledger.connection(entry, findings);
        }
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
        self.end_all(decoder.tunnels());
        let mut patterns = self.patterns.findings(&self.facts, self.settings);
        for pattern in patterns.iter_mut().filter(|pattern| pattern.tunnel != 0) {
            let place = match decoder.tunnels().chain(pattern.tunnel) {
                [] => "a tunnel".to_owned(),
                chain => words::tunnels(chain),
            };
            let place = format!(" All of it is in {place}.");
            pattern.message.push_str(&place);
        }
        patterns.extend(
            decoder
                .fragments()
                .overlaps()
                .iter()
                .map(fragments::finding),
        );
        self.skip_all(Undecoded::IpFragment, decoder.fragments().unfinished());
        self.skip_all(Undecoded::FragmentJoined, decoder.fragments().joined());
        for (_, need) in self.patterns.withheld(&self.facts, self.settings) {
            self.ledger.withheld(need);
        }
        let lost = self.probes.settle(&mut patterns, self.ledger).err();
        for finding in self.overall(info, error, patterns) {
            self.ledger.finding(finding);
        }
        let books = self.ledger.end_capture();
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
            connections: books.connections,
            start: moment(self.start),
            end: moment(self.end),
            duration_s: Span(span),
            complete: error.is_none() && !problems && lost.is_none(),
            error: error
                .map(ToString::to_string)
                .or_else(|| skipped_blocks(info))
                .or_else(|| lost.as_ref().map(ToString::to_string)),
            notes: books.notes,
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
                books.limits,
            ]
            .concat(),
        };
        let failed = error.is_some() && !allowed || problems || lost.is_some();
        Done { report, failed }
    }

    /// Judges what is still in the table. Floods are found first, because
    /// what belongs to one is counted there and not listed.
    fn end_all(&mut self, tunnels: &Tunnels) {
        let mut table = std::mem::take(&mut self.table);
        for track in table.tracks() {
            self.learn(track.connection());
        }
        for opening in table.openings() {
            self.learn_opening(&opening);
        }
        table.finish(&mut |left| match left {
            Left::Connection(ended) => {
                let attempt = Attempt::of(&ended.connection);
                if !attempt.is_some_and(|attempt| self.folds(&attempt)) {
                    self.judge(ended, tunnels);
                }
            }
            Left::HalfOpen(opening) => {
                let attempt = Attempt::of_opening(&opening);
                if !attempt.is_some_and(|attempt| self.folds(&attempt)) {
                    let (ended, _) = opening.track().end();
                    self.judge(ended, tunnels);
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
