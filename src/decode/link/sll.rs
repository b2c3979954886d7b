//! Linux "cooked" captures, as `tcpdump -i any` writes them.

use super::{Packet, ethernet};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;
use crate::tunnel::Chain;

/// ARPHRD_LOOPBACK: the frame came through the loopback interface. All other
/// hardware types are taken as they come: the protocol field decides.
const ARPHRD_LOOPBACK: u16 = 772;

/// ARPHRD_NETLINK: the protocol field is a netlink family, no EtherType.
const ARPHRD_NETLINK: u16 = 824;

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
    if hardware == ARPHRD_NETLINK {
        return Err(Undecoded::NotIp);
    }
    let (network, octets) = ethernet::by_ether_type(protocol, rest, chain)?;
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
