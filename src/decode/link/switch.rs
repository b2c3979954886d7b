//! Ethernet with the tag of a switch, or with more of what the wire carries.

use super::ethernet::with_switch_tag;
use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// The last octet of the preamble of an ordinary frame.
const EXPRESS: u8 = 0xd5;

/// Broadcom's tag and Marvell's short one: four octets behind the addresses.
pub(super) fn short_tag(frame: Octets<'_>) -> Below<'_> {
    with_switch_tag(frame, 4)
}

/// Marvell's tag with a type field of its own: eight octets.
pub(super) fn long_tag(frame: Octets<'_>) -> Below<'_> {
    with_switch_tag(frame, 8)
}

/// Broadcom's tag before the addresses.
pub(super) fn tag_in_front(frame: Octets<'_>) -> Below<'_> {
    Ok((Layer::Ethernet, frame.skip(4)?))
}

/// The header of a netANALYZER: four octets, the frame with its check sequence.
pub(super) fn net_analyzer(frame: Octets<'_>) -> Below<'_> {
    Ok((Layer::Ethernet, frame.skip(4)?.without_last(4)))
}

/// The same with the preamble.
pub(super) fn net_analyzer_transparent(frame: Octets<'_>) -> Below<'_> {
    let ([.., delimiter], frame) = frame.split::<12>()?;
    match *delimiter {
        EXPRESS => Ok((Layer::Ethernet, frame.without_last(4))),
        _ => Err(Undecoded::NotIp),
    }
}

/// Frames that may be interrupted (IEEE 802.3br, 99.3): a preamble with a
/// delimiter, the frame, its check sequence. Only express frames, and those
/// that were not interrupted, are whole.
pub(super) fn preemptable(frame: Octets<'_>) -> Below<'_> {
    let (preamble, frame) = frame.split::<8>()?;
    match preamble {
        // A continuation, and which one.
        [.., 0x61 | 0x52 | 0x9e | 0x2a, 0xe6 | 0x4c | 0x7f | 0xb3] => Err(Undecoded::IpFragment),
        [.., EXPRESS] => Ok((Layer::Ethernet, frame.without_last(4))),
        // The start of a frame, of four delimiters in turn.
        [.., 0xe6 | 0x4c | 0x7f | 0xb3] if ends_with_its_crc(frame) => {
            Ok((Layer::Ethernet, frame.without_last(4)))
        }
        // One that is continued.
        [.., 0xe6 | 0x4c | 0x7f | 0xb3] => Err(Undecoded::IpFragment),
        // Verify and respond.
        _ => Err(Undecoded::NotIp),
    }
}

/// An interrupted frame has another check sequence than a whole one.
fn ends_with_its_crc(frame: Octets<'_>) -> bool {
    let Some((covered, sequence)) = frame.captured().split_last_chunk::<4>() else {
        return false;
    };
    let mut crc = flate2::Crc::new();
    crc.update(covered);
    // A frame that was cut cannot be told; most are not interrupted.
    !frame.is_whole() || crc.sum() == u32::from_le_bytes(*sequence)
}

/// Passive optical networks: what of the preamble was kept says whether the
/// frame is encrypted.
pub(super) fn epon(frame: Octets<'_>) -> Below<'_> {
    const ENCRYPTED: u8 = 0x02;
    let frame = match frame.captured() {
        [0x55, 0xd5, 0x55, ..] => frame.skip(1)?,
        _ => frame,
    };
    let ([0xd5, 0x55, security, ..], frame) = frame.split::<6>()? else {
        return Err(Undecoded::NotIp);
    };
    if *security != 0x55 && security & ENCRYPTED != 0 {
        return Err(Undecoded::LinkEncrypted);
    }
    Ok((Layer::Ethernet, frame))
}

/// Cable networks (DOCSIS, 6.2): frame control, a parameter, a length, a
/// header of so many octets as the parameter says, and an Ethernet frame.
pub(super) fn docsis(frame: Octets<'_>) -> Below<'_> {
    const WITH_EXTENDED_HEADER: u8 = 0x01;
    let ([control, parameter, ..], mut rest) = frame.split::<4>()?;
    if control >> 6 != 0 {
        return Err(Undecoded::NotIp);
    }
    if control & WITH_EXTENDED_HEADER != 0 {
        let extended = rest.limit(usize::from(*parameter)).captured();
        rest = rest.skip(usize::from(*parameter))?;
        if is_private(extended) {
            return Err(Undecoded::LinkEncrypted);
        }
    }
    Ok((Layer::Ethernet, rest))
}

/// Whether an element of the extended header says that privacy is on: up- and
/// downstream, in both its forms.
fn is_private(mut elements: &[u8]) -> bool {
    while let [kind, rest @ ..] = elements {
        let Some((value, rest)) = rest.split_at_checked(usize::from(kind & 0x0f)) else {
            return false;
        };
        if let (3 | 4 | 7, [_, flags, ..]) = (kind >> 4, value)
            && flags & 0x80 != 0
        {
            return true;
        }
        elements = rest;
    }
    false
}
