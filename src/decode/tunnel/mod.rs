//! Tunnels over IP: from a packet that carries packets to the one in it.
//!
//! A file a tunnel; [`enter`] is the one place that knows which IP protocol
//! and which UDP port belong to which. What carries frames leads back to
//! `link`, what carries packets to `ip`. Tunnels below IP (PPPoE, 802.1ah)
//! are the link layer's.

use etherparse::{IpNumber, ip_number};

use super::ip::Datagram;
use super::link::Network;
use super::octets::Octets;
use super::undecoded::Undecoded;
use crate::tunnel::{Chain, Tunnel, TunnelKind};

#[cfg(test)]
mod tests;

/// Goes into the tunnel that `datagram` belongs to, and notes it in `chain`.
///
/// # Errors
///
/// The reason why there is no IP packet in it, or why it could not be found.
pub(super) fn enter<'a>(
    protocol: IpNumber,
    datagram: &Datagram<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    match protocol {
        ip_number::IPV4 => {
            note(TunnelKind::IpInIp, None, datagram, chain)?;
            Ok((Network::Ipv4, datagram.payload))
        }
        ip_number::IPV6 => {
            note(TunnelKind::IpInIp, None, datagram, chain)?;
            Ok((Network::Ipv6, datagram.payload))
        }
        ip_number::UDP => Err(Undecoded::NotTcp),
        _ => Err(Undecoded::TunnelUnsupported),
    }
}

/// Notes a tunnel between the ends of `datagram`.
fn note(
    kind: TunnelKind,
    id: Option<u32>,
    datagram: &Datagram<'_>,
    chain: &mut Chain,
) -> Result<(), Undecoded> {
    let tunnel = Tunnel::between(kind, id, datagram.source, datagram.destination);
    chain
        .enter(tunnel)
        .then_some(())
        .ok_or(Undecoded::TunnelTooDeep)
}
