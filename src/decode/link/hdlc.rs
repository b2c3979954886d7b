//! Frames of serial lines: Cisco's HDLC, PPP in HDLC, frame relay.

use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// Either PPP, or Cisco's HDLC: its addresses are no number of PPP.
pub(super) fn either(frame: Octets<'_>) -> Below<'_> {
    match frame.captured() {
        [0x0f | 0x8f, 0x00, ..] => Ok((Layer::CiscoHdlc, frame)),
        _ => Ok((Layer::Ppp, frame)),
    }
}

/// Address, control octet, EtherType.
pub(super) fn cisco(frame: Octets<'_>) -> Below<'_> {
    let ([_, _, high, low], rest) = frame.split::<4>()?;
    let ether_type = u16::from_be_bytes([*high, *low]);
    Ok((Layer::EtherType(ether_type), rest))
}

/// Frame relay (RFC 2427): an address of two octets or more, the last of them
/// odd, then a control octet and a number of the protocol. Cisco's own form
/// has an EtherType there.
pub(super) fn frame_relay(frame: Octets<'_>) -> Below<'_> {
    let address = frame.captured();
    let last = address.iter().take(4).position(|octet| octet & 1 == 1);
    let rest = match last {
        Some(last @ 1..) => frame.skip(last + 1)?,
        _ if address.len() < 4 => return Err(Undecoded::FrameTooShort),
        _ => return Err(Undecoded::NotIp),
    };
    match rest.captured() {
        // Unnumbered information, an octet to align the rest.
        [0x03, 0x00, number, ..] => Ok((Layer::Nlpid(*number), rest.skip(3)?)),
        [0x03, number, ..] => Ok((Layer::Nlpid(*number), rest.skip(2)?)),
        _ => {
            let (ether_type, rest) = rest.split::<2>()?;
            Ok((Layer::EtherType(u16::from_be_bytes(*ether_type)), rest))
        }
    }
}
