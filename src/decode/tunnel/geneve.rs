//! Generic network virtualization (RFC 8926).
//!
//! Identity: the network's number and both ends, as for VXLAN.

use super::{Inner, header, note, skip, vxlan};
use crate::decode::ip::Datagram;
use crate::decode::link::ethernet;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

/// "This is a control packet": it carries none.
const CONTROL: u8 = 0x80;
/// Reserved bits beside the flags.
const RESERVED: u8 = 0x3f;

/// Version and length of the options, flags, EtherType, number, options.
pub(super) fn open<'a>(octets: Octets<'a>, outer: &Datagram<'_>, chain: &mut Chain) -> Inner<'a> {
    let (head, rest) = header::<8>(octets)?;
    let [first, flags, p0, p1, _, _, _, 0] = head else {
        return Err(Undecoded::NotTcp);
    };
    let ether_type = u16::from_be_bytes([*p0, *p1]);
    if first >> 6 != 0 || flags & (CONTROL | RESERVED) != 0 || ether_type < 0x0600 {
        return Err(Undecoded::NotTcp);
    }
    // In units of four octets.
    let options = usize::from(first & 0x3f) * 4;
    let inner = skip(rest, options)?;
    check(rest.limit(options).captured())?;
    note(TunnelKind::Geneve, Some(vxlan::network(head)), outer, chain)?;
    match ether_type {
        0x6558 => ethernet::open(inner, chain),
        _ => ethernet::by_ether_type(ether_type, inner, chain),
    }
}

/// The options fill the place that the header gives them (RFC 8926, 3.5).
fn check(mut options: &[u8]) -> Result<(), Undecoded> {
    while let Some(([.., length], rest)) = options.split_first_chunk::<4>() {
        let data = usize::from(length & 0x1f) * 4;
        options = rest.get(data..).ok_or(Undecoded::NotTcp)?;
    }
    Ok(())
}
