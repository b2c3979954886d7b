//! The headers below IP that stand within each other, in whatever order.
//!
//! Each header is a function from its octets to what follows: the next layer
//! and its octets. One loop walks from layer to layer, so that no frame,
//! however it is nested, takes more stack than another.

use super::{Network, backbone, ethernet, hdlc, llc, macsec, mpls, nsh, ppp, pppoe, tags};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::limits::LINK_LAYERS;
use crate::tunnel::Chain;

/// What octets begin with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layer {
    /// An IP packet.
    Ip(Network),
    /// An Ethernet II or IEEE 802.3 frame.
    Ethernet,
    /// What follows a type field with this number.
    EtherType(u16),
    /// IEEE 802.2.
    Llc,
    /// The organization and type of SNAP (IEEE 802, 9.5).
    Snap,
    /// What follows a Network Layer Protocol Identifier (ISO/IEC TR 9577).
    Nlpid(u8),
    /// PPP, with address and control octets or without (RFC 1661, RFC 1662).
    Ppp,
    /// The Cisco variant of HDLC (RFC 1547, 4.3.1).
    CiscoHdlc,
    /// A PPPoE header (RFC 2516).
    Pppoe,
    /// A stack of MPLS labels (RFC 3032).
    Mpls,
}

/// A layer and its octets.
pub(super) type Below<'a> = Result<(Layer, Octets<'a>), Undecoded>;

/// Walks from layer to layer as far as IP; tunnels are noted in `chain`.
///
/// # Errors
///
/// The reason why there is no IP packet, or why it could not be found.
#[inline(never)]
pub(super) fn descend<'a>(
    mut layer: Layer,
    mut octets: Octets<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    for _ in 0..LINK_LAYERS {
        (layer, octets) = match layer {
            Layer::Ip(network) => return Ok((network, octets)),
            Layer::Ethernet => ethernet::header(octets)?,
            Layer::EtherType(number) => ether_type(number, octets, chain)?,
            Layer::Llc => llc::open(octets)?,
            Layer::Snap => llc::snap(octets)?,
            Layer::Nlpid(number) => llc::nlpid(number, octets)?,
            Layer::Ppp => ppp::header(octets)?,
            Layer::CiscoHdlc => hdlc::cisco(octets)?,
            Layer::Pppoe => pppoe::open(octets, chain)?,
            Layer::Mpls => mpls::labels(octets)?,
        };
    }
    Err(Undecoded::TunnelTooDeep)
}

/// What the EtherType `number` announces. The numbers are those of the IEEE
/// registry, and some that vendors took.
fn ether_type<'a>(number: u16, rest: Octets<'a>, chain: &mut Chain) -> Below<'a> {
    match number {
        0x0800 => Ok((Layer::Ip(Network::Ipv4), rest)),
        0x86dd => Ok((Layer::Ip(Network::Ipv6), rest)),
        // 802.1Q, 802.1ad, and the numbers used before 802.1ad.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => tags::two_octets(rest),
        // VN-Tag.
        0x8926 => tags::four_octets(rest),
        // The redundancy tags of IEC 62439-3 and IEEE 802.1CB.
        0x892f | 0xf1c1 => tags::four_octets(rest),
        // The E-Tag of 802.1BR, Cisco's metadata.
        0x893f | 0x8909 => tags::six_octets(rest),
        // The tag of Marvell's switches behind a number of its own.
        0xdada => tags::six_octets(rest),
        0x88e5 => macsec::open(rest),
        0x8847 | 0x8848 => Ok((Layer::Mpls, rest)),
        0x8864 => Ok((Layer::Pppoe, rest)),
        0x880b => Ok((Layer::Ppp, rest)),
        // LLC whose length is beyond what a length field could say.
        0x8870 => Ok((Layer::Llc, rest)),
        // Transparent Ethernet bridging (RFC 1701).
        0x6558 => Ok((Layer::Ethernet, rest)),
        0x88e7 => backbone::pbb(rest, chain),
        0x22f3 => backbone::trill(rest),
        0x8903 => backbone::fabric_path(rest),
        0x894f => nsh::open(rest),
        _ => Err(Undecoded::NotIp),
    }
}
