//! PPP over Ethernet (RFC 2516).

use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, Tunnel, TunnelKind};

/// Version and type, code, session, length of what follows.
pub(super) fn open<'a>(frame: Octets<'a>, chain: &mut Chain) -> Below<'a> {
    let ([version, code, session @ .., _, _], _) = frame.split::<6>()?;
    let ([_, _, _, _, length @ ..], rest) = frame.split::<6>()?;
    // Any other code belongs to the discovery of a server.
    if *version != 0x11 || *code != 0 {
        return Err(Undecoded::NotIp);
    }
    let tunnel = Tunnel {
        kind: TunnelKind::PppoE,
        id: Some(u32::from(u16::from_be_bytes(*session))),
        ends: None,
    };
    if !chain.enter(tunnel) {
        return Err(Undecoded::TunnelTooDeep);
    }
    // Ethernet pads behind it. A length of 0 stands in frames that a network
    // card is still to split.
    let length = usize::from(u16::from_be_bytes(*length));
    let packet = if (1..rest.wire_len()).contains(&length) {
        rest.limit(length)
    } else {
        rest
    };
    Ok((Layer::Ppp, packet))
}
