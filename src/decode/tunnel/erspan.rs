//! Mirrored frames of a switch (draft-foschiano-erspan-03).
//!
//! Identity: the session and both ends. A session is a place where frames are
//! tapped: the same frame may come through several, and taken together the
//! copies would look like retransmissions. Both directions of a place are
//! usually mirrored by one session; where they are not, each shows by itself.
//! The first type has no header, and no session.

use super::{Inner, header, note, skip};
use crate::decode::ip::Datagram;
use crate::decode::link::{Network, ethernet};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

/// Type I: the frame follows at once.
pub(super) fn open_1<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    note(TunnelKind::Erspan, None, outer, chain)?;
    ethernet::open(octets, chain)
}

/// Type II: version and VLAN, class and session, index of the port.
pub(super) fn open_2<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    let (head, rest) = header::<8>(octets)?;
    if head[0] >> 4 != 1 {
        return Err(Undecoded::TunnelUnsupported);
    }
    note(
        TunnelKind::Erspan,
        Some(session(head[2], head[3])),
        outer,
        chain,
    )?;
    ethernet::open(rest, chain)
}

/// Type III: the same, a time, and more about the frame; the last bit tells
/// whether eight octets of the platform follow.
pub(super) fn open_3<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    let (head, mut rest) = header::<12>(octets)?;
    if head[0] >> 4 != 2 {
        return Err(Undecoded::TunnelUnsupported);
    }
    let frame_type = head[10] >> 2 & 0x1f;
    if head[11] & 1 != 0 {
        rest = skip(rest, 8)?;
    }
    note(
        TunnelKind::Erspan,
        Some(session(head[2], head[3])),
        outer,
        chain,
    )?;
    match frame_type {
        0 => ethernet::open(rest, chain),
        2 => Ok((Network::EitherIp, rest)),
        _ => Err(Undecoded::TunnelUnsupported),
    }
}

/// The last ten bits of the second word.
fn session(high: u8, low: u8) -> u32 {
    u32::from(u16::from_be_bytes([high, low]) & 0x03ff)
}
