use serde_json::Value;

use super::*;
use crate::report::clean;
use crate::report::model::Loaded;
use crate::report::sample;

fn written(report: Loaded) -> String {
    let mut out = Vec::new();
    write(&sample::set_aside(report), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn run(report: Loaded) -> Value {
    let mut log: Value = serde_json::from_str(&written(report)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    log["runs"][0].take()
}

#[test]
fn a_log_reads_well() {
    insta::assert_snapshot!("one_error", written(sample::one_error()));
    insta::assert_snapshot!("several", written(sample::several()));
}

/// What the schema cannot say: indices lead to what they mean.
#[test]
fn each_result_has_its_rule_and_its_capture() {
    for report in sample::all() {
        let findings = report.findings.len();
        let run = run(report);
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), findings);
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(
                run["tool"]["driver"]["rules"][index]["id"],
                result["ruleId"]
            );
            let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            let index = location["index"].as_u64().unwrap() as usize;
            assert_eq!(run["artifacts"][index]["location"]["uri"], location["uri"]);
            let informs = result["kind"] == "informational";
            assert_eq!(informs, result["level"] == "none");
        }
    }
}

#[test]
fn what_failed_is_told() {
    let run = run(sample::several());
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 2);
    let told = &invocation["toolExecutionNotifications"][0];
    assert_eq!(told["level"], "error");
    assert_eq!(
        told["message"]["text"],
        "there is no such file; check the path"
    );
    let text = written(sample::several());
    assert!(!text.replace('\n', "").contains(clean::is_unsafe));
}

#[test]
fn standard_input_is_no_file() {
    let mut report = sample::one_error();
    report.captures[0].path = "-".into();
    for finding in &mut report.findings {
        finding.capture = "-".into();
    }
    let run = run(report);
    assert_eq!(run["artifacts"][0]["description"]["text"], "standard input");
    let location = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(location.to_string(), r#"{"index":0}"#);
}

#[test]
fn braces_are_no_arguments() {
    let mut report = sample::one_error();
    report.findings[0].message = "a {0} \x1b".into();
    let run = run(report);
    let text = run["results"][0]["message"]["text"].as_str().unwrap();
    assert!(text.starts_with(r"a {{0}} \u{{1b}}"), "{text}");
}

/// Results leave memory as they are written.
#[test]
fn a_result_is_a_line() {
    let text = written(sample::flood());
    let results = text.lines().filter(|line| line.starts_with("{\"ruleId\""));
    assert_eq!(results.count(), 12);
}
