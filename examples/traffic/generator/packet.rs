//! Segments as frames.

use std::io;
use std::net::{IpAddr, SocketAddr};

use etherparse::{
    EtherType, Ethernet2Header, IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, TcpHeader,
};

use super::segment::{Segment, flags};

/// What a frame at least holds; shorter ones are padded (IEEE 802.3, 3.2.8), its check sequence not counted.
const SHORTEST: usize = 60;

/// Octets before the data repeats itself.
const PERIOD: usize = 1 << 16;

/// Where packets come from or go to.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    pub socket: SocketAddr,
    /// Hops left where the monitor is.
    pub hops: u8,
    /// Flow label of its packets, of IPv6.
    pub label: u32,
}

/// Writes frames, and has what is needed for that.
pub struct Framer {
    /// A period of data, and as much again as a segment may hold.
    data: Vec<u8>,
    options: Vec<u8>,
    frame: Vec<u8>,
}

impl Framer {
    /// Data is made from `rng`.
    pub fn new(rng: &mut fastrand::Rng) -> Framer {
        let mut data: Vec<u8> = (0..PERIOD).map(|_| rng.u8(..)).collect();
        data.extend_from_within(..1 << 12);
        Framer {
            data,
            options: Vec::with_capacity(40),
            frame: Vec::with_capacity(1 << 11),
        }
    }

    /// The frame of a segment, all checksums right. What an octet of data is follows from its sequence number,
    /// so that it is the same when it is sent again.
    pub fn frame(&mut self, from: &Host, to: &Host, segment: &Segment) -> io::Result<&[u8]> {
        let start = segment.seq as usize % PERIOD;
        let data = self.data.get(start..start + usize::from(segment.len));
        let data = data.unwrap_or_default();
        self.options.clear();
        segment.options(&mut self.options);
        let mut tcp = TcpHeader::new(
            from.socket.port(),
            to.socket.port(),
            segment.seq,
            segment.window,
        );
        tcp.acknowledgment_number = segment.ack;
        tcp.fin = segment.has(flags::FIN);
        tcp.syn = segment.has(flags::SYN);
        tcp.rst = segment.has(flags::RST);
        tcp.psh = segment.has(flags::PSH);
        tcp.ack = segment.has(flags::ACK);
        tcp.set_options_raw(&self.options)
            .map_err(io::Error::other)?;
        let len = (tcp.header_len() + data.len()) as u16;

        self.frame.clear();
        let ethernet = |ether_type| Ethernet2Header {
            source: [2, 0, 0, 0, 0, 1],
            destination: [2, 0, 0, 0, 0, 2],
            ether_type,
        };
        match (from.socket.ip(), to.socket.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let (source, destination) = (source.octets(), destination.octets());
                tcp.checksum = tcp
                    .calc_checksum_ipv4_raw(source, destination, data)
                    .map_err(io::Error::other)?;
                let mut ip = Ipv4Header::new(len, from.hops, IpNumber::TCP, source, destination)
                    .map_err(io::Error::other)?;
                ip.identification = segment.id;
                ip.dont_fragment = true;
                ip.header_checksum = ip.calc_header_checksum();
                self.frame.extend(ethernet(EtherType::IPV4).to_bytes());
                self.frame.extend_from_slice(&ip.to_bytes());
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let (source, destination) = (source.octets(), destination.octets());
                tcp.checksum = tcp
                    .calc_checksum_ipv6_raw(source, destination, data)
                    .map_err(io::Error::other)?;
                let ip = Ipv6Header {
                    traffic_class: 0,
                    flow_label: Ipv6FlowLabel::try_new(from.label & 0xf_ffff).unwrap_or_default(),
                    payload_length: len,
                    next_header: IpNumber::TCP,
                    hop_limit: from.hops,
                    source,
                    destination,
                };
                self.frame.extend(ethernet(EtherType::IPV6).to_bytes());
                self.frame.extend_from_slice(&ip.to_bytes());
            }
            _ => return Err(io::Error::other("two kinds of addresses")),
        }
        self.frame.extend_from_slice(&tcp.to_bytes());
        self.frame.extend_from_slice(data);
        if self.frame.len() < SHORTEST {
            self.frame.resize(SHORTEST, 0);
        }
        Ok(&self.frame)
    }
}
