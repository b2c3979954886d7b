//! Octets of one frame: TCP or ICMP, IP, VLAN tags, link header.

use std::net::IpAddr;

use super::{Direction, Link};

/// What stands in the checksum field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sum {
    /// The right one.
    #[default]
    Good,
    /// A wrong one, which is not that of an offloading host either.
    Bad,
    /// The sum of the pseudo-header alone, as before checksum offload.
    Partial,
    /// This value.
    Value(u16),
}

/// A TCP header in numbers; options and data are octets already.
pub struct Tcp<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub seq: u32,
    pub ack: u32,
    /// The twelve bits behind the data offset.
    pub flags: u16,
    pub window: u16,
    pub urgent_pointer: u16,
    pub options: &'a [u8],
    pub data: &'a [u8],
    /// In place of the right data offset.
    pub offset: Option<u8>,
    pub sum: Sum,
}

/// What goes around the transport octets.
pub struct Ip {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub ttl: u8,
    pub id: u16,
    pub ecn: u8,
    /// In place of the right length field.
    pub length: Option<u16>,
}

/// What goes around the IP datagram.
pub struct Around<'a> {
    pub link: Link,
    pub big_endian: bool,
    pub vlan: &'a [u16],
    pub source_mac: [u8; 6],
    pub destination_mac: [u8; 6],
    pub direction: Option<Direction>,
    /// Octets behind the datagram (Ethernet padding).
    pub trailer: usize,
}

const TCP: u8 = 6;

fn ones_complement(parts: &[&[u8]]) -> u16 {
    let mut sum: u64 = 0;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap()
}

fn pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    match (source, destination) {
        (IpAddr::V4(s), IpAddr::V4(d)) => {
            out.extend(s.octets());
            out.extend(d.octets());
        }
        (IpAddr::V6(s), IpAddr::V6(d)) => {
            out.extend(s.octets());
            out.extend(d.octets());
        }
        _ => panic!("{source} and {destination} are of different families"),
    }
    out.extend(u32::try_from(length).unwrap().to_be_bytes());
    out.extend([0, 0, 0, protocol]);
    out
}

/// Header, options and data with the checksum asked for.
pub fn tcp(segment: &Tcp<'_>, ip: &Ip) -> Vec<u8> {
    let words = 5 + u8::try_from(segment.options.len() / 4).unwrap();
    let offset = u16::from(segment.offset.unwrap_or(words));
    let mut out = Vec::with_capacity(20 + segment.options.len() + segment.data.len());
    out.extend(segment.source_port.to_be_bytes());
    out.extend(segment.destination_port.to_be_bytes());
    out.extend(segment.seq.to_be_bytes());
    out.extend(segment.ack.to_be_bytes());
    out.extend((offset << 12 | segment.flags).to_be_bytes());
    out.extend(segment.window.to_be_bytes());
    out.extend([0, 0]);
    out.extend(segment.urgent_pointer.to_be_bytes());
    out.extend(segment.options);
    out.extend(segment.data);
    let pseudo = pseudo_header(ip.source, ip.destination, TCP, out.len());
    let partial = ones_complement(&[&pseudo]);
    let good = !ones_complement(&[&pseudo, &out]);
    let sum = match segment.sum {
        Sum::Good => good,
        Sum::Partial => partial,
        Sum::Value(value) => value,
        Sum::Bad => {
            let mut bad = good.wrapping_add(0x1111);
            if bad == partial || bad == !partial {
                bad = bad.wrapping_add(0x1111);
            }
            bad
        }
    };
    out[16..18].copy_from_slice(&sum.to_be_bytes());
    out
}

/// Why an ICMP error was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    Net,
    Host,
    Protocol,
    Port,
    Admin,
    TooBig(u16),
    Quench,
    Expired,
    Parameter,
    Redirect,
}

/// An ICMP (or ICMPv6) error that quotes `datagram`.
pub fn icmp(why: Why, datagram: &[u8], ip: &Ip) -> Vec<u8> {
    let v4 = ip.source.is_ipv4();
    let (kind, code) = match (v4, why) {
        (true, Why::Net) => (3, 0),
        (true, Why::Host) => (3, 1),
        (true, Why::Protocol) => (3, 2),
        (true, Why::Port) => (3, 3),
        (true, Why::TooBig(_)) => (3, 4),
        (true, Why::Admin) => (3, 13),
        // There is none in ICMPv6.
        (_, Why::Quench) => (4, 0),
        (true, Why::Redirect) => (5, 1),
        (true, Why::Expired) => (11, 0),
        (true, Why::Parameter) => (12, 0),
        (false, Why::Net) => (1, 0),
        (false, Why::Admin) => (1, 1),
        (false, Why::Host) => (1, 3),
        (false, Why::Port) => (1, 4),
        (false, Why::TooBig(_)) => (2, 0),
        (false, Why::Expired) => (3, 0),
        (false, Why::Parameter) => (4, 0),
        (false, Why::Protocol) => (4, 1),
        (false, Why::Redirect) => (137, 0),
    };
    let header = if v4 { 20 } else { 40 };
    let quoted = datagram.len().min(header + 8);
    let mut out = vec![kind, code, 0, 0, 0, 0, 0, 0];
    if let Why::TooBig(mtu) = why {
        out[6..8].copy_from_slice(&mtu.to_be_bytes());
    }
    out.extend(&datagram[..quoted]);
    let pseudo = if v4 {
        Vec::new()
    } else {
        pseudo_header(ip.source, ip.destination, 58, out.len())
    };
    let sum = !ones_complement(&[&pseudo, &out]);
    out[2..4].copy_from_slice(&sum.to_be_bytes());
    out
}

/// The IP datagram around TCP octets.
pub fn ip_tcp(ip: &Ip, payload: &[u8]) -> Result<Vec<u8>, String> {
    datagram(ip, TCP, payload)
}

/// The IP datagram around ICMP octets.
pub fn ip_icmp(ip: &Ip, payload: &[u8]) -> Result<Vec<u8>, String> {
    datagram(ip, if ip.source.is_ipv4() { 1 } else { 58 }, payload)
}

fn datagram(ip: &Ip, protocol: u8, payload: &[u8]) -> Result<Vec<u8>, String> {
    let counted = match ip.source {
        IpAddr::V4(_) => payload.len() + 20,
        IpAddr::V6(_) => payload.len(),
    };
    let length = match (ip.length, u16::try_from(counted)) {
        (Some(length), _) | (None, Ok(length)) => length,
        (None, Err(_)) => {
            return Err(format!(
                "{counted} octets do not fit the IP length; write `len0`"
            ));
        }
    };
    let mut out = Vec::with_capacity(40 + payload.len());
    match (ip.source, ip.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            out.extend([0x45, ip.ecn]);
            out.extend(length.to_be_bytes());
            out.extend(ip.id.to_be_bytes());
            out.extend([0x40, 0, ip.ttl, protocol, 0, 0]); // don't fragment
            out.extend(source.octets());
            out.extend(destination.octets());
            let sum = !ones_complement(&[&out]);
            out[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            out.extend([0x60, ip.ecn << 4, 0, 0]);
            out.extend(length.to_be_bytes());
            out.extend([protocol, ip.ttl]);
            out.extend(source.octets());
            out.extend(destination.octets());
        }
        _ => return Err("addresses of different families".to_owned()),
    }
    out.extend(payload);
    Ok(out)
}

/// The datagram in pieces of `size` octets, each but the first beginning
/// `overlap` octets early, with the octets of the one before or with others.
pub fn fragments(datagram: &[u8], size: usize, overlap: usize, differs: bool) -> Vec<Vec<u8>> {
    let is_v4 = datagram[0] >> 4 == 4;
    let (header, payload) = datagram.split_at(if is_v4 { 20 } else { 40 });
    let mut pieces = Vec::new();
    let mut end = 0;
    while end < payload.len() {
        let from = if end == 0 { 0 } else { end - overlap };
        end = payload.len().min(end + size);
        let mut octets = payload[from..end].to_vec();
        if differs && from > 0 {
            octets[..overlap]
                .iter_mut()
                .for_each(|octet| *octet ^= 0x20);
        }
        let offset = u16::try_from(from).unwrap();
        let more = u16::from(end < payload.len());
        let len = u16::try_from(octets.len()).unwrap();
        let mut piece = header.to_vec();
        if is_v4 {
            piece[2..4].copy_from_slice(&(20 + len).to_be_bytes());
            piece[6..8].copy_from_slice(&((offset / 8) | (more << 13)).to_be_bytes());
            piece[10..12].fill(0);
            let sum = !ones_complement(&[&piece]);
            piece[10..12].copy_from_slice(&sum.to_be_bytes());
        } else {
            piece[4..6].copy_from_slice(&(8 + len).to_be_bytes());
            let protocol = std::mem::replace(&mut piece[6], 44);
            piece.extend([protocol, 0]);
            piece.extend((offset | more).to_be_bytes());
            // One line of an exchange is one datagram: its data tell them apart.
            piece.extend(payload[4..8].iter());
        }
        piece.extend(octets);
        pieces.push(piece);
    }
    pieces
}

/// The frame around an IP datagram.
pub fn link(datagram: &[u8], around: &Around<'_>) -> Vec<u8> {
    let v6 = datagram.first().is_some_and(|first| first >> 4 == 6);
    let ether_type: u16 = if v6 { 0x86dd } else { 0x0800 };
    // The type that stands in the link header, and what follows it.
    let outer_type = if around.vlan.is_empty() {
        ether_type
    } else {
        0x8100
    };
    let mut tags = Vec::new();
    for (index, tag) in around.vlan.iter().enumerate() {
        tags.extend(tag.to_be_bytes());
        let last = index + 1 == around.vlan.len();
        tags.extend(if last { ether_type } else { 0x8100 }.to_be_bytes());
    }
    let packet_type: u16 = match around.direction {
        Some(Direction::Out) => 4,
        Some(Direction::In) => 0,
        None => 3, // to someone else
    };
    let family: u32 = if v6 { 30 } else { 2 };
    let mut out = Vec::with_capacity(datagram.len() + 24);
    match around.link {
        Link::Ethernet => {
            out.extend(around.destination_mac);
            out.extend(around.source_mac);
            out.extend(outer_type.to_be_bytes());
            out.extend(tags);
        }
        Link::Raw => {}
        Link::Null if around.big_endian => out.extend(family.to_be_bytes()),
        Link::Null => out.extend(family.to_le_bytes()),
        Link::Loop => out.extend(family.to_be_bytes()),
        Link::Sll => {
            out.extend(packet_type.to_be_bytes());
            out.extend([0, 1, 0, 6]);
            out.extend(around.source_mac);
            out.extend([0, 0]);
            out.extend(outer_type.to_be_bytes());
            out.extend(tags);
        }
        Link::Sll2 => {
            out.extend(outer_type.to_be_bytes());
            out.extend([0, 0, 0, 0, 0, 2, 0, 1]); // reserved, interface 2, ARPHRD_ETHER
            out.extend([u8::try_from(packet_type).unwrap(), 6]);
            out.extend(around.source_mac);
            out.extend([0, 0]);
            out.extend(tags);
        }
    }
    out.extend(datagram);
    out.resize(out.len() + around.trailer, 0);
    out
}
