//! The main job: captures in, report out. This is where the layers meet.

mod fragments;
mod ledger;
mod limits;
mod probes;
mod quality;
mod run;
mod unlisted;

use std::io::Read;

use self::ledger::Ledger;
use crate::limits::ReportLimits;
use crate::report::archive::{Connections, Findings};
use crate::report::model::{CaptureReport, Report, SCHEMA_VERSION, Tool};
use crate::settings::Settings;

/// What every `definite` rests on.
const ASSUMPTIONS: [&str; 1] =
    ["Both directions of a connection pass the same monitor (no asymmetric path)"];

/// Checks captures one after the other and puts the report together.
#[derive(Debug)]
pub struct Checker {
    settings: Settings,
    captures: Vec<CaptureReport>,
    ledger: Ledger,
    /// The job could not be done whole.
    failed: bool,
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Checker {
        Checker {
            ledger: Ledger::new(&settings, ReportLimits::default()),
            settings,
            captures: Vec::new(),
            failed: false,
        }
    }

    /// Reads one capture to its end and judges its connections. What is wrong
    /// with the file becomes part of the report; what was read before that is
    /// judged all the same.
    pub fn check(&mut self, name: &str, source: Box<dyn Read + Send>) {
        let done = run::run(name, source, &self.settings, &mut self.ledger);
        let no_tcp = done.report.tcp_segments == 0 && !self.settings.allow_no_tcp;
        self.failed |= done.failed || no_tcp;
        self.captures.push(done.report);
    }

    /// Puts a file that could not even be opened into the report.
    pub fn unreadable(&mut self, name: &str, error: &str) {
        self.failed = true;
        let report = run::unread(name, error.to_owned(), &mut self.ledger);
        self.captures.push(report);
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
            assumptions: ASSUMPTIONS.to_vec(),
            captures: self.captures,
            connections: Connections(records.clone()),
            findings: Findings(records),
            summary,
        }
    }
}
