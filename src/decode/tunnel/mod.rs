//! Tunnels over IP: from a packet that carries packets to the one in it.
//!
//! A file a tunnel; [`enter`] is the one place that knows which IP protocol
//! belongs to which, and `udp` which port. What carries frames leads back to
//! `link`, what carries packets to `ip`. Tunnels below IP (PPPoE, 802.1ah)
//! are the link layer's.
//!
//! # What identifies a tunnel
//!
//! Each file says what it puts into the connection's identity, and why. Two
//! faults are possible, and they do not weigh the same. What merges two tunnels
//! makes one connection of two that share their sockets, if there are such:
//! then both are accused of what neither did. What splits one tunnel shows one
//! direction of a connection only, and most of what could be said of it is
//! withheld. So where no number is shared by both directions the tunnel goes
//! by its two ends, and where a number is shared it counts, even where some
//! use it in another way.

mod capwap;
mod erspan;
mod etherip;
mod geneve;
mod gre;
mod gtp;
mod guess;
mod ip_in_ip;
mod l2tp;
mod mpls;
mod teredo;
mod tzsp;
mod udp;
mod vxlan;

use etherparse::{IpNumber, ip_number};

use super::ip::Datagram;
use super::link::Network;
use super::octets::Octets;
use super::undecoded::Undecoded;
use crate::tunnel::{Chain, Tunnel, TunnelKind};

#[cfg(test)]
mod tests;

// EtherTypes that `link` knows what to do with.
const MPLS: u16 = 0x8847;
const NSH: u16 = 0x894f;

/// What is in a tunnel: a packet, and of which protocol.
type Inner<'a> = Result<(Network, Octets<'a>), Undecoded>;

/// Goes into the tunnel that `datagram` belongs to, and notes it in `chain`.
///
/// # Errors
///
/// The reason why there is no IP packet in it, or why it could not be found.
#[inline(never)]
pub(super) fn enter<'a>(
    protocol: IpNumber,
    datagram: &Datagram<'a>,
    chain: &mut Chain,
) -> Inner<'a> {
    match protocol {
        ip_number::IPV4 => ip_in_ip::open(Network::Ipv4, datagram, chain),
        ip_number::IPV6 => ip_in_ip::open(Network::Ipv6, datagram, chain),
        ip_number::GRE => gre::open(datagram.payload, datagram, chain),
        ip_number::ETHER_IP => etherip::open(datagram, chain),
        ip_number::MPLS_IN_IP => mpls::open(datagram.payload, datagram, chain),
        ip_number::UDP => udp::open(datagram, chain),
        // The only one left that `ip` takes for a tunnel.
        _ => l2tp::open_over_ip(datagram, chain),
    }
}

/// Notes a tunnel between the ends of `outer`.
fn note(
    kind: TunnelKind,
    id: Option<u32>,
    outer: &Datagram<'_>,
    chain: &mut Chain,
) -> Result<(), Undecoded> {
    let tunnel = Tunnel::between(kind, id, outer.source, outer.destination);
    note_as(tunnel, chain)
}

/// Notes a tunnel.
fn note_as(tunnel: Tunnel, chain: &mut Chain) -> Result<(), Undecoded> {
    chain
        .enter(tunnel)
        .then_some(())
        .ok_or(Undecoded::TunnelTooDeep)
}

/// The first octets of a tunnel's header. Where the layer around it ends
/// before them, this is no such tunnel.
fn header<const N: usize>(octets: Octets<'_>) -> Result<(&[u8; N], Octets<'_>), Undecoded> {
    if octets.wire_len() < N {
        return Err(Undecoded::NotTcp);
    }
    octets.split::<N>()
}

/// What lies behind the first `len` octets, as far as the layer around has so many.
fn skip(octets: Octets<'_>, len: usize) -> Result<Octets<'_>, Undecoded> {
    if octets.wire_len() < len {
        return Err(Undecoded::NotTcp);
    }
    octets.skip(len)
}
