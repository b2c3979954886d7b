//! Whose a frame is, told from its first octets: for dividing frames before they are taken apart.

use super::link::Way;
use super::plain::{self, Packet};
use crate::capture::frame::LinkType;
use crate::lane;
use crate::segment::{Direction, Socket};

/// The lane of the connection that a frame's TCP segment is of: that of the
/// key of the segment which [`super::Decoder::decode`] finds in the frame, if it finds one.
///
/// `None` for whatever is not plain: most link types, other protocols, tunnels, options and
/// extension headers, fragments, frames cut before the end of the ports. These frames may hold a
/// segment too.
#[inline]
#[must_use]
pub fn glance(link_type: LinkType, data: &[u8]) -> Option<u32> {
    // Nobody asks for it here.
    let mut way = Way {
        direction: Direction::Unknown,
        loopback: false,
    };
    let ([source, destination], rest) = match plain::packet(link_type, data, &mut way)? {
        Packet::V4(packet) => {
            let (header, rest) = plain::header_v4(packet)?;
            (plain::addresses_v4(header), rest)
        }
        Packet::V6(packet) => {
            let (header, rest) = plain::header_v6(packet)?;
            (plain::addresses_v6(header), rest)
        }
    };
    let ([a, b, c, d], _) = rest.split_first_chunk()?;
    let source = Socket {
        ip: source,
        port: u16::from_be_bytes([*a, *b]),
    };
    let destination = Socket {
        ip: destination,
        port: u16::from_be_bytes([*c, *d]),
    };
    Some(lane::between(source, destination))
}
