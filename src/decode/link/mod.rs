//! The link layer: from a frame to the IP packet in it.
//!
//! One file a family of link types; [`open`] is the one place that knows which
//! link type belongs to which. The numbers are those of the pcap registry
//! (<https://www.tcpdump.org/linktypes.html>).

pub(super) mod ethernet;
mod null;
mod raw;
mod sll;

#[cfg(test)]
mod tests;

use super::octets::Octets;
use super::undecoded::Undecoded;
use crate::capture::frame::Frame;
use crate::segment::Direction;
use crate::tunnel::Chain;

/// Which network protocol the layer below announces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Network {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// IP; its first four bits say which version.
    EitherIp,
}

/// An IP packet as its link layer delivers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Packet<'a> {
    /// What the link layer says the packet is.
    pub(super) network: Network,
    /// The packet, padding of the link layer included.
    pub(super) octets: Octets<'a>,
    /// Way through the capturing host.
    pub(super) direction: Direction,
    /// The link layer says that this is a loopback interface.
    pub(super) loopback: bool,
}

/// Finds the IP packet in a frame; tunnels below IP are noted in `chain`.
///
/// # Errors
///
/// The reason why there is none, or why it could not be found.
#[inline]
pub(super) fn open<'a>(frame: &Frame<'a>, chain: &mut Chain) -> Result<Packet<'a>, Undecoded> {
    let octets = Octets::of_frame(frame);
    let plain = |(network, octets)| Packet {
        network,
        octets,
        direction: frame.direction,
        loopback: false,
    };
    match frame.link_type.0 {
        1 => ethernet::open(octets, chain).map(plain),
        0 | 108 => null::open(octets).map(plain),
        // 12 and 14 are what some systems' libpcap wrote for DLT_RAW.
        12 | 14 | 101 => raw::open(Network::EitherIp, octets).map(plain),
        228 => raw::open(Network::Ipv4, octets).map(plain),
        229 => raw::open(Network::Ipv6, octets).map(plain),
        113 => sll::open_v1(octets, frame.direction, chain),
        276 => sll::open_v2(octets, frame.direction, chain),
        _ => Err(Undecoded::LinkTypeUnsupported),
    }
}
