//! Every exchange under `testdata/` says of itself what the report must hold.
//! Each is run over IPv4 and IPv6 and with sequence numbers at the wrap.

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod exchange;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use exchange::{Exchange, ExpectedFinding, ExpectedPacket, files_below};
use serde_json::Value;
use tcpcheck::check::Checker;
use tcpcheck::rules::RULES;
use tcpcheck::settings::Settings;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

fn all_exchanges() -> Vec<PathBuf> {
    files_below(Path::new(TESTDATA), "exchange")
}

/// The report on `capture`, as a program reads it.
fn report(capture: Vec<u8>, arguments: &[String]) -> Value {
    if arguments.is_empty() {
        let mut checker = Checker::new(Settings::default());
        checker.check("-", Box::new(Cursor::new(capture)));
        return serde_json::to_value(checker.finish()).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_tcpcheck"))
        .args(["--format", "json"])
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&capture));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or("null")
}

fn ip_and_port(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        socket => socket["ip"].as_str().unwrap().to_owned(),
    }
}

/// Whether `finding` is what the line asks for.
fn matches(finding: &Value, expected: &ExpectedFinding, subject_matters: bool) -> bool {
    let is = |field: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| {
            let wanted = if wanted == "none" { "null" } else { wanted };
            text(finding, field) == wanted
        })
    };
    let packet = match &expected.packet {
        ExpectedPacket::Any => true,
        ExpectedPacket::None => finding["packet"].is_null(),
        ExpectedPacket::Number(number) => finding["packet"].as_u64() == Some(*number as u64),
    };
    let connection = match expected.connection {
        None => true,
        Some(0) => finding["connection"].is_null(),
        Some(id) => finding["connection"].as_u64() == Some(id as u64),
    };
    let subject = !subject_matters
        || expected
            .subject
            .as_ref()
            .is_none_or(|ip| ip_and_port(&finding["subject"]) == *ip);
    text(finding, "rule") == expected.rule
        && is("severity", &expected.severity)
        && is("certainty", &expected.certainty)
        && is("endpoint", &expected.endpoint)
        && is("case", &expected.case)
        && packet
        && connection
        && subject
}

fn brief(finding: &Value) -> String {
    format!(
        "{} {} {} endpoint={} case={} packet={} connection={}: {}",
        text(finding, "rule"),
        text(finding, "severity"),
        text(finding, "certainty"),
        text(finding, "endpoint"),
        text(finding, "case"),
        finding["packet"],
        finding["connection"],
        text(finding, "message"),
    )
}

fn field_of(connection: &Value, field: &str) -> String {
    let value = match field {
        "client" | "server" => &connection["final_state"][field],
        field => &connection[field],
    };
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// What of the file's expectations the report does not meet.
fn unmet(exchange: &Exchange, report: &Value, is_v4: bool) -> String {
    let expectations = exchange.expectations();
    let findings = report["findings"].as_array().unwrap();
    let mut faults = String::new();
    let mut explained = BTreeSet::new();
    for expected in &expectations.findings {
        let found: Vec<usize> = (0..findings.len())
            .filter(|at| matches(&findings[*at], expected, is_v4))
            .collect();
        if found.is_empty() || expected.count.is_some_and(|count| count != found.len()) {
            writeln!(
                faults,
                "  line {}: {expected:?}: found {}",
                expected.line,
                found.len()
            )
            .unwrap();
        }
        explained.extend(found);
    }
    for rule in &expectations.absent {
        if findings.iter().any(|finding| text(finding, "rule") == rule) {
            writeln!(faults, "  {rule} was found").unwrap();
        }
    }
    if !expectations.others_allowed {
        for (at, finding) in findings.iter().enumerate() {
            let loud = matches!(text(finding, "severity"), "error" | "warning");
            if loud && !explained.contains(&at) {
                writeln!(faults, "  not expected: {}", brief(finding)).unwrap();
            }
        }
    }
    let connections = report["connections"].as_array().unwrap();
    for expected in &expectations.withheld {
        let is_there = connections.iter().any(|connection| {
            connection["withheld"]
                .as_array()
                .unwrap()
                .iter()
                .any(|withheld| {
                    text(withheld, "rule") == expected.rule
                        && text(withheld, "need") == expected.need
                })
        });
        if !is_there {
            writeln!(
                faults,
                "  line {}: not withheld: {expected:?}",
                expected.line
            )
            .unwrap();
        }
    }
    for expected in &expectations.connections {
        let Some(connection) = connections.get(expected.connection.max(1) - 1) else {
            writeln!(faults, "  line {}: no such connection", expected.line).unwrap();
            continue;
        };
        for (field, wanted) in &expected.fields {
            let is = field_of(connection, field);
            if is != *wanted {
                writeln!(
                    faults,
                    "  line {}: {field} is {is}, not {wanted}",
                    expected.line
                )
                .unwrap();
            }
        }
    }
    if !faults.is_empty() {
        for finding in findings.iter().take(12) {
            writeln!(faults, "    there is: {}", brief(finding)).unwrap();
        }
    }
    faults
}

#[test]
fn every_exchange_is_judged_as_it_says() {
    let only = std::env::var("EXCHANGE").ok();
    let mut faults = String::new();
    for path in all_exchanges() {
        let name = path.strip_prefix(TESTDATA).unwrap().display().to_string();
        if only
            .as_ref()
            .is_some_and(|only| !name.contains(only.as_str()))
        {
            continue;
        }
        let exchange = Exchange::read(&path);
        let variants = [
            ("as written", exchange.clone(), true),
            ("over IPv6", exchange.clone().with_ip(6), false),
            (
                "at the wrap",
                exchange.clone().with_isn(u32::MAX - 1, u32::MAX),
                true,
            ),
        ];
        for (variant, exchange, is_v4) in variants {
            // IPv6 has no identification (RFC 8200, 4.5, aside).
            if !is_v4 && name.contains("-ipv4") {
                continue;
            }
            let report = report(exchange.to_pcap(), exchange.cli_args());
            let unmet = unmet(&exchange, &report, is_v4);
            if !unmet.is_empty() {
                writeln!(faults, "{name}, {variant}:\n{unmet}").unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn every_rule_has_an_exchange_that_fires_and_one_that_does_not() {
    let names: Vec<String> = all_exchanges()
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let missing: Vec<String> = RULES
        .iter()
        .flat_map(|rule| ["fires", "silent"].map(|kind| format!("{}-{kind}", rule.code)))
        .filter(|prefix| !names.iter().any(|name| name.starts_with(prefix.as_str())))
        .collect();
    assert!(missing.is_empty(), "no exchange named {missing:?}");
}
