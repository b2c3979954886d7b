//! IPv6 with its extension headers (RFC 8200).

use std::net::{IpAddr, Ipv6Addr};

use etherparse::err::ipv6::HeaderSliceError;
use etherparse::{IpNumber, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice, ip_number};

use super::{Datagram, Piece, Protocol, as_u32, classify, classify_piece, skip_auth, skip_header};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::IpFacts;

/// Octets of the header without extensions.
const HEADER: usize = 40;

/// What extension headers change.
#[derive(Default)]
struct Changes {
    /// Jumbo payload option: the true payload length (RFC 2675, 2).
    jumbo_len: Option<u32>,
    /// Home address option: who the sender is to TCP (RFC 6275, 6.3).
    source: Option<Ipv6Addr>,
    /// Final destination of a routing header (RFC 8200, 8.1).
    destination: Option<Ipv6Addr>,
    /// A routing header whose final destination cannot be told.
    destination_unsure: bool,
}

/// Opens an IPv6 packet.
#[inline]
pub(super) fn open(packet: Octets<'_>) -> Result<Datagram<'_>, Undecoded> {
    let header = Ipv6HeaderSlice::from_slice(packet.captured()).map_err(|error| match error {
        HeaderSliceError::Len(_) => Undecoded::FrameTooShort,
        HeaderSliceError::Content(_) => Undecoded::IpMalformed,
    })?;
    let length_zero = header.payload_length() == 0;
    let mut total_len = if length_zero {
        packet.wire_len()
    } else {
        HEADER + usize::from(header.payload_length())
    };
    let mut payload = packet.limit(total_len).skip(HEADER)?;
    let mut changes = Changes::default();
    let mut protocol = Protocol::Tcp;
    // TCP itself is by far the most frequent case.
    if header.next_header() != ip_number::TCP {
        (protocol, payload) = walk(header.next_header(), payload, &mut changes)?;
    }
    if let (true, Some(jumbo_len)) = (length_zero, changes.jumbo_len) {
        let extensions = total_len - HEADER - payload.wire_len();
        let jumbo_len = usize::try_from(jumbo_len).unwrap_or(usize::MAX);
        payload = payload.limit(jumbo_len.saturating_sub(extensions));
        total_len = HEADER.saturating_add(jumbo_len);
    }
    Ok(Datagram {
        source: IpAddr::V6(changes.source.unwrap_or(header.source_addr())),
        destination: IpAddr::V6(changes.destination.unwrap_or(header.destination_addr())),
        addresses_unsure: changes.destination_unsure,
        facts: IpFacts {
            ttl: header.hop_limit(),
            id: None,
            ecn: header.ecn().value(),
            dscp: header.dscp().value(),
            dont_fragment: None,
            total_len: as_u32(total_len),
            length_zero,
            joined: false,
        },
        protocol,
        payload,
    })
}

/// What stands behind the fragment header of a packet that was put together.
pub(super) fn carried(
    protocol: IpNumber,
    payload: Octets<'_>,
) -> Result<(Protocol, Octets<'_>), Undecoded> {
    walk(protocol, payload, &mut Changes::default())
}

/// Steps over extension headers as far as TCP or ICMP. The walk ends, as each header
/// has eight octets or more.
fn walk<'a>(
    first: IpNumber,
    mut rest: Octets<'a>,
    changes: &mut Changes,
) -> Result<(Protocol, Octets<'a>), Undecoded> {
    let mut number = first;
    let mut at_start = true;
    loop {
        match number {
            ip_number::IPV6_HOP_BY_HOP if at_start => {
                let (next, body, behind) = extension(rest)?;
                changes.jumbo_len = find_option(body, 0xc2).map(u32::from_be_bytes);
                (number, rest) = (next, behind);
            }
            // Anywhere else no host accepts it (RFC 8200, 4.1).
            ip_number::IPV6_HOP_BY_HOP => return Err(Undecoded::IpMalformed),
            ip_number::IPV6_DEST_OPTIONS => {
                let (next, body, behind) = extension(rest)?;
                if let Some(home) = find_option::<16>(body, 0xc9) {
                    changes.source = Some(Ipv6Addr::from(home));
                }
                (number, rest) = (next, behind);
            }
            ip_number::IPV6_ROUTE => {
                let (next, body, behind) = extension(rest)?;
                route(body, changes);
                (number, rest) = (next, behind);
            }
            ip_number::IPV6_FRAG => {
                let behind = skip_header(rest, 8)?;
                let fragment = Ipv6FragmentHeaderSlice::from_slice(rest.captured())
                    .map_err(|_| Undecoded::FrameTooShort)?;
                number = fragment.next_header();
                rest = behind;
                if fragment.is_fragmenting_payload() {
                    let piece = Piece {
                        id: fragment.identification(),
                        protocol: number,
                        offset: usize::from(fragment.fragment_offset().value()) * 8,
                        more: fragment.more_fragments(),
                    };
                    // Extension headers may stand in the first piece before TCP.
                    let protocol = if is_extension(number) {
                        Protocol::Fragment(piece)
                    } else {
                        classify_piece(piece)?
                    };
                    return Ok((protocol, rest));
                }
            }
            ip_number::AUTH => (number, rest) = skip_auth(rest)?,
            // Host identity, shim6 and the two for experiments: TCP may
            // follow, but not as plain TCP.
            IpNumber(139 | 140 | 253 | 254) => return Err(Undecoded::Ipv6ExtensionUnsupported),
            _ => break,
        }
        at_start = false;
    }
    let protocol = classify(number, ip_number::IPV6_ICMP)?;
    Ok((protocol, rest))
}

/// Whether TCP may follow behind this header.
fn is_extension(number: IpNumber) -> bool {
    matches!(
        number,
        ip_number::IPV6_DEST_OPTIONS | ip_number::IPV6_ROUTE | ip_number::IPV6_FRAG
    )
}

/// An extension header of the common format: the number of the next one, the
/// octets behind next header and length, and what follows.
fn extension(rest: Octets<'_>) -> Result<(IpNumber, &[u8], Octets<'_>), Undecoded> {
    skip_header(rest, 8)?;
    let ([next_header, length], body) = rest.split::<2>()?;
    // In units of eight octets, "not including the first 8 octets".
    let len = (usize::from(*length) + 1) * 8;
    let behind = skip_header(rest, len)?;
    Ok((
        IpNumber(*next_header),
        body.limit(len - 2).captured(),
        behind,
    ))
}

/// The data of the first option of type `wanted` that is `N` octets long
/// (RFC 8200, 4.2).
fn find_option<const N: usize>(mut options: &[u8], wanted: u8) -> Option<[u8; N]> {
    loop {
        options = match *options {
            // Pad1 has no length.
            [0, ref rest @ ..] => rest,
            [option_type, length, ref rest @ ..] => {
                let (data, rest) = rest.split_at_checked(usize::from(length))?;
                if option_type == wanted {
                    return data.try_into().ok();
                }
                rest
            }
            _ => return None,
        };
    }
}

/// Notes what a routing header says of the final destination. `body` begins
/// with routing type and segments left.
fn route(body: &[u8], changes: &mut Changes) {
    let [routing_type, segments_left, _, _, _, _, addresses @ ..] = body else {
        return;
    };
    if *segments_left == 0 {
        return;
    }
    let last = match routing_type {
        // Type 0 has the addresses in order of travel (RFC 2460, 4.4).
        0 => addresses.last_chunk::<16>(),
        // Mobile IPv6 has just one (RFC 6275, 6.4.1), the segment routing
        // header has them in reverse order (RFC 8754, 2).
        2 | 4 => addresses.first_chunk::<16>(),
        _ => None,
    };
    changes.destination = last.copied().map(Ipv6Addr::from);
    changes.destination_unsure = last.is_none();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_behind_padding() {
        let options = [0, 1, 1, 0, 0xc2, 4, 0, 1, 0, 0];
        assert_eq!(find_option(&options, 0xc2), Some([0, 1, 0, 0]));
        assert_eq!(find_option::<2>(&options, 0xc2), None);
        assert_eq!(find_option::<4>(&options[..8], 0xc2), None);
        assert_eq!(find_option::<4>(&[], 0xc2), None);
    }

    #[test]
    fn routing_headers_name_the_final_destination() {
        let mut body = vec![0, 2, 0, 0, 0, 0];
        body.extend([1; 16]);
        body.extend([2; 16]);
        for (kind, expected) in [(0, Some([2; 16])), (4, Some([1; 16])), (3, None)] {
            body[0] = kind;
            let mut changes = Changes::default();
            route(&body, &mut changes);
            assert_eq!(changes.destination, expected.map(Ipv6Addr::from));
            assert_eq!(changes.destination_unsure, expected.is_none());
        }
        let mut arrived = Changes::default();
        body[1] = 0;
        route(&body, &mut arrived);
        assert!(arrived.destination.is_none() && !arrived.destination_unsure);
    }
}
