//! `--merge` on the command line: files, directories, pipes, and what is wrong with them.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::capture::Capture;
use crate::parts::{alone, as_of_the_whole, difference, essence, part, pieces};
use crate::program::{directory, lab, outcome, run_in, run_on, tcpcheck};

fn whole() -> Capture {
    Capture::parse(&fs::read(lab("data-loss")).unwrap()).unwrap()
}

/// A capture in so many files, named by their place.
fn files(capture: &Capture, count: usize) -> (tempfile::TempDir, Vec<Vec<usize>>) {
    let cut = pieces(capture.frames.len(), count);
    let folder = directory(&[]);
    for (at, frames) in cut.iter().enumerate() {
        let octets = part(capture, frames).to_file();
        fs::write(folder.path().join(format!("{at:03}.pcap")), octets).unwrap();
    }
    (folder, cut)
}

fn parsed(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap()
}

fn merged(folder: &tempfile::TempDir, arguments: &[&str]) -> (i32, Value, String) {
    let all = [&["--merge", "--format", "json"], arguments].concat();
    let (status, stdout, stderr) = run_in(folder.path(), &all);
    (status, parsed(&stdout), stderr)
}

/// With parts named as the library's tests name them.
fn of_the_whole(report: &Value, cut: &Vec<Vec<usize>>) -> Value {
    let text = report.to_string().replace("./", "").replace(".pcap", "");
    let mut report = parsed(&text);
    let kept = |finding: &Value| !finding["capture"].is_null();
    report["findings"].as_array_mut().unwrap().retain(kept);
    as_of_the_whole(report, cut)
}

#[test]
fn a_directory_of_parts_is_the_whole() {
    let (folder, cut) = files(&whole(), 5);
    fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
    let (status, report, stderr) = merged(&folder, &["."]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert_eq!(report["summary"]["skipped_files"], 1);
    assert_eq!(report["summary"]["captures"], 5);
    assert_eq!(report["connections"][0]["capture"], "./000.pcap");
    assert_eq!(report["connections"][0]["last_capture"], "./004.pcap");
    let connections: Vec<_> = (report["captures"].as_array().unwrap().iter())
        .map(|capture| capture["connections"].clone())
        .collect();
    assert_eq!(connections, [1, 0, 0, 0, 0], "where they begin");
    assert_eq!(report["assumptions"].as_array().unwrap().len(), 2);
    let mut expected = essence(&alone(&whole()));
    expected["summary"]["skipped_files"] = json!(1);
    assert_eq!(difference(&expected, &of_the_whole(&report, &cut)), None);

    // In another order, and one of them through a pipe.
    let mut child = tcpcheck()
        .current_dir(folder.path())
        .args([
            "--merge", "--format", "json", "003.pcap", "001.pcap", "-", "000.pcap", "004.pcap",
        ])
        .stdin(fs::File::open(folder.path().join("002.pcap")).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take();
    let (status, stdout, _) = outcome(&child.wait_with_output().unwrap());
    let report = parsed(
        &stdout
            .replace("\"-\"", "\"002.pcap\"")
            .replace(" of -", " of 002"),
    );
    assert_eq!(status, 0);
    let expected = essence(&alone(&whole()));
    assert_eq!(difference(&expected, &of_the_whole(&report, &cut)), None);
}

#[test]
fn one_file_is_as_without() {
    let (folder, _) = files(&whole(), 1);
    let arguments = ["--format", "json", "000.pcap"];
    let (status, stdout, _) = run_in(folder.path(), &arguments);
    let (merged_status, report, _) = merged(&folder, &["000.pcap"]);
    assert_eq!((merged_status, report), (status, parsed(&stdout)));
    let (status, stdout, stderr) = run_on(&whole().to_file(), &["--merge"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(stdout.contains("packets 1 to 69"), "{stdout}");
}

#[test]
fn a_file_given_twice_is_wrong_usage() {
    let (folder, _) = files(&whole(), 2);
    let arguments = ["--merge", "000.pcap", "001.pcap", "./000.pcap"];
    let (status, stdout, stderr) = run_in(folder.path(), &arguments);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("'./000.pcap' is given twice"), "{stderr}");
}

/// More files than a process may have open.
#[cfg(unix)]
#[test]
fn files_may_be_many() {
    let capture = whole();
    let mut long = capture.clone();
    // A file with one frame each, over and over, a second apart.
    let folder = directory(&[]);
    for at in 0..2000_usize {
        let frame = &capture.frames[at % capture.frames.len()];
        long.frames = vec![frame.clone()];
        let second = 1_700_000_000 + u32::try_from(at).unwrap();
        long.frames[0].time[..4].copy_from_slice(&second.to_le_bytes());
        fs::write(folder.path().join(format!("{at}.pcap")), long.to_file()).unwrap();
    }
    let program = tcpcheck().get_program().to_owned();
    let output = std::process::Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", "ulimit -n 32; exec \"$0\" --merge --format json ."])
        .arg(program)
        .output()
        .unwrap();
    let (status, stdout, stderr) = outcome(&output);
    assert!(status != 2, "{stderr}");
    let report = parsed(&stdout);
    let captures = report["captures"].as_array().unwrap();
    assert_eq!(captures.len(), 2000);
    assert!(
        captures
            .iter()
            .all(|c| c["packets"] == 1 && c["complete"] == true)
    );
}

#[test]
fn what_is_wrong_with_one_file_is_told_of_it_and_the_rest_judged() {
    let (folder, _) = files(&whole(), 4);
    let path = |name| folder.path().join(name);
    let third = fs::read(path("002.pcap")).unwrap();
    fs::write(path("002.pcap"), &third[..third.len() - 5]).unwrap();
    fs::write(path("empty.pcap"), b"").unwrap();
    fs::write(path("no-frames.pcap"), &third[..24]).unwrap();
    let (status, report, stderr) = merged(&folder, &[".", "nothing.pcap"]);
    assert_eq!(status, 2);
    for told in [
        "./002.pcap: cut in the data of packet 18",
        "./empty.pcap: empty",
        "nothing.pcap: cannot be opened: there is no such file",
    ] {
        assert!(stderr.contains(told), "{stderr}");
    }
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
    let captures = report["captures"].as_array().unwrap();
    let complete: Vec<bool> = captures.iter().map(|c| c["complete"] == true).collect();
    assert_eq!(complete, [true, true, false, true, false, true, false]);
    let cut = &captures[2];
    assert_eq!(
        (&cut["packets"], &cut["notes"][0]["rule"]),
        (&json!(17), &json!("CA004"))
    );
    assert_eq!(captures[3]["notes"], json!([]), "the notes of each file");
    assert_eq!(report["summary"]["connections"], 1);
    assert_eq!(report["connections"][0]["closing"], "four-way");

    // A cut file among others is a loss.
    let withheld = report["connections"][0]["withheld"].to_string();
    assert!(withheld.contains("no-capture-loss"), "{withheld}");
}

#[test]
fn files_may_differ_in_all_that_a_file_is() {
    let capture = whole();
    let (folder, cut) = files(&capture, 3);
    // The second part in nanoseconds and as raw IP.
    let mut second = part(&capture, &cut[1]);
    second.header[..4].copy_from_slice(&0xa1b2_3c4d_u32.to_le_bytes());
    second.header[20..24].copy_from_slice(&101_u32.to_le_bytes());
    for frame in &mut second.frames {
        let us = u32::from_le_bytes(frame.time[4..].try_into().unwrap());
        frame.time[4..].copy_from_slice(&(us * 1000).to_le_bytes());
        frame.octets.drain(..14);
        frame.original_len -= 14;
    }
    fs::write(folder.path().join("001.pcap"), second.to_file()).unwrap();
    let (status, report, _) = merged(&folder, &["."]);
    assert_eq!(status, 0);
    let types = |at: usize| report["captures"][at]["link_types"][0].clone();
    assert_eq!([types(0), types(1)], [json!("ETHERNET"), json!("RAW")]);
    let digits = |at: usize| {
        let start = report["captures"][at]["start"].as_str().unwrap();
        start.split('.').nth(1).unwrap().len() - 1
    };
    assert_eq!([digits(0), digits(1)], [6, 9]);
    let connection = &report["connections"][0];
    assert_eq!(connection["closing"], "four-way");
    assert_eq!(connection["stats"]["client"]["bytes"], 40_000);
}

#[test]
fn without_tcp_anywhere_it_is_a_failure() {
    let udp = crate::program::capture_without_tcp();
    let folder = directory(&[("a.pcap", &udp), ("b.pcap", &udp)]);
    let (status, _, stderr) = merged(&folder, &["."]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("no TCP in it, nor in the others"),
        "{stderr}"
    );
    assert_eq!(merged(&folder, &["--allow-no-tcp", "."]).0, 0);
    let tcp = fs::read(lab("data-loss")).unwrap();
    fs::write(folder.path().join("c.pcap"), tcp).unwrap();
    assert_eq!(merged(&folder, &["a.pcap", "c.pcap"]).0, 0);
}
