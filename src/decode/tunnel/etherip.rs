//! Ethernet within IP (RFC 3378). Identity: both ends.

use super::{Inner, header, note};
use crate::decode::ip::Datagram;
use crate::decode::link::ethernet;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::{Chain, TunnelKind};

/// Version 3 in four bits, twelve that are zero, the frame.
pub(super) fn open<'a>(outer: &Datagram<'a>, chain: &mut Chain) -> Inner<'a> {
    let (head, rest) = header::<2>(outer.payload)?;
    if *head != [0x30, 0] {
        return Err(Undecoded::TunnelUnsupported);
    }
    note(TunnelKind::EtherIp, None, outer, chain)?;
    ethernet::open(rest, chain)
}
