//! The Point-to-Point Protocol: which protocol a packet of PPP is.

use super::Network;
use super::layers::{Below, Layer, descend};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::Chain;

/// Finds the IP packet in a packet of PPP, for those who carry one.
pub(in crate::decode) fn open<'a>(
    packet: Octets<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    descend(Layer::Ppp, packet, chain)
}

/// Address and control octets where they were not left out (RFC 1661, 6.6),
/// then the number of the protocol in one or two octets: the last octet of a
/// number is odd, all before are even (RFC 1661, 2 and 6.5).
pub(super) fn header(packet: Octets<'_>) -> Below<'_> {
    let packet = match packet.captured() {
        [0xff, 0x03, ..] => packet.skip(2)?,
        _ => packet,
    };
    match packet.captured() {
        [number, ..] if number & 1 == 1 => protocol(u16::from(*number), packet.skip(1)?),
        _ => {
            let (number, rest) = packet.split::<2>()?;
            protocol(u16::from_be_bytes(*number), rest)
        }
    }
}

/// What follows the protocol field. The numbers are those of the IANA registry.
fn protocol(number: u16, rest: Octets<'_>) -> Below<'_> {
    match number {
        0x0021 => Ok((Layer::Ip(Network::Ipv4), rest)),
        0x0057 => Ok((Layer::Ip(Network::Ipv6), rest)),
        0x0031 => bridged(rest),
        0x003d => multilink(rest),
        0x0281 | 0x0283 => Ok((Layer::Mpls, rest)),
        // Van Jacobson's compression (RFC 1144): headers are told only by what
        // went before.
        0x002d | 0x002f => Err(Undecoded::TunnelUnsupported),
        // Robust header compression, that of RFC 2507, packets put together
        // in one (RFC 3153), compression of the whole (RFC 1962).
        0x0003 | 0x0005 | 0x0059 | 0x0061 | 0x0063 | 0x0065 | 0x0067 | 0x0069 | 0x00fb | 0x00fd
        | 0x2061 | 0x2063 | 0x2065 | 0x2067 | 0x2069 => Err(Undecoded::TunnelUnsupported),
        // The encryption of RFC 1968, of one link or of all together.
        0x0053 | 0x0055 => Err(Undecoded::LinkEncrypted),
        _ => Err(Undecoded::NotIp),
    }
}

/// Bridged frames (RFC 3518, 4.1): flags and padding, the kind of network, the
/// number of the network where a flag says so.
fn bridged(rest: Octets<'_>) -> Below<'_> {
    const WITH_CHECK_SEQUENCE: u8 = 0x80;
    const WITH_LAN_NUMBER: u8 = 0x40;
    const OF_BRIDGES: u8 = 0x10;
    let ([flags, kind], mut rest) = rest.split::<2>()?;
    if flags & WITH_LAN_NUMBER != 0 {
        rest = rest.skip(4)?;
    }
    if flags & WITH_CHECK_SEQUENCE != 0 {
        rest = rest.without_last(usize::from(flags & 0x0f) + 4);
    }
    match kind {
        // Without the flag of what bridges tell each other.
        1 if flags & OF_BRIDGES == 0 => Ok((Layer::Ethernet, rest)),
        _ => Err(Undecoded::NotIp),
    }
}

/// Multilink (RFC 1990, 3), in its long form: begin and end flag, a sequence
/// number. What is not both begin and end is a fragment.
fn multilink(rest: Octets<'_>) -> Below<'_> {
    let ([flags, ..], rest) = rest.split::<4>()?;
    match flags >> 6 {
        0b11 => Ok((Layer::Ppp, rest)),
        _ => Err(Undecoded::IpFragment),
    }
}
