//! What decides about the exit status, and the settings of the judgement, on
//! whole runs of the program.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod exchange;
mod program;

use std::fs;

use program::{
    capture_without_tcp, directory, exchange, findings, lab, report, report_on, run, run_in, run_on,
};
use serde_json::json;

/// The exit status for `capture`, and whether the report says the same.
fn status(capture: &[u8], arguments: &[&str]) -> i32 {
    let (status, report) = report_on(capture, arguments);
    assert_eq!(report["summary"]["exit_status"], status, "{arguments:?}");
    status
}

#[test]
fn a_sound_capture_passes_and_an_error_fails() {
    let (clean, stdout, stderr) = run(&[&lab("four-segment-close")]);
    assert_eq!((clean, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("TCP was spoken correctly in the only connection.\n"));
    let (failed, stdout, stderr) = run_on(&exchange("rules/HS/HS001-fires"), &[]);
    assert_eq!((failed, stderr.as_str()), (1, ""));
    assert!(stdout.starts_with("TCP was not spoken correctly: 1 error in the only connection"));
}

#[test]
fn what_cannot_be_read_wins_over_what_was_found() {
    let directory = directory(&[("bad.pcap", &exchange("rules/HS/HS001-fires"))]);
    let arguments = ["--format", "json", "bad.pcap", "gone.pcap"];
    let (status, stdout, stderr) = run_in(directory.path(), &arguments);
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(status, 2);
    assert_eq!(report["summary"]["exit_status"], 2);
    assert_eq!(report["summary"]["failing_findings"], 1);
    assert!(stderr.contains("gone.pcap: there is no such file"));
}

#[test]
fn the_level_that_fails_is_chosen() {
    let (notice, error) = (
        fs::read(lab("three-segment-close")).unwrap(),
        exchange("rules/HS/HS001-fires"),
    );
    for (level, on_notice, on_error) in [
        ("error", 0, 1),
        ("warning", 0, 1),
        ("notice", 1, 1),
        ("info", 1, 1),
        ("never", 0, 0),
    ] {
        assert_eq!(status(&notice, &["--fail-on", level]), on_notice, "{level}");
        assert_eq!(status(&error, &["--fail-on", level]), on_error, "{level}");
    }
}

#[test]
fn the_certainty_that_fails_is_chosen() {
    let likely = exchange("rules/TW/TW001-fires");
    assert_eq!(status(&likely, &[]), 1);
    assert_eq!(status(&likely, &["--fail-certainty", "definite"]), 0);
    let definite = exchange("rules/HS/HS001-fires");
    assert_eq!(status(&definite, &["--fail-certainty", "definite"]), 1);
}

#[test]
fn withheld_checks_fail_where_that_is_wanted() {
    let begun_before = exchange("exchanges/mid-stream");
    let (passed, report) = report_on(&begun_before, &[]);
    assert_eq!(passed, 0);
    assert!(report["summary"]["withheld"]["syn:self"].as_u64() > Some(0));
    assert_eq!(status(&begun_before, &["--fail-on-withheld"]), 1);
    assert_eq!(
        status(&exchange("exchanges/normal-close"), &["--fail-on-withheld"]),
        0
    );
}

#[test]
fn rules_are_selected_and_ignored() {
    let error = exchange("rules/HS/HS001-fires");
    for (arguments, expected) in [
        (&["--select", "HS001"][..], 1),
        (&["--select", "hs"], 1),
        (&["--select", "synack-ack-off"], 1),
        (&["--select", "TD,RS"], 0),
        (&["--ignore", "HS001"], 0),
        (&["--ignore", "RS,HS"], 0),
        (&["--select", "HS", "--ignore", "HS001"], 0),
    ] {
        let (_, report) = report_on(&error, arguments);
        let found = findings(&report, "HS001").len();
        assert_eq!(found, expected, "{arguments:?}");
    }
}

#[test]
fn severities_are_set_by_rule_and_by_case() {
    let capture = lab("port-reuse-time-wait");
    let severity = |arguments: &[&str]| {
        let (status, report) = report(&[&[capture.as_str()], arguments].concat());
        let found = findings(&report, "TW003");
        let severities: Vec<_> = found.iter().map(|f| f["severity"].clone()).collect();
        (status, severities)
    };
    assert_eq!(severity(&[]), (0, vec![json!("notice")]));
    let (rule, case) = ("TW003=warning", "TW003/tsval-newer=error");
    assert_eq!(severity(&["--severity", rule]), (1, vec![json!("warning")]));
    // What is said of the case goes before what is said of the rule.
    let both = ["--severity", case, "--severity", rule];
    assert_eq!(severity(&both), (1, vec![json!("error")]));
    let other = ["--severity", "TW003/plain=error"];
    assert_eq!(severity(&other), (0, vec![json!("notice")]));
    assert_eq!(severity(&["--severity", "TW003/tsval-newer=off"]).1, [0; 0]);
}

#[test]
fn the_textbook_asks_for_four_segments() {
    let capture = lab("three-segment-close");
    let (passed, by_rfc) = report(&[&capture]);
    let (failed, by_book) = report(&["--profile", "textbook", &capture]);
    assert_eq!((passed, failed), (0, 1));
    assert_eq!(
        (&by_rfc["profile"], &by_book["profile"]),
        (&json!("rfc"), &json!("textbook"))
    );
    assert_eq!(findings(&by_rfc, "TD005")[0]["severity"], "notice");
    let finding = findings(&by_book, "TD005")[0];
    assert_eq!(finding["severity"], "warning");
    let message = finding["message"].as_str().unwrap();
    assert!(
        message.ends_with("RFC 9293 allows this; the textbook does not."),
        "{message}"
    );
}

#[test]
fn the_msl_decides_how_long_time_wait_lasts() {
    // The last ACK is lost, and the FIN comes again after 20 s.
    let short = exchange("rules/TW/TW001-fires-below-2msl");
    let case = |arguments: &[&str]| {
        let (_, report) = report_on(&short, arguments);
        findings(&report, "TW001")[0]["case"].clone()
    };
    assert_eq!(case(&[]), "below-2msl");
    assert_eq!(case(&["--msl", "5"]), "beyond-2msl");

    // The sockets are used again after 1.6 s.
    let again = lab("port-reuse-time-wait");
    let with = |msl: &str| report(&["--msl", msl, &again]).1;
    assert_eq!(findings(&with("30"), "TW003").len(), 1);
    let report = with("0.5");
    assert_eq!(findings(&report, "TW003").len(), 0);
    let states = report["connections"][0]["states"].as_array().unwrap();
    let last = states.last().unwrap();
    assert_eq!(last["event"], "2MSL timeout");
    assert_eq!(
        (&last["packet"], &last["to"]),
        (&json!(null), &json!("CLOSED"))
    );
    assert_eq!(report["connections"][0]["final_state"]["client"], "CLOSED");
    let before = with("30");
    assert_eq!(
        before["connections"][0]["final_state"]["client"],
        "TIME-WAIT"
    );
}

#[test]
fn the_place_of_the_capture_can_be_stated() {
    let capture = lab("refused");
    let vantage = |arguments: &[&str]| {
        let (_, report) = report(&[arguments, &[capture.as_str()]].concat());
        report["connections"][0]["vantage"].clone()
    };
    assert_eq!(vantage(&[]), "unknown");
    assert_eq!(vantage(&["--vantage", "client"]), "client");
    assert_eq!(vantage(&["--vantage", "server"]), "server");
    assert_eq!(vantage(&["--vantage", "middle"]), "middle");
    assert_eq!(vantage(&["--vantage", "host=10.1.0.1"]), "client");
    assert_eq!(vantage(&["--vantage", "host=10.1.0.2"]), "server");
}

#[test]
fn a_whole_capture_allows_more_to_be_definite() {
    let capture = exchange("rules/HS/HS025-fires");
    let certainty = |arguments: &[&str]| {
        let (_, report) = report_on(&capture, arguments);
        findings(&report, "HS025")[0]["certainty"].clone()
    };
    assert_eq!(certainty(&[]), "likely");
    assert_eq!(certainty(&["--lossless"]), "definite");
}

#[test]
fn what_is_shown_changes_nothing_else() {
    let capture = lab("three-segment-close");
    let lists = |show: &str| {
        let (status, text, _) = run(&["--show", show, &capture]);
        assert!(
            status == 0 && text.ends_with("1 notice. Exit status 0.\n"),
            "{text}"
        );
        text.contains("\nnotice TD005")
    };
    assert!(lists("info") && lists("notice"));
    assert!(!lists("warning") && !lists("error"));
    let json = |show| run(&["--format", "json", "--show", show, &capture]).1;
    assert_eq!(json("info"), json("error"));
}

#[test]
fn no_tcp_is_no_pass_by_accident() {
    let nothing = capture_without_tcp();
    assert_eq!(run_on(&nothing, &["--fail-on", "never"]).0, 2);
    assert_eq!(run_on(&nothing, &["--allow-no-tcp"]).0, 0);
}
