//! The plain frame, straight through: Ethernet (with up to two VLAN tags), "cooked", loopback or
//! raw, an IP header without options, TCP. Nearly all frames are so, and nothing may be asked of them twice.
//!
//! What is found here is what the layers find one by one; whatever is not quite plain is left to them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Decoded;
use super::ip::{Datagram, Protocol};
use super::link::{Way, sll};
use super::octets::Octets;
use super::tcp::{self, Origin};
use super::undecoded::Undecoded;
use crate::capture::frame::{Frame, LinkType};
use crate::segment::{IpFacts, Timestamp};

/// An IP packet, before its header was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Packet<'a> {
    V4(&'a [u8]),
    V6(&'a [u8]),
}

/// The header of a plain packet, and what lies behind it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plain<'a> {
    V4(&'a [u8; 20], &'a [u8]),
    V6(&'a [u8; 40], &'a [u8]),
}

/// The packet of a plain frame, and how it came; `None` if it is not quite plain.
#[inline(always)]
pub(super) fn open<'a>(frame: &Frame<'a>) -> Option<(Plain<'a>, Way)> {
    if frame.fcs_len != 0 {
        return None;
    }
    let mut way = Way {
        direction: frame.direction,
        loopback: false,
    };
    let plain = match packet(frame.link_type, frame.data, &mut way)? {
        Packet::V4(octets) => {
            let (header, rest) = header_v4(octets)?;
            // What was not captured stands at the end.
            let original = usize::try_from(frame.original_len).ok()?;
            let missing = original.saturating_sub(frame.data.len());
            let len = usize::from(u16::from_be_bytes([header[2], header[3]]));
            // A length of zero and one beyond the frame have meanings of their own.
            if len < header.len() || len > octets.len() + missing {
                return None;
            }
            Plain::V4(header, rest)
        }
        Packet::V6(octets) => {
            let (header, rest) = header_v6(octets)?;
            // A length of zero has a meaning of its own.
            if [header[4], header[5]] == [0, 0] {
                return None;
            }
            Plain::V6(header, rest)
        }
    };
    Some((plain, way))
}

/// The segment in a packet of `frame`, as [`super::Decoder::decode`] has it.
// It is large: so it is written where it stays, once, by whoever calls this.
#[inline(always)]
pub(super) fn segment<'a>(
    frame: &Frame<'a>,
    way: &Way,
    time: Timestamp,
    datagram: &Datagram<'a>,
) -> Result<Decoded<'a>, Undecoded> {
    let origin = Origin {
        packet: frame.number,
        time,
        tunnel: 0,
        direction: way.direction,
        loopback: way.loopback || datagram.is_loopback(),
    };
    tcp::segment(&origin, datagram)
}

/// The packet in a plain frame.
#[inline(always)]
pub(super) fn packet<'a>(link_type: LinkType, data: &'a [u8], way: &mut Way) -> Option<Packet<'a>> {
    match link_type.0 {
        1 => {
            let (header, rest) = data.split_first_chunk::<14>()?;
            tagged(u16::from_be_bytes([header[12], header[13]]), rest)
        }
        113 => {
            let (header, rest) = data.split_first_chunk::<16>()?;
            let (protocol, hardware) = sll::fields_v1(header, way);
            cooked(protocol, hardware, rest)
        }
        276 => {
            let (header, rest) = data.split_first_chunk::<20>()?;
            let (protocol, hardware) = sll::fields_v2(header, way);
            cooked(protocol, hardware, rest)
        }
        0 | 108 => {
            let (header, rest) = data.split_first_chunk::<4>()?;
            match header {
                [2, 0, 0, 0] | [0, 0, 0, 2] => Some(Packet::V4(rest)),
                [10 | 23 | 24 | 28 | 30, 0, 0, 0] | [0, 0, 0, 10 | 23 | 24 | 28 | 30] => {
                    Some(Packet::V6(rest))
                }
                _ => None,
            }
        }
        12 | 14 | 101 => match data.first()? >> 4 {
            4 => Some(Packet::V4(data)),
            _ => Some(Packet::V6(data)),
        },
        228 => Some(Packet::V4(data)),
        229 => Some(Packet::V6(data)),
        _ => None,
    }
}

/// The packet behind a type field, and behind up to two VLAN tags.
#[inline]
fn tagged(mut ether_type: u16, mut rest: &[u8]) -> Option<Packet<'_>> {
    for _ in 0..3 {
        match ether_type {
            0x0800 => return Some(Packet::V4(rest)),
            0x86dd => return Some(Packet::V6(rest)),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                let ([_, _, high, low], behind) = rest.split_first_chunk()?;
                (ether_type, rest) = (u16::from_be_bytes([*high, *low]), behind);
            }
            _ => return None,
        }
    }
    None
}

/// The packet behind a "cooked" header, unless the hardware type makes the protocol field
/// something else: frame relay, radiotap, netlink.
#[inline]
fn cooked(protocol: u16, hardware: u16, rest: &[u8]) -> Option<Packet<'_>> {
    match hardware {
        770 | 803 | 824 => None,
        _ => tagged(protocol, rest),
    }
}

/// The header of an IPv4 packet without options that is no fragment and carries TCP, and what
/// lies behind it.
#[inline]
pub(super) fn header_v4(packet: &[u8]) -> Option<(&[u8; 20], &[u8])> {
    let (header, rest) = packet.split_first_chunk::<20>()?;
    let [0x45, _, _, _, _, _, fragment, offset, _, 6, ..] = header else {
        return None;
    };
    // All but the reserved bit and "don't fragment".
    (fragment & 0x3f == 0 && *offset == 0).then_some((header, rest))
}

/// The header of an IPv6 packet without extensions that carries TCP, and what lies behind it.
#[inline]
pub(super) fn header_v6(packet: &[u8]) -> Option<(&[u8; 40], &[u8])> {
    let (header, rest) = packet.split_first_chunk::<40>()?;
    matches!(header, [0x60..=0x6f, _, _, _, _, _, 6, ..]).then_some((header, rest))
}

/// Source and destination of an IPv4 packet.
#[inline]
pub(super) fn addresses_v4(header: &[u8; 20]) -> [IpAddr; 2] {
    let [.., a, b, c, d, e, f, g, h] = *header;
    [[a, b, c, d], [e, f, g, h]].map(|ip| Ipv4Addr::from_octets(ip).into())
}

/// Source and destination of an IPv6 packet.
#[inline]
pub(super) fn addresses_v6(header: &[u8; 40]) -> [IpAddr; 2] {
    let (_, addresses) = header.split_at(8);
    let (addresses, _) = addresses.as_chunks::<16>();
    match addresses {
        [source, destination] => [source, destination].map(|ip| Ipv6Addr::from_octets(*ip).into()),
        _ => [Ipv6Addr::UNSPECIFIED.into(); 2],
    }
}

/// What a plain header says.
#[inline(always)]
pub(super) fn ipv4<'a>(header: &[u8; 20], rest: &'a [u8]) -> Datagram<'a> {
    let total_len = u16::from_be_bytes([header[2], header[3]]);
    let [source, destination] = addresses_v4(header);
    Datagram {
        source,
        destination,
        addresses_unsure: false,
        facts: IpFacts {
            ttl: header[8],
            id: Some(u16::from_be_bytes([header[4], header[5]])),
            ecn: header[1] & 3,
            dscp: header[1] >> 2,
            dont_fragment: Some(header[6] & 0x40 != 0),
            total_len: total_len.into(),
            length_zero: false,
            joined: false,
        },
        protocol: Protocol::Tcp,
        payload: Octets::new(rest, usize::from(total_len).saturating_sub(header.len())),
    }
}

/// The same of IPv6.
#[inline(always)]
pub(super) fn ipv6<'a>(header: &[u8; 40], rest: &'a [u8]) -> Datagram<'a> {
    let payload_len = u16::from_be_bytes([header[4], header[5]]);
    let [source, destination] = addresses_v6(header);
    let class = header[0] << 4 | header[1] >> 4;
    Datagram {
        source,
        destination,
        addresses_unsure: false,
        facts: IpFacts {
            ttl: header[7],
            id: None,
            ecn: class & 3,
            dscp: class >> 2,
            dont_fragment: None,
            total_len: u32::from(payload_len) + 40,
            length_zero: false,
            joined: false,
        },
        protocol: Protocol::Tcp,
        payload: Octets::new(rest, payload_len.into()),
    }
}
