//! `LINKTYPE_NULL` and `LINKTYPE_LOOP`: an address family, then the packet.

use super::Network;
use super::layers::{Below, Layer};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// The family stands in the byte order of the host that captured (`NULL`) or
/// in network order (`LOOP`); as writers mixed the two up, both are read. All
/// families are below 256, so the two cannot be confused.
///
/// BSD tunnel devices use these link types too: it is the addresses that tell
/// whether an interface was a loopback interface.
pub(super) fn open(frame: Octets<'_>) -> Below<'_> {
    let (header, rest) = frame.split::<4>()?;
    match *header {
        [number, 0, 0, 0] | [0, 0, 0, number] => Ok((family(number)?, rest)),
        _ => Err(Undecoded::NotIp),
    }
}

/// The layer of an address family.
pub(super) fn family(number: u8) -> Result<Layer, Undecoded> {
    match number {
        2 => Ok(Layer::Ip(Network::Ipv4)),
        // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin.
        10 | 23 | 24 | 28 | 30 => Ok(Layer::Ip(Network::Ipv6)),
        _ => Err(Undecoded::NotIp),
    }
}
