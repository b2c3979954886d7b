//! Ethernet, and the EtherTypes that other link types share.

use super::Network;
use super::layers::{Below, Layer, descend};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::Chain;

/// The lowest value that is an EtherType; below, the field is a length
/// (IEEE 802.3, 3.2.6).
pub(super) const FIRST_ETHER_TYPE: u16 = 0x0600;

/// An Ethernet II or IEEE 802.3 frame: two addresses, then type or length.
#[inline]
pub(in crate::decode) fn open<'a>(
    frame: Octets<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    let (header, rest) = frame.split::<14>()?;
    match u16::from_be_bytes([header[12], header[13]]) {
        0x0800 => Ok((Network::Ipv4, rest)),
        0x86dd => Ok((Network::Ipv6, rest)),
        _ => {
            // Taken apart and put together again: handed on as a whole, the
            // result would pass through memory on the usual way as well, and
            // a small frame would take half as long again.
            let (network, rest) = descend(Layer::Ethernet, frame, chain)?;
            Ok((network, rest))
        }
    }
}

/// What follows a type field, for those who carry one: labels, PPP and whole
/// frames have such numbers too.
pub(in crate::decode) fn by_ether_type<'a>(
    ether_type: u16,
    rest: Octets<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    descend(Layer::EtherType(ether_type), rest, chain)
}

/// Takes the header of a frame off.
pub(super) fn header(frame: Octets<'_>) -> Below<'_> {
    let (header, rest) = frame.split::<14>()?;
    let [destination @ .., _, _, _, _, _, _, _, high, low] = header;
    match u16::from_be_bytes([*high, *low]) {
        // Cisco's Inter-Switch Link puts 26 octets before the whole frame;
        // these groups of receivers are its alone.
        length if length < FIRST_ETHER_TYPE && is_isl(destination) => {
            Ok((Layer::Ethernet, rest.skip(12)?))
        }
        length if length < FIRST_ETHER_TYPE => Ok((Layer::Llc, bounded(rest, length))),
        ether_type => Ok((Layer::EtherType(ether_type), rest)),
    }
}

/// The octets that a length field of IEEE 802.3 covers: padding follows.
fn bounded(rest: Octets<'_>, length: u16) -> Octets<'_> {
    let length = usize::from(length);
    if length < rest.wire_len() {
        rest.limit(length)
    } else {
        rest
    }
}

/// The receivers of ISL.
fn is_isl(destination: &[u8]) -> bool {
    matches!(destination, [0x01 | 0x03, 0x00, 0x0c, 0x00, 0x00, ..])
}

/// Behind both addresses stand `tag` octets that a switch put there for the
/// port of its host, then the type field.
pub(super) fn with_switch_tag(frame: Octets<'_>, tag: usize) -> Below<'_> {
    let (type_field, rest) = frame.skip(12)?.skip(tag)?.split::<2>()?;
    match u16::from_be_bytes(*type_field) {
        length if length < FIRST_ETHER_TYPE => Ok((Layer::Llc, bounded(rest, length))),
        ether_type => Ok((Layer::EtherType(ether_type), rest)),
    }
}

/// By how many octets the length field of its packet would miss the end if this
/// were an Ethernet frame; `None` if it cannot be one, as far as octets can tell:
/// its type field is no usual one, or the packet does not begin as that says.
pub(super) fn misfit(frame: Octets<'_>) -> Option<usize> {
    let mut rest = frame.skip(12).ok()?;
    // VLAN tags.
    while let [0x81, 0x00, ..] | [0x88, 0xa8, ..] = rest.captured() {
        rest = rest.skip(4).ok()?;
    }
    match rest.captured() {
        [0x08, 0x00, ..] => Network::Ipv4.misfit(rest.skip(2).ok()?),
        [0x86, 0xdd, ..] => Network::Ipv6.misfit(rest.skip(2).ok()?),
        // ARP of Ethernet and IP.
        [0x08, 0x06, 0x00, 0x01, 0x08, 0x00, ..] => Some(0),
        // More labels, PPPoE, backbone bridges, LLDP.
        [0x88, 0x47 | 0x48 | 0x63 | 0x64 | 0xe7 | 0xcc, ..] => Some(0),
        // A length, then a usual header of LLC.
        [high, low, 0xaa, 0xaa, 0x03, ..] | [high, low, 0x42, 0x42, 0x03, ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            Some(rest.wire_len().abs_diff(length + 2))
        }
        _ => None,
    }
}
