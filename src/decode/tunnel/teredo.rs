//! IPv6 in UDP through NATs (RFC 4380).
//!
//! Ports say little: clients and relays choose theirs, and only servers, which
//! pass no TCP, have one of their own. But the address of a client has a
//! prefix that nobody else has, and the length of the packet must agree:
//! no other traffic looks like this by chance.
//!
//! Identity: that it is Teredo. The addresses of a client are unique; its two
//! directions may pass different relays, and NATs change the outer addresses.

use super::{Inner, header, ip_in_ip, note_as, skip};
use crate::decode::link::Network;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, Tunnel, TunnelKind};

/// How addresses of clients begin (4).
const PREFIX: [u8; 4] = [0x20, 0x01, 0, 0];

/// A packet.
pub(super) fn open<'a>(octets: Octets<'a>, chain: &mut Chain) -> Inner<'a> {
    // Nothing announced a tunnel, so what was cut away is not missed.
    let packet = find(octets).map_err(|_| Undecoded::NotTcp)?;
    note_as(Tunnel::endless(TunnelKind::Teredo), chain)?;
    Ok((Network::Ipv6, packet))
}

/// The packet, behind what servers put before it (5.1.1): authentication, then
/// the origin.
fn find(octets: Octets<'_>) -> Result<Octets<'_>, Undecoded> {
    let mut packet = octets;
    if packet.captured().starts_with(&[0, 1]) {
        // Lengths of client identifier and authentication value; behind both
        // a nonce and a confirmation.
        let ([_, _, client, value], rest) = header::<4>(packet)?;
        packet = skip(rest, usize::from(*client) + usize::from(*value) + 9)?;
    }
    if packet.captured().starts_with(&[0, 0]) {
        packet = skip(packet, 8)?;
    }
    let (first, behind) = header::<40>(packet)?;
    let length = usize::from(u16::from_be_bytes([first[4], first[5]]));
    let fits = first[0] >> 4 == 6 && length == behind.wire_len();
    if fits && is_clients(packet) {
        Ok(packet)
    } else {
        Err(Undecoded::NotTcp)
    }
}

/// Whether sender or receiver has the address of a client.
fn is_clients(packet: Octets<'_>) -> bool {
    ip_in_ip::addresses(packet).is_some_and(|(source, destination)| {
        source.starts_with(&PREFIX) || destination.starts_with(&PREFIX)
    })
}
