//! IP fragments: from pieces to the packet they belong to (RFC 791, 3.2;
//! RFC 8200, 4.5).
//!
//! Pieces are kept until the last one is there, within limits: the oldest
//! packet goes first, and what was never completed is counted. Pieces that
//! overlap can be put together in more than one way, which is how segments
//! are smuggled past a monitor; nothing is chosen here: where the octets
//! differ (in IPv6 always, RFC 8200, 4.5), the whole packet is left out. Each
//! overlap is told.

mod packet;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use etherparse::IpNumber;

use self::packet::{Outcome, Packet};
use super::ip::{Datagram, Piece};
use super::octets::Octets;
use super::undecoded::Undecoded;
use crate::limits::{FRAGMENT_OCTETS, FRAGMENT_OVERLAPS, FRAGMENTED_PACKETS};
use crate::segment::{IpFacts, NS_PER_S, Timestamp};

/// For how long pieces wait for the rest. RFC 1122, 3.3.2 wants 60 to 120 s and
/// RFC 8200, 4.5 60 s; Linux waits 30 s, since identifications of IPv4 come
/// round sooner than that on a fast network.
const WAIT_NS: i64 = 30 * NS_PER_S;

/// Which packet a piece belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// RFC 791, 3.2; in IPv6 it is no part of the name, and 0 here.
    protocol: u8,
    tunnel: u64,
}

/// Two pieces that claim the same octets of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overlap {
    /// Whose address sent them.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// Frame number of the first such piece.
    pub packet: u64,
    /// Frame number of a piece that it overlaps.
    pub other: u64,
    /// When the first such piece was captured.
    pub time: Timestamp,
    /// The octets differ, so that the packet depends on who puts it together.
    pub differs: bool,
    /// How many such packets there were between these two addresses.
    pub packets: u64,
}

/// Where a piece is in the capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct At {
    pub(super) frame: u64,
    pub(super) time: Timestamp,
    pub(super) tunnel: u64,
}

/// A packet that was put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    /// What it carries.
    pub(super) protocol: IpNumber,
    /// The header of its first piece, but for the length.
    pub(super) facts: IpFacts,
    /// See [`Datagram`].
    pub(super) addresses_unsure: bool,
    /// What stands behind the IP header.
    pub(super) payload: Octets<'a>,
}

/// Pieces that wait for others.
#[derive(Debug, Default)]
pub struct Fragments {
    waiting: HashMap<Key, Packet>,
    /// Their keys in order of their first piece; one that is no longer
    /// waiting, or began anew since then, has another time there.
    order: VecDeque<(Key, Timestamp)>,
    /// Octets of all that wait.
    octets: usize,
    overlaps: Vec<Overlap>,
    overlaps_unlisted: u64,
    joined: u64,
    unfinished: u64,
    given_up: u64,
}

impl Fragments {
    /// Takes in a piece. Where it completes a packet, that is put into `buffer`.
    ///
    /// # Errors
    ///
    /// A piece that no packet can have.
    pub(super) fn take<'a>(
        &mut self,
        at: At,
        datagram: &Datagram<'_>,
        piece: Piece,
        buffer: &'a mut Vec<u8>,
    ) -> Result<Option<Whole<'a>>, Undecoded> {
        packet::check(piece, datagram)?;
        self.expire(at.time);
        let key = Key {
            source: datagram.source,
            destination: datagram.destination,
            id: piece.id,
            protocol: if datagram.source.is_ipv4() {
                piece.protocol.0
            } else {
                0
            },
            tunnel: at.tunnel,
        };
        let mut outcome = self.add(key, at, datagram, piece);
        if outcome == Outcome::Another {
            self.forget(&key);
            outcome = self.add(key, at, datagram, piece);
        }
        self.given_up += u64::from(outcome == Outcome::TooMany);
        if let Outcome::Overlaps { other, differs } = outcome {
            self.tell(Overlap {
                source: key.source,
                destination: key.destination,
                packet: at.frame,
                other,
                time: at.time,
                differs,
                packets: 1,
            });
        }
        let whole = self.complete(&key, buffer);
        self.make_room();
        Ok(whole)
    }

    /// Adds a piece to its packet, which may be a new one.
    fn add(&mut self, key: Key, at: At, datagram: &Datagram<'_>, piece: Piece) -> Outcome {
        let order = &mut self.order;
        let packet = self.waiting.entry(key).or_insert_with(|| {
            order.push_back((key, at.time));
            self.octets += size_of::<Packet>();
            Packet::beginning_at(at.time)
        });
        let before = packet.octets();
        let outcome = packet.add(at, datagram, piece);
        self.octets = (self.octets + packet.octets()).saturating_sub(before);
        outcome
    }

    /// Puts the packet of `key` together, if nothing is missing.
    fn complete<'a>(&mut self, key: &Key, buffer: &'a mut Vec<u8>) -> Option<Whole<'a>> {
        let packet = self.waiting.get_mut(key).filter(|p| p.is_complete())?;
        let before = packet.octets();
        let whole = packet.put_together(buffer);
        self.octets = (self.octets + packet.octets()).saturating_sub(before);
        whole
    }

    /// A packet that is no longer waited for.
    fn forget(&mut self, key: &Key) {
        let Some(packet) = self.waiting.remove(key) else {
            return;
        };
        self.octets = self.octets.saturating_sub(packet.octets());
        if packet.is_done() {
            // The last piece was counted as what the packet holds.
            self.joined += packet.frames().saturating_sub(1);
        } else {
            self.unfinished += packet.frames();
        }
    }

    fn tell(&mut self, overlap: Overlap) {
        let same = |known: &&mut Overlap| {
            (known.source, known.destination) == (overlap.source, overlap.destination)
                && known.differs == overlap.differs
        };
        if let Some(known) = self.overlaps.iter_mut().find(same) {
            known.packets += 1;
        } else if self.overlaps.len() < FRAGMENT_OVERLAPS {
            self.overlaps.push(overlap);
        } else {
            self.overlaps_unlisted += 1;
        }
    }

    /// Gives up what has waited too long.
    fn expire(&mut self, now: Timestamp) {
        while let Some((_, since)) = self.order.front()
            && now.since(*since) >= WAIT_NS
        {
            self.drop_oldest();
        }
    }

    /// Gives up the oldest packets until the limits hold. Packets that are
    /// done, or began anew, have entries in the order too.
    fn make_room(&mut self) {
        while self.order.len() > FRAGMENTED_PACKETS || self.octets > FRAGMENT_OCTETS {
            let unfinished = self.unfinished;
            if !self.drop_oldest() {
                return;
            }
            self.given_up += u64::from(self.unfinished > unfinished);
        }
    }

    /// Whether there was one.
    fn drop_oldest(&mut self) -> bool {
        let Some((key, since)) = self.order.pop_front() else {
            return false;
        };
        let waits = self.waiting.get(&key);
        if waits.is_some_and(|packet| packet.since() == since) {
            self.forget(&key);
        }
        true
    }

    /// Frames that were pieces of packets put together, but for the last of each.
    #[must_use]
    pub fn joined(&self) -> u64 {
        let done = self.waiting.values().filter(|packet| packet.is_done());
        done.fold(self.joined, |sum, packet| {
            sum.saturating_add(packet.frames().saturating_sub(1))
        })
    }

    /// Frames whose packet was never put together, those that still wait included.
    #[must_use]
    pub fn unfinished(&self) -> u64 {
        let waiting = self.waiting.values().filter(|packet| !packet.is_done());
        waiting.fold(self.unfinished, |sum, packet| {
            sum.saturating_add(packet.frames())
        })
    }

    /// Packets that were given up for the limits ([`FRAGMENTED_PACKETS`],
    /// [`FRAGMENT_OCTETS`], [`FRAGMENT_PIECES`](crate::limits::FRAGMENT_PIECES)).
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Pieces that overlap, one entry for each pair of addresses and kind, in
    /// order of the first.
    #[must_use]
    pub fn overlaps(&self) -> &[Overlap] {
        &self.overlaps
    }

    /// Overlaps that found no room in the list ([`FRAGMENT_OVERLAPS`]).
    #[must_use]
    pub const fn overlaps_unlisted(&self) -> u64 {
        self.overlaps_unlisted
    }
}
