//! One capture from its first octet to its part of the report.

use std::io::Read;
use std::time::{Duration, Instant};

use super::book::{self, Book, End};
use super::fragments;
use super::ledger::Ledger;
use super::limits::{self as reached, Counts};
use super::moved::{Moved, Passing};
use super::parts::Parts;
use super::probes::{self, Probes};
use super::undecided::{Both, Judged, Prober, Undecided};
use crate::capture::merge::numbers::Full;
use crate::capture::merge::{Merge, Merged, Origin};
use crate::capture::{CaptureError, CaptureInfo, CaptureReader, Format, Frame};
use crate::decode::{Decoded, Decoder, Undecoded};
use crate::finding::{Blames, Finding, PacketRef};
use crate::flow::attempt::{Attempt, Outcome};
use crate::flow::incarnation::Ended;
use crate::flow::key::FlowKey;
use crate::flow::opening::Opening;
use crate::flow::patterns::{PatternFinding, Patterns};
use crate::flow::probe::Probe;
use crate::flow::table::{Left, Table};
use crate::flow::vantage;
use crate::icmp::IcmpError;
use crate::limits::{self, TableLimits};
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::state::State;
use crate::machine::surroundings::{CaptureFacts, Vantage};
use crate::observation::Observations;
use crate::report::entry::{self, role};
use crate::report::model::{CaptureReport, Withheld};
use crate::report::places::Places;
use crate::report::words;
use crate::rules;
use crate::rules::case::Case;
use crate::rules::judge::{self, Ruling};
use crate::rules::needs;
use crate::segment::{Flags, NS_PER_S, Segment, Timestamp};
use crate::settings::{Profile, Settings, VantageChoice};
use crate::tunnel::{Tunnels, Within};

/// The files of a run; their connections and findings are in the books.
#[derive(Debug)]
pub struct Done {
    /// The files, in the order given.
    pub reports: Vec<CaptureReport>,
    /// A file could not be read whole.
    pub failed: bool,
}

/// Reads and judges one capture; what is found goes to `ledger`.
pub fn run(
    name: &str,
    source: Box<dyn Read + Send>,
    settings: &Settings,
    limits: TableLimits,
    ledger: &mut Ledger,
) -> Done {
    let mut run = Run::new(Places::single(name), 1, settings, limits, ledger);
    let mut decoder = Decoder::default();
    let mut reader = match CaptureReader::from_reader(source) {
        Ok(reader) => reader,
        Err(error) => {
            let end = End {
                info: None,
                error: Some(&error),
            };
            return run.finish(&[end], &decoder);
        }
    };
    // Who follows a capture is told what holds now.
    run.losses_may_follow = reader.info().format == Format::Pcapng && !settings.follow;
    let (mut error, mut quiet_since) = (None, None);
    loop {
        match reader.next_frame() {
            Err(error) if error.is_quiet() => {
                let since: Instant = *quiet_since.get_or_insert_with(Instant::now);
                run.rest(since.elapsed(), &decoder);
                continue;
            }
            // The numbers of one file's frames need no room.
            Ok(Some(frame)) => match run.frame(&mut decoder, 0, frame, None) {
                Ok(()) => {}
                Err(Full) => break,
            },
            Ok(None) => break,
            Err(stopped) => {
                error = Some(stopped);
                break;
            }
        }
        quiet_since = None;
        run.places.set_digits(0, reader.info().time_digits);
        run.facts.drops = reader.info().missing();
    }
    let end = End {
        info: Some(reader.info()),
        error: error.as_ref(),
    };
    run.finish(&[end], &decoder)
}

/// Reads several captures as one, and judges that.
pub fn merged(
    inputs: Vec<(String, Origin)>,
    settings: &Settings,
    limits: TableLimits,
    ledger: &mut Ledger,
) -> Done {
    let names = inputs.iter().map(|(name, _)| name.as_str());
    let mut run = Run::new(
        Places::merged(names),
        inputs.len(),
        settings,
        limits,
        ledger,
    );
    run.parts = Some(Parts::default());
    let files = inputs.len();
    let mut decoder = Decoder::default();
    let mut merge = Merge::new(inputs);
    let (mut ended, mut full) = (0, None);
    while let Some(Merged { file, frame, merge }) = merge.next_frame() {
        // This frame is behind the ends of these files.
        for file in merge.ended().get(ended..).unwrap_or_default() {
            run.facts.part_missing |= merge.error(*file).is_some();
            let lost = merge.info(*file).and_then(CaptureInfo::missing);
            run.facts.drops = run.facts.drops.max(lost.filter(|drops| *drops > 0));
        }
        ended = merge.ended().len();
        let info = merge.info(file);
        run.losses_may_follow |= info.is_some_and(|info| info.format == Format::Pcapng);
        let digits = info.map_or(0, |info| info.time_digits);
        run.places.set_digits(file, digits);
        if run.frame(&mut decoder, file, frame, Some(merge)).is_err() {
            full = Some(CaptureError::TooManyPackets);
            break;
        }
    }
    let end = |file| End {
        info: merge.info(file),
        error: match merge.is_done(file) {
            true => merge.error(file),
            false => full.as_ref(),
        },
    };
    run.finish(&(0..files).map(end).collect::<Vec<_>>(), &decoder)
}

/// A connection that stops so long before the end was not merely under way.
const CUT_NS: i64 = 5 * NS_PER_S;

/// What a rule adds where the textbook is stricter than the RFC.
const ALLOWED: &str = " RFC 9293 allows this; the textbook does not.";

struct Run<'a> {
    settings: &'a Settings,
    places: Places,
    /// A book for each file.
    books: Vec<Book>,
    /// For several files: whether they are parts of one capture.
    parts: Option<Parts>,
    moved: Moved,
    /// A frame was taken in.
    began: bool,
    facts: CaptureFacts,
    table: Table,
    patterns: Patterns,
    left: Vec<Left>,
    ledger: &'a mut Ledger,
    probes: Probes,
    /// The capture may still say that it lost frames.
    losses_may_follow: bool,
    undecided: Undecided,
    counts: Counts,
}

impl Run<'_> {
    fn new<'a>(
        places: Places,
        files: usize,
        settings: &'a Settings,
        limits: TableLimits,
        ledger: &'a mut Ledger,
    ) -> Run<'a> {
        Run {
            settings,
            places,
            books: (0..files).map(|_| Book::default()).collect(),
            parts: None,
            moved: Moved::default(),
            began: false,
            facts: CaptureFacts::default(),
            table: Table::with_limits(table_limits(settings, limits)),
            patterns: Patterns::default(),
            left: Vec::new(),
            probes: Probes::new(ledger.limits().memory),
            losses_may_follow: false,
            undecided: Undecided::new(ledger.limits().memory),
            ledger,
            counts: Counts::default(),
        }
    }

    /// Takes in the next frame of `file`, opened by `decoder`; `merge`: the captures that are read as one.
    ///
    /// # Errors
    /// If there is no more room to remember where packets are: nothing was taken in.
    fn frame(
        &mut self,
        decoder: &mut Decoder,
        file: usize,
        frame: Frame<'_>,
        merge: Option<&Merge>,
    ) -> Result<(), Full> {
        let running = self.places.add(file, frame.number)?;
        let time = match frame.time {
            Some(time) => self.tick(file, frame.number, time),
            None => self.go_on_without_time(file),
        };
        self.facts.by_radio |= frame.link_type.is_radio();
        let frame = Frame {
            number: running,
            ..frame
        };
        let mut passing = None;
        match decoder.decode(&frame, time) {
            Ok(Decoded::Segment(segment)) => {
                passing = Passing::of(&segment);
                if let (Some(parts), Some(merge)) = (&mut self.parts, merge) {
                    let under_way = |file| merge.is_under_way(file);
                    parts.see(&segment, file, under_way);
                    self.facts.step_back_ns = self.facts.step_back_ns.max(parts.apart_ns());
                }
                if let Some(book) = self.books.get_mut(file) {
                    book.add_segment();
                }
                self.take(&segment);
            }
            Ok(Decoded::IcmpError(error)) => {
                self.skip(file, Undecoded::NotTcp);
                self.hear(&error);
            }
            // Counted at the end: the rest of its packet may come.
            Ok(Decoded::Piece) => {
                if let Some(book) = self.books.get_mut(file) {
                    book.add_piece();
                }
            }
            Err(reason) => self.skip(file, reason),
        }
        if let Some(passing) = passing {
            self.moved.see(passing, decoder.tunnels());
        }
        self.settle(decoder.tunnels());
        Ok(())
    }

    /// Nothing was captured for so long: what is over leaves the table, as if the
    /// next frame came now. What was not captured is not judged by that time.
    fn rest(&mut self, quiet: Duration, decoder: &Decoder) {
        let quiet_ns = i64::try_from(quiet.as_nanos()).unwrap_or(i64::MAX);
        let left = &mut self.left;
        let now = self.facts.latest.plus(quiet_ns);
        self.table.expire(now, &mut |gone| left.push(gone));
        self.settle(decoder.tunnels());
    }

    /// Takes in the time of a frame.
    fn tick(&mut self, file: usize, number: u64, time: Timestamp) -> Timestamp {
        let facts = &mut self.facts;
        if !self.began {
            facts.latest = time;
            self.began = true;
        }
        if let Some(book) = self.books.get_mut(file) {
            book.tick(number, time);
            facts.step_back_ns = facts.step_back_ns.max(book.step_back_ns());
        }
        facts.tick(time);
        time
    }

    /// The time of a frame that has none: it happened after the one before it.
    fn go_on_without_time(&mut self, file: usize) -> Timestamp {
        if let Some(book) = self.books.get_mut(file) {
            book.miss_time();
            self.facts.step_back_ns = self.facts.step_back_ns.max(book.step_back_ns());
        }
        self.facts.latest
    }

    fn skip(&mut self, file: usize, reason: Undecoded) {
        if let Some(book) = self.books.get_mut(file) {
            book.add_undecoded(reason);
        }
    }

    fn take(&mut self, segment: &Segment<'_>) {
        if segment.flags.contains(Flags::SYN | Flags::ACK) {
            let (addr, tunnel) = (segment.source, segment.tunnel);
            let listener = Within { addr, tunnel };
            if self.facts.listeners.len() < limits::LISTENERS {
                self.facts.listeners.insert(listener);
            } else if !self.facts.listeners.contains(&listener) {
                self.counts.listeners_dropped += 1;
            }
        }
        let left = &mut self.left;
        self.table.take(segment, &mut |gone| left.push(gone));
    }

    fn hear(&mut self, error: &IcmpError) {
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
        self.counts.steps_dropped += connection.timeline.dropped();
        self.counts.damaged_dropped += connection.damaged_dropped();
        self.counts.icmp_dropped += connection.icmp.dropped();
        for side in Side::BOTH {
            let stream = connection.ends.of(side).stream.as_ref();
            self.counts.islands_dropped += stream.map_or(0, |stream| stream.islands_dropped());
            self.counts.missing_dropped += stream.map_or(0, |stream| stream.missing_dropped());
        }
        let ended = Ended {
            connection,
            previous,
            followed_by,
        };
        let quiet = self.judged(&ended, until, tunnels);
        if !self.losses_may_follow || self.facts.drops.is_some() {
            return self.enter(quiet);
        }
        self.facts.drops = Some(1);
        let lossy = self.judged(&ended, until, tunnels);
        self.facts.drops = None;
        if quiet == lossy {
            return self.enter(quiet);
        }
        if let Some(judged) = self.undecided.add(Both { quiet, lossy }) {
            self.enter(judged);
        }
    }

    /// What is to be said of a connection by what is known of the capture now.
    fn judged(&self, ended: &Ended, until: Timestamp, tunnels: &Tunnels) -> Judged {
        let connection = &*ended.connection;
        let by_parts = self.parts.as_ref().and_then(|parts| {
            let sockets = &connection.sockets;
            let key = FlowKey::between(sockets.client, sockets.server, connection.tunnel);
            parts.refuted(key)
        });
        let refuted = by_parts.or_else(|| self.moved.refuted(connection, tunnels));
        let mut vantage = vantage::infer(connection, self.settings.vantage);
        let clocks_apart = self
            .parts
            .as_ref()
            .is_some_and(|parts| parts.apart_ns() > 0);
        if clocks_apart && self.settings.vantage == VantageChoice::Auto {
            // Clocks that are apart look like a monitor elsewhere.
            vantage = Vantage::UNKNOWN;
        }
        let case = Case {
            connection,
            previous: ended.previous.as_deref(),
            followed_by: ended.followed_by,
            until,
            vantage,
            refuted,
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
        let entry = entry::entry(connection, vantage, &self.places, lost, withheld, tunnels);
        let findings = judgement
            .rulings
            .into_iter()
            .map(|r| self.finding(r, connection))
            .collect();
        let probe = Probe::of(connection).map(|probe| Prober {
            source: probe.prober(),
            kind: probe.kind,
        });
        Judged {
            first: connection.first.0,
            entry,
            findings,
            probe,
        }
    }

    /// Enters into the books what is said of a connection.
    fn enter(&mut self, judged: Judged) {
        let Judged {
            first,
            entry,
            findings,
            probe,
        } = judged;
        let Some(Prober { source, kind }) = probe else {
            return self.ledger.connection(first, entry, findings);
        };
        let probe = probes::Judged {
            first,
            entry,
            findings,
            source,
            kind,
        };
        if let Some(probes::Judged {
            entry, findings, ..
        }) = self.probes.add(probe)
        {
            self.ledger.connection(first, entry, findings);
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
        let file = self
            .places
            .file(verdict.packet.unwrap_or(connection.first.0));
        Finding {
            rule: rule.code,
            name: rule.name,
            case: verdict.case,
            severity,
            certainty,
            connection: None,
            capture: self.places.name(file),
            endpoint: verdict.endpoint.map(role),
            blames,
            subject: None,
            packet: (verdict.packet).map(|packet| self.places.packet(packet).packet),
            related_packets: self.packets(&verdict.related),
            time: verdict.time.map(|at| self.places.moment(file, at)),
            message: self.places.told(&message),
            expected,
            observed,
            rfc: rule.rfc,
            followers,
        }
    }

    fn packets(&self, packets: &[u64]) -> Vec<PacketRef> {
        let refs = packets.iter().map(|packet| self.places.packet(*packet));
        refs.collect()
    }

    fn finish(mut self, ends: &[End<'_>], decoder: &Decoder) -> Done {
        for (file, (book, end)) in self.books.iter_mut().zip(ends).enumerate() {
            let digits = end.info.map_or(0, |info| info.time_digits);
            self.places.set_digits(file, digits);
            book.add_damaged(end.info.map_or(0, |info| info.damaged_frames));
        }
        self.facts.drops = drops(ends);
        self.losses_may_follow = false;
        let frames_were_lost = self.facts.drops.is_some_and(|lost| lost > 0);
        let nothing = Undecided::new(0);
        let undecided = std::mem::replace(&mut self.undecided, nothing);
        let unsettled = undecided
            .settle(frames_were_lost, |judged| self.enter(judged))
            .err();
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
        let mut unfinished = decoder.fragments().unfinished();
        for book in &mut self.books {
            unfinished = book.end_pieces(unfinished);
        }
        for (_, need) in self.patterns.withheld(&self.facts, self.settings) {
            self.ledger.withheld(need);
        }
        let lost = self.probes.settle(&mut patterns, self.ledger).err();
        let lost = unsettled.or(lost);
        for finding in self.overall(ends, patterns) {
            self.ledger.finding(finding);
        }
        let failed = lost.is_some() || ends.iter().any(|end| end.is_failure(self.settings));
        Done {
            reports: self.reports(ends, decoder, lost.map(|error| error.to_string())),
            failed,
        }
    }

    /// The files' parts of the report. Limits are those of the run; they stand with the first.
    fn reports(
        self,
        ends: &[End<'_>],
        decoder: &Decoder,
        lost: Option<String>,
    ) -> Vec<CaptureReport> {
        let mut closed = self.ledger.end_capture(ends.len() as u64);
        let mut limits = [
            reached::of_the_capture(&self.table, self.counts),
            reached::of_the_facts(&self.facts, self.counts),
            reached::of_the_patterns(&self.patterns),
            reached::of_the_decoder(decoder),
            std::mem::take(&mut closed.limits),
        ]
        .concat();
        let files = self.books.iter().zip(ends).enumerate();
        files
            .map(|(file, (book, end))| {
                let (connections, notes) = closed.take(&self.places.name(file));
                let judged = book::Judged {
                    connections,
                    notes,
                    limits: std::mem::take(&mut limits),
                    error: lost.clone(),
                };
                book.report(file, *end, &self.places, judged)
            })
            .collect()
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

    fn overall(&self, ends: &[End<'_>], patterns: Vec<PatternFinding>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (file, (book, end)) in self.books.iter().zip(ends).enumerate() {
            findings.extend(book.findings(file, *end, &self.places, self.settings));
        }
        if let Some(parts) = &self.parts {
            findings.extend(parts.findings(&self.places, self.settings));
        }
        findings.extend(
            patterns
                .into_iter()
                .filter_map(|pattern| self.pattern(pattern)),
        );
        findings
    }

    fn pattern(&self, pattern: PatternFinding) -> Option<Finding> {
        let first = pattern.packets.first();
        let file = first.map_or(0, |packet| self.places.file(*packet));
        let rule = rules::find(pattern.code).filter(|rule| self.settings.wants(rule.code))?;
        Some(Finding {
            rule: rule.code,
            name: rule.name,
            case: pattern.case,
            severity: judge::severity(rule, pattern.case, self.settings)?,
            certainty: pattern.certainty.unwrap_or(rule.certainty),
            connection: None,
            capture: self.places.name(file),
            endpoint: None,
            blames: rule.blames,
            subject: Some(pattern.subject),
            packet: None,
            related_packets: self.packets(&pattern.packets),
            time: Some(self.places.moment(file, pattern.time)),
            message: self.places.told(&pattern.message),
            expected: pattern.expected,
            observed: pattern.observed,
            rfc: rule.rfc,
            followers: pattern.followers,
        })
    }
}

/// Who follows a capture is told of a connection when nothing of it can arrive any more: after
/// twice the MSL that the user gave, for all that the table would keep it longer.
fn table_limits(settings: &Settings, limits: TableLimits) -> TableLimits {
    TableLimits {
        linger_ns: match settings.follow {
            true => limits.linger_ns.min(settings.two_msl_ns()),
            false => limits.linger_ns,
        },
        ..limits
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

/// Frames that the capturing systems lost, as far as they say: none only where all say so.
fn drops(ends: &[End<'_>]) -> Option<u64> {
    let mut all_say = ends.iter().any(|end| end.info.is_some());
    let mut sum = 0_u64;
    for info in ends.iter().filter_map(|end| end.info) {
        let missing = info.missing();
        all_say &= missing.is_some() || info.frames == 0;
        sum = sum.saturating_add(missing.unwrap_or_default());
    }
    (sum > 0 || all_say).then_some(sum)
}
