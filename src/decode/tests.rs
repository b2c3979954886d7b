//! The decoder as a whole: TCP headers, cut frames, and octets of any kind.

use super::builder::{Lcg, V4, decoded, ethernet, frame, ipv4, ipv6, segment_in, tcp4, tcp6};
use super::link::tests::frames::kinds;
use super::{Decoded, Decoder, Undecoded, glance, plain};
use crate::capture::frame::{Frame, LinkType};
use crate::flow::key::FlowKey;
use crate::segment::{Captured, Checksum, Direction, Flags, OptionSet, Segment, Timestamp};
use crate::seq::SeqNo;

/// Raw IP.
const RAW: u16 = 101;

/// Timestamps, as most segments have them.
const TIMESTAMPS: [u8; 12] = [1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 8];

#[test]
fn every_field_of_a_segment() {
    let mut tcp = tcp4(&TIMESTAMPS, b"hello");
    tcp[12] |= 0x0f;
    tcp[13] = 0xff;
    tcp[18..20].copy_from_slice(&[0xab, 0xcd]);
    let octets = ipv4(6, &[], &tcp);
    let segment = decoded(RAW, &octets).unwrap();
    assert_eq!((segment.packet, segment.time), (7, Timestamp(5)));
    assert_eq!(segment.source.to_string(), "192.0.2.1:40000");
    assert_eq!(segment.destination.to_string(), "198.51.100.2:443");
    assert_eq!(segment.seq, SeqNo(0x0102_0304));
    assert_eq!(segment.ack, SeqNo(0x0506_0708));
    assert_eq!(segment.flags, Flags::all());
    assert_eq!((segment.window, segment.urgent_pointer), (512, 0xabcd));
    assert_eq!(
        (segment.data_offset, segment.data_offset_invalid),
        (8, false)
    );
    assert_eq!((segment.payload, segment.payload_len), (&b"hello"[..], 5));
    assert_eq!(segment.options.timestamps(), Some((7, 8)));
    assert_eq!(segment.checksum, Checksum::Bad);
    assert_eq!(segment.captured, Captured::Whole);
    assert_eq!((segment.tunnel, segment.loopback), (0, false));
}

#[test]
fn data_offsets_that_say_nothing() {
    for (offset, invalid) in [
        (0, true),
        (4, true),
        (5, false),
        (7, false),
        (8, true),
        (15, true),
    ] {
        let mut tcp = tcp4(&[], b"12345678901");
        tcp[12] = offset << 4;
        let octets = ipv4(6, &[], &tcp);
        let segment = decoded(RAW, &octets).unwrap();
        assert_eq!(segment.data_offset, offset);
        assert_eq!(segment.data_offset_invalid, invalid, "{offset}");
        assert_eq!(segment.captured, Captured::Whole);
        let payload_len = if invalid {
            0
        } else {
            31 - u32::from(offset) * 4
        };
        assert_eq!(segment.payload_len, payload_len);
        assert_eq!(segment.payload.len(), usize::try_from(payload_len).unwrap());
        if invalid {
            assert!(segment.options.present.is_empty());
            assert!(segment.options.faults.is_empty());
        }
    }
}

#[test]
fn a_cut_segment_gives_what_was_captured() {
    let octets = ipv4(6, &[], &tcp4(&TIMESTAMPS, b"hello"));
    let whole = decoded(RAW, &octets).unwrap();
    assert_eq!(whole.checksum, Checksum::Good);
    for len in 20..octets.len() {
        let mut cut = frame(RAW, &octets[..len]);
        cut.original_len = u32::try_from(octets.len()).unwrap();
        let decoded = segment_in(&cut);
        let tcp_len = len - 20;
        if tcp_len < 14 {
            assert_eq!(decoded, Err(Undecoded::TcpHeaderCut));
            continue;
        }
        let segment = decoded.unwrap();
        assert_eq!(segment.flags, whole.flags);
        assert_eq!((segment.seq, segment.ack), (whole.seq, whole.ack));
        assert_eq!(segment.payload_len, 5);
        assert_eq!(segment.payload, &b"hello"[..tcp_len.saturating_sub(32)]);
        assert_eq!(segment.checksum, Checksum::Unverifiable);
        assert!(segment.options.faults.is_empty());
        assert_eq!(segment.options.timestamps().is_some(), tcp_len >= 32);
        let (captured, window) = match tcp_len {
            ..20 => (Captured::PartOfHeader, 0),
            20..32 => (Captured::FixedHeader, 512),
            _ => (Captured::Header, 512),
        };
        assert_eq!((segment.captured, segment.window), (captured, window));
    }
}

#[test]
fn a_checksum_left_to_the_network_card_is_told() {
    let mut tcp = tcp4(&[], b"abc");
    // The sum of the pseudo-header alone, by hand.
    let words = [V4.0, V4.1].map(u32::from);
    let mut sum = words
        .iter()
        .map(|ip| (ip >> 16) + (ip & 0xffff))
        .sum::<u32>()
        + 6
        + 23;
    sum = (sum & 0xffff) + (sum >> 16);
    tcp[16..18].copy_from_slice(&u16::try_from(sum).unwrap().to_be_bytes());
    let octets = ipv4(6, &[], &tcp);
    let segment = decoded(RAW, &octets).unwrap();
    assert_eq!(segment.checksum, Checksum::Partial);
}

#[test]
fn loopback_addresses_count_as_loopback() {
    let mut octets = ipv4(6, &[], &tcp4(&[], b""));
    octets[16] = 127;
    assert!(decoded(RAW, &octets).unwrap().loopback);
    let mut octets = ipv6(6, &tcp6(&[], b""));
    octets[8..24].copy_from_slice(&std::net::Ipv6Addr::LOCALHOST.octets());
    assert!(decoded(RAW, &octets).unwrap().loopback);
}

/// Valid frames of every link type, tagged, with extension headers, jumbo.
fn samples() -> Vec<(u16, Vec<u8>)> {
    let syn = [
        2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7,
    ];
    let sack = [1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4];
    let mut packets = vec![
        (4, ipv4(6, &[], &tcp4(&syn, b""))),
        (
            4,
            ipv4(6, &[131, 7, 4, 10, 0, 0, 9, 0], &tcp4(&sack, b"abcdef")),
        ),
        (6, ipv6(6, &tcp6(&TIMESTAMPS, b"abc"))),
    ];
    let chain = [
        &[60, 0, 0xc2, 4, 0, 0, 0, 99][..],
        &[
            43, 2, 0xc9, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0,
        ],
        &[
            44, 2, 4, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6,
        ],
        &[51, 0, 0, 0, 0, 0, 0, 1],
        &[6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        &tcp6(&syn, b"abc"),
    ];
    let mut jumbo = ipv6(0, &chain.concat());
    packets.push((6, jumbo.clone()));
    jumbo[4..6].fill(0);
    packets.push((6, jumbo));

    let mut frames = Vec::new();
    for (version, packet) in packets {
        let (ether_type, family) = match version {
            4 => ([8, 0], 2),
            _ => ([0x86, 0xdd], 30),
        };
        let tagged = [&[0x88, 0xa8, 0, 1, 0x81, 0, 0, 2], &ether_type[..]].concat();
        let snap = [&[1, 99, 0xaa, 0xaa, 3, 0, 0, 0], &ether_type[..]].concat();
        let sll = [&[0, 4, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0], &ether_type[..]].concat();
        let sll2 = [&ether_type[..], &[0, 0, 0, 0, 0, 1, 3, 4, 0, 6], &[0; 8]].concat();
        for head in [&ether_type[..], &tagged, &snap] {
            frames.push((1, ethernet(head, &packet)));
        }
        frames.push((0, [&[family, 0, 0, 0], &packet[..]].concat()));
        frames.push((108, [&[0, 0, 0, family], &packet[..]].concat()));
        frames.push((113, [&sll, &packet[..]].concat()));
        frames.push((276, [&sll2, &packet[..]].concat()));
        frames.push((if version == 4 { 228 } else { 229 }, packet.clone()));
        let kinds = kinds(&packet).into_iter();
        frames.extend(kinds.map(|kind| (kind.link_type, kind.octets)));
        for raw in [12, 14, RAW] {
            frames.push((raw, packet.clone()));
        }
    }
    frames
}

/// Decodes anything and checks what always holds.
fn check(frame: &Frame<'_>) -> Option<Undecoded> {
    match Decoder::default().decode(frame, Timestamp(0)) {
        Ok(Decoded::Piece) => Some(Undecoded::IpFragment),
        Err(reason) => Some(reason),
        Ok(Decoded::IcmpError(_)) => None,
        Ok(Decoded::Segment(segment)) => {
            check_segment(&segment);
            None
        }
    }
}

/// What holds of every segment.
fn check_segment(segment: &Segment<'_>) {
    let payload_len = usize::try_from(segment.payload_len).unwrap();
    assert!(segment.payload.len() <= payload_len);
    if segment.captured == Captured::Whole {
        assert_eq!(segment.payload.len(), payload_len);
    } else {
        assert_eq!(segment.checksum, Checksum::Unverifiable);
    }
    if segment.captured <= Captured::FixedHeader || segment.data_offset_invalid {
        assert!(segment.payload.is_empty());
    }
    assert!(segment.payload_len <= segment.ip.total_len);
    let options = &segment.options;
    assert_eq!(
        options.sack_blocks().len(),
        usize::from(options.sack_blocks)
    );
    assert_eq!(
        options.sack_blocks > 0,
        options.present.contains(OptionSet::SACK)
    );
}

#[test]
fn every_prefix_of_every_frame_is_put_up_with() {
    for (link_type, octets) in samples() {
        let full = u32::try_from(octets.len()).unwrap();
        assert_eq!(check(&frame(link_type, &octets)), None, "{link_type}");
        for len in 0..octets.len() {
            for original_len in [0, u32::try_from(len).unwrap(), full, u32::MAX] {
                for fcs_len in [0, 4, 15] {
                    let mut cut = frame(link_type, &octets[..len]);
                    cut.original_len = original_len;
                    cut.fcs_len = fcs_len;
                    check(&cut);
                }
            }
        }
    }
}

#[test]
fn mutated_frames_are_put_up_with() {
    let mut random = Lcg(3);
    let mut seen = [false; Undecoded::COUNT];
    for (link_type, original) in samples() {
        for _ in 0..400 {
            let mut octets = original.clone();
            for _ in 0..=random.below(4) {
                let place = random.below(octets.len());
                octets[place] = match random.below(3) {
                    0 => [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
                    1 => octets[place] ^ 1 << random.below(8),
                    _ => random.octet(),
                };
            }
            octets.truncate(octets.len() - random.below(4) * random.below(20));
            let mut cut = frame(link_type, &octets);
            cut.original_len += u32::try_from(random.below(3)).unwrap();
            if let Some(reason) = check(&cut) {
                seen[reason.index()] = true;
            }
        }
    }
    let never: Vec<_> = Undecoded::ALL
        .into_iter()
        .filter(|reason| !seen[reason.index()] && !needs_a_frame_of_its_own(*reason))
        .collect();
    assert!(never.is_empty(), "{never:?}");
}

/// No small change of a sample leads there.
fn needs_a_frame_of_its_own(reason: Undecoded) -> bool {
    matches!(reason, Undecoded::TunnelTooDeep | Undecoded::FragmentJoined)
}

/// Whether a frame is plain; then it is taken apart as the layers do it one by one.
fn compare_plain(frame: &Frame<'_>) -> bool {
    let (mut one, mut other) = (Decoder::default(), Decoder::default());
    let straight = one.decode(frame, Timestamp(9));
    let by_layers = other.layer_by_layer(frame, Timestamp(9));
    match (&straight, &by_layers) {
        // Numbers of tunnels differ.
        (Ok(Decoded::Segment(one)), Ok(Decoded::Segment(other))) if one.tunnel != 0 => {
            let tunnel = other.tunnel;
            assert_eq!(Segment { tunnel, ..*one }, *other);
        }
        _ => assert_eq!(straight, by_layers, "{frame:?}"),
    }
    plain::open(frame).is_some()
}

#[test]
fn plain_frames_are_taken_apart_as_all_others() {
    let mut random = Lcg(6);
    let (mut plain, mut others) = (0, 0);
    let mut compare = |frame: &Frame<'_>| {
        if compare_plain(frame) {
            plain += 1;
        } else {
            others += 1;
        }
    };
    for (link_type, original) in samples() {
        let full = u32::try_from(original.len()).unwrap();
        for len in 0..=original.len() {
            for original_len in [0, u32::try_from(len).unwrap(), full, u32::MAX] {
                let mut cut = frame(link_type, &original[..len]);
                cut.original_len = original_len;
                cut.direction = [Direction::Inbound, Direction::Unknown][random.below(2)];
                compare(&cut);
            }
        }
        for _ in 0..1000 {
            let mut octets = original.clone();
            for _ in 0..random.below(4) {
                // Mostly in the headers.
                let place = random.below(octets.len().min(80));
                octets[place] = match random.below(4) {
                    0 => [0, 6, 0x7f, 0x40, 0x50, 0x60, 0x81][random.below(7)],
                    1 => octets[place].wrapping_add(1),
                    2 => octets[place] ^ 1 << random.below(8),
                    _ => random.octet(),
                };
            }
            octets.extend((0..random.below(2) * random.below(9)).map(|_| random.octet()));
            octets.truncate(octets.len() - random.below(2) * random.below(30));
            let mut changed = frame(link_type, &octets);
            changed.original_len += u32::try_from(random.below(2) * random.below(9)).unwrap();
            changed.fcs_len = [0, 0, 0, 4][random.below(4)];
            compare(&changed);
        }
    }
    assert!(plain > 10_000 && others > 10_000, "{plain} {others}");
}

/// Whether a frame's lane was told at a glance; then it is that of its segment, if there is one.
fn compare_glance(frame: &Frame<'_>) -> bool {
    let Some(lane) = glance(frame.link_type, frame.data) else {
        return false;
    };
    if let Ok(decoded) = Decoder::default().decode(frame, Timestamp(0)) {
        let segment = decoded.segment().unwrap();
        assert_eq!(FlowKey::of(&segment).lane(), lane, "{frame:?}");
        assert_eq!(segment.tunnel, 0);
    }
    true
}

#[test]
fn a_glance_tells_the_lane_of_the_segment() {
    let mut random = Lcg(5);
    let mut told = 0;
    for (link_type, original) in samples() {
        told += usize::from(compare_glance(&frame(link_type, &original)));
        for len in 0..original.len() {
            compare_glance(&frame(link_type, &original[..len]));
        }
        for _ in 0..400 {
            let mut octets = original.clone();
            for _ in 0..=random.below(4) {
                // Mostly in the headers.
                let place = random.below(octets.len().min(64));
                octets[place] = match random.below(3) {
                    0 => [0, 6, 0x40, 0x60, 0x81][random.below(5)],
                    1 => octets[place] ^ 1 << random.below(8),
                    _ => random.octet(),
                };
            }
            let mut cut = frame(link_type, &octets);
            cut.original_len += u32::try_from(random.below(3)).unwrap();
            cut.fcs_len = [0, 4][random.below(2)];
            compare_glance(&cut);
        }
    }
    // IPv4 and IPv6, plain and with two tags, in two kinds of "cooked" captures, two of
    // loopback interfaces, three numbers of raw ones, and one of IPv4 or IPv6 alone.
    assert!(told >= 2 * (2 + 2 + 2 + 3 + 1), "{told}");
}

#[test]
fn a_glance_leaves_what_is_not_plain() {
    let tcp = tcp4(&[], b"");
    let plain = ipv4(6, &[], &tcp);
    assert!(glance(LinkType(RAW), &plain).is_some());
    let mut fragment = plain.clone();
    fragment[6] = 0x20;
    let udp = ipv4(17, &[], &tcp);
    let options = ipv4(6, &[1, 1, 1, 1], &tcp);
    let tunnel = ipv4(4, &[], &plain);
    for octets in [&fragment, &udp, &options, &tunnel, &plain[..23].to_vec()] {
        assert_eq!(glance(LinkType(RAW), octets), None);
    }
    assert_eq!(glance(LinkType(127), &plain), None);
}

#[test]
fn random_octets_are_put_up_with() {
    let mut random = Lcg(4);
    for link_type in (0..300).chain([9999]) {
        for _ in 0..200 {
            let len = random.below(120);
            let octets: Vec<u8> = (0..len).map(|_| random.octet()).collect();
            check(&frame(link_type, &octets));
        }
    }
}
