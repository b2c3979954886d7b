//! Datagrams as the stacks emit them, and what a middlebox or another stack
//! would have made of them: options left out, IP identifications counted up.

use std::rc::Rc;

use crate::side::Side;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;

/// A datagram on its way.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Who sent it.
    pub from: Side,
    /// In which round.
    pub round: usize,
    /// How many datagrams were sent before it: the same for its duplicates.
    pub id: usize,
    /// Control bits.
    pub flags: u8,
    /// When it was sent, as a place among all that happened.
    pub sent: u64,
    /// The datagram, IP header first.
    pub octets: Rc<[u8]>,
}

impl Packet {
    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }
}

/// Options that a stack leaves out of its SYNs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Without {
    pub window_scale: bool,
    pub sack: bool,
    pub mss: bool,
}

/// Where the TCP header begins. The stacks send no IP options.
fn tcp_at(datagram: &[u8]) -> usize {
    if datagram[0] >> 4 == 4 { 20 } else { 40 }
}

pub fn flags(datagram: &[u8]) -> u8 {
    datagram[tcp_at(datagram) + 13]
}

/// SEG.SEQ.
pub fn seq(datagram: &[u8]) -> u32 {
    number(datagram, 4)
}

/// SEG.ACK.
pub fn ack(datagram: &[u8]) -> u32 {
    number(datagram, 8)
}

/// Behind the last number that it occupies.
pub fn end(datagram: &[u8]) -> u32 {
    let tcp = tcp_at(datagram);
    let data = datagram.len() - tcp - usize::from(datagram[tcp + 12] >> 4) * 4;
    let controls = (flags(datagram) & (SYN | FIN)).count_ones();
    seq(datagram).wrapping_add(u32::try_from(data).unwrap() + controls)
}

/// SEG.WND, as it stands in the header.
pub fn window(datagram: &[u8]) -> u16 {
    let at = tcp_at(datagram) + 14;
    u16::from_be_bytes(datagram[at..at + 2].try_into().unwrap())
}

/// The shift that a SYN offers for its windows.
pub fn window_shift(datagram: &[u8]) -> Option<u8> {
    let options = options(datagram);
    let scale = options.iter().find(|(_, kind, _)| *kind == 3);
    scale.map(|(at, _, _)| datagram[at + 2])
}

pub fn has_timestamp(datagram: &[u8]) -> bool {
    options(datagram).iter().any(|(_, kind, _)| *kind == 8)
}

/// Its options: where each begins, its kind and its length.
fn options(datagram: &[u8]) -> Vec<(usize, u8, usize)> {
    let tcp = tcp_at(datagram);
    let end = tcp + usize::from(datagram[tcp + 12] >> 4) * 4;
    let (mut at, mut options) = (tcp + 20, Vec::new());
    while at < end && datagram[at] != 0 {
        let length = match datagram[at] {
            1 => 1,
            _ => usize::from(datagram[at + 1]),
        };
        options.push((at, datagram[at], length));
        at += length;
    }
    options
}

fn number(datagram: &[u8], offset: usize) -> u32 {
    let at = tcp_at(datagram) + offset;
    u32::from_be_bytes(datagram[at..at + 4].try_into().unwrap())
}

/// Takes options out of a SYN, as if the stack did not know them.
pub fn strip(datagram: &mut [u8], without: Without) {
    let tcp = tcp_at(datagram);
    if flags(datagram) & SYN == 0 {
        return;
    }
    for (at, kind, length) in options(datagram) {
        let goes = match kind {
            2 => without.mss,
            3 => without.window_scale,
            4 => without.sack,
            _ => false,
        };
        if goes {
            datagram[at..at + length].fill(1);
        }
    }
    datagram[tcp + 16..tcp + 18].fill(0);
    let addresses = if tcp == 20 { 12..20 } else { 8..40 };
    let length = datagram.len() - tcp;
    let pseudo = sum(&datagram[addresses]) + 6 + length as u64;
    let checksum = !folded(pseudo + sum(&datagram[tcp..]));
    datagram[tcp + 16..tcp + 18].copy_from_slice(&checksum.to_be_bytes());
}

/// Writes an IPv4 identification.
pub fn identify(datagram: &mut [u8], id: u16) {
    if datagram[0] >> 4 != 4 {
        return;
    }
    datagram[4..6].copy_from_slice(&id.to_be_bytes());
    datagram[10..12].fill(0);
    let checksum = !folded(sum(&datagram[..20]));
    datagram[10..12].copy_from_slice(&checksum.to_be_bytes());
}

fn sum(octets: &[u8]) -> u64 {
    octets
        .chunks(2)
        .map(|pair| u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0)))
        .sum()
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap()
}
