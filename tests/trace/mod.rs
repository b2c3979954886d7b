//! A capture as a list of segments that tests can change, field by field.
//!
//! [`dialogue`] makes clean ones; [`Trace::parse`] takes them from a file.
//! [`Trace::to_pcap`] writes a capture with right lengths and checksums, unless
//! a segment says otherwise.

// Every integration test compiles this for itself and uses a part of it; it is
// test code, which may fail loudly.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod dialogue;
pub mod episode;
mod parse;
pub mod random;
pub mod scene;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use random::Random;

use crate::exchange::wire::{self, Around, Ip, Sum, Tcp, Why};
use crate::exchange::{Direction, FileFormat, Frame, Link, write_capture};

pub const FIN: u16 = 0x001;
pub const SYN: u16 = 0x002;
pub const RST: u16 = 0x004;
pub const PSH: u16 = 0x008;
pub const ACK: u16 = 0x010;
pub const URG: u16 = 0x020;
pub const ECE: u16 = 0x040;
pub const CWR: u16 = 0x080;
pub const AE: u16 = 0x100;

/// Kinds of options.
pub mod kind {
    pub const MSS: u8 = 2;
    pub const WINDOW_SCALE: u8 = 3;
    pub const SACK_PERMITTED: u8 = 4;
    pub const SACK: u8 = 5;
    pub const TIMESTAMPS: u8 = 8;
    pub const MD5: u8 = 19;
    pub const AO: u8 = 29;
    pub const MPTCP: u8 = 30;
    pub const FAST_OPEN: u8 = 34;
}

/// One segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub ttl: u8,
    /// IPv4 identification.
    pub id: u16,
    /// The two ECN bits.
    pub ecn: u8,
    pub seq: u32,
    pub ack: u32,
    /// The twelve bits behind the data offset.
    pub flags: u16,
    pub window: u16,
    pub urgent_pointer: u16,
    /// Options as octets; filled up to a multiple of four with NOPs.
    pub options: Vec<u8>,
    pub data: Vec<u8>,
    pub sum: Sum,
    pub quirk: Quirk,
}

/// What is odd about a frame, beyond its fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Quirk {
    #[default]
    None,
    /// This data offset in place of the right one.
    Offset(u8),
    /// The capture holds only so many octets of the frame.
    Snap(usize),
    /// A router's ICMP error, which quotes this segment, in its place.
    Icmp(Why),
}

impl Packet {
    pub fn has(&self, flags: u16) -> bool {
        self.flags & flags == flags
    }

    /// SYN without ACK.
    pub fn is_syn(&self) -> bool {
        self.has(SYN) && !self.has(ACK)
    }

    pub fn is_syn_ack(&self) -> bool {
        self.has(SYN | ACK)
    }

    pub fn is_data(&self) -> bool {
        !self.data.is_empty() && !self.has(SYN)
    }

    /// ACK and nothing else.
    pub fn is_pure_ack(&self) -> bool {
        self.data.is_empty() && self.flags & (ACK | SYN | FIN | RST) == ACK
    }

    /// SEG.LEN.
    pub fn len(&self) -> u32 {
        let control = u32::from(self.has(SYN)) + u32::from(self.has(FIN));
        u32::try_from(self.data.len()).unwrap() + control
    }

    /// SEG.SEQ + SEG.LEN.
    pub fn end(&self) -> u32 {
        self.seq.wrapping_add(self.len())
    }

    /// What stands behind kind and length of the first option of this kind.
    pub fn option(&self, kind: u8) -> Option<&[u8]> {
        let (at, len) = self.find_option(kind)?;
        Some(&self.options[at + 2..at + len])
    }

    /// Puts an option in place of one of the same kind, or behind all others.
    pub fn set_option(&mut self, kind: u8, body: &[u8]) {
        self.remove_option(kind);
        self.options
            .extend([kind, u8::try_from(body.len() + 2).unwrap()]);
        self.options.extend(body);
    }

    /// Takes the first option of this kind out.
    pub fn remove_option(&mut self, kind: u8) {
        if let Some((at, len)) = self.find_option(kind) {
            self.options.drain(at..at + len);
        }
    }

    fn find_option(&self, kind: u8) -> Option<(usize, usize)> {
        let mut at = 0;
        while at < self.options.len() {
            match self.options[at] {
                0 => return None,
                1 => at += 1,
                other => {
                    let len = usize::from(*self.options.get(at + 1)?);
                    if other == kind {
                        return Some((at, len));
                    }
                    at += len.max(2);
                }
            }
        }
        None
    }

    /// TSval and TSecr.
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        let body = self.option(kind::TIMESTAMPS)?;
        let number = |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
        Some((number(0), number(4)))
    }

    pub fn set_timestamps(&mut self, tsval: u32, tsecr: u32) {
        let body = [tsval.to_be_bytes(), tsecr.to_be_bytes()].concat();
        self.set_option(kind::TIMESTAMPS, &body);
    }

    pub fn set_sack(&mut self, blocks: &[(u32, u32)]) {
        let body: Vec<u8> = blocks
            .iter()
            .flat_map(|(left, right)| [left.to_be_bytes(), right.to_be_bytes()].concat())
            .collect();
        self.set_option(kind::SACK, &body);
    }

    /// An empty segment of the same sender with the same numbers at the end of this one.
    pub fn pure_ack_behind(&self) -> Packet {
        Packet {
            seq: self.end(),
            flags: ACK,
            data: Vec::new(),
            ..self.clone()
        }
    }
}

/// A capture.
#[derive(Clone, Debug)]
pub struct Trace {
    pub link: Link,
    /// Where it was taken: frames are marked as sent or received there
    /// (link types SLL and SLL2 only).
    pub at: Option<SocketAddr>,
    pub packets: Vec<Packet>,
}

impl Trace {
    /// The sender of the first segment.
    pub fn client(&self) -> SocketAddr {
        self.packets[0].source
    }

    /// Its peer.
    pub fn server(&self) -> SocketAddr {
        self.packets[0].destination
    }

    /// Whether it belongs to the connection that begins the capture.
    pub fn is_main(&self, packet: &Packet) -> bool {
        let ends = [self.client(), self.server()];
        ends.contains(&packet.source) && ends.contains(&packet.destination)
    }

    /// Indices of the first connection's segments for which `holds` is true.
    pub fn all(&self, holds: impl Fn(&Packet) -> bool) -> Vec<usize> {
        (0..self.packets.len())
            .filter(|at| self.is_main(&self.packets[*at]) && holds(&self.packets[*at]))
            .collect()
    }

    /// Index of the first of these.
    pub fn first(&self, holds: impl Fn(&Packet) -> bool) -> Option<usize> {
        self.all(holds).first().copied()
    }

    /// Index of the last of these.
    pub fn last(&self, holds: impl Fn(&Packet) -> bool) -> Option<usize> {
        self.all(holds).last().copied()
    }

    /// One of these.
    pub fn any(&self, random: &mut Random, holds: impl Fn(&Packet) -> bool) -> Option<usize> {
        random.choose(&self.all(holds)).copied()
    }

    /// Leaves only those of the first connection's segments for which `stays` is true,
    /// and all others.
    pub fn keep(&mut self, stays: impl Fn(usize, &Packet) -> bool) {
        let all: Vec<bool> = (0..self.packets.len())
            .map(|at| !self.is_main(&self.packets[at]) || stays(at, &self.packets[at]))
            .collect();
        let mut stays = all.into_iter();
        self.packets.retain(|_| stays.next().unwrap());
    }

    /// Puts `packet` where its time says (behind others of the same time), as
    /// its host would have sent it: hops, identification and timestamps go on from
    /// that host's packet before. Returns its index.
    pub fn insert(&mut self, mut packet: Packet) -> usize {
        let behind = self.place_at(packet.time_ns);
        let own = |other: &&Packet| {
            other.source == packet.source && other.destination == packet.destination
        };
        if let Some(before) = self.packets[..behind].iter().rev().find(own) {
            packet.id = before.id.wrapping_add(1);
            packet.ttl = before.ttl;
            if let (Some(_), Some((tsval, echo))) = (packet.timestamps(), before.timestamps()) {
                let elapsed = u32::try_from((packet.time_ns - before.time_ns) / 1_000_000).unwrap();
                packet.set_timestamps(tsval.wrapping_add(elapsed), echo);
            }
        }
        for later in &mut self.packets[behind..] {
            if later.source == packet.source && later.destination == packet.destination {
                later.id = later.id.wrapping_add(1);
            }
        }
        self.insert_as_is(packet)
    }

    /// The same without touching the packet: somebody else sent it.
    pub fn insert_as_is(&mut self, packet: Packet) -> usize {
        let at = self.place_at(packet.time_ns);
        self.packets.insert(at, packet);
        at
    }

    fn place_at(&self, time_ns: i64) -> usize {
        self.packets
            .partition_point(|other| other.time_ns <= time_ns)
    }

    /// Moves everything from index `at` on by so much time.
    pub fn delay_from(&mut self, at: usize, ns: i64) {
        for packet in &mut self.packets[at..] {
            packet.time_ns += ns;
        }
    }

    /// Adds `number` to the numbers of all octets that `sender` sends from
    /// index `at` on, and to the acks of them.
    pub fn renumber_from(&mut self, at: usize, sender: SocketAddr, number: u32) {
        for packet in &mut self.packets[at..] {
            if packet.source == sender {
                packet.seq = packet.seq.wrapping_add(number);
            } else if packet.has(ACK) {
                packet.ack = packet.ack.wrapping_add(number);
            }
        }
    }

    /// The capture as a pcap file with nanoseconds.
    pub fn to_pcap(&self) -> Vec<u8> {
        let format = FileFormat {
            nanoseconds: true,
            ..FileFormat::default()
        };
        let frames: Vec<Frame> = self
            .packets
            .iter()
            .enumerate()
            .map(|(at, packet)| self.frame(at, packet))
            .collect();
        write_capture(&frames, self.link, format)
    }

    fn frame(&self, at: usize, packet: &Packet) -> Frame {
        let ip = Ip {
            source: packet.source.ip(),
            destination: packet.destination.ip(),
            ttl: packet.ttl,
            id: packet.id,
            ecn: packet.ecn,
            length: None,
        };
        let mut options = packet.options.clone();
        options.resize(options.len().next_multiple_of(4), 1);
        let tcp = Tcp {
            source_port: packet.source.port(),
            destination_port: packet.destination.port(),
            seq: packet.seq,
            ack: packet.ack,
            flags: packet.flags,
            window: packet.window,
            urgent_pointer: packet.urgent_pointer,
            options: &options,
            data: &packet.data,
            offset: match packet.quirk {
                Quirk::Offset(words) => Some(words),
                _ => None,
            },
            sum: packet.sum,
        };
        let mut datagram = wire::ip_tcp(&ip, &wire::tcp(&tcp, &ip)).unwrap();
        if let Quirk::Icmp(why) = packet.quirk {
            datagram = quoted(why, &datagram, &ip);
        }
        let direction = self.at.map(|here| {
            if packet.source == here {
                Direction::Out
            } else {
                Direction::In
            }
        });
        let around = Around {
            link: self.link,
            big_endian: false,
            vlan: &[],
            source_mac: [2, 0, 0, 0, 0, 1],
            destination_mac: [2, 0, 0, 0, 0, 2],
            direction,
            trailer: 0,
        };
        let mut bytes = wire::link(&datagram, &around);
        let original_len = u32::try_from(bytes.len()).unwrap();
        let link_len = bytes.len() - datagram.len();
        if let Quirk::Snap(octets) = packet.quirk {
            bytes.truncate(octets);
        }
        Frame {
            number: at + 1,
            time_ns: packet.time_ns,
            original_len,
            link_len,
            bytes,
            direction,
            label: None,
            line: 0,
            from: String::new(),
            to: String::new(),
            source: packet.source,
            destination: packet.destination,
        }
    }
}

/// A router's error about `datagram`, on its way back to who sent that.
fn quoted(why: Why, datagram: &[u8], ip: &Ip) -> Vec<u8> {
    let router = match ip.source {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(10, 0, 0, 254)),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 254)),
    };
    let around = Ip {
        source: router,
        destination: ip.source,
        ttl: 63,
        id: 1,
        ecn: 0,
        length: None,
    };
    wire::ip_icmp(&around, &wire::icmp(why, datagram, &around)).unwrap()
}
