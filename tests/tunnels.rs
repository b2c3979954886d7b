//! A tunnel changes nothing but where a connection is: every exchange is put into tunnels, and
//! must be judged as it is without them. Equal sockets in two tunnels are two connections.

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod exchange;

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use exchange::{Exchange, FileFormat, Frame, Link, files_below, write_capture};
use serde_json::{Value, json};
use tcpcheck::check::Checker;
use tcpcheck::settings::Settings;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// Both ends of all tunnels here.
const ENDS: [[u8; 4]; 2] = [[203, 0, 113, 1], [203, 0, 113, 2]];

/// What tunnels are tried on: exchanges whose link layer says nothing that a
/// tunnel would hide, whose frames leave room for headers, and that need no arguments.
fn exchanges() -> Vec<(String, Exchange)> {
    let paths = files_below(Path::new(TESTDATA), "exchange");
    let all = paths.iter().map(|path| {
        let name = path.strip_prefix(TESTDATA).unwrap().display().to_string();
        (name, Exchange::read(path))
    });
    all.filter(|(_, exchange)| {
        let plain = !matches!(exchange.link(), Link::Sll | Link::Sll2);
        let fits = |frame: &Frame| frame.original_len < 65_000 && frame.direction.is_none();
        plain && exchange.cli_args().is_empty() && exchange.frames().iter().all(fits)
    })
    .collect()
}

/// The frames, each put into a UDP packet behind what `head` makes of its datagram.
fn wrapped(frames: &[Frame], port: u16, head: impl Fn(&Frame, usize) -> Vec<u8>) -> Vec<Frame> {
    let wrap = |frame: &Frame| {
        let len = usize::try_from(frame.original_len).unwrap() - frame.link_len;
        let payload = head(frame, len);
        let udp = u16::try_from(8 + payload.len() + len).unwrap();
        let mut octets = vec![0x45, 0];
        octets.extend((20 + udp).to_be_bytes());
        octets.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        let mut ends = ENDS;
        if frame.source > frame.destination {
            ends.reverse();
        }
        octets.extend(ends.concat());
        for field in [49_152 + udp % 1000, port, udp, 0] {
            octets.extend(field.to_be_bytes());
        }
        octets.extend(payload);
        let original_len = u32::try_from(octets.len() + len).unwrap();
        octets.extend(&frame.bytes[frame.link_len..]);
        Frame {
            bytes: octets,
            original_len,
            link_len: 0,
            ..frame.clone()
        }
    };
    frames.iter().map(wrap).collect()
}

/// VXLAN with a network's number, around an Ethernet frame with the datagram.
fn vxlan(frames: &[Frame], network: u8) -> Vec<Frame> {
    wrapped(frames, 4789, |frame, _| {
        let mut head = vec![8, 0, 0, 0, 0, 0, network, 0];
        head.extend([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]);
        head.extend(if frame.source.is_ipv4() {
            [8, 0]
        } else {
            [0x86, 0xdd]
        });
        head
    })
}

/// GTP-U, with an endpoint of its own for each direction.
fn gtp(frames: &[Frame]) -> Vec<Frame> {
    wrapped(frames, 2152, |frame, len| {
        let [l0, l1] = u16::try_from(len).unwrap().to_be_bytes();
        let endpoint = if frame.source > frame.destination {
            7
        } else {
            9
        };
        vec![0x30, 255, l0, l1, 0, 0, 0, endpoint]
    })
}

fn report(frames: &[Frame], link: Link) -> Value {
    let capture = write_capture(frames, link, FileFormat::default());
    let mut checker = Checker::new(Settings::default());
    checker.check("-", Box::new(Cursor::new(capture)));
    serde_json::to_value(checker.finish()).unwrap()
}

/// What is said of connections, without the tunnels around them.
fn verdicts(report: &Value) -> Value {
    let mut connections = report["connections"].clone();
    for connection in connections.as_array_mut().unwrap() {
        connection.as_object_mut().unwrap().remove("tunnels");
    }
    let mut findings = report["findings"].clone();
    for finding in findings.as_array_mut().unwrap() {
        // What is said of a host names its tunnel.
        let message = finding["message"].as_str().unwrap();
        let message = message.split(" All of it is in").next().unwrap().to_owned();
        finding["message"] = message.into();
    }
    json!([connections, findings, report["summary"]])
}

fn chains(report: &Value) -> Vec<Value> {
    let connections = report["connections"].as_array().unwrap();
    connections.iter().map(|c| c["tunnels"].clone()).collect()
}

fn tunnel(kind: &str, id: Option<u32>) -> Value {
    json!([{"kind": kind, "id": id, "between": ["203.0.113.1", "203.0.113.2"]}])
}

#[test]
fn a_tunnel_changes_no_verdict() {
    let exchanges = exchanges();
    assert!(exchanges.len() > 200, "{}", exchanges.len());
    for (name, exchange) in exchanges {
        let frames = exchange.frames();
        let plain = report(&frames, exchange.link());
        assert!(chains(&plain).iter().all(|chain| *chain == json!([])));
        for (kind, id, frames) in [
            ("vxlan", Some(42), vxlan(&frames, 42)),
            ("gtp-u", None, gtp(&frames)),
        ] {
            let inside = report(&frames, Link::Raw);
            let (expected, got) = (verdicts(&plain), verdicts(&inside));
            assert_eq!(got, expected, "{name} in {kind}");
            let chain = tunnel(kind, id);
            assert!(
                chains(&inside).iter().all(|other| *other == chain),
                "{name}"
            );
        }
    }
}

/// The frames, with other ends of the tunnel.
fn elsewhere(frames: &[Frame]) -> Vec<Frame> {
    let move_on = |frame: &Frame| {
        let mut frame = frame.clone();
        // The first end is a base station; it is source or destination.
        for at in [15, 19] {
            if frame.bytes[at] == 1 {
                frame.bytes[at] = 99;
            }
        }
        frame
    };
    let last_octets = frames
        .iter()
        .all(|frame| frame.bytes[12..15] == ENDS[0][..3]);
    assert!(last_octets, "IPv4 outside");
    frames.iter().map(move_on).collect()
}

/// A user who goes to another base station and comes back: what his connections lack in
/// one tunnel went through the other.
#[test]
fn who_moves_accuses_nobody() {
    let mut wrong = String::new();
    let mut moved = 0;
    for (name, exchange) in exchanges() {
        let frames = exchange.frames();
        let plain = said(&report(&frames, exchange.link()));
        let here = gtp(&frames);
        let there = elsewhere(&here);
        let len = frames.len();
        let parts = [
            &here[..len / 3],
            &there[len / 3..2 * len / 3],
            &here[2 * len / 3..],
        ];
        let got = report(&parts.concat(), Link::Raw);
        let tunnels = chains(&got);
        moved += usize::from(tunnels.iter().any(|chain| *chain != tunnels[0]));
        for finding in said(&got) {
            let blames_an_end = finding.ends_with("client\"") || finding.ends_with("server\"");
            let serious = finding.contains("\"error\"") || finding.contains("\"warning\"");
            // A segment's form rests on no other.
            let alone = finding.starts_with("\"FL");
            if blames_an_end && serious && !alone && !plain.contains(&finding) {
                writeln!(wrong, "{name}: {finding}").unwrap();
            }
        }
    }
    assert!(moved > 100, "{moved}");
    assert!(wrong.is_empty(), "{wrong}");
}

/// The frames without a link layer.
fn bare(frames: &[Frame]) -> Vec<Frame> {
    let bare = |frame: &Frame| Frame {
        bytes: frame.bytes[frame.link_len..].to_vec(),
        original_len: frame.original_len - u32::try_from(frame.link_len).unwrap(),
        link_len: 0,
        ..frame.clone()
    };
    frames.iter().map(bare).collect()
}

/// What is said, of whom, how surely, in any order.
fn said(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    // Told once for a capture, or for two addresses wherever they were.
    let once = ["AT011", "CA007"];
    let findings = findings
        .iter()
        .filter(|finding| once.iter().all(|rule| finding["rule"] != *rule));
    let said = findings.map(|finding| {
        let of = ["rule", "case", "severity", "certainty", "endpoint"];
        of.map(|field| finding[field].to_string()).join(" ")
    });
    let mut said: Vec<String> = said.collect();
    said.sort();
    said
}

/// The same exchange in two networks, and as a host sees it that a tunnel ends
/// at: inside and outside.
#[test]
fn equal_sockets_in_other_tunnels_are_other_connections() {
    let mut wrong = String::new();
    for (name, exchange) in exchanges() {
        let frames = exchange.frames();
        let plain = report(&frames, exchange.link());
        let once = said(&plain);
        let mut twice = [once.clone(), once].concat();
        twice.sort();
        for (one, other) in [
            (vxlan(&frames, 1), vxlan(&frames, 2)),
            (bare(&frames), gtp(&frames)),
        ] {
            let pairs = one.iter().zip(&other);
            let both: Vec<Frame> = pairs.flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
            let both = report(&both, Link::Raw);
            let connections = |report: &Value| report["connections"].as_array().unwrap().len();
            let got = said(&both);
            if connections(&both) != 2 * connections(&plain) || got != twice {
                writeln!(wrong, "{name}: {got:#?} is not {twice:#?}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
