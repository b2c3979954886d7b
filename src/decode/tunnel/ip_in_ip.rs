//! IP in IP (RFC 2003, RFC 2473, RFC 4213).
//!
//! Identity: both ends, as there is no number. This keeps the customers of
//! DS-Lite (RFC 6333) apart, who all have the same private addresses. Paths of
//! segment routing (RFC 8754) end at an address for each direction, and so
//! show as two.
//!
//! 6to4 (RFC 3056) has no ends: packets go out through any relay and come
//! back through another. Its inner addresses are made from public IPv4
//! addresses and so unique.

use std::net::IpAddr;

use super::{Inner, note, note_as};
use crate::decode::ip::Datagram;
use crate::decode::link::Network;
use crate::decode::octets::Octets;
use crate::tunnel::{Chain, Tunnel, TunnelKind};

/// The packet is the payload.
pub(super) fn open<'a>(network: Network, outer: &Datagram<'a>, chain: &mut Chain) -> Inner<'a> {
    if network == Network::Ipv6 && is_6to4(outer) {
        let kind = TunnelKind::IpInIp;
        note_as(Tunnel::endless(kind), chain)?;
    } else {
        note(TunnelKind::IpInIp, None, outer, chain)?;
    }
    Ok((network, outer.payload))
}

/// Whether sender or receiver has the IPv6 prefix that its end of the tunnel
/// stands for (RFC 3056, 2).
fn is_6to4(outer: &Datagram<'_>) -> bool {
    let stands_for = |address: &[u8; 16], end: IpAddr| match (address, end) {
        ([0x20, 0x02, a, b, c, d, ..], IpAddr::V4(end)) => end.octets() == [*a, *b, *c, *d],
        _ => false,
    };
    addresses(outer.payload).is_some_and(|(source, destination)| {
        stands_for(source, outer.source) || stands_for(destination, outer.destination)
    })
}

/// Both addresses of an IPv6 packet.
pub(super) fn addresses(packet: Octets<'_>) -> Option<(&[u8; 16], &[u8; 16])> {
    let (_, addresses) = packet.captured().split_first_chunk::<8>()?;
    let (source, rest) = addresses.split_first_chunk()?;
    Some((source, rest.first_chunk()?))
}
