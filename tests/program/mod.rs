//! The program, run as its users run it.

// Every integration test compiles this for itself and uses a part of it; it is
// test code, which may fail loudly.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

use crate::exchange::Exchange;

/// Path of a file below `testdata/`.
pub fn testdata(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    path.join(name).to_str().unwrap().to_owned()
}

/// Path of a capture of real hosts.
pub fn lab(name: &str) -> String {
    testdata(&format!("lab/{name}.pcap"))
}

/// The capture of an exchange, such as `rules/HS/HS001-fires`.
pub fn exchange(name: &str) -> Vec<u8> {
    Exchange::read(testdata(&format!("{name}.exchange"))).to_pcap()
}

pub fn tcpcheck() -> Command {
    let mut command = Command::new(cargo_bin!("tcpcheck"));
    command
        .stdin(Stdio::null())
        .env_remove("COLUMNS")
        .env_remove("NO_COLOR");
    command
}

/// Status, standard output and standard error.
pub fn run(arguments: &[&str]) -> (i32, String, String) {
    outcome(&tcpcheck().args(arguments).output().unwrap())
}

pub fn run_in(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    outcome(
        &tcpcheck()
            .current_dir(directory)
            .args(arguments)
            .output()
            .unwrap(),
    )
}

pub fn outcome(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let status = output.status.code().expect("ended by a signal");
    (status, text(&output.stdout), text(&output.stderr))
}

/// A capture of raw IPv4 with one UDP packet: sound, but without TCP.
pub fn capture_without_tcp() -> Vec<u8> {
    let mut capture = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0002_0004, 0, 0, 65_535, 101] {
        capture.extend(word.to_be_bytes());
    }
    for word in [1_700_000_000_u32, 0, 28, 28] {
        capture.extend(word.to_be_bytes());
    }
    capture.extend([
        0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
    ]);
    capture.extend([0x30, 0x39, 0, 53, 0, 8, 0, 0]);
    capture
}

/// A directory with these files in it.
pub fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

/// Status and JSON report on captures.
pub fn report(arguments: &[&str]) -> (i32, Value) {
    let (status, stdout, _) = run(&[&["--format", "json"], arguments].concat());
    (status, serde_json::from_str(&stdout).unwrap())
}

/// The outcome with `input` on standard input.
pub fn run_on(input: &[u8], arguments: &[&str]) -> (i32, String, String) {
    run_on_with(input, arguments, &[])
}

/// The same with these variables in the environment.
pub fn run_on_with(
    input: &[u8],
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> (i32, String, String) {
    let mut child = tcpcheck()
        .envs(environment.iter().copied())
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // What is no capture is not read to its end.
    let _ = writer.join().unwrap();
    outcome(&output)
}

/// Status and JSON report on `input` as standard input.
pub fn report_on(input: &[u8], arguments: &[&str]) -> (i32, Value) {
    let (status, stdout, _) = run_on(input, &[&["--format", "json"], arguments].concat());
    (status, serde_json::from_str(&stdout).unwrap())
}

/// The findings of one rule.
pub fn findings<'a>(report: &'a Value, rule: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["rule"] == rule).collect()
}
