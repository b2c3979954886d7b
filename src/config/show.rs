//! `--show-config`: the settings in force, and where each comes from.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::expect::Expectation;
use super::force::InForce;
use super::wishes::{Origin, Target};
use crate::finding::Span;
use crate::report::clean;
use crate::report::settled::OverrideReport;
use crate::settings::{FailOn, SeverityChoice, VantageChoice};

/// Captures under the same settings.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// Their names.
    pub captures: Vec<&'a str>,
    /// The file's name, if there is one.
    pub file: Option<&'a str>,
    /// The settings.
    pub force: &'a InForce,
    /// The parts of the file that are for them.
    pub overrides: &'a [OverrideReport],
    /// What is expected of them.
    pub expectations: &'a [Expectation],
}

/// So many captures are named.
const NAMED: usize = 8;

/// Writes what is in force for some captures.
pub fn write(shown: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
    let heading = match shown.captures.as_slice() {
        [] => "For captures in this folder".to_owned(),
        names => match names.split_at_checked(NAMED) {
            Some((first, rest)) if !rest.is_empty() => {
                format!("For {} and {} more", first.join(", "), rest.len())
            }
            _ => format!("For {}", names.join(", ")),
        },
    };
    let file = match shown.file {
        Some(file) => format!("configured by {file}"),
        None => "no configuration file".to_owned(),
    };
    writeln!(out, "{}:", clean::line(&format!("{heading}, {file}")))?;
    for (key, value, origin) in rows(shown.force) {
        row(out, key, &value, &from(origin))?;
    }
    for ignored in &shown.force.ignore {
        let rules: Vec<String> = ignored.rules.iter().map(name).collect();
        let origin = from(&ignored.origin);
        let why = match &ignored.reason {
            Some(reason) => format!("{origin}: {reason}"),
            None => origin,
        };
        row(out, "ignore", &rules.join(", "), &why)?;
    }
    for chosen in &shown.force.severities {
        let choice = match chosen.choice {
            SeverityChoice::Level(level) => level.as_str(),
            SeverityChoice::Off => "off",
        };
        let value = format!("{} = {choice}", name(&chosen.target));
        row(out, "severity", &value, &from(&chosen.origin))?;
    }
    let file = shown.file.unwrap_or_default();
    for part in shown.overrides {
        let why = format!("{file}:{}: {}", part.line, part.reason);
        row(out, "override", &part.paths.join(", "), &why)?;
    }
    for expected in shown.expectations {
        let place = format!("{}:{}", expected.file, expected.line);
        row(out, "expect", &expected.in_words(), &place)?;
    }
    Ok(())
}

/// Columns of keys, and of values; behind a longer value, its origin has a line of its own.
const KEY: usize = 16;
const VALUE: usize = 20;

fn row(out: &mut dyn Write, key: &str, value: &str, origin: &str) -> io::Result<()> {
    let (value, origin) = (clean::line(value), clean::line(origin));
    if value.width() <= VALUE {
        let pad = VALUE - value.width();
        writeln!(out, "  {key:KEY$}  {value}{:pad$}  {origin}", "")
    } else {
        writeln!(out, "  {key:KEY$}  {value}")?;
        writeln!(out, "  {:KEY$}  {:VALUE$}  {origin}", "", "")
    }
}

fn rows(force: &InForce) -> Vec<(&'static str, String, &Origin)> {
    let yes = |yes: bool| yes.to_string();
    let fail_on = match force.fail_on.value {
        FailOn::Severity(severity) => severity.as_str(),
        FailOn::Never => "never",
    };
    let vantage = match force.vantage.value {
        VantageChoice::Auto => "auto".to_owned(),
        VantageChoice::Client => "client".to_owned(),
        VantageChoice::Server => "server".to_owned(),
        VantageChoice::Middle => "middle".to_owned(),
        VantageChoice::Host(ip) => format!("host={ip}"),
    };
    let (select, select_from) = match &force.select {
        None => ("all".to_owned(), &Origin::Default),
        Some(select) => (select.value.words.join(", "), &select.origin),
    };
    let msl = Span(force.msl_ns.value).to_string();
    let msl = msl.strip_suffix(".0").unwrap_or(&msl).to_owned();
    vec![
        (
            "profile",
            force.profile.value.as_str().to_owned(),
            &force.profile.origin,
        ),
        ("msl", msl, &force.msl_ns.origin),
        ("vantage", vantage, &force.vantage.origin),
        (
            "lossless",
            yes(force.lossless.value),
            &force.lossless.origin,
        ),
        ("fail-on", fail_on.to_owned(), &force.fail_on.origin),
        (
            "fail-certainty",
            force.fail_certainty.value.as_str().to_owned(),
            &force.fail_certainty.origin,
        ),
        (
            "fail-on-withheld",
            yes(force.fail_on_withheld.value),
            &force.fail_on_withheld.origin,
        ),
        (
            "allow-truncated",
            yes(force.allow_truncated.value),
            &force.allow_truncated.origin,
        ),
        (
            "allow-no-tcp",
            yes(force.allow_no_tcp.value),
            &force.allow_no_tcp.origin,
        ),
        ("select", select, select_from),
    ]
}

fn from(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::File { name, line } => format!("{name}:{line}"),
        Origin::CommandLine => "command line".to_owned(),
    }
}

/// A rule, or a case of it, as it is typed.
pub fn name(target: &Target) -> String {
    match target {
        (code, None) => (*code).to_owned(),
        (code, Some(case)) => format!("{code}/{case}"),
    }
}
