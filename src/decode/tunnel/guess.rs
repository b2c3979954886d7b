//! Telling what begins here where nothing announces it.

use crate::decode::checksum::Sum;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// Whether an IP packet fills `octets`, or all of them but padding.
///
/// # Errors
///
/// Too little was captured to say.
pub(super) fn is_ip(octets: Octets<'_>) -> Result<bool, Undecoded> {
    let room = octets.wire_len();
    if room < 20 {
        return Ok(false);
    }
    let ([first, _, l2, l3, l4, l5], _) = octets.split::<6>()?;
    Ok(match first >> 4 {
        4 => {
            let header = usize::from(first & 0xf) * 4;
            let total = usize::from(u16::from_be_bytes([*l2, *l3]));
            header >= 20 && (header..=room).contains(&total)
        }
        6 => usize::from(u16::from_be_bytes([*l4, *l5])) + 40 <= room,
        _ => false,
    })
}

/// Whether `octets` are an Ethernet frame with an IP packet. Its type says so,
/// lengths agree, and a header of IPv4 has the right checksum: by chance this
/// comes once in 2^32.
pub(super) fn is_frame(octets: Octets<'_>) -> bool {
    ip_in_frame(octets).unwrap_or(false)
}

fn ip_in_frame(octets: Octets<'_>) -> Result<bool, Undecoded> {
    let ([.., t0, t1], mut rest) = octets.split::<14>()?;
    let mut ether_type = [*t0, *t1];
    // VLAN tags.
    while matches!(ether_type, [0x81, 0x00] | [0x88, 0xa8]) {
        let ([_, _, t0, t1], behind) = rest.split::<4>()?;
        (ether_type, rest) = ([*t0, *t1], behind);
    }
    let first = rest.captured().first().copied().unwrap_or(0);
    Ok(match ether_type {
        [0x08, 0x00] => first >> 4 == 4 && is_ip(rest)? && is_summed(rest),
        [0x86, 0xdd] => first >> 4 == 6 && is_ip(rest)?,
        _ => false,
    })
}

/// Whether the header checksum of an IPv4 packet is right (RFC 791, 3.1).
fn is_summed(packet: Octets<'_>) -> bool {
    let octets = packet.captured();
    let words = octets.first().map_or(0, |first| usize::from(first & 0xf));
    let header = octets.get(..words * 4);
    header.is_some_and(|header| Sum::of(header).fold() == 0xffff)
}
