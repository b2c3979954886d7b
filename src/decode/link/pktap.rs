//! `LINKTYPE_PKTAP`: what macOS puts before a frame of any interface.

use super::Way;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;

/// Length of this header, the kind of record, link type, name of the interface
/// (24 octets), flags; all little-endian. The link type and octets of the frame.
pub(super) fn open<'a>(frame: Octets<'a>, way: &mut Way) -> Result<(u32, Octets<'a>), Undecoded> {
    const PACKET: u32 = 1;
    let (header, _) = frame.split::<40>()?;
    let word = |place: usize| {
        let word = header.get(place..).and_then(<[u8]>::first_chunk);
        word.map_or(0, |word| u32::from_le_bytes(*word))
    };
    if word(4) != PACKET {
        return Err(Undecoded::NotIp);
    }
    way.direction = match word(36) & 3 {
        1 => Direction::Inbound,
        2 => Direction::Outbound,
        _ => way.direction,
    };
    let length = usize::try_from(word(0)).unwrap_or(usize::MAX);
    Ok((word(8), frame.skip(length.max(40))?))
}
