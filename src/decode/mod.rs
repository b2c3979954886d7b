//! Frame to segment: link layer, IP, the TCP header and its options.
//!
//! A frame passes three layers, each a file or a folder of its own:
//! `link` finds the IP packet, `ip` the octets that belong to TCP (their
//! number comes from the IP header, never from how much was captured), `tcp`
//! reads header, options and checksum. Tunnels will stand between `ip` and
//! `tcp` and lead back to `link` or `ip`.
//!
//! What is no TCP segment is told as [`Undecoded`] and counted; what is a TCP
//! segment, however malformed, becomes a [`Segment`]. Nothing here allocates.

mod checksum;
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

use crate::capture::frame::Frame;
use crate::segment::{Segment, Timestamp};

/// The TCP segment in `frame`, or why there is none.
///
/// `time` is the frame's time as the caller settled it: a frame may have none.
///
/// # Errors
///
/// An [`Undecoded`] reason where the frame holds no TCP header that could be
/// judged. It is no failure of the run: the caller counts it.
#[inline]
pub fn decode<'a>(frame: &Frame<'a>, time: Timestamp) -> Result<Segment<'a>, Undecoded> {
    let packet = link::open(frame)?;
    let datagram = ip::open(packet.network, packet.octets)?;
    let loopback =
        packet.loopback || datagram.source.is_loopback() || datagram.destination.is_loopback();
    let origin = tcp::Origin {
        packet: frame.number,
        time,
        direction: packet.direction,
        loopback,
    };
    tcp::segment(&origin, &datagram)
}
