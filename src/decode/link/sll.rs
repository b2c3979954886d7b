//! Linux "cooked" captures, as `tcpdump -i any` writes them.

use super::{Packet, ethernet};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;

/// ARPHRD_LOOPBACK: the frame came through the loopback interface. All other
/// hardware types are taken as they come: the protocol field decides.
const ARPHRD_LOOPBACK: u16 = 772;

/// ARPHRD_NETLINK: the protocol field is a netlink family, no EtherType.
const ARPHRD_NETLINK: u16 = 824;

/// `LINKTYPE_LINUX_SLL`: packet type, hardware type, length of address,
/// address (8 octets), protocol.
#[inline]
pub(super) fn open_v1(frame: Octets<'_>, told: Direction) -> Result<Packet<'_>, Undecoded> {
    let (header, rest) = frame.split::<16>()?;
    let packet_type = u16::from_be_bytes([header[0], header[1]]);
    let hardware = u16::from_be_bytes([header[2], header[3]]);
    let protocol = u16::from_be_bytes([header[14], header[15]]);
    packet(protocol, hardware, packet_type, told, rest)
}

/// `LINKTYPE_LINUX_SLL2`: protocol, two reserved octets, interface index (4),
/// hardware type, packet type (1), length of address (1), address (8).
#[inline]
pub(super) fn open_v2(frame: Octets<'_>, told: Direction) -> Result<Packet<'_>, Undecoded> {
    let (header, rest) = frame.split::<20>()?;
    let protocol = u16::from_be_bytes([header[0], header[1]]);
    let hardware = u16::from_be_bytes([header[8], header[9]]);
    packet(protocol, hardware, u16::from(header[10]), told, rest)
}

/// `told` is what the capture file says of the direction; the header counts
/// for more, as the kernel wrote it for this very frame.
#[inline]
fn packet(
    protocol: u16,
    hardware: u16,
    packet_type: u16,
    told: Direction,
    rest: Octets<'_>,
) -> Result<Packet<'_>, Undecoded> {
    if hardware == ARPHRD_NETLINK {
        return Err(Undecoded::NotIp);
    }
    let (network, octets) = ethernet::by_ether_type(protocol, rest)?;
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
