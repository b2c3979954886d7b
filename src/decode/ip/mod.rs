//! The IP layer: from a packet to the octets that belong to TCP.
//!
//! The header slices are etherparse's. Its walkers over whole packets are not
//! used: they put the captured length in the place of the IP length, walk on
//! into the data of fragments, and know neither jumbograms nor the final
//! destination of a source route.

mod v4;
mod v6;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use etherparse::{IpNumber, ip_number};

use super::fragments::Whole;
use super::link::Network;
use super::octets::Octets;
use super::undecoded::Undecoded;
use crate::segment::IpFacts;

/// L2TP version 3 (RFC 3931, 4.1.1).
const L2TP_V3: IpNumber = IpNumber(115);

/// What an IP packet holds for TCP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Datagram<'a> {
    /// Sender.
    pub(super) source: IpAddr,
    /// Receiver: the final destination where the packet is source-routed.
    pub(super) destination: IpAddr,
    /// The addresses are not those of the TCP pseudo-header, as the packet is
    /// routed in a way that is not known here: the checksum says nothing.
    pub(super) addresses_unsure: bool,
    /// For the segment.
    pub(super) facts: IpFacts,
    /// What the payload is.
    pub(super) protocol: Protocol,
    /// Header and data of TCP or ICMP; the length on the wire is the one of the IP header.
    pub(super) payload: Octets<'a>,
}

impl Datagram<'_> {
    /// Whether an end is in the capturing host itself.
    #[inline]
    pub(super) fn is_loopback(&self) -> bool {
        self.source.is_loopback() || self.destination.is_loopback()
    }
}

/// What a packet carries, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protocol {
    /// TCP.
    Tcp,
    /// ICMP in IPv4, `ICMPv6` in IPv6: it may speak of a TCP segment.
    Icmp,
    /// A tunnel, or UDP, which may be the outside of one.
    Carrier(IpNumber),
    /// A piece of a packet that may carry one of these.
    Fragment(Piece),
}

/// A fragment's place in its packet (RFC 791, 3.2; RFC 8200, 4.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    /// Identification; together with both addresses, and in IPv4 the
    /// protocol, it names the packet.
    pub(super) id: u32,
    /// What the pieces carry; in IPv6 only the first piece's counts.
    pub(super) protocol: IpNumber,
    /// Where the piece belongs, in octets.
    pub(super) offset: usize,
    /// It is not the last one.
    pub(super) more: bool,
}

/// Finds the octets of TCP or ICMP in an IP packet.
///
/// A length field of zero is what a host's own capture shows of a packet that
/// the network card is to split: the frame's length counts then. A length that
/// is larger than the frame is believed, as if the frame had been cut, unless
/// the header's own checksum says that it is damaged.
///
/// # Errors
///
/// The reason why there is neither, or why it could not be found.
#[inline]
pub(super) fn open(network: Network, packet: Octets<'_>) -> Result<Datagram<'_>, Undecoded> {
    match network {
        Network::Ipv4 => v4::open(packet),
        Network::Ipv6 => v6::open(packet),
        Network::EitherIp => match packet.captured().first().map(|octet| octet >> 4) {
            Some(4) => v4::open(packet),
            Some(6) => v6::open(packet),
            Some(_) => Err(Undecoded::IpMalformed),
            None => Err(Undecoded::FrameTooShort),
        },
    }
}

/// A packet put together from fragments, opened on behind its IP header (in
/// IPv6, behind the fragment header). `last` is the piece that came last.
///
/// # Errors
///
/// As [`open`].
pub(super) fn resume<'a>(
    last: &Datagram<'_>,
    whole: &Whole<'a>,
) -> Result<Datagram<'a>, Undecoded> {
    let (protocol, payload) = match last.source {
        IpAddr::V4(_) => v4::carried(whole.protocol, whole.payload)?,
        IpAddr::V6(_) => v6::carried(whole.protocol, whole.payload)?,
    };
    Ok(Datagram {
        source: last.source,
        destination: last.destination,
        addresses_unsure: whole.addresses_unsure,
        facts: whole.facts,
        protocol,
        payload,
    })
}

/// What stands behind all IP headers. `icmp` is the number of the ICMP that
/// goes with this version of IP.
#[inline]
fn classify(number: IpNumber, icmp: IpNumber) -> Result<Protocol, Undecoded> {
    match number {
        ip_number::TCP => Ok(Protocol::Tcp),
        _ if number == icmp => Ok(Protocol::Icmp),
        _ if is_carrier(number) => Ok(Protocol::Carrier(number)),
        ip_number::ENCAP_SEC => Err(Undecoded::Esp),
        _ => Err(Undecoded::NotTcp),
    }
}

/// Whether packets may stand within.
fn is_carrier(number: IpNumber) -> bool {
    matches!(
        number,
        ip_number::IPV4
            | ip_number::IPV6
            | ip_number::GRE
            | ip_number::ETHER_IP
            | ip_number::MPLS_IN_IP
            | ip_number::UDP
            | L2TP_V3
    )
}

/// Says of a piece of a packet whether it may belong to TCP.
fn classify_piece(piece: Piece) -> Result<Protocol, Undecoded> {
    match piece.protocol {
        ip_number::TCP | ip_number::AUTH => Ok(Protocol::Fragment(piece)),
        number if is_carrier(number) => Ok(Protocol::Fragment(piece)),
        ip_number::ENCAP_SEC => Err(Undecoded::Esp),
        _ => Err(Undecoded::NotTcp),
    }
}

/// Takes a header of `len` octets from the front. Where it does not fit, the
/// IP length is to blame if it says so, else the capture.
#[inline]
fn skip_header(rest: Octets<'_>, len: usize) -> Result<Octets<'_>, Undecoded> {
    if len > rest.wire_len() {
        return Err(Undecoded::IpMalformed);
    }
    rest.skip(len)
}

/// Steps over an authentication header (RFC 4302, 2): what follows it and
/// its number. The header does not encrypt.
fn skip_auth(rest: Octets<'_>) -> Result<(IpNumber, Octets<'_>), Undecoded> {
    let fixed = skip_header(rest, 2).and_then(|_| rest.split::<2>());
    let ([next_header, length], _) = fixed?;
    // In units of four octets, "minus 2".
    let rest = skip_header(rest, (usize::from(*length) + 2) * 4)?;
    Ok((IpNumber(*next_header), rest))
}

/// A length for [`IpFacts`]; lengths beyond 4 GiB do not exist.
#[inline]
fn as_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
