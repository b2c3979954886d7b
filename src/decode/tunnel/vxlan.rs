//! Virtual extensible LAN (RFC 7348), with group policies
//! (draft-smith-vxlan-group-policy) or for any protocol (draft-ietf-nvo3-vxlan-gpe).
//!
//! Identity: the network's number and both ends. The number alone would do
//! within one fabric, but a frame can be captured in several tunnels of one
//! network: mirrored from both of its hosts, or handed on by a gateway.

use super::{Inner, MPLS, NSH, guess, header, note};
use crate::decode::ip::Datagram;
use crate::decode::link::{Network, ethernet};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

/// The network's number is valid.
const VALID: u8 = 0x08;
/// The header has a group policy.
const POLICY: u8 = 0x80;
/// The policy's own flags: don't learn, applied.
const POLICY_FLAGS: u8 = 0x48;

/// A frame. Reserved bits are to be ignored (RFC 7348, 5): where some are
/// set, the frame must show that it is one.
pub(super) fn open<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    let (head, rest) = header::<8>(octets)?;
    match head {
        [VALID, 0, 0, 0, .., 0] => {}
        [flags, policy, .., 0] if *flags == VALID | POLICY && policy & !POLICY_FLAGS == 0 => {}
        [flags, ..] if flags & VALID != 0 && guess::is_frame(rest) => {}
        _ => return Err(Undecoded::NotTcp),
    }
    note(TunnelKind::Vxlan, Some(network(head)), outer, chain)?;
    ethernet::open(rest, chain)
}

/// The header says which protocol follows.
pub(super) fn open_generic<'a>(
    octets: Octets<'a>,
    outer: &Datagram<'_>,
    chain: &mut Chain,
) -> Inner<'a> {
    /// The next protocol is valid.
    const NEXT: u8 = 0x04;
    /// Flooded by its sender.
    const FLOODED: u8 = 0x02;
    let (head, rest) = header::<8>(octets)?;
    let [flags, 0, 0, next, .., 0] = head else {
        return Err(Undecoded::NotTcp);
    };
    if flags & !FLOODED != VALID | NEXT || !(1..=5).contains(next) {
        return Err(Undecoded::NotTcp);
    }
    note(TunnelKind::Vxlan, Some(network(head)), outer, chain)?;
    match next {
        1 => Ok((Network::Ipv4, rest)),
        2 => Ok((Network::Ipv6, rest)),
        3 => ethernet::open(rest, chain),
        4 => ethernet::by_ether_type(NSH, rest, chain),
        _ => ethernet::by_ether_type(MPLS, rest, chain),
    }
}

/// The network's number: 24 bits, which GENEVE keeps at the same place.
pub(super) fn network(head: &[u8; 8]) -> u32 {
    u32::from_be_bytes([0, head[4], head[5], head[6]])
}
