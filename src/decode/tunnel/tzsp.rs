//! Frames that a router or access point mirrors (TaZmen Sniffer Protocol).
//!
//! Identity: both ends.

use super::{Inner, header, note, skip};
use crate::decode::ip::Datagram;
use crate::decode::link::ethernet;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

/// Version, type, what kind of frame, tags, the frame.
pub(super) fn open<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    /// Received, or about to be sent.
    const FRAME: [u8; 2] = [0, 1];
    let ([version, kind, p0, p1], mut rest) = header::<4>(octets)?;
    if *version != 1 || !FRAME.contains(kind) {
        return Err(Undecoded::NotTcp);
    }
    loop {
        let ([tag], behind) = header::<1>(rest)?;
        rest = match tag {
            // Padding; the end; all others have a length.
            0 => behind,
            1 => {
                rest = behind;
                break;
            }
            _ => {
                let ([length], data) = header::<1>(behind)?;
                skip(data, usize::from(*length))?
            }
        };
    }
    // The others are wireless, of several kinds.
    if [*p0, *p1] != [0, 1] {
        return Err(Undecoded::TunnelUnsupported);
    }
    note(TunnelKind::Tzsp, None, outer, chain)?;
    ethernet::open(rest, chain)
}
