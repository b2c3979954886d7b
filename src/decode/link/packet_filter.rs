//! What packet filters and IPsec of the BSDs log: a header of their own, then
//! the packet.

use super::layers::Below;
use super::{Way, null};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;

/// `LINKTYPE_PFLOG`: its length, the address family; far behind names and
/// numbers, the direction. All versions have these three in the same places.
pub(super) fn pflog<'a>(frame: Octets<'a>, way: &mut Way) -> Below<'a> {
    const DIRECTION: usize = 60;
    let ([length, family, ..], _) = frame.split::<2>()?;
    let length = usize::from(*length).next_multiple_of(4);
    let rest = frame.skip(length)?;
    way.direction = match frame.limit(length).captured().get(DIRECTION) {
        Some(1) => Direction::Inbound,
        Some(2) => Direction::Outbound,
        _ => way.direction,
    };
    Ok((null::family(*family)?, rest))
}

/// `LINKTYPE_ENC`: the address family in the byte order of the host, an
/// index, flags. The packet is the decrypted one.
pub(super) fn enc(frame: Octets<'_>) -> Below<'_> {
    let (header, rest) = frame.split::<12>()?;
    match *header {
        [family, 0, 0, 0, ..] | [0, 0, 0, family, ..] => Ok((null::family(family)?, rest)),
        _ => Err(Undecoded::NotIp),
    }
}
