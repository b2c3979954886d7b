//! User plane of GPRS (3GPP TS 29.281), version 1.
//!
//! Identity: both ends. Each of them gives the other a number under which it
//! takes packets, so the two directions of one user have different ones, and
//! nothing ties them together but the signalling, which runs elsewhere. Two
//! users with the same private address between the same two ends are possible
//! (in networks for different customers); both would have to use the same
//! ports with the same server. A user who moves to another base station gets
//! another tunnel in the middle of his connections, and a packet that is
//! handed on from tunnel to tunnel is captured twice: so the ends count.

use super::{Inner, guess, header, note, skip};
use crate::decode::ip::Datagram;
use crate::decode::link::{Network, ethernet};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

/// Version 1 of the protocol for users, not for charging (5.1).
const VERSION_1: u8 = 0x30;
/// Optional fields are there: extension headers, sequence number, number of
/// the N-PDU. If there is one, there is the place of all.
const OPTIONAL: u8 = 0x07;
/// Extension headers follow.
const EXTENSIONS: u8 = 0x04;
/// A user's packet.
const PACKET: u8 = 255;

/// A user's packet: IP, or a frame of an Ethernet session (TS 23.501, 5.6.10.2).
pub(super) fn open<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    let ([flags, message, l0, l1, ..], mut rest) = header::<8>(octets)?;
    let length = usize::from(u16::from_be_bytes([*l0, *l1]));
    if flags & !OPTIONAL != VERSION_1 || *message != PACKET || length != rest.wire_len() {
        return Err(Undecoded::NotTcp);
    }
    if flags & OPTIONAL != 0 {
        let (&[.., mut next], mut behind) = header::<4>(rest)?;
        if flags & EXTENSIONS == 0 {
            next = 0;
        }
        while next != 0 {
            (next, behind) = extension(behind)?;
        }
        rest = behind;
    }
    if guess::is_ip(rest)? {
        note(TunnelKind::GtpU, None, outer, chain)?;
        return Ok((Network::EitherIp, rest));
    }
    if guess::is_frame(rest) {
        note(TunnelKind::GtpU, None, outer, chain)?;
        return ethernet::open(rest, chain);
    }
    Err(Undecoded::NotTcp)
}

/// An extension header: its length in units of four octets first, the type of
/// the next one last (5.2.1).
fn extension(octets: Octets<'_>) -> Result<(u8, Octets<'_>), Undecoded> {
    let ([units], _) = header::<1>(octets)?;
    let len = usize::from(*units) * 4;
    if len == 0 {
        return Err(Undecoded::NotTcp);
    }
    let behind = skip(octets, len)?;
    let last = octets.limit(len).captured().last();
    Ok((last.copied().unwrap_or(0), behind))
}
