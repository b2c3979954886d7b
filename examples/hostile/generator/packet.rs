//! IP packets and segments.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use etherparse::{
    IpFragOffset, IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, TcpHeader, TcpOptions,
};

/// Control bits of a segment.
pub mod flags {
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
    pub const URG: u8 = 0x20;
}

/// Options of an ordinary SYN: an MSS of 1460, window scaling by 2^7.
pub const SYN_OPTIONS: &[u8] = &[2, 4, 5, 180, 1, 3, 3, 7];

/// A segment in its packet, all checksums right.
#[derive(Clone, Copy, Debug)]
pub struct Tcp<'a> {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    pub window: u16,
    pub options: &'a [u8],
    pub data: &'a [u8],
    pub id: u16,
}

impl<'a> Tcp<'a> {
    /// An empty segment with these control bits; numbers are 0.
    pub const fn new(from: SocketAddr, to: SocketAddr, flags: u8) -> Tcp<'a> {
        Tcp {
            from,
            to,
            seq: 0,
            ack: 0,
            flags,
            window: 64_000,
            options: &[],
            data: &[],
            id: 0,
        }
    }

    /// With these numbers.
    pub const fn numbers(self, seq: u32, ack: u32) -> Tcp<'a> {
        Tcp { seq, ack, ..self }
    }

    /// With this identification of its packet (IPv4).
    pub const fn id(self, id: u16) -> Tcp<'a> {
        Tcp { id, ..self }
    }

    /// With these options, whole words of them.
    pub const fn options(self, options: &'a [u8]) -> Tcp<'a> {
        Tcp { options, ..self }
    }

    /// With this window.
    pub const fn window(self, window: u16) -> Tcp<'a> {
        Tcp { window, ..self }
    }

    /// With data.
    pub const fn data(self, data: &'a [u8]) -> Tcp<'a> {
        Tcp { data, ..self }
    }

    /// The segment alone, without its packet.
    pub fn octets(&self) -> io::Result<Vec<u8>> {
        let has = |flag: u8| self.flags & flag != 0;
        let mut header = TcpHeader::new(self.from.port(), self.to.port(), self.seq, self.window);
        header.acknowledgment_number = self.ack;
        header.fin = has(flags::FIN);
        header.syn = has(flags::SYN);
        header.rst = has(flags::RST);
        header.psh = has(flags::PSH);
        header.ack = has(flags::ACK);
        header.urg = has(flags::URG);
        header.options = TcpOptions::try_from_slice(self.options).map_err(io::Error::other)?;
        let sum = match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                header.calc_checksum_ipv4_raw(from.octets(), to.octets(), self.data)
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                header.calc_checksum_ipv6_raw(from.octets(), to.octets(), self.data)
            }
            _ => return Err(io::Error::other("two kinds of addresses")),
        };
        header.checksum = sum.map_err(io::Error::other)?;
        let mut octets = Vec::with_capacity(60 + self.data.len());
        header.write(&mut octets)?;
        octets.extend_from_slice(self.data);
        Ok(octets)
    }

    /// Appends the packet.
    pub fn append_to(&self, frame: &mut Vec<u8>) -> io::Result<()> {
        let octets = self.octets()?;
        let packet = Packet {
            id: self.id,
            ..Packet::new(self.from.ip(), self.to.ip(), IpNumber::TCP, &octets)
        };
        packet.append_to(frame)
    }

    /// The packet.
    pub fn to_packet(self) -> io::Result<Vec<u8>> {
        let mut frame = Vec::new();
        self.append_to(&mut frame)?;
        Ok(frame)
    }
}

/// An IP packet.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub from: IpAddr,
    pub to: IpAddr,
    pub protocol: IpNumber,
    pub payload: &'a [u8],
    pub id: u16,
    /// Offset of a fragment in units of eight octets, and whether more follow.
    pub fragment: Option<(u16, bool)>,
}

impl<'a> Packet<'a> {
    /// A packet that is no fragment.
    pub const fn new(
        from: IpAddr,
        to: IpAddr,
        protocol: IpNumber,
        payload: &'a [u8],
    ) -> Packet<'a> {
        Packet {
            from,
            to,
            protocol,
            payload,
            id: 0,
            fragment: None,
        }
    }

    /// Appends its octets.
    pub fn append_to(&self, frame: &mut Vec<u8>) -> io::Result<()> {
        let len = u16::try_from(self.payload.len()).map_err(io::Error::other)?;
        match (self.from, self.to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let mut header =
                    Ipv4Header::new(len, 64, self.protocol, from.octets(), to.octets())
                        .map_err(io::Error::other)?;
                header.identification = self.id;
                header.dont_fragment = self.fragment.is_none();
                if let Some((offset, more)) = self.fragment {
                    header.fragment_offset =
                        IpFragOffset::try_new(offset).map_err(io::Error::other)?;
                    header.more_fragments = more;
                }
                header.header_checksum = header.calc_header_checksum();
                header.write(frame)?;
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let header = Ipv6Header {
                    traffic_class: 0,
                    flow_label: Ipv6FlowLabel::ZERO,
                    payload_length: len + if self.fragment.is_some() { 8 } else { 0 },
                    next_header: if self.fragment.is_some() {
                        IpNumber::IPV6_FRAGMENTATION_HEADER
                    } else {
                        self.protocol
                    },
                    hop_limit: 64,
                    source: from.octets(),
                    destination: to.octets(),
                };
                header.write(frame)?;
                if let Some((offset, more)) = self.fragment {
                    frame.extend([self.protocol.0, 0]);
                    frame.extend((offset << 3 | u16::from(more)).to_be_bytes());
                    frame.extend(u32::from(self.id).to_be_bytes());
                }
            }
            _ => return Err(io::Error::other("two kinds of addresses")),
        }
        frame.extend_from_slice(self.payload);
        Ok(())
    }
}

/// Spreads the bits of `x` over all 64 (the finalizer of splitmix64): what is random about the
/// nth thing is worked out from n, so that it need not be kept.
pub const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The lower half of [`mix`].
pub const fn mix32(x: u64) -> u32 {
    (mix(x) & 0xffff_ffff) as u32
}

/// The nth host of a network: of 10.0.0.0/8 and what follows, or of 2001:db8::/32.
pub fn host(ipv6: bool, n: u64) -> IpAddr {
    if ipv6 {
        IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(n)))
    } else {
        IpAddr::V4(Ipv4Addr::from_bits(
            0x0a00_0000_u32.wrapping_add((n & 0xffff_ffff) as u32),
        ))
    }
}

/// A client's socket that differs for each n.
pub fn client(ipv6: bool, n: u64) -> SocketAddr {
    let port = 1024 + u16::try_from(n % 60_000).unwrap_or(0);
    SocketAddr::new(host(ipv6, n / 60_000), port)
}

/// A service of the one server.
pub fn server(ipv6: bool, n: u16) -> SocketAddr {
    let ip = if ipv6 {
        IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8_ffff << 80 | 1))
    } else {
        IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1))
    };
    SocketAddr::new(ip, 80_u16.wrapping_add(n))
}
