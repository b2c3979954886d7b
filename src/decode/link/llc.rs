//! IEEE 802.2 logical link control: SNAP, and the numbers of ISO protocols.

use super::Network;
use super::ethernet::FIRST_ETHER_TYPE;
use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// Two service access points and the control octet. Only unnumbered
/// information (0x03) carries IP.
pub(super) fn open(rest: Octets<'_>) -> Below<'_> {
    // A frame cut within this header cannot be told from other protocols,
    // and IP is rare here.
    let Ok((header, rest)) = rest.split::<3>() else {
        return Err(Undecoded::NotIp);
    };
    match header {
        [0xaa, 0xaa, 0x03] => Ok((Layer::Snap, rest)),
        // The access point of IP itself, used before SNAP (RFC 948).
        [0x06, 0x06, 0x03] => Ok((Layer::Ip(Network::Ipv4), rest)),
        // Protocols of ISO, among whose numbers IP has one (RFC 2684, 5.1).
        [0xfe, 0xfe, 0x03] => {
            let ([number], rest) = rest.split::<1>()?;
            Ok((Layer::Nlpid(*number), rest))
        }
        _ => Err(Undecoded::NotIp),
    }
}

/// An organization, and a type of its own.
pub(super) fn snap(rest: Octets<'_>) -> Below<'_> {
    let Ok((header, rest)) = rest.split::<5>() else {
        return Err(Undecoded::NotIp);
    };
    let [organization @ .., high, low] = header;
    let kind = u16::from_be_bytes([*high, *low]);
    match organization {
        // EtherTypes (RFC 1042), also where a bridge translated (802.1H).
        [0x00, 0x00, 0x00 | 0xf8] if kind >= FIRST_ETHER_TYPE => Ok((Layer::EtherType(kind), rest)),
        // Bridged Ethernet, with its check sequence or without (RFC 2427, 4.2).
        [0x00, 0x80, 0xc2] => match kind {
            0x0001 => Ok((Layer::Ethernet, rest.without_last(4))),
            0x0007 => Ok((Layer::Ethernet, rest)),
            _ => Err(Undecoded::NotIp),
        },
        _ => Err(Undecoded::NotIp),
    }
}

/// What follows a Network Layer Protocol Identifier.
pub(super) fn nlpid(number: u8, rest: Octets<'_>) -> Below<'_> {
    match number {
        0x80 => Ok((Layer::Snap, rest)),
        0x8e => Ok((Layer::Ip(Network::Ipv6), rest)),
        0xcc => Ok((Layer::Ip(Network::Ipv4), rest)),
        0xcf => Ok((Layer::Ppp, rest)),
        _ => Err(Undecoded::NotIp),
    }
}
