//! Generic Routing Encapsulation (RFC 2784, RFC 2890; RFC 1701; in UDP
//! RFC 8086), its enhanced version for PPP (RFC 2637), and what others put on it.
//!
//! Identity: the key, which both directions share in all usual uses. (The
//! keys of RFC 5845 differ; so can the flow number that RFC 7637 puts into
//! the last octet of the key. Both show each direction by itself.) The
//! enhanced version has no key but the number by which the receiver knows the
//! call, another one for each direction: the two ends alone count.

use super::{Inner, erspan, header, note, skip};
use crate::decode::ip::Datagram;
use crate::decode::link::{Network, ethernet, ppp, wifi};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
/// Of the enhanced version only.
const ACKNOWLEDGMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;
/// What version 0 sets. Other bits have to be ignored (RFC 2784, 2.3).
const IN_USE: u16 = CHECKSUM | KEY | SEQUENCE;

/// PPP as EtherType.
const PPP: u16 = 0x880b;

/// Any GRE packet.
pub(super) fn open<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    let ([f0, f1, p0, p1], _) = header::<4>(octets)?;
    let (flags, protocol) = (
        u16::from_be_bytes([*f0, *f1]),
        u16::from_be_bytes([*p0, *p1]),
    );
    match flags & VERSION {
        0 => plain(flags, protocol, octets, outer, chain),
        1 if protocol == PPP => enhanced(flags, octets, outer, chain),
        _ => Err(Undecoded::NotTcp),
    }
}

/// A GRE packet in UDP: anything may come to a port, so bits that nobody
/// sets tell it from other traffic.
pub(super) fn open_strictly<'a>(
    octets: Octets<'a>,
    outer: &Datagram<'_>,
    chain: &mut Chain,
) -> Inner<'a> {
    let ([f0, f1], _) = header::<2>(octets)?;
    if u16::from_be_bytes([*f0, *f1]) & !IN_USE != 0 {
        return Err(Undecoded::NotTcp);
    }
    open(octets, outer, chain)
}

/// Version 0.
fn plain<'a>(
    flags: u16,
    protocol: u16,
    octets: Octets<'a>,
    outer: &Datagram<'_>,
    chain: &mut Chain,
) -> Inner<'a> {
    let mut rest = skip(octets, 4)?;
    let mut key = None;
    // Checksum and offset stand there if either is wanted.
    if flags & (CHECKSUM | ROUTING) != 0 {
        rest = skip(rest, 4)?;
    }
    if flags & KEY != 0 {
        let (octets, behind) = header::<4>(rest)?;
        (key, rest) = (Some(u32::from_be_bytes(*octets)), behind);
    }
    if flags & SEQUENCE != 0 {
        rest = skip(rest, 4)?;
    }
    if flags & ROUTING != 0 {
        rest = skip_routes(rest)?;
    }
    match protocol {
        0x88be if flags & SEQUENCE == 0 => return erspan::open_1(rest, outer, chain),
        0x88be => return erspan::open_2(rest, outer, chain),
        0x22eb => return erspan::open_3(rest, outer, chain),
        _ => {}
    }
    note(TunnelKind::Gre, key, outer, chain)?;
    match protocol {
        0x6558 => ethernet::open(rest, chain),
        0x883e => redirected(rest),
        // A protocol of 0 asks whether the tunnel is alive, numbers up to the
        // first EtherType are not those of IP.
        0..0x0600 => Err(Undecoded::NotTcp),
        // Wireless frames of Aruba's access points.
        0x8200..=0x8210 | 0x8240 => wifi::open(rest, chain),
        // Control of access points, and PPP as a stream of octets.
        0x9000 | 0x8881 => Err(Undecoded::TunnelUnsupported),
        _ => ethernet::by_ether_type(protocol, rest, chain),
    }
}

/// Source route entries, as far as the one without length (RFC 1701).
fn skip_routes(mut rest: Octets<'_>) -> Result<Octets<'_>, Undecoded> {
    loop {
        let ([_, _, _, len], behind) = header::<4>(rest)?;
        if *len == 0 {
            return Ok(behind);
        }
        rest = skip(behind, usize::from(*len))?;
    }
}

/// What a router hands to a web cache (WCCP). Version 2 puts four octets before the packet, whose
/// first has two flags; no IP packet begins with one of them.
fn redirected(rest: Octets<'_>) -> Inner<'_> {
    let ([first], _) = header::<1>(rest)?;
    match first {
        0x00 | 0x40 | 0x80 | 0xc0 => Ok((Network::EitherIp, skip(rest, 4)?)),
        _ => Ok((Network::EitherIp, rest)),
    }
}

/// Version 1 (RFC 2637, 4.1): the key is the payload's length and the call.
fn enhanced<'a>(
    flags: u16,
    octets: Octets<'a>,
    outer: &Datagram<'_>,
    chain: &mut Chain,
) -> Inner<'a> {
    let ([_, _, _, _, l0, l1, _, _], mut rest) = header::<8>(octets)?;
    if flags & KEY == 0 || flags & (CHECKSUM | ROUTING) != 0 {
        return Err(Undecoded::NotTcp);
    }
    if flags & ACKNOWLEDGMENT != 0 {
        rest = skip(rest, 4)?;
    }
    // Without a sequence number there is no payload.
    if flags & SEQUENCE == 0 {
        return Err(Undecoded::NotTcp);
    }
    rest = skip(rest, 4)?;
    let length = usize::from(u16::from_be_bytes([*l0, *l1]));
    if length > rest.wire_len() {
        return Err(Undecoded::NotTcp);
    }
    note(TunnelKind::Gre, None, outer, chain)?;
    ppp::open(rest.limit(length), chain)
}
