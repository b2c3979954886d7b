//! Just enough of a pcap reader to know who sent which flags when. Deliberately
//! not the library's: a witness must not depend on whom it speaks about.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// A TCP segment; only what tells transitions apart.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Number in the file, from 1.
    pub number: u64,
    /// Microseconds since 1970.
    pub at_us: i64,
    pub source: SocketAddr,
    pub target: SocketAddr,
    pub seq: u32,
    pub ack: u32,
    /// Octets of data, by the IP header.
    pub len: u32,
    flags: u8,
}

impl Frame {
    /// Sequence number of the FIN, if there is one.
    pub fn fin_seq(&self) -> Option<u32> {
        self.fin().then(|| self.seq.wrapping_add(self.len))
    }

    /// FIN.
    pub fn fin(&self) -> bool {
        self.flags & 0x01 != 0
    }

    /// SYN.
    pub fn syn(&self) -> bool {
        self.flags & 0x02 != 0
    }

    /// RST.
    pub fn rst(&self) -> bool {
        self.flags & 0x04 != 0
    }

    /// ACK.
    pub fn has_ack(&self) -> bool {
        self.flags & 0x10 != 0
    }
}

/// The TCP segments of a classic pcap file.
pub fn frames(path: &Path) -> Result<Vec<Frame>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let nanoseconds = match bytes.get(..4) {
        Some([0xd4, 0xc3, 0xb2, 0xa1]) => false,
        Some([0x4d, 0x3c, 0xb2, 0xa1]) => true,
        _ => bail!("{}: not a little-endian pcap file", path.display()),
    };
    let link = little(&bytes, 20).context("no link type")?;
    let mut frames = Vec::new();
    let mut at = 24;
    let mut number = 0;
    while let Some(captured) = little(&bytes, at + 8) {
        number += 1;
        let seconds = i64::from(little(&bytes, at).unwrap_or(0));
        let fraction = i64::from(little(&bytes, at + 4).unwrap_or(0));
        let at_us = seconds * 1_000_000
            + if nanoseconds {
                fraction / 1000
            } else {
                fraction
            };
        let data = at + 16;
        let end = data + captured as usize;
        let packet = bytes.get(data..end).and_then(|frame| packet(frame, link));
        frames.extend(packet.and_then(|packet| frame(number, at_us, &packet)));
        at = end;
    }
    Ok(frames)
}

/// An IP packet with TCP in it.
struct Packet<'a> {
    source: IpAddr,
    target: IpAddr,
    tcp: &'a [u8],
    /// Octets of TCP, header included, by the IP header.
    len: usize,
}

fn frame(number: u64, at_us: i64, packet: &Packet) -> Option<Frame> {
    let tcp = packet.tcp;
    let header = usize::from(*tcp.get(12)? >> 4) * 4;
    Some(Frame {
        number,
        at_us,
        source: SocketAddr::new(packet.source, big16(tcp, 0)?),
        target: SocketAddr::new(packet.target, big16(tcp, 2)?),
        seq: big32(tcp, 4)?,
        ack: big32(tcp, 8)?,
        len: u32::try_from(packet.len.saturating_sub(header)).ok()?,
        flags: *tcp.get(13)?,
    })
}

/// The TCP of a frame, if it holds any.
fn packet(frame: &[u8], link: u32) -> Option<Packet<'_>> {
    let ip = match link & 0xffff {
        1 => frame.get(14..)?,
        113 => frame.get(16..)?,
        12 | 101 | 228 | 229 => frame,
        _ => return None,
    };
    match ip.first()? >> 4 {
        4 => ipv4(ip),
        6 => ipv6(ip),
        _ => None,
    }
}

fn ipv4(ip: &[u8]) -> Option<Packet<'_>> {
    let is_first_fragment = big16(ip, 6)? & 0x1fff == 0;
    let header = usize::from(ip.first()? & 0x0f) * 4;
    if *ip.get(9)? != 6 || !is_first_fragment {
        return None;
    }
    Some(Packet {
        source: Ipv4Addr::from(big32(ip, 12)?).into(),
        target: Ipv4Addr::from(big32(ip, 16)?).into(),
        tcp: ip.get(header..)?,
        len: usize::from(big16(ip, 2)?).saturating_sub(header),
    })
}

fn ipv6(ip: &[u8]) -> Option<Packet<'_>> {
    let source = Ipv6Addr::from(<[u8; 16]>::try_from(ip.get(8..24)?).ok()?);
    let target = Ipv6Addr::from(<[u8; 16]>::try_from(ip.get(24..40)?).ok()?);
    let mut next = *ip.get(6)?;
    let mut at = 40;
    while matches!(next, 0 | 43 | 60) {
        next = *ip.get(at)?;
        at += 8 + usize::from(*ip.get(at + 1)?) * 8;
    }
    let len = usize::from(big16(ip, 4)?).saturating_sub(at - 40);
    let tcp = ip.get(at..)?;
    (next == 6).then_some(Packet {
        source: source.into(),
        target: target.into(),
        tcp,
        len,
    })
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn big16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn big32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
