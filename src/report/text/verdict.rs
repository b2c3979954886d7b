//! The first line, as a person would say it, and the last one, the counts.

use std::io;

use anstyle::Style;

use crate::finding::{Certainty, Severity};
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::{style, words};

/// What the report says as a whole.
pub fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let (style, mut text) = sentence(report);
    let withheld: u64 = report.summary.withheld.values().sum();
    if withheld > 0 {
        text.push_str(&format!(
            "; {} could not be made",
            words::count(withheld, "check")
        ));
    }
    text.push('.');
    page.heading(style, &text)
}

fn sentence(report: &Report) -> (Style, String) {
    let summary = &report.summary;
    let counts = words::counts([
        (Severity::Error, summary.errors),
        (Severity::Warning, summary.warnings),
        (Severity::Notice, 0),
        (Severity::Info, 0),
    ]);
    let connections = words::count(summary.connections, "connection");
    let scope = match concerned(report) {
        0 => String::new(),
        _ if summary.connections == 1 => " in the only connection".to_owned(),
        some => format!(" in {} of {connections}", words::number(some)),
    };
    let but_incomplete = match unread(report) {
        0 => "",
        _ if report.captures.len() == 1 => ", but the capture is not complete",
        _ => ", but not every capture is complete",
    };
    if summary.errors > 0 {
        let sure = report.findings.iter().any(|finding| {
            finding.severity == Severity::Error && finding.certainty == Certainty::Definite
        });
        let probably = if sure { "" } else { "probably " };
        let text = format!(
            "TCP was {probably}not spoken correctly: {}{scope}",
            words::list(&counts)
        );
        return (style::of(Severity::Error), text);
    }
    if summary.warnings > 0 {
        let text = format!(
            "No rule of TCP was broken, but there {} {}{scope}",
            if summary.warnings == 1 { "is" } else { "are" },
            words::list(&counts)
        );
        return (style::of(Severity::Warning), text);
    }
    if report
        .captures
        .iter()
        .all(|capture| capture.tcp_segments == 0)
    {
        let why = match (unread(report), report.captures.len()) {
            (0, 0 | 1) => "there is no TCP in the capture",
            (0, _) => "there is no TCP in the captures",
            (_, 1) => "the capture could not be read",
            _ => "no TCP could be read",
        };
        return (
            style::of(Severity::Warning),
            format!("Nothing was checked: {why}"),
        );
    }
    let also = match summary.notices {
        0 => "",
        1 => "; one thing is worth knowing",
        _ => "; some things are worth knowing",
    };
    let unsure = !but_incomplete.is_empty() || !summary.withheld.is_empty();
    let text = match (unsure, summary.connections) {
        (true, 1) => {
            format!("Nothing wrong was found in the only connection{but_incomplete}{also}")
        }
        (true, _) => format!("Nothing wrong was found in {connections}{but_incomplete}{also}"),
        (false, 1) => format!("TCP was spoken correctly in the only connection{also}"),
        (false, _) => format!("TCP was spoken correctly in all {connections}{also}"),
    };
    let style = match but_incomplete {
        "" => style::GOOD,
        _ => style::of(Severity::Warning),
    };
    (style, text)
}

/// Connections with an error or a warning.
fn concerned(report: &Report) -> u64 {
    let bad = report
        .findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warning);
    let mut ids: Vec<u64> = bad.filter_map(|finding| finding.connection).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len() as u64
}

/// Captures that were not read to their end.
fn unread(report: &Report) -> usize {
    report
        .captures
        .iter()
        .filter(|capture| !capture.complete)
        .count()
}

/// The last line.
pub fn write_counts(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let summary = &report.summary;
    let findings = [
        (Severity::Error, summary.errors),
        (Severity::Warning, summary.warnings),
        (Severity::Notice, summary.notices),
        (Severity::Info, summary.infos),
    ];
    let findings = findings.map(|(severity, n)| words::count(n, severity.as_str()));
    let text = format!(
        "{}, {}: {}. Exit status {}.",
        words::count(summary.captures, "capture"),
        words::count(summary.connections, "connection"),
        findings.join(", "),
        summary.exit_status
    );
    page.blank()?;
    page.heading(style::HEAD, &text)
}
