//! Ethernet, VLAN tags, and the EtherTypes that other link types share.

use super::Network;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::Chain;

/// The lowest value that is an EtherType; below, the field is a length
/// (IEEE 802.3, 3.2.6).
const FIRST_ETHER_TYPE: u16 = 0x0600;

/// LLC header of SNAP with the OUI 00-00-00: an EtherType follows (RFC 1042).
const SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00];

/// An Ethernet II or IEEE 802.3 frame: two addresses, then type or length.
#[inline]
pub(in crate::decode) fn open<'a>(
    frame: Octets<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    let (header, rest) = frame.split::<14>()?;
    by_ether_type(u16::from_be_bytes([header[12], header[13]]), rest, chain)
}

/// What follows a type field, behind any number of VLAN tags.
#[inline]
pub(in crate::decode) fn by_ether_type<'a>(
    ether_type: u16,
    rest: Octets<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    match ether_type {
        0x0800 => Ok((Network::Ipv4, rest)),
        0x86dd => Ok((Network::Ipv6, rest)),
        _ => {
            // Taken apart and put together again: handed on as a whole, the
            // result would pass through memory on the usual way as well, and
            // a small frame would take half as long again.
            let (network, rest) = by_other_type(ether_type, rest, chain)?;
            Ok((network, rest))
        }
    }
}

/// What follows a type field that is not the one of IP. Apart from the
/// function above so that the usual way through stays short.
#[inline(never)]
fn by_other_type<'a>(
    mut ether_type: u16,
    mut rest: Octets<'a>,
    _chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    loop {
        // A tag ends with a type field again.
        let (inner_type, inner) = match ether_type {
            0x0800 => return Ok((Network::Ipv4, rest)),
            0x86dd => return Ok((Network::Ipv6, rest)),
            // 802.1Q, 802.1ad, and the numbers used before 802.1ad.
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                let ([.., high, low], inner) = rest.split::<4>()?;
                ([*high, *low], inner)
            }
            // VN-Tag, and the E-Tag of 802.1BR.
            0x8926 => {
                let ([.., high, low], inner) = rest.split::<6>()?;
                ([*high, *low], inner)
            }
            0x893f => {
                let ([.., high, low], inner) = rest.split::<8>()?;
                ([*high, *low], inner)
            }
            length if length < FIRST_ETHER_TYPE => return llc(rest),
            // MPLS, PPPoE session, transparent Ethernet, 802.1ah, MACsec,
            // TRILL, NSH, FabricPath and Cisco's metadata carry frames or
            // packets.
            0x8847 | 0x8848 | 0x8864 | 0x6558 | 0x88e7 | 0x88e5 | 0x22f3 | 0x894f | 0x8903
            | 0x8909 => return Err(Undecoded::TunnelUnsupported),
            _ => return Err(Undecoded::NotIp),
        };
        ether_type = u16::from_be_bytes(inner_type);
        rest = inner;
    }
}

/// IEEE 802.2 LLC: IP where SNAP says so, else another protocol.
fn llc(rest: Octets<'_>) -> Result<(Network, Octets<'_>), Undecoded> {
    // A frame cut within the LLC header cannot be told from other protocols,
    // and IP is rare here.
    let Ok((header, rest)) = rest.split::<8>() else {
        return Err(Undecoded::NotIp);
    };
    let [llc @ .., high, low] = header;
    match u16::from_be_bytes([*high, *low]) {
        0x0800 if *llc == SNAP => Ok((Network::Ipv4, rest)),
        0x86dd if *llc == SNAP => Ok((Network::Ipv6, rest)),
        _ => Err(Undecoded::NotIp),
    }
}
