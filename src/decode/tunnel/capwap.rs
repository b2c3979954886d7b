//! What an access point passes on to its controller (RFC 5415, 4): data, not
//! control, and not encrypted.
//!
//! Identity: both ends.

use super::{Inner, header, note, skip};
use crate::decode::ip::Datagram;
use crate::decode::link::ethernet;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

/// A frame as Ethernet has it, behind the header (4.3).
pub(super) fn open<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    /// It is a wireless frame.
    const NATIVE: u8 = 0x01;
    /// It is a piece of a frame.
    const FRAGMENT: u8 = 0x80;
    /// The tunnel is alive, and nothing more.
    const KEEP_ALIVE: u8 = 0x08;
    /// Reserved flags.
    const RESERVED: u8 = 0x07;
    let (head, _) = header::<8>(octets)?;
    let [preamble, length, kind, flags, ..] = head;
    match preamble {
        0 => {}
        // Version 0, encrypted.
        1 => return Err(Undecoded::TunnelUnsupported),
        _ => return Err(Undecoded::NotTcp),
    }
    // In units of four octets, in the upper five bits.
    let length = usize::from(length >> 3) * 4;
    if length < head.len() || flags & RESERVED != 0 {
        return Err(Undecoded::NotTcp);
    }
    let frame = skip(octets, length)?;
    if flags & KEEP_ALIVE != 0 {
        return Err(Undecoded::NotTcp);
    }
    if flags & FRAGMENT != 0 || kind & NATIVE != 0 {
        return Err(Undecoded::TunnelUnsupported);
    }
    note(TunnelKind::Capwap, None, outer, chain)?;
    ethernet::open(frame, chain)
}
