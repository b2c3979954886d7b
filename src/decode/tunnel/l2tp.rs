//! Layer two tunneling, version 2 over UDP (RFC 2661) and version 3 over UDP
//! or IP (RFC 3931).
//!
//! Identity: both ends. Tunnels and sessions are numbered by the receiver, so
//! that the two directions have different numbers.

use super::{Inner, guess, header, note, skip};
use crate::decode::ip::Datagram;
use crate::decode::link::{ethernet, ppp};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const PRIORITY: u16 = 0x0100;
/// Flags and version of a data message of version 2; what is left is reserved.
const DATA_2: u16 = LENGTH | SEQUENCE | OFFSET | PRIORITY | 0x0002;

/// UDP, port 1701.
pub(super) fn open_over_udp<'a>(
    octets: Octets<'a>,
    outer: &Datagram<'_>,
    chain: &mut Chain,
) -> Inner<'a> {
    let ([f0, f1], _) = header::<2>(octets)?;
    let flags = u16::from_be_bytes([*f0, *f1]);
    match flags & 0x000f {
        // The T bit says that it is a control message: no packet is in it.
        _ if flags & CONTROL != 0 => Err(Undecoded::NotTcp),
        2 if flags & !DATA_2 == 0 => version_2(flags, octets, outer, chain),
        3 if flags == 3 => {
            let ([_, _, r0, r1], rest) = header::<4>(octets)?;
            if [*r0, *r1] != [0, 0] {
                return Err(Undecoded::NotTcp);
            }
            version_3(rest, outer, chain)
        }
        _ => Err(Undecoded::NotTcp),
    }
}

/// IP, protocol 115 (RFC 3931, 4.1.1).
pub(super) fn open_over_ip<'a>(outer: &Datagram<'a>, chain: &mut Chain) -> Inner<'a> {
    version_3(outer.payload, outer, chain)
}

/// PPP behind a header with optional fields (RFC 2661, 3.1).
fn version_2<'a>(
    flags: u16,
    octets: Octets<'a>,
    outer: &Datagram<'_>,
    chain: &mut Chain,
) -> Inner<'a> {
    let mut rest = skip(octets, 2)?;
    if flags & LENGTH != 0 {
        let (length, _) = header::<2>(rest)?;
        let length = usize::from(u16::from_be_bytes(*length));
        // The message has all of the packet; octets behind it are padding.
        if length > octets.wire_len() {
            return Err(Undecoded::NotTcp);
        }
        rest = skip(octets.limit(length), 4)?;
    }
    // Tunnel and session; number and next number expected.
    rest = skip(rest, if flags & SEQUENCE == 0 { 4 } else { 8 })?;
    if flags & OFFSET != 0 {
        let (padding, behind) = header::<2>(rest)?;
        rest = skip(behind, usize::from(u16::from_be_bytes(*padding)))?;
    }
    note(TunnelKind::L2tp, None, outer, chain)?;
    ppp::open(rest, chain)
}

/// What the session was set up for is not in its packets (RFC 3931, 4.1): a
/// cookie of 0, 4 or 8 octets, and 4 octets more before the frame, or not.
/// Ethernet is found where an IP packet in it shows which; PPP is not.
fn version_3<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    let (session, rest) = header::<4>(octets)?;
    // Control messages.
    if *session == [0; 4] {
        return Err(Undecoded::NotTcp);
    }
    for before in [0, 4, 8, 12] {
        let frame = skip(rest, before)?;
        if guess::is_frame(frame) {
            note(TunnelKind::L2tp, None, outer, chain)?;
            return ethernet::open(frame, chain);
        }
    }
    Err(Undecoded::TunnelUnsupported)
}
