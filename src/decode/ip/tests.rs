use std::net::{IpAddr, Ipv6Addr};

use crate::decode::builder::{
    V4, V6, decoded, decoded_any, frame, ipv4, ipv6, segment_in, tcp, tcp4, tcp6,
};
use crate::decode::{Decoded, Undecoded};
use crate::segment::{Captured, Checksum, Segment};

/// Raw IP.
const RAW: u16 = 101;

/// Decodes a raw packet that was longer on the wire.
fn cut(octets: &[u8], original_len: u32) -> Result<Segment<'_>, Undecoded> {
    let mut frame = frame(RAW, octets);
    frame.original_len = original_len;
    segment_in(&frame)
}

/// A hop-by-hop or destination options header with `options`, padded.
fn options_header(next: u8, options: &[u8]) -> Vec<u8> {
    let mut octets = vec![next, 0];
    octets.extend(options);
    let len = octets.len().div_ceil(8) * 8;
    octets.resize(len, 0);
    octets[1] = u8::try_from(len / 8 - 1).unwrap();
    octets
}

#[test]
fn what_tcp_needs_of_the_header() {
    let v4 = ipv4(6, &[1, 1, 1, 0], &tcp4(&[], b"abc"));
    let segment = decoded(RAW, &v4).unwrap();
    assert_eq!(segment.source.ip, IpAddr::V4(V4.0));
    assert_eq!(segment.destination.ip, IpAddr::V4(V4.1));
    let ip = segment.ip;
    assert_eq!((ip.ttl, ip.id, ip.ecn), (64, Some(0x1234), 1));
    assert_eq!((ip.total_len, ip.length_zero), (47, false));
    assert_eq!(segment.checksum, Checksum::Good);

    let v6 = ipv6(6, &tcp6(&[], b"abc"));
    let segment = decoded(RAW, &v6).unwrap();
    assert_eq!(segment.source.ip, IpAddr::V6(V6.0));
    let ip = segment.ip;
    assert_eq!((ip.ttl, ip.id, ip.ecn), (63, None, 2));
    assert_eq!((ip.total_len, ip.length_zero), (63, false));
}

#[test]
fn lengths_come_from_the_ip_header() {
    let mut v4 = ipv4(6, &[], &tcp4(&[], b"abc"));
    let cut_len = v4.len() - 2;
    let segment = cut(&v4[..cut_len], 43).unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&b"a"[..], 3));
    assert_eq!(segment.captured, Captured::Header);
    assert_eq!(segment.checksum, Checksum::Unverifiable);
    // More than the frame ever held: damaged, if the header's checksum says so.
    v4[3] = 143;
    assert_eq!(decoded(RAW, &v4), Err(Undecoded::IpMalformed));
    // Else as if cut; a checksum of zero was not filled in yet.
    v4[10..12].fill(0);
    let segment = decoded(RAW, &v4).unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&b"abc"[..], 103));
    assert_eq!(segment.captured, Captured::Header);
    // Less than its own header, less than TCP's.
    v4[3] = 19;
    assert_eq!(decoded(RAW, &v4), Err(Undecoded::IpMalformed));
    v4[3] = 39;
    assert_eq!(decoded(RAW, &v4), Err(Undecoded::TcpTooShort));
    v4[0] = 0x44;
    assert_eq!(decoded(RAW, &v4), Err(Undecoded::IpMalformed));
}

#[test]
fn a_length_of_zero_gives_way_to_the_frame_length() {
    let mut v4 = ipv4(6, &[], &tcp4(&[], &[7; 3000]));
    v4[2..4].fill(0);
    let mut v6 = ipv6(6, &tcp6(&[], &[7; 3000]));
    v6[4..6].fill(0);
    for (octets, total_len) in [(v4, 3040), (v6, 3060)] {
        let segment = decoded(RAW, &octets).unwrap();
        assert!(segment.ip.length_zero);
        assert_eq!(segment.ip.total_len, total_len);
        assert_eq!(segment.payload_len, 3000);
        assert_eq!(segment.checksum, Checksum::Good);
        let segment = cut(&octets[..100], total_len).unwrap();
        assert_eq!(segment.payload_len, 3000);
        assert_eq!(segment.checksum, Checksum::Unverifiable);
    }
}

#[test]
fn jumbograms_say_their_length_in_an_option() {
    let data = vec![9; 70_000];
    let segment = tcp6(&[], &data);
    let payload_len = u32::try_from(segment.len() + 8).unwrap();
    let option = [&[0xc2, 4], &payload_len.to_be_bytes()[..]].concat();
    let mut octets = ipv6(0, &options_header(6, &option));
    octets[4..6].fill(0);
    octets.extend(segment);
    octets.extend([0; 6]);
    let segment = decoded(RAW, &octets).unwrap();
    assert_eq!((segment.payload, segment.payload_len), (&data[..], 70_000));
    assert_eq!(segment.ip.total_len, payload_len + 40);
    assert!(segment.ip.length_zero);
    assert_eq!(segment.checksum, Checksum::Good);
    let segment = cut(&octets[..200], payload_len + 40).unwrap();
    assert_eq!(segment.payload_len, 70_000);
    // A jumbo length shorter than what stands before TCP.
    octets[44..48].copy_from_slice(&[0, 0, 0, 3]);
    assert_eq!(decoded(RAW, &octets), Err(Undecoded::TcpTooShort));
}

#[test]
fn extension_headers_are_stepped_over() {
    let auth = |next| [&[next, 4, 0, 0][..], &[0xaa; 20]].concat();
    let atomic = |next| vec![next, 0, 0, 0, 1, 2, 3, 4];
    let chains: [(u8, Vec<Vec<u8>>); 6] = [
        (0, vec![options_header(6, &[1, 2, 0, 0])]),
        (60, vec![options_header(6, &[1, 20])]),
        (43, vec![vec![6, 0, 0, 0, 0, 0, 0, 0]]),
        (44, vec![atomic(6)]),
        (51, vec![auth(6)]),
        (
            0,
            vec![
                options_header(60, &[]),
                options_header(43, &[]),
                vec![44, 0, 0, 0, 0, 0, 0, 0],
                atomic(51),
                auth(60),
                options_header(6, &[]),
            ],
        ),
    ];
    for (first, headers) in chains {
        let mut payload = headers.concat();
        payload.extend(tcp6(&[], b"abc"));
        let octets = ipv6(first, &payload);
        let segment = decoded(RAW, &octets).unwrap();
        assert_eq!(segment.payload, b"abc");
        assert_eq!(segment.checksum, Checksum::Good);
        assert_eq!(usize::try_from(segment.ip.total_len), Ok(octets.len()));
        // Cut anywhere before TCP's control bits, no segment is made up.
        for len in 0..octets.len() - 3 - 20 + 14 {
            let original_len = u32::try_from(octets.len()).unwrap();
            let reason = cut(&octets[..len], original_len).unwrap_err();
            let expected = [Undecoded::FrameTooShort, Undecoded::TcpHeaderCut];
            assert!(expected.contains(&reason), "{first} {len} {reason:?}");
        }
    }
    let v4 = ipv4(51, &[], &[auth(6), tcp4(&[], b"abc")].concat());
    assert_eq!(decoded(RAW, &v4).unwrap().payload, b"abc");
}

#[test]
fn extension_headers_that_lead_nowhere() {
    let tcp = tcp6(&[], b"abc");
    let cases: [(u8, Vec<u8>, Undecoded); 8] = [
        (60, options_header(0, &[]), Undecoded::IpMalformed),
        (60, options_header(17, &[]), Undecoded::NotTcp),
        (60, options_header(59, &[]), Undecoded::NotTcp),
        (60, options_header(50, &[]), Undecoded::Esp),
        (60, options_header(115, &[]), Undecoded::TunnelUnsupported),
        (60, vec![6, 200, 0, 0, 0, 0, 0, 0], Undecoded::IpMalformed),
        (51, vec![6, 200, 0, 0], Undecoded::IpMalformed),
        (140, vec![], Undecoded::Ipv6ExtensionUnsupported),
    ];
    for (first, header, expected) in cases {
        let octets = ipv6(first, &[header, tcp.clone()].concat());
        assert_eq!(decoded(RAW, &octets), Err(expected), "{first}");
    }
}

#[test]
fn fragments_wait_for_the_rest() {
    let kept = |octets: &[u8]| decoded_any(RAW, octets).map(|d| d == Decoded::Piece);
    // More fragments; a later one; both.
    for field in [[0x20, 0], [0, 1], [0x20, 9]] {
        let mut octets = ipv4(6, &[], &tcp4(&[], b"abcd"));
        octets[6..8].copy_from_slice(&field);
        for (protocol, expected) in [(6, Ok(true)), (47, Ok(true)), (132, Err(Undecoded::NotTcp))] {
            octets[9] = protocol;
            assert_eq!(kept(&octets), expected);
        }
    }
    for field in [[0, 1], [0, 8], [0xff, 0xe1]] {
        for (next, expected) in [
            (6, Ok(true)),
            (60, Ok(true)),
            (50, Err(Undecoded::Esp)),
            (132, Err(Undecoded::NotTcp)),
        ] {
            let header = [next, 0, field[0], field[1], 0, 0, 0, 1];
            let octets = ipv6(44, &[&header[..], &tcp6(&[], b"abcd")].concat());
            assert_eq!(kept(&octets), expected);
        }
    }
}

#[test]
fn other_protocols_are_told_apart() {
    let cases = [
        (1, Undecoded::NotTcp),
        (17, Undecoded::NotTcp),
        (132, Undecoded::NotTcp),
        (50, Undecoded::Esp),
        (4, Undecoded::IpMalformed),
        (41, Undecoded::IpMalformed),
        (47, Undecoded::NotTcp),
        (115, Undecoded::NotTcp),
    ];
    for (protocol, expected) in cases {
        let octets = ipv4(protocol, &[], &[0; 40]);
        assert_eq!(decoded(RAW, &octets), Err(expected));
        let octets = ipv6(protocol, &[0; 40]);
        assert_eq!(decoded(RAW, &octets), Err(expected));
    }
}

#[test]
fn source_routed_packets_belong_to_the_final_destination() {
    let last = Ipv6Addr::new(0x2001, 0xdb8, 7, 0, 0, 0, 0, 7);
    let segment = tcp(V6.0.into(), last.into(), &[], b"abc");
    let routed = |kind, segments_left| {
        let mut payload = vec![6, 2, kind, segments_left, 0, 0, 0, 0];
        payload.extend(last.octets());
        payload.extend(&segment);
        ipv6(43, &payload)
    };
    let octets = routed(4, 1);
    let routed_segment = decoded(RAW, &octets).unwrap();
    assert_eq!(routed_segment.destination.ip, IpAddr::V6(last));
    assert_eq!(routed_segment.checksum, Checksum::Good);
    // A kind that is not known: nothing can be said of the checksum.
    let octets = routed(3, 1);
    let unsure = decoded(RAW, &octets).unwrap();
    assert_eq!(unsure.destination.ip, IpAddr::V6(V6.1));
    assert_eq!(unsure.checksum, Checksum::Unverifiable);
    // Arrived: the header's address is the one.
    let octets = routed(3, 0);
    assert_eq!(decoded(RAW, &octets).unwrap().checksum, Checksum::Bad);

    let route = [131, 7, 4, 203, 0, 113, 9, 0];
    let segment = tcp(V4.0.into(), [203, 0, 113, 9].into(), &[], b"abc");
    let octets = ipv4(6, &route, &segment);
    assert_eq!(decoded(RAW, &octets).unwrap().checksum, Checksum::Good);

    let home = Ipv6Addr::new(0x2001, 0xdb8, 8, 0, 0, 0, 0, 8);
    let option = [&[1, 2, 0, 0, 0xc9, 16][..], &home.octets()].concat();
    let mut payload = options_header(6, &option);
    payload.extend(tcp(home.into(), V6.1.into(), &[], b"abc"));
    let octets = ipv6(60, &payload);
    let mobile = decoded(RAW, &octets).unwrap();
    assert_eq!(mobile.source.ip, IpAddr::V6(home));
    assert_eq!(mobile.checksum, Checksum::Good);
}
