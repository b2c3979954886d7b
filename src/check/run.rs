//! One capture from its first octet to its part of the report.
//!
//! Frames are read in rounds. What happens to a round is the work of [`Worker`]s, each of which
//! looks after some of the connections; here stands what is done once for all of them: reading,
//! time, patterns, the books. What was over in a round is judged by what all connections had
//! shown by then of the capture, whoever looks after them.

mod feeding;
mod findings;
mod finishing;
mod reading;
mod stamping;

pub use self::feeding::fed;

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::book::{Book, End};
use super::books::Books;
use super::crew::Crew;
use super::limits::Counts;
use super::news::{Clock, News, Said, Told};
use super::parts::Parts;
use super::probes::{self, Probes};
use super::rounds;
use super::undecided::{Judged, Prober, Undecided};
use super::worker::{Around, Task, Worker};
use crate::capture::merge::numbers::Full;
use crate::capture::merge::{Merge, Merged, Origin};
use crate::capture::{CaptureError, CaptureInfo, CaptureReader, Format, Frame};
use crate::finding::CaptureNumber;
use crate::flow::patterns::Patterns;
use crate::limits::TableLimits;
use crate::machine::surroundings::CaptureFacts;
use crate::report::model::CaptureReport;
use crate::report::places::Places;
use crate::settings::Settings;

/// So many connections of merged captures are judged in one go.
const OVER_AT_A_TIME: usize = 512;

/// A source of octets, whatever it is.
type Source = Box<dyn Read + Send>;

/// The files of a run; their connections and findings are in the books.
#[derive(Debug)]
pub struct Done {
    /// The files, in the order given; what is counted of their connections is still missing.
    pub reports: Vec<CaptureReport>,
    /// The numbers of their names.
    pub numbers: Vec<CaptureNumber>,
    /// A file could not be read whole.
    pub failed: bool,
}

/// How a run goes about its work.
#[derive(Clone, Copy, Debug)]
pub struct Means<'a> {
    /// Where packets are counted as they are read, for whoever waits.
    pub packets: Option<&'a AtomicU64>,
    /// Of the tables of connections together.
    pub limits: TableLimits,
    /// Threads that look at connections, at the most.
    pub threads: usize,
}

/// Reads and judges one capture; what is found goes to `ledger`.
pub fn run(
    name: &str,
    source: Source,
    settings: &Settings,
    means: Means<'_>,
    ledger: &mut dyn Books,
) -> Done {
    let mut run = Run::new(Places::single(name), 1, settings, ledger);
    run.packets = means.packets;
    let limits = table_limits(settings, means.limits);
    let reader = CaptureReader::from_reader(source);
    if let Ok(reader) = &reader {
        run.expect_losses(reader.info());
    }
    match reader {
        Err(error) => {
            let end = End {
                info: None,
                error: Some(&error),
            };
            run.finish(&[end], Crew::alone(Worker::only(settings, limits)))
        }
        Ok(reader) if settings.follow => run.follow(reader, Worker::only(settings, limits)),
        Ok(mut reader) => {
            let mut task = Task::default();
            let read = reader.next_block(&mut task.block);
            // There is nothing to share of a capture in one block.
            let count = if reader.has_ended() { 1 } else { means.threads };
            let crew = Worker::crew(count, settings, limits);
            run.read(reader, crew, (task, read))
        }
    }
}

/// Reads several captures as one, and judges that.
pub fn merged(
    inputs: Vec<(String, Origin)>,
    settings: &Settings,
    means: Means<'_>,
    ledger: &mut dyn Books,
) -> Done {
    let names = inputs.iter().map(|(name, _)| name.as_str());
    let mut run = Run::new(Places::merged(names), inputs.len(), settings, ledger);
    run.parts = Some(Parts::default());
    run.packets = means.packets;
    let files = inputs.len();
    let mut worker = Worker::only(settings, table_limits(settings, means.limits));
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
        if run.merged_frame(&mut worker, file, frame, merge).is_err() {
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
    let ends: Vec<_> = (0..files).map(end).collect();
    run.finish(&ends, Crew::alone(worker))
}

struct Run<'a> {
    settings: &'a Settings,
    places: Places,
    /// See [`Means`].
    packets: Option<&'a AtomicU64>,
    /// A book for each file.
    books: Vec<Book>,
    /// For several files: whether they are parts of one capture.
    parts: Option<Parts>,
    /// A frame was taken in.
    began: bool,
    /// What the frames show of the capture. (What the connections show, the workers know.)
    facts: CaptureFacts,
    /// How many pauses the workers were told of.
    pauses_told: usize,
    /// The capture may still say that it lost frames.
    losses_may_follow: bool,
    patterns: Patterns,
    ledger: &'a mut dyn Books,
    probes: Probes,
    undecided: Undecided,
    counts: Counts,
    /// News that the workers have not heard yet.
    unheard: Vec<News>,
    /// Room for what is told, used before.
    spare: Vec<Told>,
}

impl Run<'_> {
    fn new<'a>(
        mut places: Places,
        files: usize,
        settings: &'a Settings,
        ledger: &'a mut dyn Books,
    ) -> Run<'a> {
        places.set_numbers(|name| ledger.number(name));
        Run {
            settings,
            places,
            packets: None,
            books: (0..files).map(|_| Book::default()).collect(),
            parts: None,
            began: false,
            facts: CaptureFacts::default(),
            pauses_told: 0,
            losses_may_follow: false,
            patterns: Patterns::default(),
            probes: Probes::new(ledger.limits().memory),
            undecided: Undecided::new(ledger.limits().memory),
            ledger,
            counts: Counts::default(),
            unheard: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Reads a capture that is still being written, and judges each connection as soon as it is over.
    fn follow(mut self, mut reader: CaptureReader<Source>, mut worker: Worker<'_>) -> Done {
        let (mut error, mut quiet_since) = (None, None);
        loop {
            match reader.next_frame() {
                Err(error) if error.is_quiet() => {
                    let since: Instant = *quiet_since.get_or_insert_with(Instant::now);
                    self.rest(since.elapsed(), &mut worker);
                    continue;
                }
                Ok(Some(frame)) => {
                    let time = self.tick(0, frame.number, frame.time, frame.link_type);
                    worker.take_one(0, &frame, time, |_| ());
                }
                Ok(None) => break,
                Err(stopped) => {
                    error = Some(stopped);
                    break;
                }
            }
            quiet_since = None;
            self.places.set_digits(0, reader.info().time_digits);
            self.facts.drops = reader.info().missing();
            self.turn(&mut worker);
        }
        let end = End {
            info: Some(reader.info()),
            error: error.as_ref(),
        };
        self.finish(&[end], Crew::alone(worker))
    }

    /// Takes in the next frame of `file`, one of several; `merge`: the captures that are read as one.
    ///
    /// # Errors
    /// If there is no more room to remember where packets are: nothing was taken in.
    fn merged_frame(
        &mut self,
        worker: &mut Worker<'_>,
        file: usize,
        mut frame: Frame<'_>,
        merge: &Merge,
    ) -> Result<(), Full> {
        let running = self.places.add(file, frame.number)?;
        self.count(1);
        let time = self.tick(file, frame.number, frame.time, frame.link_type);
        frame.number = running;
        let parts = &mut self.parts;
        worker.take_one(file, &frame, time, |segment| {
            if let Some(parts) = parts {
                parts.see(segment, file, |file| merge.is_under_way(file));
            }
        });
        let apart_ns = self.parts.as_ref().map_or(0, Parts::apart_ns);
        self.facts.step_back_ns = self.facts.step_back_ns.max(apart_ns);
        self.turn(worker);
        Ok(())
    }

    /// So many more packets were read.
    fn count(&self, packets: u64) {
        if let Some(counted) = self.packets {
            counted.fetch_add(packets, Ordering::Relaxed);
        }
    }

    /// A file of pcapng may say at its end that it lost frames. Who follows a capture
    /// is told what holds now.
    fn expect_losses(&mut self, info: &CaptureInfo) {
        self.losses_may_follow |= info.format == Format::Pcapng && !self.settings.follow;
    }

    /// Nothing was captured for so long: what is over leaves the table, as if the
    /// next frame came now. What was not captured is not judged by that time.
    fn rest(&mut self, quiet: Duration, worker: &mut Worker<'_>) {
        let quiet_ns = i64::try_from(quiet.as_nanos()).unwrap_or(i64::MAX);
        worker.rest(self.facts.latest.plus(quiet_ns));
        self.turn(worker);
    }

    /// Ends a round of a worker that is alone if enough was over in it, and has that judged.
    fn turn(&mut self, worker: &mut Worker<'_>) {
        // Of files that are read as one, a connection may go on in another than that which is
        // read just now: the more is known of the capture, the better.
        let enough = if self.settings.follow {
            1
        } else {
            OVER_AT_A_TIME
        };
        if worker.over() < enough {
            return;
        }
        worker.end_round(self.around());
        worker.take_back(&mut self.spare);
        let clock = self.clock();
        let news = self.take(rounds::in_order(worker.tell()), clock);
        worker.hear(&news, self.around());
        let told = rounds::in_order(worker.tell());
        let clock = self.clock();
        self.take(told, clock);
    }

    fn around(&self) -> Around<'_> {
        Around {
            places: &self.places,
            parts: self.parts.as_ref(),
        }
    }

    /// What the frames show up to now.
    fn clock(&mut self) -> Clock {
        let facts = &self.facts;
        let pauses = facts.pauses.get(self.pauses_told..).unwrap_or_default();
        self.pauses_told = facts.pauses.len();
        Clock {
            latest: facts.latest,
            step_back_ns: facts.step_back_ns,
            drops: facts.drops,
            part_missing: facts.part_missing,
            by_radio: facts.by_radio,
            pauses: pauses.to_vec(),
            pauses_dropped: facts.pauses_dropped,
            losses_may_follow: self.losses_may_follow,
            digits: self.places.digits(0),
        }
    }

    /// Takes in what the lanes tell of a round, and says what is new to all of them then. `clock`:
    /// what the frames showed at its end.
    fn take(&mut self, told: Vec<Told>, clock: Clock) -> News {
        let mut facts = Vec::new();
        for mut told in told {
            told.sightings.hand_on(&mut self.patterns);
            facts.extend_from_slice(&told.facts);
            self.counts += told.counts;
            // They are all of the only file: see `Worker::counts`.
            self.ledger.rows(self.places.number(0), &told.rows);
            for said in told.said.drain(..) {
                match said {
                    Said::Surely(judged) => self.enter(*judged),
                    Said::Either(both) => {
                        if let Some(judged) = self.undecided.add(*both) {
                            self.enter(judged);
                        }
                    }
                }
            }
            told.clear();
            self.spare.push(told);
        }
        News { clock, facts }
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
}

/// Who follows a capture is told of a connection when nothing of it can arrive any more: after
/// twice the MSL that the user gave, for all that the table would keep it longer.
fn table_limits(settings: &Settings, limits: TableLimits) -> TableLimits {
    TableLimits {
        linger_ns: match settings.follow {
            true => limits.linger_ns.min(settings.two_msl_ns()),
            false => limits.linger_ns,
        },
        // The short ways keep nothing that could be drawn.
        lives: limits.lives && settings.drawn == 0,
        stretches: limits.stretches && settings.drawn == 0,
        drawn: settings.drawn,
        ..limits
    }
}
