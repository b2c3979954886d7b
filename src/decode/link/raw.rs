//! IP without any link layer.

use super::Network;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// The frame is the packet.
#[inline]
pub(super) fn open(
    network: Network,
    frame: Octets<'_>,
) -> Result<(Network, Octets<'_>), Undecoded> {
    Ok((network, frame))
}
