//! MACsec (IEEE 802.1AE): a frame whose octets are signed, and often encrypted.

use etherparse::err::macsec::HeaderSliceError;
use etherparse::{MacsecHeaderSlice, MacsecPType};

use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// Octets of the signature at the end (IEEE 802.1AE, 14.5).
const ICV: usize = 16;

/// What stands behind the security tag.
pub(super) fn open(frame: Octets<'_>) -> Below<'_> {
    let tag = MacsecHeaderSlice::from_slice(frame.captured()).map_err(|error| match error {
        HeaderSliceError::Len(_) => Undecoded::FrameTooShort,
        HeaderSliceError::Content(_) => Undecoded::NotIp,
    })?;
    let MacsecPType::Unmodified(ether_type) = tag.ptype() else {
        return Err(Undecoded::LinkEncrypted);
    };
    let rest = frame.skip(tag.slice().len())?;
    // The length counts the type field too, and is 0 from 48 octets on.
    let secured = match usize::from(tag.short_len().value()) {
        0 => rest.without_last(ICV),
        length => rest.limit(rest.wire_len().min(length.saturating_sub(2))),
    };
    Ok((Layer::EtherType(ether_type.0), secured))
}
