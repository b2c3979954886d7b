//! One capture from its first octet to its part of the report.

mod findings;
mod finishing;
mod judging;
mod learning;
mod lives;

use std::io::Read;
use std::time::{Duration, Instant};

use self::lives::Sayings;
use super::book::{Book, End};
use super::ledger::Ledger;
use super::limits::Counts;
use super::moved::{Moved, Passing};
use super::parts::Parts;
use super::probes::Probes;
use super::undecided::Undecided;
use crate::capture::merge::numbers::Full;
use crate::capture::merge::{Merge, Merged, Origin};
use crate::capture::{CaptureError, CaptureInfo, CaptureReader, Format, Frame};
use crate::decode::{Decoded, Decoder, Undecoded};
use crate::flow::attempt::Attempt;
use crate::flow::patterns::Patterns;
use crate::flow::table::{Left, Table};
use crate::icmp::IcmpError;
use crate::limits::{self, TableLimits};
use crate::machine::surroundings::CaptureFacts;
use crate::report::model::CaptureReport;
use crate::report::places::Places;
use crate::segment::{Flags, Segment, Timestamp};
use crate::settings::Settings;
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
    run.expect_losses(reader.info());
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
        if let Some(info) = info {
            run.expect_losses(info);
        }
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
    sayings: Sayings,
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
            sayings: Sayings::new(settings),
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

    /// A file of pcapng may say at its end that it lost frames. Who follows a capture
    /// is told what holds now.
    fn expect_losses(&mut self, info: &CaptureInfo) {
        self.losses_may_follow |= info.format == Format::Pcapng && !self.settings.follow;
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
                    Left::Life(life) => {
                        self.learn_life(&life);
                        self.judge_life(&life, tunnels);
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
