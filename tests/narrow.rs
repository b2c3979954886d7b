//! What is shown is chosen by the user; what is judged is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

mod exchange;
mod program;

use program::{lab, report, run};
use serde_json::Value;

/// Two captures with a connection or more each; in one of them something is found.
fn several() -> [String; 3] {
    [lab("close-wait-stuck"), lab("keepalive"), lab("ipv6")]
}

fn narrowed(options: &[&str]) -> (i32, Value) {
    let captures = several();
    let captures = captures.each_ref().map(String::as_str);
    report(&[options, &captures].concat())
}

fn ids(report: &Value) -> Vec<u64> {
    let connections = report["connections"].as_array().unwrap().iter();
    connections
        .map(|connection| connection["id"].as_u64().unwrap())
        .collect()
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect()
}

#[test]
fn a_report_is_narrowed_and_its_judgement_is_not() {
    let (status, all) = narrowed(&[]);
    assert_eq!((status, ids(&all)), (1, vec![1, 2, 3, 4]));
    assert!(all.get("narrowed").is_none());
    let choices: [(&[&str], &[u64]); 7] = [
        (&["--connection", "2"], &[2]),
        (&["--connection", "2", "--connection", "4"], &[2, 4]),
        (&["--rule", "TD012"], &[1]),
        (&["--rule", "rt010,TD012"], &[1, 3]),
        (&["--host", "2001:db8::/32", "--host", "fd00::/8"], &[4]),
        (&["--host", "10.0.0.0/8", "--connection", "3"], &[3]),
        (&["--port", "1"], &[]),
    ];
    for (options, expected) in choices {
        let (status, part) = narrowed(options);
        assert_eq!(status, 1, "{options:?}");
        assert_eq!(part["summary"], all["summary"], "{options:?}");
        assert_eq!(part["captures"], all["captures"], "{options:?}");
        assert_eq!(ids(&part), expected, "{options:?}");
        let told = &part["narrowed"];
        assert_eq!(told["connections_shown"], expected.len());
        assert_eq!(told["connections_hidden"], 4 - expected.len());
        let found = part["findings"].as_array().unwrap();
        assert_eq!(told["findings_shown"], found.len());
        assert!(
            found
                .iter()
                .all(|f| expected.contains(&f["connection"].as_u64().unwrap()))
        );
    }
    let (_, by_rule) = narrowed(&["--rule", "TD012"]);
    assert_eq!(rules(&by_rule), ["TD012"]);
    assert_eq!(by_rule["narrowed"]["by"], "--rule TD012");
}

#[test]
fn the_text_says_that_it_is_narrowed() {
    let captures = several();
    let captures = captures.each_ref().map(String::as_str);
    let (_, all, _) = run(&captures);
    let (status, text, _) = run(&[&["--connection", "2"], &captures[..]].concat());
    assert_eq!(status, 1);
    assert_eq!(
        text.lines().next(),
        all.lines().next(),
        "the verdict is about all"
    );
    assert_eq!(
        text.lines().last(),
        all.lines().last(),
        "the counts are about all"
    );
    assert!(
        text.contains("--connection 2: 1 of 4 connections"),
        "{text}"
    );
    assert!(
        text.contains("Connection 2: client") && !text.contains("Connection 1:"),
        "{text}"
    );
    assert!(!text.contains("warning TD012"), "{text}");
    let (_, text, _) = run(&[&["--connection", "99"], &captures[..]].concat());
    assert!(text.contains("0 of 4 connections"), "{text}");
}

#[test]
fn a_ladder_is_drawn_of_what_is_shown() {
    let captures = several();
    let captures = captures.each_ref().map(String::as_str);
    let options: &[&str] = &["--ladder", "--connection", "4"];
    let (_, text, _) = run(&[options, &captures[..]].concat());
    assert_eq!(text.matches("Packet  ").count(), 1, "{text}");
}

#[test]
fn what_cannot_be_narrowed_is_said() {
    let capture = lab("ipv6");
    let wrong: [(&[&str], &str); 8] = [
        (&["--connection", "0"], "--connection"),
        (&["--connection", "x"], "--connection"),
        (&["--host", "here"], "no IPv4 or IPv6 address"),
        (&["--host", "10.0.0.0/33"], "from 0 to 32"),
        (&["--port", "65536"], "--port"),
        (&["--rule", "HS01"], "did you mean HS001?"),
        (
            &["--follow", "--connection", "1"],
            "--connection does not go with --follow",
        ),
        (&["--ladder", "--format", "json"], "-o FILE.txt"),
    ];
    for (options, hint) in wrong {
        let (status, stdout, stderr) = run(&[options, &[capture.as_str()]].concat());
        assert_eq!((status, stdout.as_str()), (2, ""), "{options:?}");
        assert!(stderr.contains(hint), "{options:?}: {stderr}");
    }
}

#[test]
fn who_follows_a_capture_is_told_what_is_asked_for() {
    let stuck = lab("keepalive");
    let (_, all, _) = run(&["--follow", &stuck]);
    assert!(all.starts_with("20"), "a finding comes first: {all}");
    for options in [["--port", "1"], ["--rule", "HS001"], ["--host", "::1"]] {
        let (_, none, _) = run(&[&["--follow"], &options[..], &[&stuck]].concat());
        assert!(!none.starts_with("20"), "{none}");
    }
    let (_, one, _) = run(&["--follow", "--port", "8080", &stuck]);
    assert!(one.starts_with("20"), "{one}");
}

#[test]
fn what_is_mistyped_gets_a_suggestion() {
    let capture = lab("ipv6");
    let capture = capture.as_str();
    let typed: [(&[&str], &str); 8] = [
        (&["explain", "HS01"], "did you mean HS001?"),
        (&["explain", "hs-001"], "did you mean HS001?"),
        (
            &["explain", "synack-ack-of"],
            "did you mean HS001 (synack-ack-off)?",
        ),
        (&["--select", "TD05", capture], "did you mean TD005?"),
        (&["--ignore", "TD05", capture], "did you mean TD005?"),
        (&["--severity", "TD05=off", capture], "did you mean TD005?"),
        (&["--lader", capture], "'--ladder'"),
        (&["--conection", "1", capture], "'--connection'"),
    ];
    for (arguments, hint) in typed {
        let (status, _, stderr) = run(arguments);
        assert_eq!(status, 2, "{arguments:?}");
        assert!(stderr.contains(hint), "{arguments:?}: {stderr}");
    }
}
