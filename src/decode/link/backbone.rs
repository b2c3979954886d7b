//! Whole frames behind a header of the network that switches them.

use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, Tunnel, TunnelKind};

/// Provider backbone bridges (IEEE 802.1Q, 9.7): the service's number, I-SID,
/// then the customer's frame.
pub(super) fn pbb<'a>(rest: Octets<'a>, chain: &mut Chain) -> Below<'a> {
    let ([_, high, middle, low], frame) = rest.split::<4>()?;
    let tunnel = Tunnel {
        kind: TunnelKind::Pbb,
        id: Some(u32::from_be_bytes([0, *high, *middle, *low])),
        ends: None,
    };
    if chain.enter(tunnel) {
        Ok((Layer::Ethernet, frame))
    } else {
        Err(Undecoded::TunnelTooDeep)
    }
}

/// TRILL (RFC 6325, 3): two nicknames of switches, and options.
pub(super) fn trill(rest: Octets<'_>) -> Below<'_> {
    let ([high, low, ..], rest) = rest.split::<6>()?;
    // Two bits of version, two reserved, one for groups, then the length of
    // the options in units of four octets.
    let options = usize::from(u16::from_be_bytes([*high, *low]) >> 6 & 0x1f);
    if high >> 6 != 0 {
        return Err(Undecoded::NotIp);
    }
    Ok((Layer::Ethernet, rest.skip(options * 4)?))
}

/// Cisco's FabricPath: the tree's number and a hop count.
pub(super) fn fabric_path(rest: Octets<'_>) -> Below<'_> {
    Ok((Layer::Ethernet, rest.skip(2)?))
}
