//! Frame to segment: link layer, IP, the TCP header and its options.
//!
//! A frame passes three layers, each a file or a folder of its own:
//! `link` finds the IP packet, `ip` the octets that belong to TCP (their
//! number comes from the IP header, never from how much was captured), `tcp`
//! reads header, options and checksum. Tunnels will stand between `ip` and
//! `tcp` and lead back to `link` or `ip`.
//!
//! What is no TCP segment is told as [`Undecoded`] and counted; what is a TCP
//! segment, however malformed, becomes a [`Segment`]. Between the two stand
//! ICMP errors that quote a segment (`icmp`). Nothing here allocates.

mod checksum;
mod icmp;
mod ip;
mod link;
mod mptcp;
mod octets;
mod options;
mod tcp;
mod undecoded;

#[cfg(test)]
mod builder;
#[cfg(test)]
mod tests;

pub use undecoded::{Undecoded, UndecodedCounts};

use self::ip::Protocol;
use crate::capture::frame::Frame;
use crate::icmp::IcmpError;
use crate::segment::{Segment, Timestamp};

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded<'a> {
    /// A TCP segment.
    Segment(Segment<'a>),
    /// What somebody says of a TCP segment. It counts as a frame without one.
    IcmpError(IcmpError),
}

impl<'a> Decoded<'a> {
    /// The segment, if it is one.
    #[must_use]
    pub const fn segment(self) -> Option<Segment<'a>> {
        match self {
            Decoded::Segment(segment) => Some(segment),
            Decoded::IcmpError(_) => None,
        }
    }
}

/// The TCP segment in `frame`, or an error about one, or why there is neither.
///
/// `time` is the frame's time as the caller settled it: a frame may have none.
///
/// # Errors
///
/// An [`Undecoded`] reason where the frame holds no TCP header that could be
/// judged. It is no failure of the run: the caller counts it.
#[inline]
pub fn decode<'a>(frame: &Frame<'a>, time: Timestamp) -> Result<Decoded<'a>, Undecoded> {
    let packet = link::open(frame)?;
    let datagram = ip::open(packet.network, packet.octets)?;
    if datagram.protocol == Protocol::Icmp {
        let error = icmp::error(frame.number, time, &datagram);
        return error.map(Decoded::IcmpError).ok_or(Undecoded::NotTcp);
    }
    let loopback =
        packet.loopback || datagram.source.is_loopback() || datagram.destination.is_loopback();
    let origin = tcp::Origin {
        packet: frame.number,
        time,
        direction: packet.direction,
        loopback,
    };
    tcp::segment(&origin, &datagram).map(Decoded::Segment)
}
