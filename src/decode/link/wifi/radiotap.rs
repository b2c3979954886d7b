//! Radiotap (<https://www.radiotap.org>): fields in an order and at places
//! that bits at the front tell.

use super::super::layers::Below;
use super::{Facts, with_facts};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// Bits of the first word that says which fields there are.
const TSFT: u32 = 1;
const FLAGS: u32 = 1 << 1;
/// Another such word follows.
const MORE: u32 = 1 << 31;

/// Version, padding, length, words of bits, fields. All little-endian.
pub(in super::super) fn open(frame: Octets<'_>, had_fcs: bool) -> Below<'_> {
    let ([version, _, low, high], _) = frame.split::<4>()?;
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    if *version != 0 || length < 8 {
        return Err(Undecoded::NotIp);
    }
    let rest = frame.skip(length)?;
    let facts = facts(frame.limit(length).captured()).unwrap_or_default();
    with_facts(rest, facts, had_fcs)
}

/// What the field of flags says, if there is one. `header` is all of the header.
fn facts(header: &[u8]) -> Option<Facts> {
    let mut words = header.get(4..)?.chunks_exact(4).map(|word| {
        let word = word.first_chunk().copied().unwrap_or_default();
        u32::from_le_bytes(word)
    });
    let first = words.next()?;
    if first & FLAGS == 0 {
        return None;
    }
    let mut place: usize = 8;
    let mut word = first;
    while word & MORE != 0 {
        word = words.next()?;
        place += 4;
    }
    if first & TSFT != 0 {
        place = place.next_multiple_of(8) + 8;
    }
    let flags = header.get(place)?;
    Some(Facts {
        check_sequence: flags & 0x10 != 0,
        padded: flags & 0x20 != 0,
        damaged: flags & 0x40 != 0,
    })
}
