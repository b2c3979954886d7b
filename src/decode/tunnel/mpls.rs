//! MPLS in IP (RFC 4023) or UDP (RFC 7510).
//!
//! Identity: both ends. Labels are chosen by the receiver, so that the two
//! directions have different ones.

use super::{Inner, MPLS, note};
use crate::decode::ip::Datagram;
use crate::decode::link::ethernet;
use crate::decode::octets::Octets;
use crate::tunnel::{Chain, TunnelKind};

/// A stack of labels, and what is behind it.
pub(super) fn open<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    note(TunnelKind::MplsInIp, None, outer, chain)?;
    ethernet::by_ether_type(MPLS, octets, chain)
}
