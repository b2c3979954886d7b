//! Two older headers of drivers: that of the Prism chips, and AVS.

use super::super::layers::Below;
use super::frame;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// What AVS begins with, less the last four bits: its version.
const AVS: u32 = 0x8021_1000;

/// The Prism header: a code, the length of the header, both in the byte order
/// of the host. Some drivers put AVS in its place.
pub(in super::super) fn open(frame: Octets<'_>) -> Below<'_> {
    let ([code @ .., _, _, _, _], _) = frame.split::<8>()?;
    let ([_, _, _, _, length @ ..], _) = frame.split::<8>()?;
    if u32::from_be_bytes(*code) & 0xffff_fff0 == AVS {
        return open_avs(frame);
    }
    let length = match code {
        [_, _, 0, 0] => u32::from_le_bytes(*length),
        _ => u32::from_be_bytes(*length),
    };
    behind(frame, length)
}

/// AVS: a version, the length of the header, both big-endian.
pub(in super::super) fn open_avs(frame: Octets<'_>) -> Below<'_> {
    let ([_, _, _, _, length @ ..], _) = frame.split::<8>()?;
    behind(frame, u32::from_be_bytes(*length))
}

fn behind(frame: Octets<'_>, length: u32) -> Below<'_> {
    if length < 8 {
        return Err(Undecoded::NotIp);
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    frame::open(frame.skip(length)?)
}
