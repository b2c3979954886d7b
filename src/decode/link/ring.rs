//! Networks whose frames are LLC behind addresses of their own: FDDI, token
//! ring, fibre channel, FireWire, ARCNET, ATM.

use super::Network;
use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// FDDI: a frame control octet, then both addresses.
pub(super) fn fddi(frame: Octets<'_>) -> Below<'_> {
    let ([control, ..], rest) = frame.split::<13>()?;
    // Asynchronous or synchronous frames with LLC; the lowest three bits are
    // a priority.
    match control & 0x78 {
        0x50 => Ok((Layer::Llc, rest)),
        _ => Err(Undecoded::NotIp),
    }
}

/// Token ring (IEEE 802.5): access and frame control, both addresses, and a
/// route where the highest bit of the sender's address says so.
pub(super) fn token_ring(frame: Octets<'_>) -> Below<'_> {
    let ([_, control, addresses @ ..], rest) = frame.split::<14>()?;
    if control & 0xc0 != 0x40 {
        return Err(Undecoded::NotIp);
    }
    let [_, _, _, _, _, _, sender, ..] = addresses;
    if sender & 0x80 == 0 {
        return Ok((Layer::Llc, rest));
    }
    let ([route, _], _) = rest.split::<2>()?;
    // The length counts this octet too; it is even.
    let route = usize::from(route & 0x1e).max(2);
    Ok((Layer::Llc, rest.skip(route)?))
}

/// IP over fibre channel: both names (RFC 4338, 5).
pub(super) fn fibre_channel(frame: Octets<'_>) -> Below<'_> {
    Ok((Layer::Llc, frame.skip(16)?))
}

/// IP over FireWire: both identifiers (8 octets each), then an EtherType.
pub(super) fn firewire(frame: Octets<'_>) -> Below<'_> {
    let ([.., high, low], rest) = frame.split::<18>()?;
    Ok((Layer::EtherType(u16::from_be_bytes([*high, *low])), rest))
}

/// ARCNET: both stations, and with Linux two octets of offset; then the kind.
pub(super) fn arcnet(frame: Octets<'_>, offset: usize) -> Below<'_> {
    let ([kind], rest) = frame.skip(2 + offset)?.split::<1>()?;
    match kind {
        // The older form has nothing more (RFC 1051).
        240 => Ok((Layer::Ip(Network::Ipv4), rest)),
        // A flag that is 0 where there is just one fragment, and a number
        // (RFC 1201).
        212 | 196 => {
            let network = match kind {
                212 => Network::Ipv4,
                _ => Network::Ipv6,
            };
            match rest.split::<3>()? {
                ([0, ..], packet) => Ok((Layer::Ip(network), packet)),
                _ => Err(Undecoded::IpFragment),
            }
        }
        _ => Err(Undecoded::NotIp),
    }
}

/// Classical IP over ATM as Linux has it: LLC, or IP itself.
pub(super) fn classical_ip(frame: Octets<'_>) -> Below<'_> {
    match frame.captured() {
        [0xaa, 0xaa, 0x03, ..] => Ok((Layer::Llc, frame)),
        _ => Ok((Layer::Ip(Network::EitherIp), frame)),
    }
}

/// ATM (RFC 2684): LLC, where two octets of padding precede a bridged frame.
pub(super) fn atm(frame: Octets<'_>) -> Below<'_> {
    match frame.captured() {
        [0xaa, 0xaa, 0x03, 0x00, 0x80, 0xc2, 0x00, kind @ (1 | 7), ..] => {
            let frame = frame.skip(10)?;
            let check_sequence = if *kind == 1 { 4 } else { 0 };
            Ok((Layer::Ethernet, frame.without_last(check_sequence)))
        }
        _ => Ok((Layer::Llc, frame)),
    }
}
