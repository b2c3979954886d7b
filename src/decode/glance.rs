//! Whose a frame is, told from its first octets: for dividing frames before they are taken apart.
//!
//! Only what is plain is looked at: Ethernet (with up to two VLAN tags), "cooked", loopback and raw
//! captures, IP without options, TCP. Nothing is checked beyond that: [`super::Decoder`] does, and may still refuse the frame.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::capture::frame::LinkType;
use crate::lane;
use crate::segment::Socket;

/// EtherType of IPv4.
const IPV4: u16 = 0x0800;
/// EtherType of IPv6.
const IPV6: u16 = 0x86dd;
/// Protocol number of TCP.
const TCP: u8 = 6;

/// The lane of the connection that a frame's TCP segment is of: that of the
/// key of the segment which [`super::Decoder::decode`] finds in the frame, if it finds one.
///
/// `None` for whatever else there is: other link types and protocols, tunnels, options and
/// extension headers, fragments, frames cut before the end of the ports. These frames may hold a
/// segment too.
#[inline]
#[must_use]
pub fn glance(link_type: LinkType, data: &[u8]) -> Option<u32> {
    let (ether_type, rest) = match link_type.0 {
        1 => {
            let (header, rest) = data.split_first_chunk::<14>()?;
            untagged(type_at(header, 12), rest)?
        }
        113 => {
            let (header, rest) = data.split_first_chunk::<16>()?;
            untagged(cooked(type_at(header, 2), type_at(header, 14))?, rest)?
        }
        276 => {
            let (header, rest) = data.split_first_chunk::<20>()?;
            untagged(cooked(type_at(header, 8), type_at(header, 0))?, rest)?
        }
        0 | 108 => match data.split_first_chunk()? {
            ([2, 0, 0, 0] | [0, 0, 0, 2], rest) => (IPV4, rest),
            ([10 | 23 | 24 | 28 | 30, 0, 0, 0] | [0, 0, 0, 10 | 23 | 24 | 28 | 30], rest) => {
                (IPV6, rest)
            }
            _ => return None,
        },
        12 | 14 | 101 => match data.first()? >> 4 {
            4 => (IPV4, data),
            _ => (IPV6, data),
        },
        228 => (IPV4, data),
        229 => (IPV6, data),
        _ => return None,
    };
    match ether_type {
        IPV4 => in_ipv4(rest),
        IPV6 => in_ipv6(rest),
        _ => None,
    }
}

#[inline]
fn type_at<const N: usize>(header: &[u8; N], at: usize) -> u16 {
    match header.get(at..) {
        Some([high, low, ..]) => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

/// The type behind up to two VLAN tags, and what lies behind that.
#[inline]
fn untagged(ether_type: u16, rest: &[u8]) -> Option<(u16, &[u8])> {
    let mut found = (ether_type, rest);
    for _ in 0..2 {
        if !matches!(found.0, 0x8100 | 0x88a8 | 0x9100 | 0x9200) {
            break;
        }
        let ([_, _, high, low], rest) = found.1.split_first_chunk()?;
        found = (u16::from_be_bytes([*high, *low]), rest);
    }
    Some(found)
}

/// The protocol field of a "cooked" header, unless the hardware type makes it something else:
/// frame relay, radiotap, netlink.
#[inline]
fn cooked(hardware: u16, protocol: u16) -> Option<u16> {
    (!matches!(hardware, 770 | 803 | 824)).then_some(protocol)
}

#[inline]
fn in_ipv4(packet: &[u8]) -> Option<u32> {
    let (header, rest) = packet.split_first_chunk::<20>()?;
    let [
        0x45,
        _,
        _,
        _,
        _,
        _,
        fragment,
        offset,
        _,
        TCP,
        _,
        _,
        addresses @ ..,
    ] = header
    else {
        return None;
    };
    // All but the reserved bit and "don't fragment".
    if fragment & 0x3f != 0 || *offset != 0 {
        return None;
    }
    let (source, destination) = addresses.split_first_chunk::<4>()?;
    let (destination, _) = destination.split_first_chunk::<4>()?;
    let [source_port, destination_port] = ports(rest)?;
    let source = Socket {
        ip: Ipv4Addr::from(*source).into(),
        port: source_port,
    };
    let destination = Socket {
        ip: Ipv4Addr::from(*destination).into(),
        port: destination_port,
    };
    Some(lane::between(source, destination))
}

#[inline]
fn in_ipv6(packet: &[u8]) -> Option<u32> {
    let (header, rest) = packet.split_first_chunk::<40>()?;
    let [0x60..=0x6f, _, _, _, _, _, TCP, _, addresses @ ..] = header else {
        return None;
    };
    let (source, destination) = addresses.split_first_chunk::<16>()?;
    let (destination, _) = destination.split_first_chunk::<16>()?;
    let [source_port, destination_port] = ports(rest)?;
    let source = Socket {
        ip: Ipv6Addr::from(*source).into(),
        port: source_port,
    };
    let destination = Socket {
        ip: Ipv6Addr::from(*destination).into(),
        port: destination_port,
    };
    Some(lane::between(source, destination))
}

/// The two ports in front of a TCP header.
#[inline]
fn ports(octets: &[u8]) -> Option<[u16; 2]> {
    let ([a, b, c, d], _) = octets.split_first_chunk()?;
    Some([u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])])
}
