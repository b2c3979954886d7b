//! The main job: captures in, report out. This is where the layers meet.

mod book;
mod books;
mod crew;
mod fragments;
mod lately;
mod ledger;
mod limits;
mod listener;
mod moved;
mod named;
mod news;
mod parts;
mod probes;
mod quality;
mod rounds;
mod run;
mod several;
mod sightings;
mod undecided;
mod unlisted;
mod worker;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use self::ledger::{Ledger, Total};
pub use self::listener::Listener;
use self::run::{Done, Means};
pub use self::several::{Job, Open};
use crate::baseline::{self, Baseline};
use crate::capture::merge::Origin;
use crate::limits::{ReportLimits, TableLimits};
use crate::report::archive::{Connections, Findings};
use crate::report::fingerprint::stem;
use crate::report::gate::Gate;
use crate::report::model::{CaptureReport, Report, SCHEMA_VERSION, Tool};
use crate::segment::Segment;
use crate::settings::{Profile, Settings};

/// What every `definite` rests on.
const ONE_PATH: &str = "Both directions of a connection pass the same monitor (no asymmetric path)";

/// What it rests on besides where several files are read as one.
const ONE_CLOCK: &str = "The merged files are parts of one capture, stamped by one clock";

/// Checks captures one after the other and puts the report together.
#[derive(Debug)]
pub struct Checker {
    settings: Settings,
    /// Of the table of connections.
    limits: TableLimits,
    threads: usize,
    /// Where packets are counted as they are read.
    packets: Option<Arc<AtomicU64>>,
    assumptions: Vec<&'static str>,
    captures: Vec<CaptureReport>,
    ledger: Ledger,
    /// The job could not be done whole.
    failed: bool,
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Checker {
        Checker::with_limits(settings, TableLimits::default())
    }

    /// One whose table of connections holds no more than `limits` say; for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn with_limits(settings: Settings, limits: TableLimits) -> Checker {
        Checker {
            ledger: Ledger::new(&settings, ReportLimits::default()),
            settings,
            limits,
            threads: 1,
            packets: None,
            assumptions: vec![ONE_PATH],
            captures: Vec::new(),
            failed: false,
        }
    }

    /// Divides the connections of each capture between so many threads, as far as that makes
    /// sense. It makes no difference to the report.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Checker {
        Checker { threads, ..self }
    }

    /// Counts packets here as they are read, for whoever waits.
    pub fn count(&mut self, packets: Arc<AtomicU64>) {
        self.packets = Some(packets);
    }

    /// Compares findings with a baseline, or gathers one.
    pub fn compare(&mut self, baseline: baseline::Books) {
        self.ledger.compare(baseline);
    }

    /// Tells `listener` of findings as connections end.
    pub fn tell(&mut self, listener: Listener) {
        self.ledger.tell(listener);
    }

    /// Reads one capture to its end and judges its connections. What is wrong
    /// with the file becomes part of the report; what was read before that is
    /// judged all the same.
    pub fn check(&mut self, name: &str, source: Box<dyn Read + Send>) {
        let settings = self.settings.clone();
        self.check_by(name, source, &settings);
    }

    /// The same by other settings than those of the checker.
    fn check_by(&mut self, name: &str, source: Box<dyn Read + Send>, settings: &Settings) {
        let packets = self.packets.clone();
        let means = Means {
            packets: packets.as_deref(),
            limits: self.limits,
            threads: self.threads,
        };
        self.ledger.begin_capture(name, settings);
        let done = run::run(name, source, settings, means, &mut self.ledger);
        self.record(done, settings);
    }

    /// Reads several captures as one: parts of one capture, such as rotated files or one for
    /// each direction, in any order. Connections run across their borders.
    pub fn check_merged(&mut self, inputs: Vec<(String, Origin)>) {
        self.assumptions.push(ONE_CLOCK);
        let settings = self.settings.clone();
        // They are one capture in whatever order they are given.
        let names = inputs.iter().map(|(name, _)| name.as_str());
        let first = names.min_by_key(|name| (stem(name), *name));
        self.ledger
            .begin_capture(first.unwrap_or_default(), &settings);
        let packets = self.packets.clone();
        let means = Means {
            packets: packets.as_deref(),
            limits: self.limits,
            threads: 1,
        };
        let done = run::merged(inputs, &settings, means, &mut self.ledger);
        self.record(done, &settings);
    }

    /// Judges segments that lie in no file: of a simulation, of a test, of a decoder of one's own.
    /// They are given in order of time, and numbered from 1 in that order.
    ///
    /// What is known of a real capture only from its file (frames that were dropped, a snap length)
    /// is unknown here, so verdicts are made as of a capture that may have lost some.
    /// [`Settings::lossless`] says that these segments are all there were.
    ///
    /// ```
    /// use tcpcheck::segment::{Flags, NS_PER_MS, Segment, SeqNo, Timestamp};
    /// use tcpcheck::{Checker, Settings};
    ///
    /// let (client, server) = ("10.0.0.1:40000".parse()?, "10.0.0.2:80".parse()?);
    /// let syn = Segment {
    ///     flags: Flags::SYN,
    ///     seq: SeqNo(1000),
    ///     ..Segment::between(client, server)
    /// };
    /// let answer = Segment {
    ///     time: Timestamp(NS_PER_MS),
    ///     flags: Flags::SYN | Flags::ACK,
    ///     seq: SeqNo(5000),
    ///     ack: SeqNo(1000), // The SYN occupies a number: 1001 would be right.
    ///     ..Segment::between(server, client)
    /// };
    /// let mut checker = Checker::new(Settings::default());
    /// checker.feed("by hand", [syn, answer]);
    /// let report = checker.finish().load()?;
    /// assert!(report.findings.iter().any(|finding| finding.rule == "HS001"));
    /// assert_eq!(report.summary.exit_status, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn feed<'s>(&mut self, name: &str, segments: impl IntoIterator<Item = Segment<'s>>) {
        let settings = self.settings.clone();
        self.ledger.begin_capture(name, &settings);
        let segments = segments.into_iter();
        let done = run::fed(name, segments, &settings, self.limits, &mut self.ledger);
        self.record(done, &settings);
    }

    fn record(&mut self, mut done: Done, settings: &Settings) {
        if done.reports.iter().all(|report| report.complete) {
            self.ledger.looked_through(settings);
        }
        let no_tcp = done.reports.iter().all(|report| report.tcp_segments == 0);
        let mut closed = self.ledger.end_capture(done.reports.len() as u64);
        for (report, number) in done.reports.iter_mut().zip(done.numbers) {
            (report.connections, report.notes) = closed.take(number);
            report.gate = Gate::of(settings);
            report.profile = settings.profile.as_str();
            report.limits.append(&mut closed.limits);
        }
        self.failed |= done.failed || no_tcp && !settings.allow_no_tcp;
        self.captures.append(&mut done.reports);
    }

    /// Puts a file that could not even be opened into the report.
    pub fn unreadable(&mut self, name: &str, error: &str) {
        let profile = self.settings.profile;
        self.unread(name, error, profile);
    }

    fn unread(&mut self, name: &str, error: &str, profile: Profile) {
        self.failed = true;
        let limits = self.ledger.end_capture(1).limits;
        let report = book::unread(name.into(), Some(error.to_owned()));
        self.captures.push(CaptureReport {
            limits,
            gate: Gate::of(&self.settings),
            profile: profile.as_str(),
            ..report
        });
    }

    /// The report over all captures so far, exit status included.
    #[must_use]
    pub fn finish(self) -> Report {
        self.finish_gathering().0
    }

    /// The same, and the baseline where one was to be gathered.
    pub fn finish_gathering(self) -> (Report, Result<Option<Baseline>, String>) {
        let Total {
            mut summary,
            records,
            withheld_fails,
            baseline,
            gathered,
        } = self.ledger.close();
        summary.exit_status = match self.failed {
            true => 2,
            false => u8::from(summary.failing_findings > 0 || withheld_fails),
        };
        let mut profiles = self.captures.iter().map(|capture| capture.profile);
        let profile = profiles.next().unwrap_or(self.settings.profile.as_str());
        let report = Report {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: "tcpcheck",
                version: env!("CARGO_PKG_VERSION"),
            },
            profile: match profiles.all(|other| other == profile) {
                true => profile,
                false => "mixed",
            },
            assumptions: self.assumptions,
            captures: self.captures,
            narrowed: None,
            connections: Connections(records.clone()),
            findings: Findings(records),
            baseline,
            expectations: Vec::new(),
            summary,
        };
        (report, gathered)
    }
}
