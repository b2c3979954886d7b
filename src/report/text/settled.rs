//! What was settled before the run: the configuration, the baseline, what was expected.

use std::collections::BTreeSet;
use std::io;

use crate::finding::Severity;
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::settled::{BaselineReport, ConfigReport, StaleReport};
use crate::report::{style, words};

/// Stale entries, unmet expectations and configuration files that are told.
const MAX_TOLD: usize = 10;

/// Writes what there is of it.
pub fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    configuration(report, page)?;
    if let Some(told) = &report.baseline {
        page.blank()?;
        baseline(told, page)?;
    }
    expectations(report, page)
}

fn configuration(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let configs = report.captures.iter().filter_map(|c| c.config.as_ref());
    let files: BTreeSet<&str> = configs.clone().map(|config| &*config.file).collect();
    for file in files.iter().take(MAX_TOLD) {
        page.blank()?;
        page.pieces(0, &[(style::HEAD, &format!("Configured by {file}"))])?;
        let of_file = || configs.clone().filter(|config| config.file == *file);
        for line in lines(of_file()) {
            page.hang(2, line.lead, style::FAINT, &line.text)?;
        }
    }
    if let Some(more) = files.len().checked_sub(MAX_TOLD).filter(|more| *more > 0) {
        let more = words::count(more as u64, "more file");
        page.paragraph(0, &format!("and by {more} (--show-config has them)"))?;
    }
    Ok(())
}

/// A part of a file that makes a difference to what is reported.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    number: u64,
    lead: &'static str,
    text: String,
}

fn lines<'a>(configs: impl Iterator<Item = &'a ConfigReport>) -> BTreeSet<Line> {
    let mut lines = BTreeSet::new();
    for config in configs {
        lines.extend(config.ignored.iter().map(|ignored| Line {
            number: ignored.line,
            lead: "ignored ",
            text: format!("{}: {}", ignored.rules.join(", "), ignored.reason),
        }));
        lines.extend(config.overrides.iter().map(|part| Line {
            number: part.line,
            lead: "other settings ",
            text: format!("for {}: {}", part.paths.join(", "), part.reason),
        }));
    }
    lines
}

fn baseline(told: &BaselineReport, page: &mut Page<'_>) -> io::Result<()> {
    let file = format!("Baseline {}", told.file);
    page.pieces(0, &[(style::HEAD, &file)])?;
    if let Some(error) = &told.error {
        return page.hang(2, "not written: ", style::of(Severity::Error), error);
    }
    let known = words::count(told.known, "finding");
    let (is, fails) = match told.known {
        1 => ("is", "does"),
        _ => ("are", "do"),
    };
    page.paragraph(
        2,
        &match (told.written, told.known) {
            (true, 0) => "written: nothing that would fail the run was found".to_owned(),
            (true, _) => format!("written: {known} {is} known from now on"),
            (false, 0) => "nothing of it was found".to_owned(),
            (false, _) => format!("{known} {is} known and {fails} not fail the run"),
        },
    )?;
    for stale in told.stale.iter().take(MAX_TOLD) {
        page.hang(2, "stale ", style::of(Severity::Notice), &kind(stale))?;
    }
    let more = told.stale.len().saturating_sub(MAX_TOLD) as u64;
    if more > 0 {
        let more = words::count(more, "more stale line");
        page.paragraph(2, &format!("{more} (--format json has them)"))?;
    }
    if !told.stale.is_empty() {
        page.faint(2, "What is stale was looked for and is no more there: --write-baseline writes the file anew.")?;
    }
    if told.not_looked_for > 0 {
        let lines = words::count(told.not_looked_for, "line");
        page.faint(
            2,
            &format!("{lines} of it could not be looked for in this run."),
        )?;
    }
    Ok(())
}

fn kind(stale: &StaleReport) -> String {
    let mut parts = vec![stale.rule.clone()];
    parts.extend(stale.case.as_ref().map(|case| format!("case {case}")));
    parts.extend(stale.endpoint.map(|role| role.as_str().to_owned()));
    parts.extend(stale.port.map(|port| format!("port {port}")));
    parts.push(format!("in {}", stale.capture));
    let times = match stale.count {
        1 => String::new(),
        count => format!(" ({} times)", words::number(count)),
    };
    format!("{}{times}", parts.join(", "))
}

fn expectations(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.expectations.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.heading(style::HEAD, "Expected connections")?;
    let unmet = || report.expectations.iter().filter(|one| !one.met);
    for one in unmet().take(MAX_TOLD) {
        let capture = one.capture.as_deref().unwrap_or("the merged captures");
        let text = format!("{capture}: {}", one.message);
        page.hang(2, "not met ", style::of(Severity::Error), &text)?;
    }
    let count = unmet().count();
    let more = count.saturating_sub(MAX_TOLD) as u64;
    if more > 0 {
        let more = words::count(more, "more expectation");
        page.paragraph(2, &format!("{more} not met (--format json has them)"))?;
    }
    match (report.expectations.len() - count) as u64 {
        0 => Ok(()),
        1 => page.faint(2, "1 expectation is met"),
        met => {
            let met = words::number(met);
            page.faint(2, &format!("{met} expectations are met"))
        }
    }
}
