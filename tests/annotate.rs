//! `--annotate`: the capture again, with findings as comments, read by our own reader and by
//! Wireshark's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod exchange;
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use exchange::{Exchange, FileFormat, FileKind};
use program::{directory, exchange as capture, outcome, run_in, tcpcheck, testdata};
use serde_json::Value;
use tcpcheck::capture::CaptureReader;

/// Frames with all that is known of them, and how many comments there are.
fn read(path: &Path) -> (Vec<String>, u64) {
    let mut reader = CaptureReader::open(path).unwrap();
    let mut frames = Vec::new();
    while let Ok(Some(frame)) = reader.next_frame() {
        frames.push(format!("{frame:?}"));
    }
    (frames, reader.info().comment_count)
}

/// The report on a capture, which is written again to `out` with all findings.
fn annotate(path: &Path, out: &Path) -> Option<Value> {
    let program = tcpcheck()
        .args(["--format", "json", "--show", "info", "--annotate"])
        .args([out, path])
        .output()
        .unwrap();
    let (_, stdout, _) = outcome(&program);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    // What is no capture, or an empty one, is not written.
    out.exists().then_some(report)
}

/// Captures of real hosts, and those in a folder that is named.
fn captures() -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(testdata("lab"))];
    folders.extend(std::env::var_os("ANNOTATE_CAPTURES").map(PathBuf::from));
    let mut captures = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|ending| ending.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("json" | "jsonl" | "md" | "sh" | "txt") => {}
                _ => captures.push(path),
            }
        }
    }
    captures.sort();
    captures
}

#[test]
fn there_are_as_many_comments_as_findings_and_all_packets() {
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out.pcapng");
    let (mut said, mut wrong) = (0, Vec::new());
    for path in captures() {
        let _ = fs::remove_file(&out);
        let Some(report) = annotate(&path, &out) else {
            continue;
        };
        let (frames, comments) = read(&path);
        let (again, more) = read(&out);
        let findings = report["findings"].as_array().unwrap().len() as u64;
        if frames != again || more - comments != findings {
            wrong.push(path);
        }
        said += findings;
    }
    assert!(wrong.is_empty() && said > 20, "{said}: {wrong:?}");
}

#[test]
fn every_file_format_is_written_again() {
    let work = tempfile::tempdir().unwrap();
    let (path, out) = (work.path().join("in"), work.path().join("out.pcapng"));
    for kind in [FileKind::Pcap, FileKind::PcapNg] {
        for (big_endian, nanoseconds) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let exchange = Exchange::read(testdata("rules/HS/HS001-fires.exchange"));
            let exchange = exchange.with_file(FileFormat {
                kind,
                big_endian,
                nanoseconds,
                snap_length: Some(50),
            });
            fs::write(&path, exchange.to_pcap()).unwrap();
            let report = annotate(&path, &out).unwrap();
            let (frames, comments) = read(&path);
            let (again, more) = read(&out);
            assert_eq!(frames, again);
            let findings = report["findings"].as_array().unwrap().len() as u64;
            assert!(findings > 0 && more - comments == findings);
        }
    }
}

/// What is shown is what is written, at the packet that the text names.
#[test]
fn a_comment_says_what_the_report_says() {
    let work = directory(&[("a.pcap", &capture("rules/HS/HS001-fires"))]);
    let arguments = ["--annotate", "out.pcapng", "--show", "error", "a.pcap"];
    let (status, text, stderr) = run_in(work.path(), &arguments);
    assert_eq!((status, stderr.as_str()), (1, ""));
    assert!(text.contains("- packet 2 at"), "{text}");
    let mut reader = CaptureReader::open(&work.path().join("out.pcapng")).unwrap();
    while reader.advance().unwrap() {}
    let [comment] = reader.info().comments.as_slice() else {
        unreachable!("{:?}", reader.info().comments);
    };
    assert_eq!(comment.packet, Some(2));
    assert!(
        comment
            .text
            .starts_with("tcpcheck error HS001 (definite): ")
    );
    assert!(
        comment
            .text
            .contains("; expected ack 1001 (relative 1); observed ")
    );
    // Narrowed, so that nothing is left of it.
    let arguments = ["--annotate", "out.pcapng", "--rule", "RS", "a.pcap"];
    run_in(work.path(), &arguments);
    assert_eq!(read(&work.path().join("out.pcapng")).1, 0);
}

#[test]
fn standard_input_and_compressed_captures_are_written_as_the_file() {
    let plain = capture("rules/HS/HS001-fires");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &plain).unwrap();
    let packed = packed.finish().unwrap();
    let work = directory(&[("a.pcap", &plain), ("a.pcap.gz", &packed)]);
    let written = |capture: &str, input: Option<&str>, more: &[&str]| {
        let out = work.path().join("out.pcapng");
        let stdin = match input {
            Some(name) => Stdio::from(fs::File::open(work.path().join(name)).unwrap()),
            None => Stdio::null(),
        };
        let mut program = tcpcheck();
        program.current_dir(work.path()).args(more).stdin(stdin);
        program.args(["--annotate", "out.pcapng", capture]);
        let (status, _, stderr) = outcome(&program.output().unwrap());
        assert_eq!((status, stderr.as_str()), (1, ""));
        let octets = fs::read(&out).unwrap();
        fs::remove_file(&out).unwrap();
        octets
    };
    let expected = written("a.pcap", None, &[]);
    assert_eq!(written("a.pcap.gz", None, &[]), expected);
    assert_eq!(written("-", Some("a.pcap"), &[]), expected);
    assert_eq!(written("-", Some("a.pcap.gz"), &[]), expected);
    assert_eq!(written("-", Some("a.pcap"), &["--follow"]), expected);
    assert_eq!(written("a.pcap", None, &["--merge"]), expected);
    // No half files are left beside it.
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 2);
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_read() {
    let octets = capture("rules/HS/HS001-fires");
    let work = directory(&[("a.pcap", &octets), ("b.pcap", &octets)]);
    let wrong: [(&[&str], &str); 7] = [
        (
            &["--annotate", "o.pcapng", "a.pcap", "b.pcap"],
            "there are 2",
        ),
        (&["--annotate", "o.pcapng", "."], "there are 2"),
        (
            &["--annotate", "o.pcapng", "--merge", "a.pcap", "b.pcap"],
            "mergecap",
        ),
        (
            &["--annotate", "a.pcap", "a.pcap"],
            "is one of the captures",
        ),
        (&["--annotate", "no/o.pcapng", "a.pcap"], "has no place"),
        (&["--annotate", "-", "a.pcap"], "writes a file"),
        (
            &["--annotate", "o.json", "-o", "o.json", "a.pcap"],
            "is given twice",
        ),
    ];
    for (arguments, hint) in wrong {
        let (status, stdout, stderr) = run_in(work.path(), arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(hint), "{arguments:?}: {stderr}");
    }
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 2);
    assert_eq!(fs::read(work.path().join("a.pcap")).unwrap(), octets);
    // What is no capture leaves what is there as it is.
    fs::write(work.path().join("b.pcap"), "nothing of the kind").unwrap();
    fs::write(work.path().join("o.pcapng"), "old").unwrap();
    let (status, _, stderr) = run_in(work.path(), &["--annotate", "o.pcapng", "b.pcap"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("o.pcapng cannot be written"), "{stderr}");
    assert_eq!(fs::read(work.path().join("o.pcapng")).unwrap(), b"old");
}

/// What tshark shows of each packet, and how many of our comments it shows.
fn in_tshark(path: &Path) -> (Vec<String>, u64) {
    let fields = [
        "frame.number",
        "frame.time_epoch",
        "frame.len",
        "frame.cap_len",
        "frame.encap_type",
        "frame.protocols",
        "tcp.seq_raw",
        "frame.comment",
    ];
    let mut tshark = Command::new("tshark");
    tshark.args(["-n", "-T", "fields", "-E", "aggregator=~", "-r"]);
    tshark.arg(path);
    for field in fields {
        tshark.args(["-e", field]);
    }
    let output = tshark.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let (mut packets, mut comments) = (Vec::new(), 0);
    for line in text.lines() {
        let (packet, comment) = line.rsplit_once('\t').unwrap_or((line, ""));
        packets.push(packet.to_owned());
        let all = comment.split('~');
        comments += all.filter(|text| text.starts_with("tcpcheck ")).count() as u64;
    }
    (packets, comments)
}

#[test]
fn wireshark_shows_the_same_packets_and_all_comments() {
    let found = Command::new("tshark").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no tshark to look at annotated captures with");
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out.pcapng");
    // It takes its time to start; of our own captures some will do.
    let some = match std::env::var_os("ANNOTATE_CAPTURES") {
        None => 6,
        Some(_) => 1,
    };
    let (mut said, mut wrong) = (0, Vec::new());
    for path in captures().into_iter().step_by(some) {
        let _ = fs::remove_file(&out);
        if annotate(&path, &out).is_none() {
            continue;
        }
        let of_capture = |path: &Path| {
            let mut reader = CaptureReader::open(path).unwrap();
            while let Ok(true) = reader.advance() {}
            let comments = reader.info().comments.iter();
            let on_all = comments.filter(|comment| comment.packet.is_none());
            on_all.count() as u64
        };
        let ((packets, before), (again, shown)) = (in_tshark(&path), in_tshark(&out));
        let on_all = of_capture(&out) - of_capture(&path);
        if packets != again || shown - before + on_all != read(&out).1 - read(&path).1 {
            wrong.push(path);
        }
        said += shown;
    }
    assert!(wrong.is_empty() && said > 0, "{wrong:?}");
}
