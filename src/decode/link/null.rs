//! `LINKTYPE_NULL` and `LINKTYPE_LOOP`: an address family, then the packet.

use super::Network;
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
    let family = match *header {
        [family, 0, 0, 0] | [0, 0, 0, family] => family,
        _ => return Err(Undecoded::NotIp),
    };
    match family {
        2 => Ok((Network::Ipv4, rest)),
        // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin.
        10 | 23 | 24 | 28 | 30 => Ok((Network::Ipv6, rest)),
        _ => Err(Undecoded::NotIp),
    }
}
