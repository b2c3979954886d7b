//! Whether the captures hold the connections that the configuration expects of them.

use std::collections::HashMap;
use std::io;

use super::config::OfCapture;
use crate::config::expect::{Expectation, Facts};
use crate::finding::CaptureName;
use crate::report::model::Report;
use crate::report::settled::ExpectationReport;
use crate::report::words;

/// Counts what is expected, enters it into the report and sets the exit status; returns a message
/// for each expectation that is not met. (The report is read back for it, one connection after the
/// other.)
///
/// # Errors
/// It lies in a temporary file, which cannot be read back.
pub fn judge(
    report: &mut Report,
    configured: &[OfCapture],
    merged: bool,
) -> io::Result<Vec<String>> {
    let mut counts = asked(report, configured, merged);
    if counts.iter().all(|of| of.expected.is_empty()) {
        return Ok(Vec::new());
    }
    let mut places: HashMap<CaptureName, Vec<usize>> = HashMap::new();
    for (place, of) in counts.iter().enumerate() {
        if let Some(name) = &of.capture {
            places.entry(name.clone()).or_default().push(place);
        }
    }
    report.records().each(|told| {
        let Some(entry) = told.entry()? else {
            return Ok(());
        };
        let (capture, facts) = (&entry.capture, Facts::from(&entry));
        let everything = [0];
        let of_capture = places.get(capture).map(Vec::as_slice);
        let places = match merged {
            true => everything.as_slice(),
            false => of_capture.unwrap_or_default(),
        };
        for place in places {
            if let Some(of) = counts.get_mut(*place) {
                of.count(facts);
            }
        }
        Ok(())
    })?;
    let all_listed = report.summary.connections == report.summary.connections_listed;
    let mut messages = Vec::new();
    for of in counts {
        // A capture that is given twice has its connections in the report twice.
        let times = of.capture.as_ref().and_then(|name| places.get(name));
        let times = times.map_or(1, |places| places.len().max(1)) as u64;
        for (expectation, found) in of.expected {
            let told = told(&expectation, of.capture.clone(), found / times, all_listed);
            if !told.met {
                let capture = told.capture.as_deref().unwrap_or("the merged captures");
                messages.push(format!("{capture}: {}", told.message));
                report.summary.unmet_expectations += 1;
                if of.can_fail && report.summary.exit_status == 0 {
                    report.summary.exit_status = 1;
                }
            }
            report.expectations.push(told);
        }
    }
    Ok(messages)
}

/// What is expected of one capture, and how much of it there is so far.
struct OfOne {
    capture: Option<CaptureName>,
    can_fail: bool,
    expected: Vec<(Expectation, u64)>,
}

impl OfOne {
    fn count(&mut self, facts: Facts<'_>) {
        for (expectation, found) in &mut self.expected {
            *found += u64::from(expectation.counts(facts));
        }
    }
}

fn asked(report: &Report, configured: &[OfCapture], merged: bool) -> Vec<OfOne> {
    let of = |capture, of: &OfCapture| OfOne {
        capture,
        can_fail: of.can_fail(),
        expected: of.expectations.iter().map(|one| (one.clone(), 0)).collect(),
    };
    if merged {
        return configured
            .first()
            .map(|one| of(None, one))
            .into_iter()
            .collect();
    }
    let each = report.captures.iter().zip(configured);
    each.map(|(capture, configured)| of(Some(capture.path.clone()), configured))
        .collect()
}

fn told(
    expectation: &Expectation,
    capture: Option<CaptureName>,
    found: u64,
    all_listed: bool,
) -> ExpectationReport {
    // Of connections that are not listed nobody knows whether they are of this kind.
    let countable = all_listed || expectation.at_most.is_none();
    let met = expectation.is_met(found) && countable;
    let there = match found {
        0 => "there is none".to_owned(),
        1 => "there is 1".to_owned(),
        n => format!("there are {}", words::number(n)),
    };
    let (name, file, line) = (expectation.name(), &expectation.file, expectation.line);
    let what = expectation.in_words();
    let mut message = match met {
        true => format!("expected {what}: {there}"),
        false if !countable => {
            format!("expected {what}: not all connections are listed, so this cannot be told")
        }
        false => format!("expected {what}, but {there}"),
    };
    if name != what {
        message = format!("{name}: {message}");
    }
    ExpectationReport {
        capture,
        file: file.clone(),
        line,
        name,
        at_least: expectation.at_least,
        at_most: expectation.at_most,
        found,
        met,
        message: format!("{message} ({file}:{line})."),
    }
}
