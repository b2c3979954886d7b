//! Linux "cooked" captures, as `tcpdump -i any` writes them.

use super::layers::{Below, Layer, descend};
use super::{Packet, ethernet, hdlc, wifi};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;
use crate::tunnel::Chain;

/// ARPHRD_LOOPBACK: the frame came through the loopback interface. All other
/// hardware types are taken as they come: the protocol field decides.
const ARPHRD_LOOPBACK: u16 = 772;

/// ARPHRD_NETLINK: the protocol field is a netlink family, no EtherType.
const ARPHRD_NETLINK: u16 = 824;

/// ARPHRD_FRAD: the packet begins with the header of frame relay.
const ARPHRD_FRAD: u16 = 770;

/// Wireless frames, without a header of the driver and with either.
const ARPHRD_IEEE80211: u16 = 801;
const ARPHRD_PRISM: u16 = 802;
const ARPHRD_RADIOTAP: u16 = 803;

/// Hardware whose protocol field says nothing.
const IGNORES_PROTOCOL: [u16; 2] = [ARPHRD_FRAD, ARPHRD_RADIOTAP];

/// `LINKTYPE_LINUX_SLL`: packet type, hardware type, length of address,
/// address (8 octets), protocol.
#[inline]
pub(super) fn open_v1<'a>(
    frame: Octets<'a>,
    told: Direction,
    chain: &mut Chain,
) -> Result<Packet<'a>, Undecoded> {
    let (header, rest) = frame.split::<16>()?;
    let packet_type = u16::from_be_bytes([header[0], header[1]]);
    let hardware = u16::from_be_bytes([header[2], header[3]]);
    let protocol = u16::from_be_bytes([header[14], header[15]]);
    packet(protocol, hardware, packet_type, told, rest, chain)
}

/// `LINKTYPE_LINUX_SLL2`: protocol, two reserved octets, interface index (4),
/// hardware type, packet type (1), length of address (1), address (8).
#[inline]
pub(super) fn open_v2<'a>(
    frame: Octets<'a>,
    told: Direction,
    chain: &mut Chain,
) -> Result<Packet<'a>, Undecoded> {
    let (header, rest) = frame.split::<20>()?;
    let protocol = u16::from_be_bytes([header[0], header[1]]);
    let hardware = u16::from_be_bytes([header[8], header[9]]);
    packet(protocol, hardware, u16::from(header[10]), told, rest, chain)
}

/// `told` is what the capture file says of the direction; the header counts
/// for more, as the kernel wrote it for this very frame.
#[inline]
fn packet<'a>(
    protocol: u16,
    hardware: u16,
    packet_type: u16,
    told: Direction,
    rest: Octets<'a>,
    chain: &mut Chain,
) -> Result<Packet<'a>, Undecoded> {
    let (network, octets) = match (hardware, protocol) {
        (ARPHRD_NETLINK, _) => return Err(Undecoded::NotIp),
        // The usual way through.
        (_, ethernet::FIRST_ETHER_TYPE..) if !IGNORES_PROTOCOL.contains(&hardware) => {
            ethernet::by_ether_type(protocol, rest, chain)?
        }
        _ => {
            let (layer, rest) = other(protocol, hardware, rest)?;
            descend(layer, rest, chain)?
        }
    };
    let direction = match packet_type {
        // To us, broadcast, multicast.
        0..=2 => Direction::Inbound,
        4 => Direction::Outbound,
        // 3 is a frame for another host, seen in promiscuous mode.
        _ => told,
    };
    Ok(Packet {
        network,
        octets,
        direction,
        loopback: hardware == ARPHRD_LOOPBACK,
    })
}

/// What the kernel marks with numbers of its own, and hardware whose frames
/// begin with their own header.
fn other(protocol: u16, hardware: u16, rest: Octets<'_>) -> Below<'_> {
    /// ETH_P_802_2.
    const LLC: u16 = 4;
    match (hardware, protocol) {
        (ARPHRD_FRAD, _) => hdlc::frame_relay(rest),
        (ARPHRD_RADIOTAP, _) => wifi::open_radiotap(rest, false),
        (ARPHRD_PRISM, _) => wifi::open_prism(rest),
        (ARPHRD_IEEE80211, _) => wifi::open_frame(rest),
        (_, LLC) => Ok((Layer::Llc, rest)),
        _ => Err(Undecoded::NotIp),
    }
}
