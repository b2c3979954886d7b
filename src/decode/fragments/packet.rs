//! One packet that is being put together.

use etherparse::IpNumber;
use xxhash_rust::xxh3::xxh3_64;

use super::{At, Whole};
use crate::decode::ip::{Datagram, Piece};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::limits::FRAGMENT_PIECES;
use crate::segment::{IpFacts, NS_PER_S, Timestamp};

/// The longest packet, in octets behind its header.
const LONGEST: usize = 65_535;

/// Pieces of one packet are sent in one go. Those further apart that claim
/// the same octets are two packets: identifications of IPv4 come round.
const TOGETHER_NS: i64 = NS_PER_S;

/// What became of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// It waits for others.
    Waits,
    /// It was the last one missing.
    Complete,
    /// It is one of another packet, which has the same name.
    Another,
    /// Its packet has too many of them ([`FRAGMENT_PIECES`]), and is given up.
    TooMany,
    /// It claims octets that the piece in frame `other` holds.
    Overlaps {
        /// The first piece that it overlaps.
        other: u64,
        /// With other octets in it.
        differs: bool,
    },
}

/// What the first piece says of the packet.
#[derive(Clone, Copy, Debug)]
struct Head {
    protocol: IpNumber,
    facts: IpFacts,
    /// Octets of IP headers.
    len: u32,
    addresses_unsure: bool,
}

/// Octets of one frame that no other frame before it held.
#[derive(Debug)]
struct Part {
    from: usize,
    /// On the wire; less of it may have been captured.
    to: usize,
    captured: Box<[u8]>,
    /// What is left of them when the packet was put together.
    print: u64,
    frame: u64,
}

/// The pieces of one packet.
#[derive(Debug)]
pub(super) struct Packet {
    since: Timestamp,
    latest: Timestamp,
    /// Some of its pieces are so far apart that they may be those of two packets.
    apart: bool,
    frames: u64,
    head: Option<Head>,
    /// Where the last piece ends.
    end: Option<usize>,
    /// In order of place, none overlapping another.
    parts: Vec<Part>,
    /// Octets on the wire of all parts.
    present: usize,
    /// Octets kept.
    captured: usize,
    /// Nobody can say what the packet is.
    spoilt: bool,
    /// It was put together; what follows can only be copies.
    done: bool,
    /// Its overlap was told.
    told: bool,
}

/// Refuses a piece that no packet can have: all but the last hold a multiple
/// of eight octets, none is empty, and none reaches beyond the longest packet.
pub(super) fn check(piece: Piece, datagram: &Datagram<'_>) -> Result<(), Undecoded> {
    let len = datagram.payload.wire_len();
    let end = piece.offset.saturating_add(len);
    let fits = len > 0 && (!piece.more || len.is_multiple_of(8)) && end <= LONGEST;
    fits.then_some(()).ok_or(Undecoded::IpMalformed)
}

impl Packet {
    pub(super) fn beginning_at(time: Timestamp) -> Packet {
        Packet {
            since: time,
            latest: time,
            apart: false,
            frames: 0,
            head: None,
            end: None,
            parts: Vec::new(),
            present: 0,
            captured: 0,
            spoilt: false,
            done: false,
            told: false,
        }
    }

    /// When its first piece was captured.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Frames with a piece of it, copies included.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Octets of memory that it takes, about.
    pub(super) fn octets(&self) -> usize {
        size_of::<Packet>() + self.captured + self.parts.capacity() * size_of::<Part>()
    }

    /// It was put together before.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Nothing is missing, and it can be told what the packet is.
    pub(super) fn is_complete(&self) -> bool {
        !self.spoilt && !self.done && self.head.is_some() && self.end == Some(self.present)
    }

    /// Takes in a piece that [`check`] let pass.
    pub(super) fn add(&mut self, at: At, datagram: &Datagram<'_>, piece: Piece) -> Outcome {
        let octets = datagram.payload.captured();
        let (from, to) = (piece.offset, piece.offset + datagram.payload.wire_len());
        let overlap = self.overlap(from, to, octets);
        let is_copy = overlap.is_some_and(|overlap| overlap.is_copy);
        let is_late = at.time.since(self.latest) > TOGETHER_NS;
        let is_other = overlap.is_some() || self.spoilt || self.done;
        if is_other && is_late || self.done && !is_copy {
            return Outcome::Another;
        }
        self.latest = at.time;
        self.frames += 1;
        self.apart |= is_late;
        if self.parts.len() >= FRAGMENT_PIECES {
            self.spoil();
            return Outcome::TooMany;
        }
        if self.spoilt || is_copy {
            return Outcome::Waits;
        }
        if piece.offset == 0 && self.head.is_none() {
            self.head = Some(Head {
                protocol: piece.protocol,
                facts: datagram.facts,
                len: datagram.facts.total_len.saturating_sub(as_u32(to)),
                addresses_unsure: datagram.addresses_unsure,
            });
        }
        // Two ends, or octets behind the end, are as bad as other octets.
        let behind = self.parts.last().map_or(0, |last| last.to).max(to);
        let end = if piece.more { self.end } else { Some(to) };
        let contradicts =
            end.is_some_and(|end| behind > end) || self.end.is_some_and(|e| Some(e) != end);
        self.end = end;
        let last = self.parts.last().map(|last| last.frame);
        let (other, differs) = match (overlap, last) {
            (Some(overlap), _) => (overlap.other, overlap.differs || contradicts),
            (None, Some(last)) if contradicts => (last, true),
            _ => {
                self.insert(from, to, octets, at.frame);
                return self.now();
            }
        };
        if differs || datagram.source.is_ipv6() {
            self.spoil();
        } else {
            self.fill(from, to, octets, at.frame);
        }
        if std::mem::replace(&mut self.told, true) && !differs {
            return self.now();
        }
        Outcome::Overlaps { other, differs }
    }

    fn now(&self) -> Outcome {
        if self.is_complete() {
            Outcome::Complete
        } else {
            Outcome::Waits
        }
    }

    /// The packet's octets, one behind the other, in `buffer`. The pieces are
    /// only remembered from here on.
    pub(super) fn put_together<'a>(&mut self, buffer: &'a mut Vec<u8>) -> Option<Whole<'a>> {
        let head = self.head?;
        let wire_len = self.end?;
        let is_short = |part: &Part| part.captured.len() < part.to - part.from;
        if self.apart && self.parts.iter().any(is_short) {
            // No checksum can tell whether they belong together.
            self.spoil();
            return None;
        }
        buffer.clear();
        let mut is_cut = false;
        for part in &mut self.parts {
            let captured = std::mem::take(&mut part.captured);
            part.print = xxh3_64(&captured);
            // Behind a part that was cut nothing stands at its place.
            if !is_cut {
                buffer.extend_from_slice(&captured);
            }
            is_cut |= captured.len() < part.to - part.from;
        }
        self.captured = 0;
        self.done = true;
        Some(Whole {
            protocol: head.protocol,
            facts: IpFacts {
                total_len: head.len.saturating_add(as_u32(wire_len)),
                joined: true,
                ..head.facts
            },
            addresses_unsure: head.addresses_unsure,
            payload: Octets::new(buffer, wire_len),
        })
    }
}

/// How a piece overlaps those before it.
#[derive(Clone, Copy, Debug)]
struct Found {
    other: u64,
    differs: bool,
    /// It is one of them, captured or sent twice.
    is_copy: bool,
}

impl Packet {
    fn overlap(&self, from: usize, to: usize, octets: &[u8]) -> Option<Found> {
        let first = self.parts.partition_point(|part| part.to <= from);
        let mut met = self.parts.get(first..)?.iter();
        let mut met = met.by_ref().take_while(|part| part.from < to).peekable();
        let other = met.peek()?.frame;
        let (mut differs, mut is_copy) = (false, false);
        for part in met {
            differs |= part.differs(from, octets);
            is_copy =
                (part.from, part.to) == (from, to) && (!self.done || part.print == xxh3_64(octets));
        }
        Some(Found {
            other,
            differs,
            is_copy: is_copy && !differs,
        })
    }

    fn insert(&mut self, from: usize, to: usize, octets: &[u8], frame: u64) {
        let captured = octets.get(..to - from).unwrap_or(octets);
        let place = self.parts.partition_point(|part| part.from < from);
        self.present += to - from;
        self.captured += captured.len();
        let part = Part {
            from,
            to,
            captured: captured.into(),
            print: 0,
            frame,
        };
        self.parts.insert(place.min(self.parts.len()), part);
    }

    /// Inserts what of a piece no other one holds.
    fn fill(&mut self, mut from: usize, to: usize, octets: &[u8], frame: u64) {
        let start = from;
        while from < to {
            let next = self.parts.iter().find(|part| part.to > from);
            let gap_end = next.map_or(to, |part| part.from.min(to));
            let behind = next.map_or(to, |part| part.to);
            if gap_end > from {
                let rest = octets.get(from - start..).unwrap_or(&[]);
                self.insert(from, gap_end, rest, frame);
            }
            from = behind.max(gap_end);
        }
    }

    /// Nobody can say what the packet is; its pieces are only counted.
    fn spoil(&mut self) {
        self.spoilt = true;
        self.captured = 0;
        self.parts = Vec::new();
    }
}

impl Part {
    /// Of the octets that both hold and both captured, some differ.
    fn differs(&self, from: usize, octets: &[u8]) -> bool {
        let at = self.from.max(from);
        let ours = self.captured.get(at - self.from..).unwrap_or(&[]);
        let theirs = octets.get(at - from..).unwrap_or(&[]);
        ours.iter().zip(theirs).any(|(our, their)| our != their)
    }
}

/// Lengths here are those of an IP packet.
fn as_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
