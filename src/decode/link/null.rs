//! `LINKTYPE_NULL` and `LINKTYPE_LOOP`: an address family, then the packet.

use super::Network;
use super::layers::Layer;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// The family stands in the byte order of the host that captured (`NULL`) or
/// in network order (`LOOP`); as writers mixed the two up, both are read. All
/// families are below 256, so the two cannot be confused.
///
/// BSD tunnel devices use these link types too: it is the addresses that tell
/// whether an interface was a loopback interface.
#[inline]
pub(super) fn open(frame: Octets<'_>) -> Result<(Network, Octets<'_>), Undecoded> {
    let (header, rest) = frame.split::<4>()?;
    let number = match *header {
        [number, 0, 0, 0] | [0, 0, 0, number] => number,
        _ => return Err(Undecoded::NotIp),
    };
    Ok((network(number)?, rest))
}

/// The layer of an address family.
pub(super) fn family(number: u8) -> Result<Layer, Undecoded> {
    network(number).map(Layer::Ip)
}

#[inline]
fn network(family: u8) -> Result<Network, Undecoded> {
    match family {
        2 => Ok(Network::Ipv4),
        // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin.
        10 | 23 | 24 | 28 | 30 => Ok(Network::Ipv6),
        _ => Err(Undecoded::NotIp),
    }
}
