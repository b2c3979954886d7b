//! Tunnels within each other, and what is around them.

use super::*;
use crate::capture::frame::Frame;
use crate::decode::builder::{Lcg, decoded_any, ethernet, frame};
use crate::limits::TUNNEL_DEPTH;
use crate::segment::Direction;

/// VXLAN with a network's number.
fn vxlan(network: u8, frame: &[u8]) -> Vec<u8> {
    udp_to(4789, &[&[8, 0, 0, 0, 0, 0, network, 0][..], frame].concat())
}

#[test]
fn tunnels_in_tunnels() {
    let [load, _] = loads();
    // VXLAN over IPv4, in GRE with a key, over IPv6.
    let inner = ipv4(17, &[], &vxlan(42, &load.frame()));
    let gre = [&[0x20, 0, 8, 0, 0, 0, 0, 7][..], &inner].concat();
    let chain = [
        between(TunnelKind::Gre, Some(7), false),
        between(TunnelKind::Vxlan, Some(42), true),
    ];
    let packet = ipv6(47, &gre);
    expect_chain(&packet, true, &chain);
    put_up_with_prefixes(&packet);
}

#[test]
fn tunnels_end_somewhere() {
    let mut packet = ipv4(6, &[], &tcp4(&[], b"data"));
    for _ in 0..TUNNEL_DEPTH {
        packet = ipv4(4, &[], &packet);
    }
    let chain = [between(TunnelKind::IpInIp, None, true); TUNNEL_DEPTH];
    expect_chain(&packet, true, &chain);
    expect_none(4, &packet, Undecoded::TunnelTooDeep);
}

/// A host that a tunnel ends at is not therefore an end of the connections in it.
#[test]
fn the_way_through_an_interface_is_the_tunnels() {
    let [load, _] = loads();
    let inside = ipv4(17, &[], &vxlan(42, &load.frame()));
    for (packet, expected) in [
        (&load.packet, (Direction::Outbound, true)),
        (&inside, (Direction::Unknown, false)),
    ] {
        // Linux cooked, outgoing, on the loopback interface.
        let cooked = [
            &[0, 4, 3, 4, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0][..],
            packet,
        ]
        .concat();
        let mut decoder = Decoder::default();
        let segment = decoded_by(&mut decoder, 113, &cooked).unwrap();
        assert_eq!((segment.direction, segment.loopback), expected);
    }
}

/// A router on the way of a tunnel answers to its head. What it quotes is no
/// word about the connection within.
#[test]
fn errors_about_the_outer_packet_are_not_the_inner_connections() {
    for load in loads() {
        let [t0, t1] = load.ether_type;
        let number = if load.v4 { 4 } else { 41 };
        let gre = [&[0, 0, t0, t1][..], &load.packet].concat();
        let payloads = [
            (number, load.packet.clone()),
            (47, gre),
            (17, vxlan(42, &load.frame())),
        ];
        for (protocol, payload) in payloads {
            for (icmp_type, code) in [(3, 4), (3, 1), (11, 0)] {
                let mut error = vec![icmp_type, code, 0, 0, 0, 0, 5, 0];
                error.extend(ipv4(protocol, &[], &payload));
                let packet = ipv4(1, &[], &error);
                assert_eq!(decoded_any(RAW, &packet), Err(Undecoded::NotTcp));
            }
            let mut error = vec![2, 0, 0, 0, 0, 0, 5, 0];
            error.extend(ipv6(protocol, &payload));
            let packet = ipv6(58, &error);
            assert_eq!(decoded_any(RAW, &packet), Err(Undecoded::NotTcp));
        }
    }
}

/// One about a segment within comes through the same tunnel, and is tied to it.
#[test]
fn errors_within_a_tunnel_have_its_number() {
    let [load, _] = loads();
    let error = [&[3, 1, 0, 0, 0, 0, 0, 0][..], &load.packet].concat();
    let answer = Load {
        packet: ipv4(1, &[], &error),
        ..load
    };
    let mut decoder = Decoder::default();
    let octets = ipv4(17, &[], &vxlan(42, &answer.frame()));
    let Ok(Decoded::IcmpError(error)) = decoder.decode(&frame(RAW, &octets), Timestamp(0)) else {
        panic!("no error")
    };
    let octets = ipv4(17, &[], &vxlan(42, &loads()[0].frame()));
    let segment = decoded_by(&mut decoder, RAW, &octets).unwrap();
    assert_eq!(error.tunnel, segment.tunnel);
    assert_ne!(error.tunnel, 0);
}

#[test]
fn changed_octets_are_put_up_with() {
    let mut random = Lcg(5);
    let [load, other] = loads();
    let options = [0, 0, 0, 0x85, 1, 1, 1, 0];
    let length = u16::try_from(options.len() + load.packet.len()).unwrap();
    let [l0, l1] = length.to_be_bytes();
    let gtp = [&[0x34, 255, l0, l1, 0, 0, 0, 1][..], &options, &load.packet].concat();
    let geneve = [
        &[2, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 3, 1, 0, 0, 0, 0][..],
        &other.frame(),
    ]
    .concat();
    let gre = |flags: u8, head: &[u8], payload: &[u8]| {
        let octets = [&[flags, 0], head, payload].concat();
        (47, octets)
    };
    let sequenced = [0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 5, 0, 0, 0, 0];
    let payloads = [
        gre(0xf0, &[8, 0], &[&[0; 16][..], &load.packet].concat()),
        gre(0x10, &sequenced, &load.frame()),
        gre(0x10, &[0x22, 0xeb, 0, 0, 0, 1, 0x20], &[0; 60]),
        gre(0x30, &[0x88, 0x0b, 0, 6, 0, 1], &[0; 60]),
        (97, [&[0x30, 0][..], &load.frame()].concat()),
        (115, [&[0, 0, 0, 1][..], &load.frame()].concat()),
        (137, [&[0, 1, 1, 9][..], &load.packet].concat()),
        (17, vxlan(1, &load.frame())),
        (17, udp_to(6081, &geneve)),
        (17, udp_to(2152, &gtp)),
        (
            17,
            udp_to(
                37008,
                &[&[1, 0, 0, 1, 10, 1, 9, 1], &load.frame()[..]].concat(),
            ),
        ),
        (
            17,
            udp_to(1701, &[&[0x4b, 2, 0, 90], &load.frame()[..]].concat()),
        ),
        (
            17,
            udp_to(
                5247,
                &[&[0, 16, 0, 0, 0, 0, 0, 0], &load.frame()[..]].concat(),
            ),
        ),
        (
            17,
            udp_to(
                3544,
                &[&[0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &other.packet[..]].concat(),
            ),
        ),
    ];
    for (protocol, payload) in payloads {
        for original in [ipv4(protocol, &[], &payload), ipv6(protocol, &payload)] {
            for _ in 0..1500 {
                let mut octets = ethernet(
                    if original[0] >> 4 == 4 {
                        &[8, 0]
                    } else {
                        &[0x86, 0xdd]
                    },
                    &original,
                );
                for _ in 0..=random.below(4) {
                    let place = 14 + random.below(octets.len() - 14);
                    octets[place] = match random.below(3) {
                        0 => [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
                        1 => octets[place] ^ 1 << random.below(8),
                        _ => random.octet(),
                    };
                }
                octets.truncate(octets.len() - random.below(4) * random.below(20));
                check(&frame(1, &octets));
            }
        }
    }
}

/// Decodes anything; a segment's data lies within its length.
fn check(frame: &Frame<'_>) {
    let mut decoder = Decoder::default();
    if let Ok(Decoded::Segment(segment)) = decoder.decode(frame, Timestamp(0)) {
        let payload_len = usize::try_from(segment.payload_len).unwrap();
        assert!(segment.payload.len() <= payload_len);
    }
}
