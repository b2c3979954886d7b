//! Link types that put an octet with the direction before others.

use super::layers::{Below, Layer};
use super::{Network, Way};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;

/// 0 for received, anything else for sent.
pub(super) fn octet<'a>(frame: Octets<'a>, way: &mut Way) -> Result<Octets<'a>, Undecoded> {
    let ([sent], rest) = frame.split::<1>()?;
    way.direction = match sent {
        0 => Direction::Inbound,
        _ => Direction::Outbound,
    };
    Ok(rest)
}

/// `LINKTYPE_PPP_PPPD`: the direction stands where the address octet was, and
/// the control octet (3) is there still.
pub(super) fn pppd<'a>(frame: Octets<'a>, way: &mut Way) -> Below<'a> {
    let rest = octet(frame, way)?;
    match rest.captured() {
        [0x03, ..] => Ok((Layer::Ppp, rest.skip(1)?)),
        _ => Ok((Layer::Ppp, rest)),
    }
}

/// `LINKTYPE_SLIP`: the direction, 15 octets of what compression made of the
/// header, and the packet as it was before.
pub(super) fn slip<'a>(frame: Octets<'a>, way: &mut Way) -> Below<'a> {
    let rest = octet(frame, way)?.skip(15)?;
    Ok((Layer::Ip(Network::EitherIp), rest))
}
