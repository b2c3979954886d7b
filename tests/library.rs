//! The library as others use it: by the names at its root.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Cursor;
use std::path::Path;

use serde_json::Value;
use tcpcheck::capture::{CaptureReader, Frame};
use tcpcheck::decode::Decoder;
use tcpcheck::segment::{Flags, NS_PER_MS, NS_PER_S, Segment, SeqNo, Socket, Timestamp};
use tcpcheck::{Checker, Loaded, Settings};

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/lab");

fn fed<'s>(lossless: bool, segments: impl IntoIterator<Item = Segment<'s>>) -> Loaded {
    let mut checker = Checker::new(Settings {
        lossless,
        ..Settings::default()
    });
    checker.feed("x.pcap", segments);
    checker.finish().load().unwrap()
}

/// The segments of a capture, if it holds nothing else.
fn segments(capture: &[u8]) -> Option<Vec<Segment<'static>>> {
    let mut reader = CaptureReader::from_reader(Box::new(Cursor::new(capture.to_vec()))).unwrap();
    let mut segments = Vec::new();
    while let Ok(Some(frame)) = reader.next_frame() {
        // What a test leaves behind ends with it.
        let decoder = Box::leak(Box::new(Decoder::default()));
        let frame = Frame {
            data: frame.data.to_vec().leak(),
            ..frame
        };
        let decoded = decoder.decode(&frame, frame.time?).ok()?;
        segments.push(decoded.segment()?);
    }
    Some(segments)
}

fn said(report: &Loaded) -> Value {
    let connections = serde_json::to_value(&report.connections).unwrap();
    let mut findings = serde_json::to_value(&report.findings).unwrap();
    // What is said of a file is not said of segments without one.
    let of_connections = findings.as_array_mut().unwrap();
    of_connections.retain(|finding| !finding["connection"].is_null());
    Value::Array(vec![connections, findings])
}

#[test]
fn segments_without_a_file_are_judged_as_in_one() {
    let mut compared = 0;
    for entry in fs::read_dir(Path::new(LAB)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "pcap") {
            continue;
        }
        let capture = fs::read(&path).unwrap();
        let Some(segments) = segments(&capture) else {
            continue;
        };
        let mut checker = Checker::new(Settings::default());
        checker.check("x.pcap", Box::new(Cursor::new(capture)));
        let mut by_file = checker.finish().load().unwrap();
        let mut by_hand = fed(false, segments);
        for report in [&mut by_file, &mut by_hand] {
            // A capture resolves as far as it does.
            for time in report.findings.iter_mut().filter_map(|f| f.time.as_mut()) {
                time.digits = 9;
            }
            for connection in &mut report.connections {
                connection.start.digits = 9;
                connection
                    .states
                    .iter_mut()
                    .for_each(|row| row.time.digits = 9);
            }
        }
        assert_eq!(said(&by_hand), said(&by_file), "{}", path.display());
        let (hand, file) = (&by_hand.captures[0], &by_file.captures[0]);
        assert_eq!(hand.tcp_segments, file.tcp_segments);
        assert_eq!((hand.duration_s, hand.complete), (file.duration_s, true));
        assert_eq!(hand.format, None);
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn segments_are_numbered_in_their_order() {
    let socket = |text: &str| text.parse::<Socket>().unwrap();
    let (client, server) = (socket("10.0.0.1:40000"), socket("[2001:db8::2]:80"));
    assert_eq!((server.port, server.ip.is_ipv6()), (80, true));
    let server = socket("10.0.0.2:80");
    let segment = |ms: i64, from, to, flags, seq, ack| Segment {
        time: Timestamp(1_000 * NS_PER_S + ms * NS_PER_MS),
        flags,
        seq: SeqNo(seq),
        ack: SeqNo(ack),
        packet: 77,
        ..Segment::between(from, to)
    };
    let (syn, ack) = (Flags::SYN, Flags::ACK);
    let report = fed(
        true,
        [
            segment(0, client, server, syn, 1000, 0),
            segment(1, server, client, syn | ack, 5000, 1001),
            segment(2, client, server, ack, 1001, 5001),
            segment(3, client, server, ack, 1001, 5001).with_data(b"hello"),
            segment(4, server, client, ack, 5001, 1007),
            segment(40, client, server, ack, 1006, 5001).with_data(b"again"),
            segment(41, server, client, ack, 5001, 1011),
        ],
    );
    let connection = &report.connections[0];
    assert_eq!((connection.first_packet, connection.last_packet), (1, 7));
    assert_eq!(connection.stats.client.bytes, 10);
    let finding = report.findings.iter().find(|finding| finding.fails);
    let (rule, packet) = finding
        .map(|finding| (finding.rule, finding.packet))
        .unwrap();
    assert_eq!((rule, packet), ("SQ001", Some(5)));
    assert_eq!(
        finding.unwrap().time.unwrap().to_string(),
        "1970-01-01T00:16:40.004000000Z"
    );
    // Nothing is no conversation.
    assert_eq!(fed(true, []).summary.exit_status, 2);
}
