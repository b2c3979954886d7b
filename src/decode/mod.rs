//! Frame to segment: link layer, IP, the TCP header and its options.
//!
//! A frame passes three layers, each a file or a folder of its own:
//! `link` finds the IP packet, `ip` the octets that belong to TCP (their
//! number comes from the IP header, never from how much was captured), `tcp`
//! reads header, options and checksum. Tunnels stand between `ip` and `tcp`
//! and lead back to `link` or `ip`.
//!
//! What is no TCP segment is told as [`Undecoded`] and counted; what is a TCP
//! segment, however malformed, becomes a [`Segment`]. Between the two stand
//! ICMP errors that quote a segment (`icmp`). Nothing here allocates.

pub mod checksum;
pub mod fragments;
mod glance;
mod icmp;
mod ip;
mod link;
mod mptcp;
mod octets;
mod options;
mod plain;
mod tcp;
mod tunnel;
mod undecoded;

#[cfg(test)]
mod builder;
#[cfg(test)]
mod tests;

pub use glance::glance;
pub use undecoded::{Undecoded, UndecodedCounts};

use self::fragments::Fragments;
use self::ip::Protocol;
use self::plain::Plain;
use crate::capture::frame::Frame;
use crate::icmp::IcmpError;
use crate::segment::{Direction, Segment, Timestamp};
use crate::tunnel::{Chain, Tunnels};

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded<'a> {
    /// A TCP segment.
    Segment(Segment<'a>),
    /// What somebody says of a TCP segment. It counts as a frame without one.
    IcmpError(IcmpError),
    /// A piece of a packet that is not whole yet.
    Piece,
}

impl<'a> Decoded<'a> {
    /// The segment, if it is one.
    #[must_use]
    pub const fn segment(self) -> Option<Segment<'a>> {
        match self {
            Decoded::Segment(segment) => Some(segment),
            Decoded::IcmpError(_) | Decoded::Piece => None,
        }
    }
}

/// How often a packet may be put together from pieces that stood in packets
/// put together from pieces.
const JOINED: usize = 2;

/// Takes frames apart. It remembers the tunnels that it went through, and
/// fragments until their packet is whole.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The tunnels around the current packet.
    chain: Chain,
    tunnels: Tunnels,
    fragments: Fragments,
    /// Packets put together from fragments, one within the other.
    joined: [Vec<u8>; JOINED],
}

impl Decoder {
    /// The TCP segment in `frame`, or an error about one, or why there is neither.
    ///
    /// `time` is the frame's time as the caller settled it: a frame may have none.
    ///
    /// # Errors
    ///
    /// An [`Undecoded`] reason where the frame holds no TCP header that could be
    /// judged. It is no failure of the run: the caller counts it.
    #[inline]
    pub fn decode<'a>(
        &'a mut self,
        frame: &Frame<'a>,
        time: Timestamp,
    ) -> Result<Decoded<'a>, Undecoded> {
        match plain::open(frame) {
            Some((Plain::V4(header, rest), way)) => {
                plain::segment(frame, &way, time, &plain::ipv4(header, rest))
            }
            Some((Plain::V6(header, rest), way)) => {
                plain::segment(frame, &way, time, &plain::ipv6(header, rest))
            }
            None => self.layer_by_layer(frame, time),
        }
    }

    /// The same, whatever the frame is like.
    #[inline(never)]
    fn layer_by_layer<'a>(
        &'a mut self,
        frame: &Frame<'a>,
        time: Timestamp,
    ) -> Result<Decoded<'a>, Undecoded> {
        let Decoder {
            chain,
            tunnels,
            fragments,
            joined,
        } = self;
        let mut joined = joined.iter_mut();
        chain.clear();
        let packet = link::open(frame, chain)?;
        let mut datagram = ip::open(packet.network, packet.octets)?;
        // TCP itself is by far the most frequent case.
        while datagram.protocol != Protocol::Tcp {
            datagram = match datagram.protocol {
                Protocol::Tcp => break,
                Protocol::Icmp => {
                    let error = icmp::error(frame.number, time, tunnels.id(chain), &datagram);
                    return error.map(Decoded::IcmpError).ok_or(Undecoded::NotTcp);
                }
                Protocol::Carrier(protocol) => {
                    let (network, octets) = tunnel::enter(protocol, &datagram, chain)?;
                    ip::open(network, octets)?
                }
                Protocol::Fragment(piece) => {
                    let at = fragments::At {
                        frame: frame.number,
                        time,
                        tunnel: tunnels.id(chain),
                    };
                    let buffer = joined.next().ok_or(Undecoded::TunnelTooDeep)?;
                    match fragments.take(at, &datagram, piece, buffer)? {
                        Some(whole) => ip::resume(&datagram, &whole)?,
                        None => return Ok(Decoded::Piece),
                    }
                }
            };
        }
        // Where a tunnel ends here, its packets need not: what the interface
        // was says nothing of them.
        let (direction, on_loopback) = if chain.tunnels().is_empty() {
            (packet.direction, packet.loopback)
        } else {
            (Direction::Unknown, false)
        };
        let origin = tcp::Origin {
            packet: frame.number,
            time,
            tunnel: tunnels.id(chain),
            direction,
            loopback: on_loopback || datagram.is_loopback(),
        };
        tcp::segment(&origin, &datagram)
    }

    /// A new one that has the same numbers for the same tunnels.
    #[must_use]
    pub fn beside(&self) -> Decoder {
        Decoder {
            tunnels: self.tunnels.beside(),
            ..Decoder::default()
        }
    }

    /// What became of fragments.
    #[must_use]
    pub const fn fragments(&self) -> &Fragments {
        &self.fragments
    }

    /// The tunnels that the frames so far went through.
    #[must_use]
    pub const fn tunnels(&self) -> &Tunnels {
        &self.tunnels
    }
}
