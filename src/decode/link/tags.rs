//! Tags between the type field and what it once announced: so many octets,
//! then a type field again.

use super::layers::{Below, Layer};
use crate::decode::octets::Octets;

/// Two octets, as IEEE 802.1Q has them.
pub(super) fn two_octets(rest: Octets<'_>) -> Below<'_> {
    let ([.., high, low], rest) = rest.split::<4>()?;
    Ok((announced(*high, *low), rest))
}

/// Four octets.
pub(super) fn four_octets(rest: Octets<'_>) -> Below<'_> {
    let ([.., high, low], rest) = rest.split::<6>()?;
    Ok((announced(*high, *low), rest))
}

/// Six octets.
pub(super) fn six_octets(rest: Octets<'_>) -> Below<'_> {
    let ([.., high, low], rest) = rest.split::<8>()?;
    Ok((announced(*high, *low), rest))
}

fn announced(high: u8, low: u8) -> Layer {
    Layer::EtherType(u16::from_be_bytes([high, low]))
}
