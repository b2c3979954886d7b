//! IPv4 (RFC 791).

use std::net::{IpAddr, Ipv4Addr};

use etherparse::err::ipv4::HeaderSliceError;
use etherparse::{IpNumber, Ipv4HeaderSlice, ip_number};

use super::{Datagram, Piece, Protocol, as_u32, classify, classify_piece, skip_auth};
use crate::decode::checksum::Sum;
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::IpFacts;

/// Opens an IPv4 packet.
#[inline]
pub(super) fn open(packet: Octets<'_>) -> Result<Datagram<'_>, Undecoded> {
    let header = Ipv4HeaderSlice::from_slice(packet.captured()).map_err(|error| match error {
        HeaderSliceError::Len(_) => Undecoded::FrameTooShort,
        HeaderSliceError::Content(_) => Undecoded::IpMalformed,
    })?;
    let header_len = header.slice().len();
    let length_zero = header.total_len() == 0;
    let total_len = if length_zero {
        packet.wire_len()
    } else {
        usize::from(header.total_len())
    };
    let overlong = total_len > packet.wire_len() && packet.is_whole();
    if total_len < header_len || overlong && is_damaged(header.slice()) {
        return Err(Undecoded::IpMalformed);
    }
    let payload = packet.limit(total_len).skip(header_len)?;
    let (protocol, payload) = if header.is_fragmenting_payload() {
        let piece = Piece {
            id: u32::from(header.identification()),
            protocol: header.protocol(),
            offset: usize::from(header.fragments_offset().value()) * 8,
            more: header.more_fragments(),
        };
        (classify_piece(piece)?, payload)
    } else {
        carried(header.protocol(), payload)?
    };

    let destination = final_destination(header.options()).unwrap_or(header.destination_addr());
    Ok(Datagram {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(destination),
        addresses_unsure: false,
        facts: IpFacts {
            ttl: header.ttl(),
            id: Some(header.identification()),
            ecn: header.ecn().value(),
            dscp: header.dcp().value(),
            dont_fragment: Some(header.dont_fragment()),
            total_len: as_u32(total_len),
            length_zero,
            joined: false,
        },
        protocol,
        payload,
    })
}

/// What the packet carries, behind an authentication header if there is one.
#[inline]
pub(super) fn carried(
    mut protocol: IpNumber,
    mut payload: Octets<'_>,
) -> Result<(Protocol, Octets<'_>), Undecoded> {
    if protocol == ip_number::AUTH {
        (protocol, payload) = skip_auth(payload)?;
    }
    Ok((classify(protocol, ip_number::ICMP)?, payload))
}

/// The header's own checksum is wrong (RFC 791, 3.1). Zero stands for one that
/// the network card was to fill in.
fn is_damaged(header: &[u8]) -> bool {
    let filled_in = header.get(10..12).is_some_and(|sum| sum != [0, 0]);
    filled_in && Sum::of(header).fold() != 0xffff
}

/// The last address of a source route that is not yet completed (RFC 791, 3.1:
/// loose and strict source routing). The pseudo-header has that one.
#[inline]
fn final_destination(mut options: &[u8]) -> Option<Ipv4Addr> {
    const LOOSE_ROUTE: u8 = 131;
    const STRICT_ROUTE: u8 = 137;
    loop {
        let (option, rest) = match *options {
            // No operation.
            [1, ref rest @ ..] => (&[][..], rest),
            // End of option list.
            [0, ..] => return None,
            [_, length, ..] if length >= 2 => options.split_at_checked(usize::from(length))?,
            _ => return None,
        };
        if let [LOOSE_ROUTE | STRICT_ROUTE, length, pointer, route @ ..] = option {
            let (_, last) = route.split_last_chunk::<4>()?;
            return (pointer <= length).then(|| Ipv4Addr::from(*last));
        }
        options = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_routes_name_the_final_destination() {
        let route = [1, 131, 7, 4, 10, 0, 0, 9];
        assert_eq!(final_destination(&route), Some(Ipv4Addr::new(10, 0, 0, 9)));
        // Pointer behind the end: the route is completed.
        assert_eq!(final_destination(&[131, 7, 8, 10, 0, 0, 9, 0]), None);
        for bad in [&[131][..], &[131, 0], &[131, 9, 4, 1], &[7, 1], &[0], &[]] {
            assert_eq!(final_destination(bad), None);
        }
    }
}
