//! ICMP and `ICMPv6` errors that quote a TCP segment (RFC 792; RFC 4443).
//!
//! Of the quoted packet only what identifies it is read: addresses, ports and
//! SEG.SEQ. Everything else may be changed or missing there: the checksums
//! and the time to live were rewritten on the way, some stacks give lengths
//! and fragment offset in host order, and eight octets of TCP are all that
//! must be there.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::ip_number;

use super::ip::{Datagram, Protocol, open};
use super::link::Network;
use super::octets::Octets;
use crate::icmp::{IcmpError, IcmpKind};
use crate::segment::{Socket, Timestamp};
use crate::seq::SeqNo;

/// Type, code, checksum and four octets that depend on the type.
const HEADER: usize = 8;

/// The error in `datagram`, if it is one and quotes a TCP segment.
pub(super) fn error(
    packet: u64,
    time: Timestamp,
    tunnel: u64,
    datagram: &Datagram<'_>,
) -> Option<IcmpError> {
    let octets = datagram.payload;
    let [icmp_type, code, _, _, rest @ ..] = octets.captured().first_chunk::<HEADER>()?;
    let kind = match datagram.source {
        IpAddr::V4(_) => kind_of_v4(*icmp_type, *code)?,
        IpAddr::V6(_) => kind_of_v6(*icmp_type, *code)?,
    };
    let quoted = octets.skip(HEADER).ok()?;
    let (source, destination, tcp) = match datagram.source {
        IpAddr::V4(_) => quoted_v4(quoted.captured())?,
        IpAddr::V6(_) => quoted_v6(quoted)?,
    };
    let [a, b, c, d, seq @ ..] = tcp.first_chunk::<8>()?;
    let port = |high: &u8, low: &u8| u16::from_be_bytes([*high, *low]);
    Some(IcmpError {
        packet,
        time,
        sender: datagram.source,
        kind,
        icmp_type: *icmp_type,
        code: *code,
        mtu: mtu(kind, datagram.source, *rest),
        source: Socket {
            ip: source,
            port: port(a, b),
        },
        destination: Socket {
            ip: destination,
            port: port(c, d),
        },
        seq: SeqNo(u32::from_be_bytes(*seq)),
        tunnel,
    })
}

/// RFC 792, with the codes of RFC 1122, 3.2.2.1 and RFC 1812, 5.2.7.1.
const fn kind_of_v4(icmp_type: u8, code: u8) -> Option<IcmpKind> {
    Some(match (icmp_type, code) {
        (3, 0 | 6 | 11) => IcmpKind::NetUnreachable,
        (3, 2) => IcmpKind::ProtocolUnreachable,
        (3, 3) => IcmpKind::PortUnreachable,
        (3, 4) => IcmpKind::TooBig,
        (3, 9 | 10 | 13 | 14 | 15) => IcmpKind::Prohibited,
        // Source routes that fail and codes that nobody has defined too.
        (3, _) => IcmpKind::HostUnreachable,
        (4, _) => IcmpKind::SourceQuench,
        (11, _) => IcmpKind::TimeExceeded,
        (12, _) => IcmpKind::ParameterProblem,
        // A redirect says that the packet went on.
        _ => return None,
    })
}

/// RFC 4443, 3.
const fn kind_of_v6(icmp_type: u8, code: u8) -> Option<IcmpKind> {
    Some(match (icmp_type, code) {
        (1, 0 | 2) => IcmpKind::NetUnreachable,
        (1, 1 | 5 | 6) => IcmpKind::Prohibited,
        (1, 4) => IcmpKind::PortUnreachable,
        (1, _) => IcmpKind::HostUnreachable,
        (2, _) => IcmpKind::TooBig,
        (3, _) => IcmpKind::TimeExceeded,
        // "Unrecognized next header": the host does not know TCP.
        (4, 1) => IcmpKind::ProtocolUnreachable,
        (4, _) => IcmpKind::ParameterProblem,
        _ => return None,
    })
}

/// The size that would pass. Routers from before RFC 1191 leave it 0.
fn mtu(kind: IcmpKind, sender: IpAddr, [a, b, c, d]: [u8; 4]) -> Option<u32> {
    if kind != IcmpKind::TooBig {
        return None;
    }
    let mtu = match sender {
        IpAddr::V4(_) => u32::from(u16::from_be_bytes([c, d])),
        IpAddr::V6(_) => u32::from_be_bytes([a, b, c, d]),
    };
    (mtu != 0).then_some(mtu)
}

/// Addresses of a quoted IPv4 packet, and what is quoted of its TCP header.
fn quoted_v4(octets: &[u8]) -> Option<(IpAddr, IpAddr, &[u8])> {
    /// Don't fragment and more fragments aside.
    const OFFSET: u16 = 0x1fff;
    let header: &[u8; 20] = octets.first_chunk()?;
    let [first, .., s0, s1, s2, s3, d0, d1, d2, d3] = *header;
    let header_len = usize::from(first & 0xf) * 4;
    let fragment = [header[6], header[7]];
    let is_first = u16::from_be_bytes(fragment) & OFFSET == 0
        // Stacks of the 1990s quote it in host order.
        || u16::from_le_bytes(fragment) & OFFSET == 0;
    let is_tcp = header[9] == ip_number::TCP.0;
    if first >> 4 != 4 || header_len < header.len() || !is_first || !is_tcp {
        return None;
    }
    Some((
        Ipv4Addr::new(s0, s1, s2, s3).into(),
        Ipv4Addr::new(d0, d1, d2, d3).into(),
        octets.get(header_len..)?,
    ))
}

/// The same for IPv6, behind its extension headers.
fn quoted_v6(quoted: Octets<'_>) -> Option<(IpAddr, IpAddr, &[u8])> {
    // The quote is a packet that was cut, however long it says that it was.
    let packet = quoted.limit(usize::MAX);
    let datagram = open(Network::Ipv6, packet).ok()?;
    (datagram.protocol == Protocol::Tcp).then_some((
        datagram.source,
        datagram.destination,
        datagram.payload.captured(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::builder::{V4, V6, decoded_any, ipv4, ipv6, tcp4, tcp6};
    use crate::decode::{Decoded, Undecoded};

    /// Raw IP.
    const RAW: u16 = 101;

    fn icmp(icmp_type: u8, code: u8, rest: [u8; 4], quote: &[u8]) -> Vec<u8> {
        let mut octets = vec![icmp_type, code, 0, 0];
        octets.extend(rest);
        octets.extend(quote);
        octets
    }

    fn v4(icmp_type: u8, code: u8, quote: &[u8]) -> Vec<u8> {
        ipv4(1, &[], &icmp(icmp_type, code, [0, 0, 5, 0], quote))
    }

    fn read(packet: &[u8]) -> Result<IcmpError, Undecoded> {
        match decoded_any(RAW, packet)? {
            Decoded::Piece => panic!("a fragment"),
            Decoded::IcmpError(error) => Ok(error),
            Decoded::Segment(segment) => panic!("{segment:?}"),
        }
    }

    #[test]
    fn eight_octets_of_tcp_suffice() {
        let quote = ipv4(6, &[], &tcp4(&[], b"abc"));
        let error = read(&v4(3, 1, &quote[..28])).unwrap();
        assert_eq!(error.kind, IcmpKind::HostUnreachable);
        assert_eq!((error.icmp_type, error.code, error.mtu), (3, 1, None));
        assert_eq!((error.sender, error.packet), (V4.0.into(), 7));
        assert_eq!(error.source.to_string(), format!("{}:40000", V4.0));
        assert_eq!(error.destination.to_string(), format!("{}:443", V4.1));
        assert_eq!(error.seq, SeqNo(0x0102_0304));
        for len in 0..28 {
            assert_eq!(read(&v4(3, 1, &quote[..len])), Err(Undecoded::NotTcp));
        }
    }

    #[test]
    fn quotes_may_be_changed() {
        let original = ipv4(6, &[1, 1, 1, 0], &tcp4(&[], b"abc"));
        let changes: [(usize, u8); 5] = [(8, 0), (10, 0), (2, 0), (3, 4), (24 + 16, 9)];
        let mut quote = original.clone();
        for (at, to) in changes {
            quote[at] = to;
        }
        // Don't fragment, in host order.
        quote[6..8].copy_from_slice(&[0, 0x40]);
        assert_eq!(read(&v4(11, 0, &quote)).unwrap().seq, SeqNo(0x0102_0304));
        let mut later_fragment = original.clone();
        later_fragment[6..8].copy_from_slice(&[0x20, 0xb9]);
        let mut other_protocol = original.clone();
        other_protocol[9] = 17;
        let mut short_header = original.clone();
        short_header[0] = 0x44;
        for bad in [later_fragment, other_protocol, short_header] {
            assert_eq!(read(&v4(3, 1, &bad)), Err(Undecoded::NotTcp));
        }
    }

    #[test]
    fn kinds_of_v4() {
        let quote = ipv4(6, &[], &tcp4(&[], b""));
        let kind = |icmp_type, code| read(&v4(icmp_type, code, &quote)).map(|error| error.kind);
        assert_eq!(kind(3, 0), Ok(IcmpKind::NetUnreachable));
        assert_eq!(kind(3, 2), Ok(IcmpKind::ProtocolUnreachable));
        assert_eq!(kind(3, 3), Ok(IcmpKind::PortUnreachable));
        assert_eq!(kind(3, 13), Ok(IcmpKind::Prohibited));
        assert_eq!(kind(4, 0), Ok(IcmpKind::SourceQuench));
        assert_eq!(kind(11, 1), Ok(IcmpKind::TimeExceeded));
        assert_eq!(kind(12, 0), Ok(IcmpKind::ParameterProblem));
        for other in [0, 5, 8] {
            assert_eq!(kind(other, 0), Err(Undecoded::NotTcp));
        }
        let too_big = read(&v4(3, 4, &quote)).unwrap();
        assert_eq!((too_big.kind, too_big.mtu), (IcmpKind::TooBig, Some(1280)));
        let unknown = ipv4(1, &[], &icmp(3, 4, [0; 4], &quote));
        assert_eq!(read(&unknown).unwrap().mtu, None);
    }

    #[test]
    fn v6_is_read_behind_its_extension_headers() {
        let mut options = vec![6, 0, 1, 4, 0, 0, 0, 0];
        options.extend(tcp6(&[], b"abc"));
        let quote = ipv6(60, &options);
        let error = |icmp_type, code, quote: &[u8]| {
            read(&ipv6(58, &icmp(icmp_type, code, [0, 1, 0x11, 0x70], quote)))
        };
        let too_big = error(2, 0, &quote[..56]).unwrap();
        assert_eq!(
            (too_big.kind, too_big.mtu),
            (IcmpKind::TooBig, Some(70_000))
        );
        assert_eq!(too_big.source.to_string(), format!("[{}]:40000", V6.0));
        assert_eq!(too_big.seq, SeqNo(0x0102_0304));
        assert_eq!(error(2, 0, &quote[..55]), Err(Undecoded::NotTcp));
        assert_eq!(error(137, 0, &quote), Err(Undecoded::NotTcp));
        for (icmp_type, code, kind) in [
            (1, 0, IcmpKind::NetUnreachable),
            (1, 1, IcmpKind::Prohibited),
            (1, 3, IcmpKind::HostUnreachable),
            (1, 4, IcmpKind::PortUnreachable),
            (3, 0, IcmpKind::TimeExceeded),
            (4, 0, IcmpKind::ParameterProblem),
            (4, 1, IcmpKind::ProtocolUnreachable),
        ] {
            assert_eq!(error(icmp_type, code, &quote).map(|e| e.kind), Ok(kind));
        }
    }

    #[test]
    fn the_other_versions_icmp_is_none() {
        let quote = ipv4(6, &[], &tcp4(&[], b""));
        let v6_in_v4 = ipv4(58, &[], &icmp(1, 3, [0; 4], &quote));
        assert_eq!(read(&v6_in_v4), Err(Undecoded::NotTcp));
        let v4_in_v6 = ipv6(1, &icmp(3, 1, [0; 4], &quote));
        assert_eq!(read(&v4_in_v6), Err(Undecoded::NotTcp));
    }
}
