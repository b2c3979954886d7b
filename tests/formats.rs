//! The formats for CI and for programs, written by the program from captures.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod exchange;
mod program;

use std::collections::BTreeMap;
use std::fs;

use program::{capture_without_tcp, directory, exchange, lab, run, run_in};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(json).collect()
}

/// One run writes all of them, each by the ending of its file, and they agree.
#[test]
fn one_run_writes_all_formats() {
    let directory = directory(&[("a.pcap", &exchange("rules/HS/HS001-fires"))]);
    let names = [
        "r.txt",
        "r.json",
        "r.ndjson",
        "r.csv",
        "r.sarif",
        "r.sarif.json",
        "r.xml",
        "r.md",
        "r.html",
    ];
    let mut arguments = vec!["-o", "github=r.log"];
    arguments.extend(names.iter().flat_map(|name| ["-o", *name]));
    arguments.extend(["--format", "ndjson", "a.pcap"]);
    let (status, stdout, stderr) = run_in(directory.path(), &arguments);
    assert_eq!((status, stderr.as_str()), (1, ""));
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();

    let report = json(&read("r.json"));
    let findings = report["findings"].as_array().unwrap();
    let found = findings.len();
    assert!(found > 0);
    assert_eq!(read("r.ndjson"), stdout);
    let rows = lines(&stdout);
    let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((of("summary"), of("capture")), (1, 1));
    assert_eq!(
        of("connection"),
        report["connections"].as_array().unwrap().len()
    );
    assert_eq!(of("finding"), found);
    assert_eq!(read("r.csv").lines().count(), found + 1);
    assert_eq!(read("r.sarif"), read("r.sarif.json"));
    let log = json(&read("r.sarif"));
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), found);
    assert!(read("r.xml").contains("<failure "));
    assert!(read("r.log").starts_with("::error file=a.pcap,title=HS001 "));
    assert!(read("r.md").contains("| error | HS001 "));
    assert!(read("r.txt").contains("HS001"));
    assert!(read("r.html").contains("<svg class=\"ladder\""));
}

/// The display filter leads to the packets that the finding names.
#[test]
fn each_finding_has_a_display_filter_for_its_packets() {
    let directory = directory(&[("a.pcap", &exchange("rules/HS/HS001-fires"))]);
    let (_, stdout, _) = run_in(directory.path(), &["--format", "json", "a.pcap"]);
    let report = json(&stdout);
    for finding in report["findings"].as_array().unwrap() {
        let filter = &finding["display_filter"];
        match finding["packet"].as_u64() {
            Some(packet) => {
                let filter = filter.as_str().unwrap();
                let inner = filter.strip_prefix("frame.number in {").unwrap();
                let mut numbers = inner.strip_suffix('}').unwrap().split(", ");
                assert!(
                    numbers.any(|number| number == packet.to_string()),
                    "{filter}"
                );
            }
            None => assert!(filter.is_null() || filter.is_string()),
        }
    }
}

/// Formats for programs keep connections of which nothing is said, and none of them
/// depends on what the text shows.
#[test]
fn programs_get_everything_whatever_is_shown() {
    let capture = lab("any-sll2");
    let rows = |show: &str| {
        let (_, stdout, _) = run(&["--format", "ndjson", "--show", show, &capture]);
        stdout
    };
    assert_eq!(rows("info"), rows("error"));
    let kinds: Vec<_> = lines(&rows("error"))
        .iter()
        .map(|row| row["kind"].clone())
        .collect();
    assert!(kinds.contains(&"connection".into()), "{kinds:?}");
    let (_, table, _) = run(&["--format", "csv", "--show", "error", &capture]);
    let findings = kinds.iter().filter(|kind| **kind == "finding").count();
    assert_eq!(table.lines().count(), findings + 1);
}

/// A gate must not pass because a capture was broken or empty, whoever reads the report.
#[test]
fn what_could_not_be_checked_is_red_in_all_formats() {
    let directory = directory(&[("a.pcap", &capture_without_tcp()), ("b.pcap", b"junk")]);
    let arguments = [
        "-o", "r.xml", "-o", "r.sarif", "-o", "r.md", "-o", "r.ndjson", "--format", "github",
        "a.pcap", "b.pcap",
    ];
    let (status, stdout, _) = run_in(directory.path(), &arguments);
    assert_eq!(status, 2);
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    let told = stdout
        .lines()
        .filter(|line| line.starts_with("::error file="));
    assert_eq!(told.count(), 2, "{stdout}");
    assert_eq!(read("r.xml").matches("<error ").count(), 2);
    let run = json(&read("r.sarif"))["runs"][0].take();
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert!(read("r.md").contains("### Not checked as a whole\n\n- a.pcap: there is no TCP in it"));
    let rows = lines(&read("r.ndjson"));
    assert_eq!(rows[0]["exit_status"], 2);
    assert!(rows[1]["error"].is_string() && rows[2]["error"].is_string());
}

/// In JUnit what fails is what fails the run.
#[test]
fn junit_follows_the_gate() {
    let directory = directory(&[("a.pcap", &exchange("rules/HS/HS001-fires"))]);
    let failures = |arguments: &[&str]| {
        let arguments = [arguments, &["--format", "junit", "a.pcap"]].concat();
        let (status, stdout, _) = run_in(directory.path(), &arguments);
        (status, stdout.matches("<failure ").count())
    };
    assert_eq!(failures(&[]), (1, 1));
    assert_eq!(failures(&["--fail-on", "never"]), (0, 0));
    assert_eq!(failures(&["--ignore", "HS001"]).1, 0);
    let (_, stdout, _) = run_in(
        directory.path(),
        &["--select", "TD", "--format", "junit", "a.pcap"],
    );
    assert!(
        stdout.contains("Teardown") && !stdout.contains("Handshake"),
        "{stdout}"
    );
}

/// A reader who goes early changes nothing, in any format.
#[cfg(unix)]
#[test]
fn a_reader_who_has_gone_is_no_error() {
    for format in [
        "ndjson", "csv", "sarif", "junit", "github", "markdown", "html",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = program::tcpcheck()
            .args(["--format", format, &lab("any-sll2")])
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .output()
            .unwrap();
        let (status, _, stderr) = program::outcome(&output);
        assert_eq!((status, stderr.as_str()), (0, ""), "{format}");
    }
}

/// The same whatever the number of threads, and in every run.
#[test]
fn formats_are_the_same_in_every_run() {
    let mut written: BTreeMap<&str, String> = BTreeMap::new();
    for threads in ["1", "2"] {
        for format in [
            "ndjson", "csv", "sarif", "junit", "github", "markdown", "html",
        ] {
            let capture = lab("any-sll2");
            let (_, stdout, _) = run(&["--format", format, "--threads", threads, &capture]);
            assert_eq!(
                *written.entry(format).or_insert_with(|| stdout.clone()),
                stdout
            );
        }
    }
}

/// The recipes of the documentation are those that `examples/recipes/check.sh` runs.
#[test]
fn the_documentation_shows_the_recipes() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/formats.md")).unwrap();
    for name in ["questions.sql", "questions.py", "questions.jq", "grade.py"] {
        let recipe = fs::read_to_string(root.join("examples/recipes").join(name)).unwrap();
        assert!(
            page.contains(&recipe),
            "docs/formats.md does not show {name}"
        );
    }
}
