//! Captures of all kinds, whole and damaged, through the whole program.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod exchange;
mod program;

use std::fs;
use std::io::Write as _;

use exchange::{Exchange, FileFormat, FileKind};
use flate2::Compression;
use flate2::write::GzEncoder;
use program::{
    directory, exchange as capture, findings, lab, outcome, report, report_on, run, run_in, run_on,
    tcpcheck, testdata,
};
use serde_json::{Value, json};

fn parsed(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap()
}

#[test]
fn standard_input_is_a_capture_like_any_other() {
    let path = lab("four-segment-close");
    let (_, from_file) = report(&[&path]);
    let (status, mut from_pipe) = report_on(&fs::read(&path).unwrap(), &[]);
    assert_eq!(status, 0);
    assert_eq!(from_pipe["captures"][0]["path"], "-");
    // But for its name it is the same.
    let renamed = from_pipe
        .to_string()
        .replace("\"-\"", &json!(path).to_string());
    from_pipe = parsed(&renamed);
    assert_eq!(from_pipe, from_file);
}

#[test]
fn each_file_has_its_part() {
    let (a, b) = (lab("four-segment-close"), lab("refused"));
    let (status, report) = report(&[&a, &b]);
    assert_eq!(status, 0);
    let paths: Vec<_> = report["captures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["path"].clone())
        .collect();
    assert_eq!(paths, [json!(a), json!(b)]);
    let connections = report["connections"].as_array().unwrap();
    let of: Vec<_> = connections
        .iter()
        .map(|c| (c["id"].clone(), c["capture"].clone()))
        .collect();
    assert_eq!(of, [(json!(1), json!(a)), (json!(2), json!(b))]);
    assert_eq!(report["summary"]["captures"], 2);
}

#[test]
fn a_directory_is_searched_for_captures() {
    let close = fs::read(lab("four-segment-close")).unwrap();
    let directory = directory(&[
        ("b.pcap", &close),
        ("a.dump", &close),
        ("notes.txt", b"nothing"),
        ("empty", b""),
    ]);
    let (status, stdout, stderr) = run_in(directory.path(), &["--format", "json", "."]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let report = parsed(&stdout);
    assert_eq!(report["captures"][0]["path"], "./a.dump");
    assert_eq!(report["captures"][1]["path"], "./b.pcap");
    assert_eq!(report["summary"]["skipped_files"], 2);
}

#[test]
fn a_cut_capture_is_told_and_what_was_read_is_reported() {
    let whole = fs::read(lab("four-segment-close")).unwrap();
    let directory = directory(&[("cut.pcap", &whole[..whole.len() - 5])]);
    let (status, stdout, stderr) = run_in(directory.path(), &["cut.pcap"]);
    assert_eq!(status, 2);
    assert!(
        stderr.starts_with("tcpcheck: cut.pcap: cut in the data of packet 11 at byte "),
        "{stderr}"
    );
    assert!(stderr.contains("use --allow-truncated"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
    assert!(
        stdout.contains("the capture is not complete") && stdout.contains("LAST-ACK"),
        "{stdout}"
    );

    let (status, report) = {
        let arguments = ["--allow-truncated", "--format", "json", "cut.pcap"];
        let (status, stdout, _) = run_in(directory.path(), &arguments);
        (status, parsed(&stdout))
    };
    assert_eq!(status, 0);
    let cut = &report["captures"][0];
    assert_eq!(
        (&cut["complete"], &cut["packets"]),
        (&json!(false), &json!(10))
    );
    assert_eq!(report["connections"][0]["closed_by"], "client");
    assert_eq!(findings(&report, "CA004").len(), 1);

    // A damaged file is something else, and stays a failure.
    let mut long = whole.clone();
    let at = 24 + 8;
    long[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let (status, _, stderr) = run_on(&long, &["--allow-truncated"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("-: packet 1 at byte 24 claims a length of 4294967295 octets"),
        "{stderr}"
    );
}

#[test]
fn what_is_no_capture_is_named_with_what_to_do() {
    for (content, message) in [
        (&b""[..], "empty; check that"),
        (
            b"12:00:00.1 IP 10.0.0.1.80 > 10.0.0.2.1: Flags [S]\n",
            "not a pcap or pcapng file: it looks like text",
        ),
        (b"snoop\0\0\0\0\0\0\x02", "editcap -F pcapng"),
    ] {
        let directory = directory(&[("a.pcap", content)]);
        let (status, stdout, stderr) = run_in(directory.path(), &["a.pcap"]);
        assert_eq!(status, 2);
        assert!(
            stderr.starts_with("tcpcheck: a.pcap: ") && stderr.contains(message),
            "{stderr}"
        );
        assert!(
            stdout.starts_with("Nothing was checked: the capture could not be read."),
            "{stdout}"
        );
    }
}

#[test]
fn no_gate_passes_because_a_capture_was_left_out_of_a_directory() {
    let close = fs::read(lab("four-segment-close")).unwrap();
    for (name, content, part) in [
        (
            "solaris",
            &b"snoop\0\0\0\0\0\0\x02"[..],
            "`editcap -F pcapng IN OUT`",
        ),
        ("b.pcap.gpg", b"\x85\x01\x0c\x03", "`gpg -o OUT -d IN`"),
        ("b.pcapng.zip", b"PK\x03\x04", "`unzip FILE`"),
    ] {
        let directory = directory(&[("a.pcap", &close), (name, content)]);
        let (status, stdout, stderr) = run_in(directory.path(), &["."]);
        assert_eq!(status, 2, "{name}");
        let expected = format!("tcpcheck: ./{name}: not a pcap or pcapng file: ");
        assert!(
            stderr.starts_with(&expected) && stderr.contains(part),
            "{stderr}"
        );
        // What could be read is judged.
        assert!(stdout.contains("Connection 1: client"), "{stdout}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_whose_writer_dies_is_a_capture_that_is_cut() {
    let directory = directory(&[("a.pcap", &fs::read(lab("four-segment-close")).unwrap())]);
    let shell = |script: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(script).current_dir(directory.path());
        shell.env("TCPCHECK", tcpcheck().get_program());
        outcome(&shell.output().unwrap())
    };
    for script in [
        "mkfifo pipe && { head -c 1000 a.pcap > pipe & \"$TCPCHECK\" pipe; }",
        "head -c 1000 a.pcap | \"$TCPCHECK\" -",
    ] {
        let (status, stdout, stderr) = shell(script);
        assert_eq!(status, 2);
        assert!(
            stderr.contains("cut in the data of packet ") && stderr.contains("--allow-truncated"),
            "{stderr}"
        );
        assert!(stdout.contains("Connection 1: client"), "{stdout}");
    }
    let (status, _, stderr) = shell("\"$TCPCHECK\" - <&-");
    assert_eq!(status, 2);
    assert!(
        stderr.starts_with("tcpcheck: -: empty; check that something was captured"),
        "{stderr}"
    );
    let (status, _, stderr) = shell("\"$TCPCHECK\" - < .");
    assert_eq!(status, 2);
    assert!(
        stderr.starts_with("tcpcheck: -: cannot be read: "),
        "{stderr}"
    );
}

/// A file of pcapng with the packets of an exchange, and with this section before them.
fn with_section(comment: &str, statistics: bool) -> Vec<u8> {
    let format = FileFormat {
        kind: FileKind::PcapNg,
        ..FileFormat::default()
    };
    let exchange = Exchange::read(testdata("exchanges/normal-close.exchange"));
    let file = exchange.with_file(format).to_pcap();
    let length = u32::try_from(32 + comment.len().next_multiple_of(4)).unwrap();
    let mut bytes = [&file[..4], &length.to_le_bytes(), &file[8..24], &[1, 0]].concat();
    bytes.extend(u16::try_from(comment.len()).unwrap().to_le_bytes());
    bytes.extend(comment.as_bytes());
    bytes.resize(length as usize - 4, 0);
    bytes.extend(length.to_le_bytes());
    bytes.extend(&file[28..]);
    if statistics {
        for word in [5, 36, 0, 0, 0, 5 | 8 << 16, 4, 0, 36_u32] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn comments_are_shown_and_cannot_touch_the_terminal() {
    let comment = "seen in\nthe lab \x1b]0;title\x07\u{9b}2J";
    let file = with_section(comment, false);
    let (status, stdout, _) = run_on(&file, &[]);
    assert_eq!(status, 0);
    let shown = "  comment: seen in the lab \\u{1b}]0;title\\u{7}\\u{9b}2J\n";
    assert!(stdout.contains(shown), "{stdout}");
    let (_, json, _) = run_on(&file, &["--format", "json"]);
    assert!(!json.contains(['\x1b', '\x07', '\u{9b}']), "{json}");
    let comments = &parsed(&json)["captures"][0]["comments"];
    assert_eq!(*comments, json!([{"packet": null, "text": comment}]));
}

#[test]
fn frames_that_the_capture_lost_are_told() {
    let (status, report) = report_on(&with_section("x", true), &[]);
    assert_eq!(status, 0);
    let loss = findings(&report, "CA003");
    assert_eq!(loss.len(), 1);
    let message = loss[0]["message"].as_str().unwrap();
    assert!(message.contains("lost 4 frames"), "{message}");
}

#[test]
fn a_frame_that_the_card_says_is_garbled_accuses_nobody() {
    let mut file = with_section("x", false);
    for word in [
        6,
        44,
        0,
        0,
        0,
        4,
        4,
        0xffff_ffff,
        2 | 4 << 16,
        1 << 24,
        44_u32,
    ] {
        file.extend(word.to_le_bytes());
    }
    let (status, report) = report_on(&file, &[]);
    assert_eq!(status, 0);
    assert_eq!(report["captures"][0]["undecoded"]["frame-damaged"], 1);
    let message = findings(&report, "CA003")[0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "The network card marked 1 frame as damaged on the link: what it held is not known."
    );
}

#[test]
fn compressed_captures_are_unpacked() {
    let plain = fs::read(lab("refused")).unwrap();
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&plain).unwrap();
    let gzip = packer.finish().unwrap();
    let zstd = fs::read(testdata("compressed/refused.pcap.zst")).unwrap();
    let xz = fs::read(testdata("compressed/refused.pcap.xz")).unwrap();
    for (packed, format) in [(&gzip, "pcap+gzip"), (&zstd, "pcap+zstd"), (&xz, "pcap+xz")] {
        let (status, report) = report_on(packed, &[]);
        assert_eq!(status, 0, "{format}");
        assert_eq!(report["captures"][0]["format"], format);
        assert_eq!(report["connections"][0]["opening"], "refused");
        let (status, stdout, stderr) = run_on(&packed[..packed.len() - 10], &[]);
        assert_eq!(status, 2, "{format}: {stdout}");
        assert!(
            stderr.contains("use --allow-truncated"),
            "{format}: {stderr}"
        );
    }
}

#[test]
fn a_bad_block_costs_only_itself() {
    let format = FileFormat {
        kind: FileKind::PcapNg,
        ..FileFormat::default()
    };
    let mut file = Exchange::read(testdata("exchanges/normal-close.exchange"))
        .with_file(format)
        .to_pcap();
    let packets = report_on(&file, &[]).1["captures"][0]["packets"]
        .as_u64()
        .unwrap();
    // The captured length of the last packet, far beyond its block.
    let block = last_block(&file);
    file[block + 20..block + 24].copy_from_slice(&60_000_u32.to_le_bytes());
    let (status, report) = report_on(&file, &[]);
    assert_eq!(status, 2);
    let capture = &report["captures"][0];
    assert_eq!(capture["complete"], false);
    let error = capture["error"].as_str().unwrap();
    assert!(error.starts_with("a block is damaged: packet "), "{error}");
    assert_eq!(report["connections"][0]["opening"], "three-way");
    assert!(capture["packets"].as_u64().unwrap() >= packets - 1);
}

/// Where the last block of a little-endian pcapng file begins.
fn last_block(file: &[u8]) -> usize {
    let tail = file.len() - 4;
    let length = u32::from_le_bytes(file[tail..].try_into().unwrap());
    file.len() - length as usize
}

#[test]
fn the_same_capture_gives_the_same_report() {
    let flood = capture("rules/AT/AT001-fires");
    for format in ["text", "json"] {
        let arguments = ["--format", format, "--show", "info"];
        let first = run_on(&flood, &arguments);
        assert_eq!(first, run_on(&flood, &arguments));
        let folder = testdata("lab");
        let again = || run(&[&arguments[..], &[folder.as_str()]].concat());
        assert_eq!(again(), again());
    }
}

#[cfg(unix)]
#[test]
fn a_reader_who_stops_early_changes_nothing() {
    use std::io::Read as _;
    let mut child = tcpcheck()
        .args(["--show", "info", &testdata("lab")])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut head = [0; 16];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut head)
        .unwrap();
    drop(child.stdout.take());
    let (status, _, stderr) = outcome(&child.wait_with_output().unwrap());
    let whole = run(&[&testdata("lab")]);
    assert_eq!((status, stderr.as_str()), (whole.0, ""));
}

#[test]
fn a_report_beside_the_text() {
    let directory = directory(&[("a.pcap", &capture("rules/HS/HS001-fires"))]);
    let (status, stdout, stderr) = run_in(directory.path(), &["-o", "r.json", "a.pcap"]);
    assert_eq!((status, stderr.as_str()), (1, ""));
    assert!(stdout.contains("error HS001"), "{stdout}");
    let report = parsed(&fs::read_to_string(directory.path().join("r.json")).unwrap());
    assert_eq!(findings(&report, "HS001").len(), 1);
    assert_eq!(report["summary"]["exit_status"], 1);
}
