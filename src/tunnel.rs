//! What a tunnel is, for everything behind the decoder.
//!
//! Private addresses are used again in every tunnel, so two segments with
//! equal sockets belong to one connection only if they came through the same
//! chain of tunnels. What differs between the two directions of one
//! connection (labels, endpoint identifiers of GTP, UDP source ports) is no
//! part of it, and neither is what a frame may lose on its way (VLAN tags,
//! MPLS labels).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use crate::limits::{TUNNEL_DEPTH, TUNNELS};

/// Which tunnel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum TunnelKind {
    /// IP in IPv4 or IPv6 (RFC 2003, RFC 2473), 6in4 (RFC 4213).
    #[default]
    IpInIp,
    /// Generic Routing Encapsulation (RFC 2784, RFC 2890).
    Gre,
    /// Ethernet within IP (RFC 3378).
    EtherIp,
    /// MPLS in IP (RFC 4023) or UDP (RFC 7510).
    MplsInIp,
    /// Layer two tunneling (RFC 2661, RFC 3931).
    L2tp,
    /// Virtual extensible LAN (RFC 7348).
    Vxlan,
    /// Generic network virtualization (RFC 8926).
    Geneve,
    /// User plane of GPRS (3GPP TS 29.281).
    GtpU,
    /// Mirrored frames of a switch.
    Erspan,
    /// Mirrored frames of a router or access point (TaZmen Sniffer Protocol).
    Tzsp,
    /// An access point's frames on their way to its controller (RFC 5415).
    Capwap,
    /// IPv6 in UDP through NATs (RFC 4380).
    Teredo,
    /// Provider backbone bridges (IEEE 802.1ah).
    Pbb,
    /// PPP over Ethernet (RFC 2516).
    PppoE,
}

impl TunnelKind {
    /// All of them.
    pub const ALL: [TunnelKind; 14] = [
        TunnelKind::IpInIp,
        TunnelKind::Gre,
        TunnelKind::EtherIp,
        TunnelKind::MplsInIp,
        TunnelKind::L2tp,
        TunnelKind::Vxlan,
        TunnelKind::Geneve,
        TunnelKind::GtpU,
        TunnelKind::Erspan,
        TunnelKind::Tzsp,
        TunnelKind::Capwap,
        TunnelKind::Teredo,
        TunnelKind::Pbb,
        TunnelKind::PppoE,
    ];

    /// Name as people write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            TunnelKind::IpInIp => "IP-in-IP",
            TunnelKind::Gre => "GRE",
            TunnelKind::EtherIp => "EtherIP",
            TunnelKind::MplsInIp => "MPLS-in-IP",
            TunnelKind::L2tp => "L2TP",
            TunnelKind::Vxlan => "VXLAN",
            TunnelKind::Geneve => "GENEVE",
            TunnelKind::GtpU => "GTP-U",
            TunnelKind::Erspan => "ERSPAN",
            TunnelKind::Tzsp => "TZSP",
            TunnelKind::Capwap => "CAPWAP",
            TunnelKind::Teredo => "Teredo",
            TunnelKind::Pbb => "PBB",
            TunnelKind::PppoE => "PPPoE",
        }
    }

    /// Name for programs; stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            TunnelKind::IpInIp => "ip-in-ip",
            TunnelKind::Gre => "gre",
            TunnelKind::EtherIp => "etherip",
            TunnelKind::MplsInIp => "mpls-in-ip",
            TunnelKind::L2tp => "l2tp",
            TunnelKind::Vxlan => "vxlan",
            TunnelKind::Geneve => "geneve",
            TunnelKind::GtpU => "gtp-u",
            TunnelKind::Erspan => "erspan",
            TunnelKind::Tzsp => "tzsp",
            TunnelKind::Capwap => "capwap",
            TunnelKind::Teredo => "teredo",
            TunnelKind::Pbb => "pbb",
            TunnelKind::PppoE => "pppoe",
        }
    }
}

/// One tunnel of a chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Tunnel {
    /// Which.
    pub kind: TunnelKind,
    /// The number that tells it from others between the same ends, where
    /// there is one and both directions share it: VNI, GRE key, session, I-SID.
    pub id: Option<u32>,
    /// The addresses of its ends, the lower first, where it runs over IP and
    /// both directions have the same.
    pub ends: Option<(IpAddr, IpAddr)>,
}

impl Tunnel {
    /// A tunnel between two addresses, in whatever direction.
    #[must_use]
    pub fn between(kind: TunnelKind, id: Option<u32>, a: IpAddr, b: IpAddr) -> Tunnel {
        Tunnel {
            kind,
            id,
            ends: Some(if a <= b { (a, b) } else { (b, a) }),
        }
    }

    /// A tunnel whose ends are no part of a connection's identity.
    #[must_use]
    pub const fn endless(kind: TunnelKind) -> Tunnel {
        Tunnel {
            kind,
            id: None,
            ends: None,
        }
    }
}

impl fmt::Display for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        if let Some(id) = self.id {
            write!(f, " {id}")?;
        }
        if let Some((a, b)) = self.ends {
            write!(f, " between {a} and {b}")?;
        }
        Ok(())
    }
}

/// An address or a socket, and where it counts: behind other tunnels the same
/// one is somebody else's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Within<T> {
    /// The address.
    pub addr: T,
    /// The number of the chain of tunnels; 0 for none.
    pub tunnel: u64,
}

impl<T: fmt::Display> fmt::Display for Within<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.addr.fmt(f)
    }
}

/// The tunnels around a packet, the outermost first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain {
    tunnels: [Tunnel; TUNNEL_DEPTH],
    len: usize,
}

impl Chain {
    /// Leaves all tunnels.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Goes into one more; whether there was room for it.
    #[must_use]
    pub fn enter(&mut self, tunnel: Tunnel) -> bool {
        let Some(place) = self.tunnels.get_mut(self.len) else {
            return false;
        };
        *place = tunnel;
        self.len += 1;
        true
    }

    /// The tunnels, the outermost first.
    #[must_use]
    pub fn tunnels(&self) -> &[Tunnel] {
        self.tunnels.get(..self.len).unwrap_or(&[])
    }
}

/// The chains of tunnels of a capture, and the numbers that stand for them.
///
/// A number is a seeded hash of the chain: it is there whatever the limit
/// says, and whoever sends the packets cannot make two chains share one. It
/// differs from run to run, and appears in no report.
#[derive(Debug, Default)]
pub struct Tunnels {
    hasher: RandomState,
    known: HashMap<u64, Box<[Tunnel]>>,
    /// The last one asked for: packets come in rows.
    last: (u64, Chain),
    unnamed: u64,
}

impl Tunnels {
    /// None yet, but with the same numbers for the same chains.
    #[must_use]
    pub fn beside(&self) -> Tunnels {
        Tunnels {
            hasher: self.hasher.clone(),
            ..Tunnels::default()
        }
    }

    /// The number of a chain; 0 for none.
    pub fn id(&mut self, chain: &Chain) -> u64 {
        let tunnels = chain.tunnels();
        if tunnels.is_empty() {
            return 0;
        }
        if self.last.1.tunnels() == tunnels {
            return self.last.0;
        }
        // 0 says that there is no tunnel.
        let id = self.hasher.hash_one(tunnels).max(1);
        let full = self.known.len() >= TUNNELS;
        if let Entry::Vacant(place) = self.known.entry(id) {
            if full {
                self.unnamed = self.unnamed.saturating_add(1);
            } else {
                place.insert(tunnels.into());
            }
        }
        self.last = (id, *chain);
        id
    }

    /// The chain behind a number; empty for 0, and for those beyond the limit.
    #[must_use]
    pub fn chain(&self, id: u64) -> &[Tunnel] {
        self.known.get(&id).map_or(&[], |tunnels| tunnels)
    }

    /// How often a chain found no room to be named ([`TUNNELS`]).
    #[must_use]
    pub const fn unnamed(&self) -> u64 {
        self.unnamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vxlan(id: u32, last: u8) -> Tunnel {
        let end = |last| IpAddr::from([10, 0, 0, last]);
        Tunnel::between(TunnelKind::Vxlan, Some(id), end(last), end(1))
    }

    fn chain(tunnels: &[Tunnel]) -> Chain {
        let mut chain = Chain::default();
        assert!(tunnels.iter().all(|tunnel| chain.enter(*tunnel)));
        chain
    }

    #[test]
    fn both_directions_share_a_tunnel() {
        let (a, b) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let there = Tunnel::between(TunnelKind::Gre, None, a, b);
        assert_eq!(there, Tunnel::between(TunnelKind::Gre, None, b, a));
        assert_eq!(there.to_string(), "GRE between 10.0.0.1 and 10.0.0.2");
    }

    #[test]
    fn chains_are_told_apart_and_found_again() {
        let mut tunnels = Tunnels::default();
        assert_eq!(tunnels.id(&Chain::default()), 0);
        let (one, two) = (chain(&[vxlan(42, 2)]), chain(&[vxlan(43, 2), vxlan(42, 2)]));
        let (first, second) = (tunnels.id(&one), tunnels.id(&two));
        assert_ne!(first, second);
        assert_eq!((tunnels.id(&one), tunnels.id(&two)), (first, second));
        assert_eq!(tunnels.chain(second), two.tunnels());
        assert_eq!(tunnels.chain(0), &[]);
    }

    #[test]
    fn beyond_the_limit_chains_are_told_apart_without_names() {
        let mut tunnels = Tunnels::default();
        let ids: Vec<_> = (0..=u32::try_from(TUNNELS).unwrap())
            .map(|id| tunnels.id(&chain(&[vxlan(id, 2)])))
            .collect();
        assert_eq!(tunnels.unnamed(), 1);
        let [.., named, unnamed] = ids[..] else {
            unreachable!()
        };
        assert_ne!(named, unnamed);
        assert_eq!(tunnels.chain(named).len(), 1);
        assert_eq!(tunnels.chain(unnamed), &[]);
    }

    #[test]
    fn a_chain_has_an_end() {
        let mut chain = chain(&[vxlan(1, 2); TUNNEL_DEPTH]);
        assert!(!chain.enter(vxlan(1, 2)));
        assert_eq!(chain.tunnels().len(), TUNNEL_DEPTH);
    }
}
