//! Tunnels as octets, written by hand.

mod gre;
mod kinds;
mod nested;
mod udp;

use super::*;
use crate::decode::builder::{V4, V6, decoded_by, ipv4, ipv6, tcp4, tcp6};
use crate::decode::{Decoded, Decoder};
use crate::segment::{Checksum, Timestamp};

/// Raw IP.
const RAW: u16 = 101;

/// A packet to carry: IPv4 or IPv6, its EtherType, and itself.
struct Load {
    v4: bool,
    ether_type: [u8; 2],
    packet: Vec<u8>,
}

impl Load {
    /// The packet in an Ethernet frame.
    fn frame(&self) -> Vec<u8> {
        let addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        [&addresses[..], &self.ether_type, &self.packet].concat()
    }

    /// The packet in a frame with a VLAN tag.
    fn tagged(&self) -> Vec<u8> {
        let mut frame = self.frame();
        frame.splice(12..12, [0x81, 0, 0, 42]);
        frame
    }
}

/// Both versions of IP.
fn loads() -> [Load; 2] {
    [
        Load {
            v4: true,
            ether_type: [8, 0],
            packet: ipv4(6, &[], &tcp4(&[], b"data")),
        },
        Load {
            v4: false,
            ether_type: [0x86, 0xdd],
            packet: ipv6(6, &tcp6(&[], b"data")),
        },
    ]
}

/// A UDP packet.
fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap();
    let mut octets = Vec::new();
    for field in [source, destination, length, 0] {
        octets.extend(field.to_be_bytes());
    }
    octets.extend(payload);
    octets
}

/// A UDP packet to `port`, from one that says nothing.
fn udp_to(port: u16, payload: &[u8]) -> Vec<u8> {
    udp(50_000, port, payload)
}

/// A tunnel between the two hosts of the outer packet.
fn between(kind: TunnelKind, id: Option<u32>, outer_is_v4: bool) -> Tunnel {
    if outer_is_v4 {
        Tunnel::between(kind, id, V4.0.into(), V4.1.into())
    } else {
        Tunnel::between(kind, id, V6.0.into(), V6.1.into())
    }
}

/// Decodes `packet`, and expects the segment of [`loads`] in `chain`.
fn expect_chain(packet: &[u8], inner_is_v4: bool, chain: &[Tunnel]) {
    let mut decoder = Decoder::default();
    let segment = decoded_by(&mut decoder, RAW, packet).unwrap();
    assert_eq!(segment.source.ip.is_ipv4(), inner_is_v4);
    assert_eq!(segment.payload, b"data");
    assert_eq!(segment.checksum, Checksum::Good);
    let tunnel = segment.tunnel;
    assert_eq!(decoder.tunnels().chain(tunnel), chain);
}

/// Expects the segment of `load` where the protocol `number` has `payload` in
/// both versions of IP.
fn expect(number: u8, payload: &[u8], load: &Load, kind: TunnelKind, id: Option<u32>) {
    let packet = ipv4(number, &[], payload);
    expect_chain(&packet, load.v4, &[between(kind, id, true)]);
    let packet = ipv6(number, payload);
    expect_chain(&packet, load.v4, &[between(kind, id, false)]);
    put_up_with_prefixes(&packet);
}

/// Expects that the protocol `number` with `payload` is no such tunnel.
fn expect_none(number: u8, payload: &[u8], expected: Undecoded) {
    let packet = ipv4(number, &[], payload);
    let decoded = decoded_by(&mut Decoder::default(), RAW, &packet).map(|_| ());
    assert_eq!(decoded, Err(expected), "{payload:x?}");
}

/// A packet that was cut, or that ends early, is no segment that was not there.
fn put_up_with_prefixes(packet: &[u8]) {
    for len in 0..packet.len() {
        for original_len in [len, packet.len()] {
            let mut frame = crate::decode::builder::frame(RAW, &packet[..len]);
            frame.original_len = u32::try_from(original_len).unwrap();
            let mut decoder = Decoder::default();
            if let Ok(decoded) = decoder.decode(&frame, Timestamp(0)) {
                let Decoded::Segment(segment) = decoded else {
                    unreachable!()
                };
                assert_eq!((segment.source.port, segment.seq.0), (40_000, 0x0102_0304));
                assert_eq!(segment.payload_len, 4);
            }
        }
    }
}
