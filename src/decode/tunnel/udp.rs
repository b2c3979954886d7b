//! UDP (RFC 768), and which tunnel runs to which port.
//!
//! A port is only a hint: anything may be sent to it. So each tunnel's header
//! must be as its document wants it, reserved bits included; what is not is
//! just UDP. A port of the sender counts where answers come from it. It is no
//! part of any tunnel's identity: senders choose it by the flow within
//! (RFC 7348, 5), and NATs change it.

use etherparse::{UdpHeader, UdpHeaderSlice};

use super::{Inner, capwap, geneve, gre, gtp, l2tp, mpls, teredo, tzsp, vxlan};
use crate::decode::ip::Datagram;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::Chain;

/// Octets of the header.
const HEADER: usize = UdpHeader::LEN;

/// The tunnel in a UDP packet.
pub(super) fn open<'a>(outer: &Datagram<'a>, chain: &mut Chain) -> Inner<'a> {
    let octets = outer.payload;
    if octets.wire_len() < HEADER {
        return Err(Undecoded::NotTcp);
    }
    let udp =
        UdpHeaderSlice::from_slice(octets.captured()).map_err(|_| Undecoded::FrameTooShort)?;
    let payload = payload(udp.length(), octets)?;
    match udp.destination_port() {
        4789 | 8472 => vxlan::open(payload, outer, chain),
        4790 => vxlan::open_generic(payload, outer, chain),
        6081 => geneve::open(payload, outer, chain),
        2152 => gtp::open(payload, outer, chain),
        4754 => gre::open_strictly(payload, outer, chain),
        6635 => mpls::open(payload, outer, chain),
        1701 => l2tp::open_over_udp(payload, outer, chain),
        5247 => capwap::open(payload, outer, chain),
        37008 => tzsp::open(payload, outer, chain),
        _ => match udp.source_port() {
            2152 => gtp::open(payload, outer, chain),
            1701 => l2tp::open_over_udp(payload, outer, chain),
            5247 => capwap::open(payload, outer, chain),
            _ => teredo::open(payload, chain),
        },
    }
}

/// What the packet carries. A length of 0 stands for all that is there (RFC
/// 2675, 4); a packet that is shorter than it says is none.
fn payload(length: u16, octets: Octets<'_>) -> Result<Octets<'_>, Undecoded> {
    let length = match usize::from(length) {
        0 => octets.wire_len(),
        length => length,
    };
    if length < HEADER || length > octets.wire_len() {
        return Err(Undecoded::NotTcp);
    }
    octets.limit(length).skip(HEADER)
}
