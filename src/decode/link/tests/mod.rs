//! Link types one by one; `kinds` has what is common to all of them.

pub(in crate::decode) mod frames;
mod kinds;

use crate::decode::Undecoded;
use crate::decode::builder::{decoded, ethernet, frame, ipv4, ipv6, segment_in, tcp4, tcp6};
use crate::segment::{Captured, Checksum, Direction};

/// Both packets under test: IPv4 and IPv6, with data.
fn packets() -> [Vec<u8>; 2] {
    [
        ipv4(6, &[], &tcp4(&[], b"abc")),
        ipv6(6, &tcp6(&[], b"abc")),
    ]
}

/// Expects the segment of [`packets`] in a frame.
fn expect_segment(link_type: u16, octets: &[u8]) {
    let segment = decoded(link_type, octets).unwrap();
    assert_eq!(segment.payload, b"abc");
    assert_eq!(segment.checksum, Checksum::Good);
    assert_eq!(segment.captured, Captured::Whole);
}

#[test]
fn ethernet_with_any_number_of_tags() {
    let tags: [&[u8]; 7] = [
        &[],
        &[0x81, 0, 0, 5],
        &[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6],
        &[0x91, 0, 0, 5, 0x92, 0, 0, 6, 0x81, 0, 0, 7],
        &[0x89, 0x26, 0x80, 1, 0, 2, 0x81, 0, 0, 5],
        &[0x89, 0x3f, 0, 1, 0, 0, 0, 2],
        // SNAP, behind an IEEE 802.3 length.
        &[0, 200, 0xaa, 0xaa, 3, 0, 0, 0],
    ];
    let [v4, v6] = packets();
    for tag in tags {
        expect_segment(1, &ethernet(&[tag, &[8, 0]].concat(), &v4));
        expect_segment(1, &ethernet(&[tag, &[0x86, 0xdd]].concat(), &v6));
    }
}

#[test]
fn ethernet_padding_and_check_sequence_are_no_payload() {
    let [v4, _] = packets();
    let mut octets = ethernet(&[8, 0], &v4);
    octets.resize(64, 0x55);
    expect_segment(1, &octets);

    // No padding at all: the check sequence would follow right behind.
    let mut octets = ethernet(&[8, 0], &v4);
    octets.extend([1, 2, 3, 4]);
    let mut with_fcs = frame(1, &octets);
    with_fcs.fcs_len = 4;
    assert_eq!(segment_in(&with_fcs).unwrap().payload, b"abc");
    // Where the IP length is 0, only the link layer knows the length.
    octets[16..18].fill(0);
    let mut with_fcs = frame(1, &octets);
    with_fcs.fcs_len = 4;
    let segment = segment_in(&with_fcs).unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&b"abc"[..], 3));
    assert!(segment.ip.length_zero);
    // A cut frame has lost its check sequence: nothing more is taken off.
    let mut cut = frame(1, &octets[..octets.len() - 5]);
    cut.original_len += 5;
    cut.fcs_len = 4;
    let segment = segment_in(&cut).unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&b"ab"[..], 3));
}

#[test]
fn other_protocols_are_told_apart_from_tunnels() {
    let cases: [(&[u8], Undecoded); 7] = [
        (&[8, 6], Undecoded::NotIp),
        (&[0x88, 0xcc], Undecoded::NotIp),
        (&[0, 38, 0x42, 0x42, 3], Undecoded::NotIp),
        (&[0, 3], Undecoded::NotIp),
        (&[0x88, 0x64], Undecoded::FrameTooShort),
        (&[0x81, 0, 0, 1, 0x88, 0x47], Undecoded::FrameTooShort),
        (&[0x81, 0, 0], Undecoded::FrameTooShort),
    ];
    for (head, expected) in cases {
        assert_eq!(decoded(1, &ethernet(head, &[])), Err(expected));
    }
    assert_eq!(decoded(1, &[0; 13]), Err(Undecoded::FrameTooShort));
    assert_eq!(decoded(147, &[0; 60]), Err(Undecoded::LinkTypeUnsupported));
}

#[test]
fn null_and_loop_in_either_byte_order() {
    let [v4, v6] = packets();
    for link_type in [0, 108] {
        for (families, packet) in [(&[2][..], &v4), (&[10, 23, 24, 28, 30], &v6)] {
            for family in families {
                expect_segment(link_type, &[&[*family, 0, 0, 0], &packet[..]].concat());
                expect_segment(link_type, &[&[0, 0, 0, *family], &packet[..]].concat());
            }
        }
        for other in [[7, 0, 0, 0], [0, 0, 0, 0], [0, 2, 0, 0], [2, 0, 0, 2]] {
            let octets = [&other, &v4[..]].concat();
            assert_eq!(decoded(link_type, &octets), Err(Undecoded::NotIp));
        }
        let short = decoded(link_type, &[2, 0, 0]);
        assert_eq!(short, Err(Undecoded::FrameTooShort));
    }
}

#[test]
fn raw_ip_under_all_its_numbers() {
    let [v4, v6] = packets();
    for link_type in [12, 14, 101] {
        expect_segment(link_type, &v4);
        expect_segment(link_type, &v6);
        assert_eq!(decoded(link_type, &[]), Err(Undecoded::FrameTooShort));
        let other_version = decoded(link_type, &[0x50; 60]);
        assert_eq!(other_version, Err(Undecoded::IpMalformed));
    }
    expect_segment(228, &v4);
    expect_segment(229, &v6);
    assert_eq!(decoded(228, &v6), Err(Undecoded::IpMalformed));
    assert_eq!(decoded(229, &v4), Err(Undecoded::IpMalformed));
}

/// A Linux cooked frame, version 1 and version 2.
fn cooked(packet_type: u8, hardware: u16, protocol: &[u8], payload: &[u8]) -> [(u16, Vec<u8>); 2] {
    let (kind, tags) = protocol.split_at(2);
    let hardware = hardware.to_be_bytes();
    let v1 = [
        &[0, packet_type],
        &hardware[..],
        &[0, 6, 2, 0, 0, 0, 0, 1, 0, 0],
        kind,
        tags,
        payload,
    ];
    let v2 = [
        kind,
        &[0, 0, 0, 0, 0, 3],
        &hardware,
        &[packet_type, 6, 2, 0, 0, 0, 0, 1, 0, 0],
        tags,
        payload,
    ];
    [(113, v1.concat()), (276, v2.concat())]
}

#[test]
fn cooked_frames_of_any_hardware() {
    let [v4, v6] = packets();
    for hardware in [1, 512, 768, 772, 778, 0xfffe] {
        let frames = [
            cooked(0, hardware, &[8, 0], &v4),
            cooked(0, hardware, &[0x86, 0xdd], &v6),
            cooked(0, hardware, &[0x81, 0, 0, 9, 8, 0], &v4),
        ];
        for (link_type, octets) in frames.into_iter().flatten() {
            expect_segment(link_type, &octets);
            let segment = decoded(link_type, &octets).unwrap();
            assert_eq!(segment.loopback, hardware == 772);
        }
    }
    for (link_type, octets) in cooked(0, 824, &[8, 0], &v4) {
        assert_eq!(decoded(link_type, &octets), Err(Undecoded::NotIp));
        let short = decoded(link_type, &octets[..15]);
        assert_eq!(short, Err(Undecoded::FrameTooShort));
    }
    // LLC without an EtherType, as the kernel marks it.
    for (link_type, octets) in cooked(0, 1, &[0, 4], &[0x42, 0x42, 3, 0, 0, 0, 0, 0]) {
        assert_eq!(decoded(link_type, &octets), Err(Undecoded::NotIp));
    }
}

#[test]
fn cooked_frames_say_the_direction() {
    let [v4, _] = packets();
    let cases = [
        (0, Direction::Inbound),
        (1, Direction::Inbound),
        (3, Direction::Unknown),
        (4, Direction::Outbound),
    ];
    for (packet_type, expected) in cases {
        for (link_type, octets) in cooked(packet_type, 1, &[8, 0], &v4) {
            assert_eq!(decoded(link_type, &octets).unwrap().direction, expected);
        }
    }
}

#[test]
fn the_direction_of_the_file_is_kept_where_the_frame_says_none() {
    let [v4, _] = packets();
    let octets = ethernet(&[8, 0], &v4);
    let mut told = frame(1, &octets);
    told.direction = Direction::Outbound;
    let direction = segment_in(&told).unwrap().direction;
    assert_eq!(direction, Direction::Outbound);
}
