//! What must hold in every report, whatever the capture.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use tcpcheck::finding::{Certainty, Finding, Role, Severity};
use tcpcheck::report::model::{ConnectionReport, Loaded, Report};
use tcpcheck::report::text::Look;
use tcpcheck::report::{json, schema, text};
use tcpcheck::rules::{self, rule::SoundFrom};
use tcpcheck::settings::{Profile, Settings};

/// Asks all of it of a report on one capture; returns it, and it as JSON. What
/// takes longest, texts and the schema, is asked of one report in eight.
pub fn check(whole: &Report, settings: &Settings) -> (Loaded, Vec<u8>) {
    let report = whole.clone().load().unwrap();
    let packets = report.captures.iter().map(|c| c.packets).sum();
    for connection in &report.connections {
        check_connection(connection, packets);
    }
    for finding in &report.findings {
        check_finding(finding, &report, packets, settings);
    }
    check_counts(&report);
    let written = written(whole);
    match super::seed(&written) % 8 {
        0 => write_text(whole, 100, Severity::Info),
        1 => write_text(whole, 20, Severity::Notice),
        2 => validate(&written),
        _ => {}
    }
    (report, written)
}

fn check_counts(report: &Loaded) {
    let summary = &report.summary;
    let findings = report.findings.len() as u64;
    let count = |severity| {
        let all = report.findings.iter();
        all.filter(|finding| finding.severity == severity).count() as u64
    };
    assert_eq!(summary.errors, count(Severity::Error));
    assert_eq!(summary.warnings, count(Severity::Warning));
    assert_eq!(summary.notices, count(Severity::Notice));
    assert_eq!(summary.infos, count(Severity::Info));
    assert_eq!(summary.by_rule.values().sum::<u64>(), findings);
    assert_eq!(summary.connections, report.connections.len() as u64);
    assert_eq!(summary.connections, summary.connections_listed);
    assert!(summary.failing_findings <= findings);
    assert!(summary.exit_status <= 2);
    for (place, connection) in report.connections.iter().enumerate() {
        assert_eq!(connection.id, place as u64 + 1, "in order");
    }
    for pair in report.connections.windows(2) {
        assert!(pair[0].first_packet <= pair[1].first_packet, "{pair:?}");
    }
    for capture in &report.captures {
        let undecoded: u64 = capture.undecoded.values().sum();
        assert!(
            undecoded + capture.tcp_segments <= capture.packets,
            "{capture:?}"
        );
        assert!(!capture.complete || capture.error.is_none(), "{capture:?}");
    }
}

fn check_finding(finding: &Finding, report: &Loaded, packets: u64, settings: &Settings) {
    let rule = rules::find(finding.rule).unwrap();
    assert_eq!((rule.name, rule.rfc), (finding.name, finding.rfc));
    let plain = rule.severity_of(finding.case);
    let raised = settings.profile == Profile::Textbook && rule.textbook;
    let severity = if raised {
        plain.max(Severity::Warning)
    } else {
        plain
    };
    assert_eq!(finding.severity, severity, "{finding:?}");
    assert!(finding.case.is_none() || rule.cases.iter().any(|c| Some(c.0) == finding.case));
    if rule.sound_from == SoundFrom::Heuristic {
        assert_eq!(finding.certainty, Certainty::Likely, "{finding:?}");
    }
    let known = |packet: u64| (1..=packets).contains(&packet);
    assert!(finding.packet.is_none_or(known), "{finding:?}");
    let related = finding.related_packets.iter();
    assert!(
        related.into_iter().all(|other| known(other.packet)),
        "{finding:?}"
    );
    assert!(!finding.message.is_empty() && !finding.message.contains(char::is_control));
    match finding.connection {
        Some(id) => {
            let connection = &report.connections[usize::try_from(id).unwrap() - 1];
            assert!(
                finding
                    .packet
                    .is_none_or(|packet| packet >= connection.first_packet)
            );
        }
        None => assert!(finding.endpoint.is_none(), "{finding:?}"),
    }
}

fn check_connection(connection: &ConnectionReport, packets: u64) {
    let place = || format!("{connection:?}");
    let (first, last) = (connection.first_packet, connection.last_packet);
    assert!(
        1 <= first && first <= last && last <= packets,
        "{}",
        place()
    );
    // That what is nominal is possible as well at every row holds for orderly
    // captures only (`tests/invariants.rs`): here ends may contradict themselves.
    let mut now = BTreeMap::new();
    let mut packet = 0;
    for row in &connection.states {
        let client = row.endpoint == Role::Client;
        let before = now.insert(client, row.to);
        assert!(
            before.is_none_or(|before| before == row.from),
            "{}",
            place()
        );
        if let Some(this) = row.packet {
            assert!(
                packet <= this && (first..=packets).contains(&this),
                "{}",
                place()
            );
            packet = this;
        }
    }
    for (client, last, possible) in [
        (
            true,
            connection.final_state.client,
            connection.possible_final_states.client,
        ),
        (
            false,
            connection.final_state.server,
            connection.possible_final_states.server,
        ),
    ] {
        let field = if client {
            "final_state.client"
        } else {
            "final_state.server"
        };
        let reason = connection.undetermined.contains_key(field);
        assert_eq!(last.is_none(), reason, "{field} {}", place());
        if let Some(last) = last {
            assert!(possible.contains(last), "{field} {last:?} {}", place());
            let row = now.get(&client);
            assert!(row.is_none_or(|row| *row == last), "{field} {}", place());
        }
    }
}

/// The report as JSON.
pub fn written(report: &Report) -> Vec<u8> {
    let mut written = Vec::new();
    json::write(report, &mut written).unwrap();
    written
}

/// JSON as its schema says.
fn validate(written: &[u8]) {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    let value = serde_json::from_slice(written).unwrap();
    let validator = SCHEMA.get_or_init(|| {
        let schema = schema::schema().to_value();
        jsonschema::draft202012::new(&schema).unwrap()
    });
    if let Err(error) = validator.validate(&value) {
        panic!("{error} at {}", error.instance_path());
    }
}

/// The report for people. What comes from the capture is escaped: the control
/// characters left are those of colours.
fn write_text(report: &Report, width: usize, show: Severity) {
    let mut written = Vec::new();
    let look = Look {
        ladder: true,
        ..Look::plain(width, show)
    };
    text::write(report, &look, &mut written).unwrap();
    let text = String::from_utf8(written).unwrap();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n') {
        rest = &rest[at..];
        let sequence = rest.strip_prefix("\u{1b}[").and_then(|rest| rest.find('m'));
        assert!(sequence.is_some_and(|len| len < 20), "{rest:?}");
        rest = &rest[2..];
    }
    assert!(!text.contains("\u{1b}[31mture"), "the name is not escaped");
}
