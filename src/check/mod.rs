//! The main job: captures in, report out. This is where the layers meet.

mod fragments;
mod limits;
mod probes;
mod quality;
mod run;

use std::io::Read;

use crate::finding::{Finding, Severity};
use crate::limits::{CONNECTIONS_LISTED, FINDINGS, TableLimits};
use crate::report::model::{
    CaptureReport, ConnectionReport, Report, SCHEMA_VERSION, Summary, Tool,
};
use crate::settings::{FailOn, Settings};

/// What every `definite` rests on.
const ASSUMPTIONS: [&str; 1] =
    ["Both directions of a connection pass the same monitor (no asymmetric path)"];

/// Checks captures one after the other and puts the report together.
#[derive(Debug)]
pub struct Checker {
    settings: Settings,
    limits: TableLimits,
    captures: Vec<CaptureReport>,
    connections: Vec<ConnectionReport>,
    findings: Vec<Finding>,
    /// Counts of everything, listed or not.
    summary: Summary,
    /// The job could not be done whole.
    failed: bool,
}

/// What of one capture found no room in the report.
#[derive(Clone, Copy, Debug, Default)]
struct Unlisted {
    connections: u64,
    findings: u64,
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Checker {
        Checker::with_limits(settings, TableLimits::default())
    }

    /// One whose tables of connections hold no more than `limits` say; for tests.
    #[must_use]
    pub fn with_limits(settings: Settings, limits: TableLimits) -> Checker {
        Checker {
            settings,
            limits,
            captures: Vec::new(),
            connections: Vec::new(),
            findings: Vec::new(),
            summary: Summary::default(),
            failed: false,
        }
    }

    /// Reads one capture to its end and judges its connections. What is wrong
    /// with the file becomes part of the report; what was read before that is
    /// judged all the same.
    pub fn check(&mut self, name: &str, source: Box<dyn Read + Send>) {
        let done = run::run(name, source, &self.settings, self.limits);
        let no_tcp = done.report.tcp_segments == 0 && !self.settings.allow_no_tcp;
        self.failed |= done.failed || no_tcp;
        let mut capture = done.report;
        let mut unlisted = Unlisted::default();
        for judged in done.judged {
            self.summary.connections += 1;
            let id = self.summary.connections;
            for withheld in &judged.entry.withheld {
                *self.summary.withheld.entry(withheld.need).or_default() += 1;
            }
            if self.connections.len() < CONNECTIONS_LISTED {
                self.connections
                    .push(ConnectionReport { id, ..judged.entry });
            } else {
                unlisted.connections += 1;
            }
            for finding in judged.findings {
                let connection = Some(id);
                unlisted.findings += self.list(Finding {
                    connection,
                    ..finding
                });
            }
        }
        for need in done.withheld {
            *self.summary.withheld.entry(need).or_default() += 1;
        }
        for finding in done.findings {
            unlisted.findings += self.list(finding);
        }
        capture.limits.extend(limits::of_the_report(
            unlisted.connections,
            unlisted.findings,
        ));
        self.summary.captures += 1;
        self.captures.push(capture);
    }

    /// Puts a file that could not even be opened into the report.
    pub fn unreadable(&mut self, name: &str, error: &str) {
        self.failed = true;
        self.summary.captures += 1;
        self.captures.push(run::unread(name, error.to_owned()));
    }

    /// The report over all captures so far, exit status included.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.summary.connections_listed = self.connections.len() as u64;
        self.summary.exit_status = self.exit_status();
        Report {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: "tcpcheck",
                version: env!("CARGO_PKG_VERSION"),
            },
            profile: self.settings.profile.as_str(),
            assumptions: ASSUMPTIONS.to_vec(),
            captures: self.captures,
            connections: self.connections,
            findings: self.findings,
            summary: self.summary,
        }
    }

    /// Counts a finding, and lists it while there is room; returns how many
    /// were left out.
    fn list(&mut self, finding: Finding) -> u64 {
        let fails = self.fails(&finding);
        let summary = &mut self.summary;
        let count = match finding.severity {
            Severity::Error => &mut summary.errors,
            Severity::Warning => &mut summary.warnings,
            Severity::Notice => &mut summary.notices,
            Severity::Info => &mut summary.infos,
        };
        *count += 1;
        *summary.by_rule.entry(finding.rule).or_default() += 1;
        summary.failing_findings += u64::from(fails);
        if self.findings.len() < FINDINGS {
            self.findings.push(finding);
            return 0;
        }
        1
    }

    fn exit_status(&self) -> u8 {
        let withheld = self.settings.fail_on_withheld && !self.summary.withheld.is_empty();
        match self.failed {
            true => 2,
            false => u8::from(self.summary.failing_findings > 0 || withheld),
        }
    }

    fn fails(&self, finding: &Finding) -> bool {
        match self.settings.fail_on {
            FailOn::Never => false,
            FailOn::Severity(severity) => {
                finding.severity >= severity && finding.certainty >= self.settings.fail_certainty
            }
        }
    }
}
