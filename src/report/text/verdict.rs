//! The first line, as a person would say it, and the last one, the counts.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;

use anstyle::Style;

use crate::finding::{Certainty, Severity};
use crate::report::archive::{About, Told};
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::rows::Sums;
use crate::report::{style, words};

/// What the verdict rests on.
#[derive(Default)]
pub struct Grounds {
    /// One of the errors is definite.
    sure: bool,
    /// Connections with errors or warnings.
    bad: u64,
    /// What errors and warnings about no single connection are about.
    hosts: BTreeSet<IpAddr>,
    /// Connections of which something could not be checked.
    concerned: u64,
}

impl Grounds {
    pub fn add(&mut self, record: &Told<'_>) {
        let mut bad = false;
        for finding in &record.findings {
            self.sure |=
                finding.severity == Severity::Error && finding.certainty == Certainty::Definite;
            if finding.severity >= Severity::Warning {
                bad = true;
                self.hosts.extend(finding.subject.map(|subject| subject.ip));
            }
        }
        self.bad += u64::from(bad && record.about != About::Other);
        let gist = record.gist.as_ref();
        self.concerned += u64::from(gist.is_some_and(|gist| !gist.withheld.is_empty()));
    }

    /// Takes in the connections that are only counted.
    pub const fn add_counted(&mut self, sums: &Sums) {
        self.bad += sums.bad;
    }

    /// What the report says as a whole.
    pub fn write(&self, report: &Report, page: &mut Page<'_>) -> io::Result<()> {
        let (mut style, mut text) = sentence(report, self);
        let flaws = flaws(report, self);
        if !flaws.is_empty() {
            if style == style::GOOD {
                style = style::PLAIN.bold();
            }
            text.push_str("; ");
            text.push_str(&flaws.join("; "));
        }
        text.push('.');
        page.heading(style, &text)
    }
}

fn sentence(report: &Report, grounds: &Grounds) -> (Style, String) {
    let summary = &report.summary;
    let bad = [
        (Severity::Error, summary.errors),
        (Severity::Warning, summary.warnings),
    ];
    let bad = words::list(&words::counts(&bad), "and");
    let connections = words::count(summary.connections, "connection");
    let place = place(report, grounds);
    if summary.errors > 0 {
        let probably = if grounds.sure { "" } else { "probably " };
        let text = format!("TCP was {probably}not spoken correctly: {bad}{place}");
        return (style::of(Severity::Error), text);
    }
    if summary.warnings > 0 {
        let text = format!("No error was found, but {bad}{place}");
        return (style::of(Severity::Warning), text);
    }
    let style = style::of(Severity::Warning);
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
        return (style, format!("Nothing was checked: {why}"));
    }
    let notices = match summary.notices {
        0 => "",
        1 => "; one thing is worth knowing",
        _ => "; some things are worth knowing",
    };
    let unsure = unread(report) > 0 || !summary.withheld.is_empty();
    let text = match (unsure, summary.connections) {
        (_, 0) => {
            return (
                style,
                "Nothing was checked: no connection was found".to_owned(),
            );
        }
        (true, 1) => "Nothing wrong was found in the only connection".to_owned(),
        (true, _) => format!("Nothing wrong was found in {connections}"),
        (false, 1) => "TCP was spoken correctly in the only connection".to_owned(),
        (false, all) => format!("TCP was spoken correctly in {}", of_all(all, all)),
    };
    (style::GOOD, format!("{text}{notices}"))
}

/// What keeps the verdict from being the last word.
fn flaws(report: &Report, grounds: &Grounds) -> Vec<String> {
    let mut flaws = Vec::new();
    let checked = report
        .captures
        .iter()
        .any(|capture| capture.tcp_segments > 0);
    match (unread(report), report.captures.len()) {
        (0, _) => {}
        // Where nothing was checked, the verdict itself has said it.
        _ if !checked => {}
        (_, 1) => flaws.push("the capture is not complete".to_owned()),
        (1, all) => flaws.push(format!(
            "1 of {} captures is not complete",
            words::number(all as u64)
        )),
        (some, all) => {
            let (some, all) = (words::number(some as u64), words::number(all as u64));
            flaws.push(format!("{some} of {all} captures are not complete"));
        }
    }
    let withheld: u64 = report.summary.withheld.values().sum();
    if withheld > 0 {
        let checks = words::count(withheld, "check");
        // Where only a part of the connections is listed, nobody counted.
        let all = report.summary.connections;
        let whose = if all > 1 && all == report.summary.connections_listed {
            format!(", on {}", of_all(grounds.concerned, all))
        } else {
            String::new()
        };
        flaws.push(format!("{checks} could not be made{whose}"));
    }
    flaws
}

/// `7 of 9 connections`.
fn of_all(some: u64, all: u64) -> String {
    let connections = words::count(all, "connection");
    match (some == all, all) {
        (true, 2) => "both connections".to_owned(),
        (true, _) => format!("all {connections}"),
        (false, _) => format!("{} of {connections}", words::number(some)),
    }
}

/// Where the errors and warnings are.
fn place(report: &Report, grounds: &Grounds) -> String {
    let all = report.summary.connections;
    // Where only a part of the connections is listed, nobody knows of the others.
    let at_least = match all == report.summary.connections_listed {
        true => "",
        false => "at least ",
    };
    let connections = match (grounds.bad, all) {
        (0, _) => None,
        (_, 1) => Some("in the only connection".to_owned()),
        (some, _) if some < all => Some(format!("in {at_least}{}", of_all(some, all))),
        (some, _) => Some(format!("in {}", of_all(some, all))),
    };
    let hosts = match grounds.hosts.first() {
        None => None,
        Some(host) if grounds.hosts.len() == 1 => Some(format!("about {host}")),
        Some(_) => Some(format!(
            "about {} hosts",
            words::number(grounds.hosts.len() as u64)
        )),
    };
    let places: Vec<String> = connections.into_iter().chain(hosts).collect();
    match places.is_empty() {
        true => String::new(),
        false => format!(" {}", places.join(" and ")),
    }
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
    let findings = words::counts(&[
        (Severity::Error, summary.errors),
        (Severity::Warning, summary.warnings),
        (Severity::Notice, summary.notices),
        (Severity::Info, summary.infos),
    ]);
    let text = format!(
        "{}, {}: {}. Exit status {}.",
        words::count(summary.captures, "capture"),
        words::count(summary.connections, "connection"),
        if findings.is_empty() {
            "no findings".to_owned()
        } else {
            findings.join(", ")
        },
        summary.exit_status
    );
    page.blank()?;
    page.heading(style::HEAD, &text)
}
