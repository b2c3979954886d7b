use quick_junit::{DeserializeError, Report as Document};

use super::*;
use crate::finding::Severity;
use crate::report::gate::Gate;
use crate::report::model::Loaded;
use crate::report::sample;
use crate::report::settled::ExpectationReport;
use crate::settings::Settings;

fn written(report: Loaded) -> String {
    let mut out = Vec::new();
    write(&sample::set_aside(report), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn read(report: Loaded) -> Result<Document, DeserializeError> {
    Document::deserialize_from_str(&written(report))
}

/// Tests, failures and errors.
fn counts(report: Loaded) -> (usize, usize, usize) {
    let document = read(report).unwrap();
    (document.tests, document.failures, document.errors)
}

#[test]
fn documents_read_well() {
    insta::assert_snapshot!("one_error", written(sample::one_error()));
    insta::assert_snapshot!("several", written(sample::several()));
    insta::assert_snapshot!("mid_stream", written(sample::mid_stream()));
}

/// As the schema of Jenkins has it (junit-10.xsd).
#[test]
fn suites_and_their_list_have_the_attributes_that_readers_know() {
    let text = written(sample::several());
    let list = text.lines().nth(1).unwrap();
    assert!(
        list.starts_with("<testsuites name=\"tcpcheck\" tests="),
        "{list}"
    );
    assert!(!list.contains("skipped") && text.contains("<testsuite name=\"lab.pcap\" tests="));
}

#[test]
fn each_report_is_green_just_when_the_run_is() {
    for report in sample::all() {
        let status = report.summary.exit_status;
        let (_, failures, errors) = counts(report);
        assert_eq!(status == 0, failures + errors == 0);
        assert_eq!(status == 2, errors > 0);
    }
}

#[test]
fn the_gate_says_what_fails() {
    let mut report = sample::one_error();
    let (tests, failures, _) = counts(report.clone());
    // All groups but the capture's quality, and the capture itself.
    assert_eq!((tests, failures), (13, 1));
    for finding in &mut report.findings {
        finding.fails = false;
    }
    (report.summary.failing_findings, report.summary.exit_status) = (0, 0);
    assert_eq!(counts(report.clone()), (13, 0, 0));
    let text = written(report.clone());
    assert!(text.contains("error HS001: The SYN-ACK"), "{text}");

    let only = Settings {
        select: Some(["HS001", "RT004"].into()),
        ..Settings::default()
    };
    report.captures[0].gate = Gate::of(&only);
    let text = written(report);
    assert!(
        text.contains("Handshake") && !text.contains("Teardown"),
        "{text}"
    );
}

#[test]
fn checks_that_could_not_be_made_fail_where_that_is_asked_for() {
    let mut report = sample::mid_stream();
    assert_eq!(counts(report.clone()).1, 0);
    assert!(written(report.clone()).contains("not checked: HS001, which needs"));
    report.captures[0].gate.fail_on_withheld = true;
    report.summary.exit_status = 1;
    // Of the handshake and of the teardown.
    assert_eq!(counts(report).1, 2);
}

#[test]
fn what_was_expected_has_cases() {
    let mut report = sample::clean();
    let expected = |name: &str, met| ExpectationReport {
        capture: Some("lab.pcap".into()),
        file: "tcpcheck.toml".into(),
        line: 7,
        name: name.into(),
        at_least: 1,
        at_most: None,
        found: u64::from(met),
        met,
        message: format!("{name}: none was found"),
    };
    report.expectations = vec![expected("login", true), expected("upload", false)];
    report.summary.exit_status = 1;
    assert_eq!(counts(report.clone()), (15, 1, 0));
    let text = written(report);
    assert!(
        text.contains("<failure message=\"upload: none was found\""),
        "{text}"
    );
}

#[test]
fn what_is_only_counted_is_not_green() {
    let mut report = sample::clean();
    report.summary.failing_findings = 3;
    report.summary.exit_status = 1;
    let text = written(report.clone());
    assert!(text.contains("3 failing findings not listed"), "{text}");
    (report.summary.failing_findings, report.summary.exit_status) = (0, 2);
    assert!(written(report).contains("exit status 2"));
}

/// However many findings stand before one that fails.
#[test]
fn a_failing_finding_about_no_connection_is_never_lost() {
    let mut report = sample::incomplete();
    let note = report.findings[0].clone();
    report.findings = vec![note; OTHERS + 10];
    let mut flood = sample::flood().findings.remove(0);
    flood.capture = "lab.pcap".into();
    for finding in &mut report.findings {
        finding.connection = None;
    }
    report.findings.push(flood);
    (report.summary.failing_findings, report.summary.exit_status) = (1, 1);
    assert_eq!(counts(report.clone()).1, 1);
    assert!(written(report).contains("10 more findings about no single connection"));
}

#[test]
fn of_very_many_connections_some_are_told() {
    let mut report = sample::clean();
    let connection = report.connections[0].clone();
    let error = sample::one_error().findings.remove(0);
    report.connections.clear();
    for id in 1..=3 * CONNECTIONS {
        let mut connection = connection.clone();
        (connection.id, connection.first_packet) = (id, id);
        report.connections.push(connection);
        // Those that fail come last.
        if id > CONNECTIONS / 2 * 3 {
            let mut error = error.clone();
            (error.connection, error.severity) = (Some(id), Severity::Warning);
            report.findings.push(error);
        }
    }
    let failing = report.findings.len() as u64;
    (report.summary.failing_findings, report.summary.exit_status) = (failing, 1);
    let text = written(report);
    let document = Document::deserialize_from_str(&text).unwrap();
    // One case is for the others.
    assert_eq!(document.failures as u64, CONNECTIONS + 1);
    for rest in [
        "1,000 more connections that pass",
        "1,000 more connections that fail",
    ] {
        assert!(text.contains(rest), "{rest}");
    }
}
