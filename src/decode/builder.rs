//! Frames made by hand, for the tests of the decoder.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::capture::frame::{Frame, LinkType};
use crate::segment::{Direction, Segment, Timestamp};

use super::{Decoded, Decoder, Undecoded};

/// A small deterministic generator: tests must not depend on chance.
pub(super) struct Lcg(pub(super) u64);

impl Lcg {
    /// The next 31 bits (constants of Knuth's MMIX).
    pub(super) fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap()
    }

    /// One octet.
    pub(super) fn octet(&mut self) -> u8 {
        (self.next() >> 11).to_le_bytes()[0]
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap() % bound
    }
}

/// Client and server of all packets made here.
pub(super) const V4: (Ipv4Addr, Ipv4Addr) =
    (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(198, 51, 100, 2));
/// The same for IPv6.
pub(super) const V6: (Ipv6Addr, Ipv6Addr) = (
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2),
);

/// The checksum of RFC 1071, slow and plain.
fn internet_checksum(octets: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for pair in octets.chunks(2) {
        sum += u32::from(u16::from_be_bytes([
            pair[0],
            pair.get(1).copied().unwrap_or(0),
        ]));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap()
}

/// A TCP header with `options` (padded with zeros) and `data`: ports 40000 to
/// 443, seq 0x01020304, ack 0x05060708, PSH and ACK, window 512. The checksum
/// is right between `source` and `destination`.
pub(super) fn tcp(source: IpAddr, destination: IpAddr, options: &[u8], data: &[u8]) -> Vec<u8> {
    let words = options.len().div_ceil(4);
    let mut octets = Vec::new();
    octets.extend(40_000_u16.to_be_bytes());
    octets.extend(443_u16.to_be_bytes());
    octets.extend([1, 2, 3, 4, 5, 6, 7, 8]);
    octets.extend([u8::try_from((5 + words) << 4).unwrap(), 0x18]);
    octets.extend(512_u16.to_be_bytes());
    octets.extend([0, 0, 0, 0]);
    octets.extend(options);
    octets.resize(20 + 4 * words, 0);
    octets.extend(data);
    set_checksum(source, destination, &mut octets);
    octets
}

/// Sets the right checksum in a segment.
pub(super) fn set_checksum(source: IpAddr, destination: IpAddr, octets: &mut [u8]) {
    octets[16..18].fill(0);
    let mut covered = Vec::new();
    for ip in [source, destination] {
        match ip {
            IpAddr::V4(ip) => covered.extend(ip.octets()),
            IpAddr::V6(ip) => covered.extend(ip.octets()),
        }
    }
    covered.extend(u32::try_from(octets.len()).unwrap().to_be_bytes());
    covered.extend([0, 0, 0, 6]);
    covered.extend(&*octets);
    octets[16..18].copy_from_slice(&internet_checksum(&covered).to_be_bytes());
}

/// A segment between the two hosts of [`V4`].
pub(super) fn tcp4(options: &[u8], data: &[u8]) -> Vec<u8> {
    tcp(V4.0.into(), V4.1.into(), options, data)
}

/// A segment between the two hosts of [`V6`].
pub(super) fn tcp6(options: &[u8], data: &[u8]) -> Vec<u8> {
    tcp(V6.0.into(), V6.1.into(), options, data)
}

/// An IPv4 packet with `options` (a multiple of four octets): TTL 64,
/// identification 0x1234, ECN 1.
pub(super) fn ipv4(protocol: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let header_len = 20 + options.len();
    let total = u16::try_from(header_len + payload.len()).unwrap();
    let mut octets = vec![0x40 | u8::try_from(header_len / 4).unwrap(), 1];
    octets.extend(total.to_be_bytes());
    octets.extend([0x12, 0x34, 0x40, 0, 64, protocol, 0, 0]);
    octets.extend(V4.0.octets());
    octets.extend(V4.1.octets());
    octets.extend(options);
    let checksum = internet_checksum(&octets);
    octets[10..12].copy_from_slice(&checksum.to_be_bytes());
    octets.extend(payload);
    octets
}

/// An IPv6 packet; `payload` begins with the header of number `next`.
pub(super) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x60, 0x20, 0, 0];
    octets.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    octets.extend([next, 63]);
    octets.extend(V6.0.octets());
    octets.extend(V6.1.octets());
    octets.extend(payload);
    octets
}

/// An Ethernet frame; `head` is the type field, VLAN tags before it included.
pub(super) fn ethernet(head: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut octets = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    octets.extend(head);
    octets.extend(payload);
    octets
}

/// A frame that was not cut.
pub(super) fn frame(link_type: u16, data: &[u8]) -> Frame<'_> {
    Frame {
        number: 7,
        time: None,
        interface: 0,
        link_type: LinkType(link_type),
        fcs_len: 0,
        data,
        original_len: u32::try_from(data.len()).unwrap(),
        direction: Direction::Unknown,
    }
}

/// Decodes an uncut frame that holds no ICMP error.
pub(super) fn decoded(link_type: u16, data: &[u8]) -> Result<Segment<'_>, Undecoded> {
    segment_in(&frame(link_type, data))
}

/// Decodes an uncut frame that holds no ICMP error.
pub(super) fn decoded_by<'a>(
    decoder: &'a mut Decoder,
    link_type: u16,
    data: &'a [u8],
) -> Result<Segment<'a>, Undecoded> {
    let decoded = decoder.decode(&frame(link_type, data), Timestamp(5));
    decoded.map(|decoded| decoded.segment().unwrap())
}

/// Decodes a frame that holds no ICMP error.
pub(super) fn segment_in<'a>(frame: &Frame<'a>) -> Result<Segment<'a>, Undecoded> {
    fresh()
        .decode(frame, Timestamp(5))
        .map(|decoded| decoded.segment().unwrap())
}

/// Decodes an uncut frame, whatever it holds.
pub(super) fn decoded_any(link_type: u16, data: &[u8]) -> Result<Decoded<'_>, Undecoded> {
    fresh().decode(&frame(link_type, data), Timestamp(5))
}

/// A decoder that lives as long as any test looks at what it decoded.
fn fresh() -> &'static mut Decoder {
    Box::leak(Box::default())
}
