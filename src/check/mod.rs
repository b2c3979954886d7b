//! The main job: captures in, report out. This is where the layers meet.

mod quality;
mod run;

use std::collections::BTreeMap;
use std::io::Read;

use crate::finding::{Finding, Severity};
use crate::limits;
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
    captures: Vec<CaptureReport>,
    connections: Vec<ConnectionReport>,
    findings: Vec<Finding>,
    /// Connections of all captures, listed or not.
    connection_count: u64,
    /// The job could not be done whole.
    failed: bool,
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Checker {
        Checker {
            settings,
            captures: Vec::new(),
            connections: Vec::new(),
            findings: Vec::new(),
            connection_count: 0,
            failed: false,
        }
    }

    /// Reads one capture to its end and judges its connections. What is wrong
    /// with the file becomes part of the report; what was read before that is
    /// judged all the same.
    pub fn check(&mut self, name: &str, source: Box<dyn Read + Send>) {
        let done = run::run(name, source, &self.settings);
        let no_tcp = done.report.tcp_segments == 0 && !self.settings.allow_no_tcp;
        self.failed |= done.failed || no_tcp;
        self.connection_count += done.report.connections;
        let first_id = self.connections.last().map_or(1, |last| last.id + 1);
        let mut capture = done.report;
        for (id, judged) in (first_id..).zip(done.judged) {
            if self.connections.len() < limits::CONNECTIONS_LISTED {
                self.connections
                    .push(ConnectionReport { id, ..judged.entry });
            }
            self.list(judged.findings.into_iter().map(|f| Finding {
                connection: Some(id),
                ..f
            }));
        }
        self.list(done.findings.into_iter());
        if self.connection_count > limits::CONNECTIONS_LISTED as u64 {
            capture
                .limits
                .push(limit("connections-listed", limits::CONNECTIONS_LISTED, 1));
        }
        self.captures.push(capture);
    }

    /// Puts a file that could not even be opened into the report.
    pub fn unreadable(&mut self, name: &str, error: &str) {
        self.failed = true;
        self.captures.push(run::unread(name, error.to_owned()));
    }

    /// The report over all captures so far, exit status included.
    #[must_use]
    pub fn finish(self) -> Report {
        let summary = self.summary();
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
            summary,
        }
    }

    fn list(&mut self, findings: impl Iterator<Item = Finding>) {
        let room = limits::FINDINGS.saturating_sub(self.findings.len());
        self.findings.extend(findings.take(room));
    }

    fn summary(&self) -> Summary {
        let mut summary = Summary {
            captures: self.captures.len() as u64,
            connections: self.connection_count,
            connections_listed: self.connections.len() as u64,
            ..Summary::default()
        };
        for finding in &self.findings {
            let count = match finding.severity {
                Severity::Error => &mut summary.errors,
                Severity::Warning => &mut summary.warnings,
                Severity::Notice => &mut summary.notices,
                Severity::Info => &mut summary.infos,
            };
            *count += 1;
            *summary.by_rule.entry(finding.rule).or_default() += 1;
            summary.failing_findings += u64::from(self.fails(finding));
        }
        let mut withheld: BTreeMap<&'static str, u64> = BTreeMap::new();
        for check in self
            .connections
            .iter()
            .flat_map(|connection| &connection.withheld)
        {
            *withheld.entry(check.need).or_default() += 1;
        }
        let gate =
            summary.failing_findings > 0 || self.settings.fail_on_withheld && !withheld.is_empty();
        summary.withheld = withheld;
        summary.exit_status = if self.failed { 2 } else { u8::from(gate) };
        summary
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

/// A limit that was reached `reached` times.
fn limit(name: &'static str, value: usize, reached: u64) -> crate::report::model::LimitReached {
    crate::report::model::LimitReached {
        limit: name,
        value: value as u64,
        reached,
    }
}
