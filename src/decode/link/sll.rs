//! Linux "cooked" captures, as `tcpdump -i any` writes them.

use super::ethernet::FIRST_ETHER_TYPE;
use super::layers::{Below, Layer};
use super::{Way, hdlc, wifi};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;

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

/// `LINKTYPE_LINUX_SLL`: packet type, hardware type, length of address,
/// address (8 octets), protocol.
pub(super) fn open_v1<'a>(frame: Octets<'a>, way: &mut Way) -> Below<'a> {
    let (header, rest) = frame.split::<16>()?;
    let (protocol, hardware) = fields_v1(header, way);
    payload(protocol, hardware, rest)
}

/// Notes the way; returns protocol and hardware type.
#[inline]
pub(in crate::decode) fn fields_v1(header: &[u8; 16], way: &mut Way) -> (u16, u16) {
    let packet_type = u16::from_be_bytes([header[0], header[1]]);
    let hardware = u16::from_be_bytes([header[2], header[3]]);
    note(packet_type, hardware, way);
    (u16::from_be_bytes([header[14], header[15]]), hardware)
}

/// `LINKTYPE_LINUX_SLL2`: protocol, two reserved octets, interface index (4),
/// hardware type, packet type (1), length of address (1), address (8).
pub(super) fn open_v2<'a>(frame: Octets<'a>, way: &mut Way) -> Below<'a> {
    let (header, rest) = frame.split::<20>()?;
    let (protocol, hardware) = fields_v2(header, way);
    payload(protocol, hardware, rest)
}

/// Notes the way; returns protocol and hardware type.
#[inline]
pub(in crate::decode) fn fields_v2(header: &[u8; 20], way: &mut Way) -> (u16, u16) {
    let hardware = u16::from_be_bytes([header[8], header[9]]);
    note(u16::from(header[10]), hardware, way);
    (u16::from_be_bytes([header[0], header[1]]), hardware)
}

/// The header counts for more than what the capture file says of the
/// direction, as the kernel wrote it for this very frame.
#[inline]
fn note(packet_type: u16, hardware: u16, way: &mut Way) {
    way.loopback = hardware == ARPHRD_LOOPBACK;
    way.direction = match packet_type {
        // To us, broadcast, multicast.
        0..=2 => Direction::Inbound,
        4 => Direction::Outbound,
        // 3 is a frame for another host, seen in promiscuous mode.
        _ => way.direction,
    };
}

/// What is behind the header, by the protocol field: an EtherType, or one of
/// the kernel's own numbers, with which the hardware says more.
fn payload(protocol: u16, hardware: u16, rest: Octets<'_>) -> Below<'_> {
    /// ETH_P_802_2.
    const LLC: u16 = 4;
    match (hardware, protocol) {
        (ARPHRD_NETLINK, _) => Err(Undecoded::NotIp),
        // With these two the field says nothing.
        (ARPHRD_FRAD, _) => hdlc::frame_relay(rest),
        (ARPHRD_RADIOTAP, _) => wifi::open_radiotap(rest, false),
        (_, FIRST_ETHER_TYPE..) => Ok((Layer::EtherType(protocol), rest)),
        (ARPHRD_PRISM, _) => wifi::open_prism(rest),
        (ARPHRD_IEEE80211, _) => wifi::open_frame(rest),
        (_, LLC) => Ok((Layer::Llc, rest)),
        _ => Err(Undecoded::NotIp),
    }
}
