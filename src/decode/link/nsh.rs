//! Network Service Header (RFC 8300).

use super::Network;
use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// The length counts the whole header in units of four octets (RFC 8300, 2.2).
pub(super) fn open(frame: Octets<'_>) -> Below<'_> {
    let ([version, length, _, next], _) = frame.split::<4>()?;
    let length = usize::from(length & 0x3f) * 4;
    // Version 0; base header and service path header are eight octets.
    if version >> 6 != 0 || length < 8 {
        return Err(Undecoded::NotIp);
    }
    let layer = match next {
        1 => Layer::Ip(Network::Ipv4),
        2 => Layer::Ip(Network::Ipv6),
        3 => Layer::Ethernet,
        // Another one within.
        4 => Layer::EtherType(0x894f),
        5 => Layer::Mpls,
        _ => return Err(Undecoded::NotIp),
    };
    Ok((layer, frame.skip(length)?))
}
