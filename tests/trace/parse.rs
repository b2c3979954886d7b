//! From a capture file to a trace, where every frame is a whole TCP segment.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Packet, Quirk, Trace};
use crate::exchange::Link;
use crate::exchange::wire::Sum;

fn u16_be(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(
        octets.get(at..at + 2)?.try_into().unwrap(),
    ))
}

fn u32_be(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(
        octets.get(at..at + 4)?.try_into().unwrap(),
    ))
}

fn u32_le(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32_be(octets, at)?.swap_bytes())
}

impl Trace {
    /// Takes a little-endian pcap file of any link type that tests write.
    /// `None` where a frame is not a whole TCP segment: then nothing is lost
    /// by surprise.
    pub fn parse(file: &[u8]) -> Option<Trace> {
        let unit = match u32_le(file, 0)? {
            0xa1b2_c3d4 => 1000,
            0xa1b2_3c4d => 1,
            _ => return None,
        };
        let number = u32_le(file, 20)?;
        let link = Link::ALL.into_iter().find(|l| l.number() == number)?;
        let mut packets = Vec::new();
        let mut rest = file.get(24..)?;
        while !rest.is_empty() {
            let (captured, whole) = (u32_le(rest, 8)?, u32_le(rest, 12)?);
            let octets = rest.get(16..16 + captured as usize)?;
            if captured != whole {
                return None;
            }
            let mut packet = packet(link, octets)?;
            let (s, fraction) = (i64::from(u32_le(rest, 0)?), i64::from(u32_le(rest, 4)?));
            packet.time_ns = s * 1_000_000_000 + fraction * unit;
            packets.push(packet);
            rest = &rest[16 + captured as usize..];
        }
        Some(Trace {
            link,
            at: None,
            packets,
        })
    }
}

fn packet(link: Link, octets: &[u8]) -> Option<Packet> {
    let header = match link {
        Link::Ethernet if u16_be(octets, 12)? == 0x8100 => 18,
        Link::Ethernet => 14,
        Link::Raw => 0,
        Link::Null | Link::Loop => 4,
        Link::Sll => 16,
        Link::Sll2 => 20,
    };
    let datagram = octets.get(header..)?;
    let (source, destination, ttl, id, ecn, tcp) = match datagram.first()? >> 4 {
        4 if datagram.get(9)? == &6 && u16_be(datagram, 6)? & 0x3fff == 0 => {
            let header = usize::from(datagram[0] & 15) * 4;
            let len = usize::from(u16_be(datagram, 2)?);
            let ip = |at: usize| {
                let octets: [u8; 4] = datagram[at..at + 4].try_into().unwrap();
                IpAddr::V4(Ipv4Addr::from(octets))
            };
            let tcp = datagram.get(header..len)?;
            (
                ip(12),
                ip(16),
                datagram[8],
                u16_be(datagram, 4)?,
                datagram[1] & 3,
                tcp,
            )
        }
        6 if datagram.get(6)? == &6 => {
            let len = usize::from(u16_be(datagram, 4)?);
            let tcp = datagram.get(40..40 + len)?;
            let ip = |at: usize| {
                let octets: [u8; 16] = datagram[at..at + 16].try_into().unwrap();
                IpAddr::V6(Ipv6Addr::from(octets))
            };
            (ip(8), ip(24), datagram[7], 0, datagram[1] >> 4 & 3, tcp)
        }
        _ => return None,
    };
    let offset = usize::from(*tcp.get(12)? >> 4) * 4;
    Some(Packet {
        time_ns: 0,
        source: SocketAddr::new(source, u16_be(tcp, 0)?),
        destination: SocketAddr::new(destination, u16_be(tcp, 2)?),
        ttl,
        id,
        ecn,
        seq: u32_be(tcp, 4)?,
        ack: u32_be(tcp, 8)?,
        flags: u16_be(tcp, 12)? & 0xfff,
        window: u16_be(tcp, 14)?,
        urgent_pointer: u16_be(tcp, 18)?,
        options: tcp.get(20..offset)?.to_vec(),
        data: tcp.get(offset..)?.to_vec(),
        sum: Sum::Good,
        quirk: Quirk::None,
    })
}
