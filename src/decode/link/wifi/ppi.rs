//! Per-Packet Information (CACE Technologies): fields of type, length and
//! value, then a frame of the link type that the header names.

use super::super::layers::Below;
use super::{Facts, with_facts};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// The field that all kinds of 802.11 share.
const COMMON: u16 = 2;

/// A frame in the header.
pub(in super::super) struct Inner<'a> {
    /// Its link type.
    pub(in super::super) link_type: u32,
    /// Its octets.
    pub(in super::super) octets: Octets<'a>,
    facts: Facts,
}

impl<'a> Inner<'a> {
    /// Opens the frame as one of 802.11.
    pub(in super::super) fn open_wireless(&self, had_fcs: bool) -> Below<'a> {
        with_facts(self.octets, self.facts, had_fcs)
    }
}

/// Version, flags, length, link type, fields. All little-endian.
pub(in super::super) fn open(frame: Octets<'_>) -> Result<Inner<'_>, Undecoded> {
    let ([version, _, low, high, link_type @ ..], fields) = frame.split::<8>()?;
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    if *version != 0 || length < 8 {
        return Err(Undecoded::NotIp);
    }
    Ok(Inner {
        link_type: u32::from_le_bytes(*link_type),
        octets: frame.skip(length)?,
        facts: facts(fields.limit(length - 8).captured()),
    })
}

/// What the field of 802.11 says: a time of eight octets, then flags.
fn facts(mut fields: &[u8]) -> Facts {
    while let [type_low, type_high, low, high, rest @ ..] = fields {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        if u16::from_le_bytes([*type_low, *type_high]) == COMMON {
            let flags = rest.get(8).copied().unwrap_or(0);
            return Facts {
                check_sequence: flags & 0x01 != 0,
                damaged: flags & 0x04 != 0,
                padded: false,
            };
        }
        fields = rest.get(length..).unwrap_or(&[]);
    }
    Facts::default()
}
