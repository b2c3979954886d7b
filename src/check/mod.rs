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
mod run;
mod several;
mod sightings;
mod undecided;
mod unlisted;
mod worker;

use std::io::Read;

use self::ledger::Ledger;
pub use self::listener::Listener;
use self::run::{Done, Means};
pub use self::several::{Job, Open};
use crate::capture::merge::Origin;
use crate::limits::{ReportLimits, TableLimits};
use crate::report::archive::{Connections, Findings};
use crate::report::model::{CaptureReport, Report, SCHEMA_VERSION, Tool};
use crate::settings::Settings;

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

    /// One whose table of connections holds no more than `limits` say.
    #[must_use]
    pub fn with_limits(settings: Settings, limits: TableLimits) -> Checker {
        Checker {
            ledger: Ledger::new(&settings, ReportLimits::default()),
            settings,
            limits,
            threads: 1,
            assumptions: vec![ONE_PATH],
            captures: Vec::new(),
            failed: false,
        }
    }

    /// Divides the connections of each capture between so many threads, as far as that makes
    /// sense; one thread more reads it. It makes no difference to the report.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Checker {
        Checker { threads, ..self }
    }

    /// Tells `listener` of findings as connections end.
    pub fn tell(&mut self, listener: Listener) {
        self.ledger.tell(listener);
    }

    /// Reads one capture to its end and judges its connections. What is wrong
    /// with the file becomes part of the report; what was read before that is
    /// judged all the same.
    pub fn check(&mut self, name: &str, source: Box<dyn Read + Send>) {
        let means = Means {
            limits: self.limits,
            threads: self.threads,
        };
        let done = run::run(name, source, &self.settings, means, &mut self.ledger);
        self.record(done);
    }

    /// Reads several captures as one: parts of one capture, such as rotated files or one for
    /// each direction, in any order. Connections run across their borders.
    pub fn check_merged(&mut self, inputs: Vec<(String, Origin)>) {
        self.assumptions.push(ONE_CLOCK);
        let done = run::merged(inputs, &self.settings, self.limits, &mut self.ledger);
        self.record(done);
    }

    fn record(&mut self, mut done: Done) {
        let no_tcp = done.reports.iter().all(|report| report.tcp_segments == 0);
        let mut closed = self.ledger.end_capture(done.reports.len() as u64);
        for (report, number) in done.reports.iter_mut().zip(done.numbers) {
            (report.connections, report.notes) = closed.take(number);
            report.limits.append(&mut closed.limits);
        }
        self.failed |= done.failed || no_tcp && !self.settings.allow_no_tcp;
        self.captures.append(&mut done.reports);
    }

    /// Puts a file that could not even be opened into the report.
    pub fn unreadable(&mut self, name: &str, error: &str) {
        self.failed = true;
        let limits = self.ledger.end_capture(1).limits;
        let report = book::unread(name.into(), Some(error.to_owned()));
        self.captures.push(CaptureReport { limits, ..report });
    }

    /// The report over all captures so far, exit status included.
    #[must_use]
    pub fn finish(self) -> Report {
        let (mut summary, records) = self.ledger.close();
        let withheld = self.settings.fail_on_withheld && !summary.withheld.is_empty();
        summary.exit_status = match self.failed {
            true => 2,
            false => u8::from(summary.failing_findings > 0 || withheld),
        };
        Report {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: "tcpcheck",
                version: env!("CARGO_PKG_VERSION"),
            },
            profile: self.settings.profile.as_str(),
            assumptions: self.assumptions,
            captures: self.captures,
            narrowed: None,
            connections: Connections(records.clone()),
            findings: Findings(records),
            summary,
        }
    }
}
