//! The lane that a glance tells of a frame is that of the segment in it, in every exchange (over
//! IPv4, IPv6, with VLAN tags and in "cooked" captures) and every capture of real hosts.

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, dead_code)]

mod exchange;

use std::io::Cursor;
use std::path::Path;

use exchange::{Exchange, Link, files_below};
use tcpcheck::capture::CaptureReader;
use tcpcheck::decode::{Decoded, Decoder, glance};
use tcpcheck::flow::key::FlowKey;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// How many frames had a segment outside of tunnels, and of how many the lane was told.
fn compare(capture: &[u8]) -> (usize, usize) {
    let (mut segments, mut told) = (0, 0);
    let mut decoder = Decoder::default();
    let mut reader = CaptureReader::from_reader(Box::new(Cursor::new(capture.to_vec()))).unwrap();
    while let Ok(Some(frame)) = reader.next_frame() {
        let lane = glance(frame.link_type, frame.data);
        match decoder.decode(&frame, frame.time.unwrap_or_default()) {
            Ok(Decoded::Segment(segment)) => {
                let of_segment = FlowKey::of(&segment).lane();
                assert!(lane.is_none_or(|lane| lane == of_segment), "{segment:?}");
                segments += usize::from(segment.tunnel == 0);
                told += usize::from(lane.is_some());
            }
            Ok(_) => assert_eq!(lane, None),
            Err(_) => {}
        }
    }
    (segments, told)
}

#[test]
fn a_glance_tells_the_lane_of_nearly_all_segments() {
    let (mut segments, mut told) = (0, 0);
    let mut add = |(more, of_them)| {
        segments += more;
        told += of_them;
    };
    for path in files_below(Path::new(TESTDATA), "exchange") {
        let exchange = Exchange::read(path);
        add(compare(&exchange.to_pcap()));
        let exchange = exchange.with_ip(6);
        add(compare(&exchange.clone().with_vlan(&[7, 8]).to_pcap()));
        add(compare(&exchange.clone().with_link(Link::Sll).to_pcap()));
        add(compare(&exchange.with_link(Link::Sll2).to_pcap()));
    }
    for path in files_below(Path::new(TESTDATA), "pcap") {
        add(compare(&std::fs::read(path).unwrap()));
    }
    assert!(segments > 10_000, "{segments}");
    assert!(
        told <= segments && told * 100 > segments * 95,
        "{told} of {segments}"
    );
}
