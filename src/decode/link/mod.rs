//! The link layer: from a frame to the IP packet in it.
//!
//! One file a family of link types; [`open`] is the one place that knows which
//! link type belongs to which. The numbers are those of the pcap registry
//! (<https://www.tcpdump.org/linktypes.html>). What stands between the first
//! header and IP, in whatever order, is in `layers`.

mod backbone;
mod direction;
pub(super) mod ethernet;
mod hdlc;
mod layers;
mod llc;
mod macsec;
mod mpls;
mod nflog;
mod nsh;
mod null;
mod packet_filter;
mod pktap;
pub(super) mod ppp;
mod pppoe;
mod ring;
pub(super) mod sll;
mod switch;
mod tags;
pub(super) mod wifi;

#[cfg(test)]
pub(super) mod tests;

use self::layers::{Below, Layer, descend};
use super::octets::Octets;
use super::undecoded::Undecoded;
use crate::capture::frame::{Frame, LinkType};
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

impl Network {
    /// By how many octets its length field would miss the end of the frame if
    /// this were such a packet; `None` if it cannot be one. For those who are
    /// not told what they have before them.
    fn misfit(self, packet: Octets<'_>) -> Option<usize> {
        let length = match (self, packet.captured()) {
            (Network::Ipv4, [0x45..=0x4f, _, high, low, ..]) => {
                u16::from_be_bytes([*high, *low]).into()
            }
            (Network::Ipv6, [0x60..=0x6f, _, _, _, high, low, ..]) => {
                usize::from(u16::from_be_bytes([*high, *low])) + 40
            }
            _ => return None,
        };
        Some(packet.wire_len().abs_diff(length))
    }
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

/// What a header in front of the packet says beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Way through the capturing host.
    pub(super) direction: Direction,
    /// Through the loopback interface.
    pub(super) loopback: bool,
}

/// By far the most frequent link type.
const ETHERNET: LinkType = LinkType(1);

/// Finds the IP packet in a frame; tunnels below IP are noted in `chain`.
///
/// # Errors
///
/// The reason why there is none, or why it could not be found.
#[inline]
pub(super) fn open<'a>(frame: &Frame<'a>, chain: &mut Chain) -> Result<Packet<'a>, Undecoded> {
    if frame.link_type != ETHERNET {
        // Taken apart and put together again, for the reason given in `ethernet`.
        let Packet {
            network,
            octets,
            direction,
            loopback,
        } = open_other(frame, chain)?;
        return Ok(Packet {
            network,
            octets,
            direction,
            loopback,
        });
    }
    let (network, octets) = ethernet::open(Octets::of_frame(frame), chain)?;
    Ok(Packet {
        network,
        octets,
        direction: frame.direction,
        loopback: false,
    })
}

/// Finds the IP packet in a frame of any other link type. Apart, so that the
/// usual way through stays short.
#[inline(never)]
fn open_other<'a>(frame: &Frame<'a>, chain: &mut Chain) -> Result<Packet<'a>, Undecoded> {
    let octets = Octets::of_frame(frame);
    let had_fcs = frame.fcs_len > 0;
    let mut way = Way {
        direction: frame.direction,
        loopback: false,
    };
    let (layer, octets) = match frame.link_type.0 {
        // These two name the link type of a frame behind them.
        192 => {
            let inner = wifi::open_ppi(octets)?;
            match inner.link_type {
                105 => inner.open_wireless(had_fcs)?,
                link_type => begin(link_type, inner.octets, had_fcs, &mut way)?,
            }
        }
        258 => {
            let (link_type, octets) = pktap::open(octets, &mut way)?;
            begin(link_type, octets, had_fcs, &mut way)?
        }
        link_type => begin(link_type.into(), octets, had_fcs, &mut way)?,
    };
    let (network, octets) = descend(layer, octets, chain)?;
    Ok(Packet {
        network,
        octets,
        direction: way.direction,
        loopback: way.loopback,
    })
}

/// What a frame of this link type begins with.
fn begin<'a>(link_type: u32, octets: Octets<'a>, had_fcs: bool, way: &mut Way) -> Below<'a> {
    match link_type {
        0 | 108 => null::open(octets),
        1 => Ok((Layer::Ethernet, octets)),
        6 => ring::token_ring(octets),
        7 => ring::arcnet(octets, 0),
        8 => direction::slip(octets, way),
        9 | 50 | 104 => hdlc::either(octets),
        10 => ring::fddi(octets),
        // 12 and 14 are what some systems' libpcap wrote for DLT_RAW.
        12 | 14 | 101 => Ok((Layer::Ip(Network::EitherIp), octets)),
        51 => Ok((Layer::Pppoe, octets)),
        100 => ring::atm(octets),
        105 => wifi::open_frame(octets),
        106 => ring::classical_ip(octets),
        107 => hdlc::frame_relay(octets),
        109 => packet_filter::enc(octets),
        113 => sll::open_v1(octets, way),
        117 => packet_filter::pflog(octets, way),
        119 => wifi::open_prism(octets),
        122 => ring::fibre_channel(octets),
        127 => wifi::open_radiotap(octets, had_fcs),
        129 => ring::arcnet(octets, 2),
        138 => ring::firewire(octets),
        143 => switch::docsis(octets),
        163 => wifi::open_avs(octets),
        166 => direction::pppd(octets, way),
        204 => Ok((Layer::Ppp, direction::octet(octets, way)?)),
        205 => Ok((Layer::CiscoHdlc, direction::octet(octets, way)?)),
        206 => hdlc::frame_relay(direction::octet(octets, way)?),
        219 => Ok((Layer::Mpls, octets)),
        // Solaris' own header has 24 octets.
        226 => Ok((Layer::Ip(Network::EitherIp), octets.skip(24)?)),
        228 => Ok((Layer::Ip(Network::Ipv4), octets)),
        229 => Ok((Layer::Ip(Network::Ipv6), octets)),
        239 => nflog::open(octets, way),
        240 => switch::net_analyzer(octets),
        241 => switch::net_analyzer_transparent(octets),
        259 => switch::epon(octets),
        274 => switch::preemptable(octets),
        276 => sll::open_v2(octets, way),
        281 | 284 => switch::short_tag(octets),
        282 => switch::tag_in_front(octets),
        285 => switch::long_tag(octets),
        _ => Err(Undecoded::LinkTypeUnsupported),
    }
}
