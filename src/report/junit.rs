//! The report as JUnit XML, for the test reports of CI: a suite for each capture, a case for each
//! connection and group of rules, and a case for whether the capture could be checked as a whole.
//!
//! A case fails where a finding in it fails the run (`--fail-on`, `--fail-certainty`); what else was
//! found, and what could not be checked, stands in its output.
//!
//! Those who read this format hold it in memory, and so does the library that writes it. So of a
//! report with very many connections the first 2,000 that pass and the first that
//! fail have cases of their own; the others are one case, which fails if one of them does.

mod cases;

use std::collections::HashMap;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use self::cases::Cases;
use super::archive::{About, Told};
use super::clean;
use super::flat::Ends;
use super::gate::Gate;
use super::model::{CaptureReport, Report};
use super::words;
use crate::finding::{CaptureName, Finding};

/// Connections with cases of their own: so many that pass, and so many that fail.
const CONNECTIONS: u64 = 2_000;
/// Findings of a capture about no single connection that are told: so many that pass, and so
/// many that fail.
const OTHERS: usize = 2_000;

/// Writes the report.
///
/// # Errors
/// Those of `out`, and of the temporary file that holds a large report.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut suites = Suites::of(report);
    report.records().each(|record| suites.add(record))?;
    let mut document = quick_junit::Report::new("tcpcheck");
    document.add_test_suites(suites.close());
    // Not straight to `out`: the library's errors would not tell a reader who has gone from a
    // disk that is full.
    let text = document.to_string().map_err(io::Error::other)?;
    // No case is ever skipped, and the schema by which Jenkins reads (junit-10.xsd) knows
    // that attribute of suites only, not of their list, which comes first.
    let text = text.replacen(" skipped=\"0\"", "", 1);
    out.write_all(text.as_bytes())
}

/// The suites that are being filled.
struct Suites<'r> {
    report: &'r Report,
    suites: Vec<Suite<'r>>,
    /// Which suite is a capture's.
    places: HashMap<CaptureName, usize>,
    /// Connections with cases of their own.
    passed: u64,
    failed: u64,
    /// Findings that fail the run, as far as they were met.
    failing: u64,
}

/// The suite of a capture.
struct Suite<'r> {
    suite: TestSuite,
    gate: &'r Gate,
    cases: Cases<'r>,
    /// Findings about no single connection that fail, and those that pass.
    others: [Vec<Finding>; 2],
    /// Such findings that are not told.
    untold: u64,
    /// Connections without a case of their own.
    passed: u64,
    failed: u64,
}

impl<'r> Suites<'r> {
    fn of(report: &'r Report) -> Suites<'r> {
        let suites = report.captures.iter();
        let suites = suites.map(|capture| Suite::of(capture, report.was_stopped_by(capture)));
        let mut places = HashMap::new();
        for (place, capture) in report.captures.iter().enumerate() {
            places.entry(capture.path.clone()).or_insert(place);
        }
        Suites {
            report,
            suites: suites.collect(),
            places,
            passed: 0,
            failed: 0,
            failing: 0,
        }
    }

    fn suite<'s>(
        suites: &'s mut [Suite<'r>],
        places: &HashMap<CaptureName, usize>,
        capture: &CaptureName,
    ) -> Option<&'s mut Suite<'r>> {
        places.get(capture).and_then(|place| suites.get_mut(*place))
    }

    fn add(&mut self, mut record: Told<'_>) -> io::Result<()> {
        let findings = std::mem::take(&mut record.findings);
        if record.about == About::Other {
            for finding in findings {
                let suite = Suites::suite(&mut self.suites, &self.places, &finding.capture);
                if let Some(suite) = suite {
                    self.failing += suite.other(finding);
                }
            }
            return Ok(());
        }
        let entry = record.entry()?;
        let capture = match (&entry, findings.first()) {
            (Some(entry), _) => &entry.capture,
            (None, Some(finding)) => &finding.capture,
            // Beyond the limit of what is listed, and nothing is said of it.
            (None, None) => return Ok(()),
        };
        let Some(suite) = Suites::suite(&mut self.suites, &self.places, capture) else {
            return Ok(());
        };
        let gate = suite.gate;
        let failing = findings.iter().filter(|finding| finding.fails).count() as u64;
        self.failing += failing;
        let withheld = entry
            .as_ref()
            .is_some_and(|entry| !entry.withheld.is_empty());
        let (own, others) = match failing > 0 || gate.fail_on_withheld && withheld {
            true => (&mut self.failed, &mut suite.failed),
            false => (&mut self.passed, &mut suite.passed),
        };
        if *own < CONNECTIONS {
            *own += 1;
            let name = name(record.id, entry.as_ref().map(Ends::from));
            let withheld = entry.map(|entry| entry.withheld).unwrap_or_default();
            let cases = suite.cases.of_connection(&name, &findings, &withheld);
            suite.add(cases);
        } else {
            *others += 1;
        }
        Ok(())
    }

    fn close(mut self) -> Vec<TestSuite> {
        for suite in &mut self.suites {
            let others = std::mem::take(&mut suite.others).concat();
            let cases = suite.cases.of_no_connection(&others);
            suite.add(cases);
            suite.sum_up();
        }
        let mut suites: Vec<TestSuite> = self.suites.into_iter().map(|suite| suite.suite).collect();
        suites.extend(expectations(self.report));
        suites.extend(run(self.report, self.failing, &suites));
        suites
    }
}

/// What was expected of the captures, a case each.
fn expectations(report: &Report) -> Option<TestSuite> {
    let mut suite = TestSuite::new("expected connections");
    for expectation in &report.expectations {
        let (file, line) = (&expectation.file, expectation.line);
        let capture = expectation.capture.as_deref().unwrap_or("all captures");
        let name = format!("{} in {capture} ({file}, line {line})", expectation.name);
        let name = clean::line(&name);
        let mut case = match expectation.met {
            true => TestCase::new(name.as_ref(), TestCaseStatus::success()),
            false => failure(&name, &clean::line(&expectation.message)),
        };
        case.set_classname(suite.name.clone());
        suite.add_test_case(case);
    }
    (!report.expectations.is_empty()).then_some(suite)
}

/// So that nothing is green that failed the run, for whatever reason: findings that are only
/// counted, or what lies in no capture.
fn run(report: &Report, failing: u64, suites: &[TestSuite]) -> Option<TestSuite> {
    let summary = &report.summary;
    let unlisted = summary.failing_findings.saturating_sub(failing);
    let is_green = suites
        .iter()
        .all(|suite| suite.failures + suite.errors == 0);
    let message = if unlisted > 0 {
        format!("{} not listed", words::count(unlisted, "failing finding"))
    } else if is_green && summary.exit_status > 0 {
        format!("exit status {}", summary.exit_status)
    } else {
        return None;
    };
    let mut suite = TestSuite::new("the run as a whole");
    let mut case = failure("nothing fails the run", &message);
    case.set_classname(suite.name.clone());
    suite.add_test_case(case);
    Some(suite)
}

fn name(id: Option<u64>, ends: Option<Ends>) -> String {
    let id = id.unwrap_or_default();
    match ends {
        Some(Ends { client, server }) => format!("connection {id} from {client} to {server}"),
        None => format!("connection {id}"),
    }
}

fn failure(name: &str, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(message);
    TestCase::new(name, status)
}

impl Suite<'_> {
    fn of(capture: &CaptureReport, stopped: bool) -> Suite<'_> {
        let mut suite = TestSuite::new(clean::line(&capture.path).as_ref());
        for (name, value) in [
            ("packets", capture.packets),
            ("tcp_segments", capture.tcp_segments),
            ("connections", capture.connections),
        ] {
            suite.add_property(Property::new(name, value.to_string()));
        }
        let mut suite = Suite {
            suite,
            gate: &capture.gate,
            cases: Cases::of(&capture.gate),
            others: [Vec::new(), Vec::new()],
            untold: 0,
            passed: 0,
            failed: 0,
        };
        suite.add([whole(capture, stopped)]);
        suite
    }

    /// Takes a finding about no single connection; 1 if it fails the run.
    fn other(&mut self, finding: Finding) -> u64 {
        let fails = finding.fails;
        let [failing, passing] = &mut self.others;
        let list = match fails {
            true => failing,
            false => passing,
        };
        if list.len() < OTHERS {
            list.push(finding);
        } else {
            self.untold += 1;
        }
        u64::from(fails)
    }

    /// Cases are found again by the name of the capture and their own.
    fn add(&mut self, cases: impl IntoIterator<Item = TestCase>) {
        for mut case in cases {
            case.set_classname(self.suite.name.clone());
            self.suite.add_test_case(case);
        }
    }

    /// What has no case of its own.
    fn sum_up(&mut self) {
        if self.untold > 0 {
            let untold = words::count(self.untold, "more finding");
            let out = format!("{untold} about no single connection");
            self.suite.set_system_out(out);
        }
        if self.passed > 0 {
            let name = format!("{} that pass", words::count(self.passed, "more connection"));
            self.add([TestCase::new(name, TestCaseStatus::success())]);
        }
        if self.failed > 0 {
            let name = format!("{} that fail", words::count(self.failed, "more connection"));
            self.add([failure(&name, "see another format of the report")]);
        }
    }
}

/// Whether a capture could be checked as a whole.
fn whole(capture: &CaptureReport, stopped: bool) -> TestCase {
    let error = capture.error.as_deref().map(clean::line);
    let mut status = match stopped {
        true => TestCaseStatus::non_success(NonSuccessKind::Error),
        false => TestCaseStatus::success(),
    };
    status.set_type("capture");
    status.set_message(error.as_deref().unwrap_or_default());
    let mut case = TestCase::new("the capture is read whole", status);
    // An error that was accepted.
    let error = error.as_deref().filter(|_| !stopped);
    let limits = capture.limits.iter().map(|limit| limit.message.as_str());
    let told: Vec<&str> = error.into_iter().chain(limits).collect();
    if !told.is_empty() {
        case.set_system_out(told.join("\n"));
    }
    case
}

#[cfg(test)]
mod tests;
