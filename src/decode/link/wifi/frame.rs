//! The frame itself (IEEE 802.11-2020, 9.3.2).

use super::super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// Flags in the second octet of frame control.
const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const MORE_FRAGMENTS: u8 = 0x04;
const PROTECTED: u8 = 0x40;
const HT_CONTROL: u8 = 0x80;

/// What an IP packet in a frame begins with: SNAP and an EtherType.
const SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00];

/// Octets before a subframe of an A-MSDU: two addresses and a length.
const SUBFRAME_HEADER: usize = 14;

/// Opens a frame without a header of a driver.
pub(in super::super) fn open(frame: Octets<'_>) -> Below<'_> {
    body(frame, false)
}

/// Takes the header of a data frame off.
pub(super) fn body(frame: Octets<'_>, padded: bool) -> Below<'_> {
    let ([control, flags], _) = frame.split::<2>()?;
    // Version 0, data. Of the four bits of the kind of data, one says that
    // there is none.
    if control & 0x0f != 0x08 || control & 0x40 != 0 {
        return Err(Undecoded::NotIp);
    }
    let mut len = 24;
    if flags & (TO_DS | FROM_DS) == TO_DS | FROM_DS {
        len += 6;
    }
    let quality = if control & 0x80 != 0 {
        let ([quality, _], _) = frame.skip(len)?.split::<2>()?;
        len += 2;
        // The bit has another meaning without quality of service.
        if flags & HT_CONTROL != 0 {
            len += 4;
        }
        *quality
    } else {
        0
    };
    if padded {
        len = len.next_multiple_of(4);
    }
    let ([.., sequence, _], _) = frame.split::<24>()?;
    let fragmented = flags & MORE_FRAGMENTS != 0 || sequence & 0x0f != 0;
    let rest = frame.skip(len)?;
    // Drivers that decrypt leave the flag set; encrypted octets do not begin
    // like this, as the third octet of their header is 0 (12.5.3.2), and in
    // the oldest form they are random.
    if flags & PROTECTED != 0 && !rest.captured().starts_with(&SNAP) {
        return Err(Undecoded::LinkEncrypted);
    }
    if fragmented {
        return Err(Undecoded::IpFragment);
    }
    // Several packets in one frame (9.3.2.2).
    if quality & 0x80 != 0 {
        return aggregate(rest);
    }
    Ok((Layer::Llc, rest))
}

/// The first packet of several that is IP: a frame gives one segment.
fn aggregate(mut rest: Octets<'_>) -> Below<'_> {
    loop {
        let ([.., high, low], inner) = rest.split::<SUBFRAME_HEADER>()?;
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let packet = inner.captured().strip_prefix(&SNAP);
        if let Some([0x08, 0x00, ..] | [0x86, 0xdd, ..]) = packet {
            return Ok((Layer::Llc, inner.limit(length)));
        }
        let padded = (SUBFRAME_HEADER + length).next_multiple_of(4);
        if padded >= rest.wire_len() {
            return Err(Undecoded::NotIp);
        }
        rest = rest.skip(padded)?;
    }
}
