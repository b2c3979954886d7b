//! Openings of which nothing but ordinary SYNs and SYN-ACKs was captured, in few octets: all
//! that a flood leaves behind.
//!
//! An entry is a short list of segments. When anything else comes, they are given to a
//! connection one after the other, as if they were captured just then; so it makes no
//! difference to any verdict that they were kept here before.

mod kept;
mod packed;

use std::collections::VecDeque;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

pub use kept::Kept;
use packed::{Around, Marks, Packed};

use super::bare::Bare;
use super::index::Tag;
use super::key::FlowKey;
use super::slab::Slab;
use crate::machine::side::Pair;
use crate::segment::{Checksum, Flags, Segment, Socket};
use crate::seq::SeqNo;

/// A number of no place.
const NONE: u32 = u32::MAX;

/// Segments kept of one opening. With usual settings, Linux sends seven SYNs and six SYN-ACKs.
const SEGMENTS: usize = 16;

/// The first SYN of an opening, and what holds the entry together: one line of a cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Head {
    syn: Packed,
    /// IPv4 addresses of source and destination; where the SYN is marked as `FAR`, the first
    /// is the place of its `Far`.
    addresses: [u32; 2],
    ports: [u16; 2],
    /// The second segment.
    next: u32,
    /// See [`Turn`].
    turn: u32,
    /// What the index knows it by.
    tag: Tag,
}

/// An opening's place in the order of latest segments: the entry in place `at` has it as long as
/// that bears the same number. With a further segment it gets another one, at the end.
#[derive(Clone, Copy, Debug)]
struct Turn {
    at: u32,
    turn: u32,
}

impl Turn {
    #[inline]
    fn head(self, heads: &Slab<Head>) -> Option<&Head> {
        heads.get(self.at).filter(|head| head.turn == self.turn)
    }
}

/// Openings that are looked at in one go before their time: none of them is in a cache any more,
/// and to wait for many at once takes hardly longer than to wait for one.
pub(super) const AHEAD: usize = 8;

/// So many turns that were lost may stand in the row in any case.
const LOST_TURNS: usize = 64;

/// What few openings have: IPv6, a tunnel, an echoed timestamp in the SYN.
#[derive(Clone, Copy, Debug)]
struct Far {
    source: IpAddr,
    destination: IpAddr,
    tunnel: u64,
    tsecr: u32,
}

/// A further segment of an opening.
#[derive(Clone, Copy, Debug)]
struct Further {
    packed: Packed,
    tsecr: u32,
    next: u32,
}

/// An opening of nothing but a SYN and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// Who opened, and to whom.
    pub sockets: Pair<Socket>,
    syn: Packed,
    answer: Packed,
    /// The answer's.
    tsecr: u32,
}

/// The openings, ordered by their latest segments.
#[derive(Debug, Default)]
pub struct HalfOpen {
    heads: Slab<Head>,
    far: Slab<Far>,
    further: Slab<Further>,
    /// In the order of their latest segments.
    row: VecDeque<Turn>,
    /// The number of the latest turn.
    turn: u32,
}

/// An opening where it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    all: &'a HalfOpen,
    head: &'a Head,
}

impl Waiting<'_> {
    /// It in few words, if it is plain.
    #[inline]
    #[must_use]
    pub fn bare(&self) -> Option<Bare> {
        self.all.bare(self.head)
    }

    /// All of it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.all.kept(self.head)
    }

    /// What the index knows it by.
    #[inline]
    #[must_use]
    pub(super) const fn tag(&self) -> Tag {
        self.head.tag
    }
}

impl HalfOpen {
    /// How many openings there are.
    #[must_use]
    pub(super) const fn len(&self) -> usize {
        self.heads.len()
    }

    /// How many segments are kept of all of them.
    #[must_use]
    pub const fn segments(&self) -> usize {
        self.heads.len() + self.further.len()
    }

    /// The opening of which nothing was captured for the longest time.
    #[inline]
    #[must_use]
    pub fn oldest(&mut self) -> Option<u32> {
        while let Some(turn) = self.row.front() {
            if turn.head(&self.heads).is_some() {
                return Some(turn.at);
            }
            self.row.pop_front();
        }
        None
    }

    /// Keeps an opening that begins with `segment`, whose key has this tag; `None` if that is no
    /// ordinary SYN.
    pub(super) fn begin(&mut self, segment: &Segment<'_>, tag: Tag) -> Option<u32> {
        let is_syn = segment.has(Flags::SYN) && !segment.has(Flags::ACK);
        if !is_syn || segment.source == segment.destination {
            return None;
        }
        let around = Around {
            source: segment.source,
            destination: segment.destination,
            tunnel: segment.tunnel,
            ack: SeqNo(0),
            tsecr: segment.options.tsecr,
        };
        let mut syn = Packed::of(segment, &around)?;
        let addresses = match (around.source.ip, around.destination.ip) {
            (IpAddr::V4(source), IpAddr::V4(destination))
                if around.tunnel == 0 && around.tsecr == 0 =>
            {
                [source.to_bits(), destination.to_bits()]
            }
            (source, destination) => {
                syn.marks.insert(Marks::FAR);
                let far = Far {
                    source,
                    destination,
                    tunnel: around.tunnel,
                    tsecr: around.tsecr,
                };
                [self.far.insert(far)?, 0]
            }
        };
        let at = self.heads.insert(Head {
            syn,
            addresses,
            ports: [around.source.port, around.destination.port],
            next: NONE,
            turn: 0,
            tag,
        })?;
        self.append(at);
        Some(at)
    }

    /// Keeps one more segment of an opening, if that is a copy of its SYN, an ordinary SYN-ACK
    /// in answer to it, or a copy of that.
    pub fn keep(&mut self, at: u32, segment: &Segment<'_>) -> bool {
        self.add(at, segment).is_some()
    }

    fn add(&mut self, at: u32, segment: &Segment<'_>) -> Option<()> {
        if !segment.has(Flags::SYN) {
            return None;
        }
        let head = *self.heads.get(at)?;
        let around = self.around(&head);
        let from_client = segment.source == around.source;
        // Where they go on: with the first SYN-ACK, and behind the last segment.
        let (mut answer, mut last, mut count) = (None, None, 1);
        let mut next = head.next;
        while let Some(further) = self.further.get(next) {
            if further.packed.marks.contains(Marks::ACK) {
                answer = answer.or(Some(further.packed.seq));
            }
            (last, next, count) = (Some(next), further.next, count + 1);
        }
        let fits = if from_client {
            !segment.has(Flags::ACK) && segment.seq == head.syn.seq
        } else {
            segment.has(Flags::ACK) && answer.is_none_or(|seq| seq == segment.seq)
        };
        if !fits || count >= SEGMENTS {
            return None;
        }
        let around = around.of_further(head.syn, from_client, segment.options.tsecr);
        let packed = Packed::of(segment, &around)?;
        let new = self.further.insert(Further {
            packed,
            tsecr: segment.options.tsecr,
            next: NONE,
        })?;
        match last {
            None => self.heads.get_mut(at)?.next = new,
            Some(last) => self.further.get_mut(last)?.next = new,
        }
        self.append(at);
        Some(())
    }

    /// The key of an opening.
    #[inline]
    #[must_use]
    pub fn key(&self, at: u32) -> Option<FlowKey> {
        let head = self.heads.get(at)?;
        Some(match head.syn.marks.contains(Marks::FAR) {
            true => self.around(head).key(),
            false => FlowKey::plain(head.addresses, head.ports),
        })
    }

    /// An opening.
    #[inline]
    #[must_use]
    pub fn get(&self, at: u32) -> Option<Waiting<'_>> {
        let head = self.heads.get(at)?;
        Some(Waiting { all: self, head })
    }

    /// It in few words, if it is plain, over IPv4 and outside of tunnels.
    #[inline]
    fn bare(&self, head: &Head) -> Option<Bare> {
        let syn = &head.syn;
        if syn.marks.contains(Marks::FAR) {
            return None;
        }
        let answer = match self.further.get(head.next) {
            None => None,
            Some(second) => {
                let sound = |packed: &Packed| packed.checksum() != Checksum::Bad;
                let plain = second.next == NONE
                    && second.packed.is_answer()
                    && sound(syn)
                    && sound(&second.packed);
                Some(plain.then_some(&second.packed)?)
            }
        };
        let last = answer.map_or(syn.time, |answer| answer.time);
        Some(Bare {
            packet: syn.packet,
            time: syn.time,
            until: last,
            last,
            addresses: head.addresses,
            ports: head.ports,
            isn: syn.seq,
            tsval: syn.tsval,
            server_isn: answer.map_or(SeqNo(0), |answer| answer.seq),
            ttl: syn.ttl,
            offered: syn.options,
            granted: answer.map(|answer| answer.options),
            cut_short: false,
        })
    }

    #[inline]
    fn kept(&self, head: &Head) -> Kept {
        let second = self.further.get(head.next);
        let mut next = second.map_or(NONE, |second| second.next);
        let others = std::iter::from_fn(|| {
            let further = self.further.get(next)?;
            next = further.next;
            Some((further.packed, further.tsecr))
        });
        Kept {
            syn: head.syn,
            around: self.around(head),
            second: second.map(|second| (second.packed, second.tsecr)),
            others: others.collect(),
        }
    }

    /// An opening of a SYN and its answer, outside of tunnels.
    #[must_use]
    pub fn plain(&self, at: u32) -> Option<Plain> {
        let head = self.heads.get(at)?;
        let further = self.further.get(head.next)?;
        let around = self.around(head);
        let plain = further.next == NONE
            && further.packed.marks.contains(Marks::ACK)
            && around.tunnel == 0
            && around.tsecr == 0;
        plain.then_some(Plain {
            sockets: Pair {
                client: around.source,
                server: around.destination,
            },
            syn: head.syn,
            answer: further.packed,
            tsecr: further.tsecr,
        })
    }

    /// Takes an opening out.
    pub fn remove(&mut self, at: u32) -> Option<Kept> {
        let kept = self.get(at)?.kept();
        self.discard(at);
        Some(kept)
    }

    /// Forgets an opening.
    pub fn discard(&mut self, at: u32) {
        let Some(head) = self.heads.get(at) else {
            return;
        };
        let mut next = head.next;
        if head.syn.marks.contains(Marks::FAR) {
            let [far, _] = head.addresses;
            self.far.vacate(far);
        }
        self.heads.vacate(at);
        while let Some(further) = self.further.get(next) {
            let behind = further.next;
            self.further.vacate(next);
            next = behind;
        }
    }

    /// Reads what lies of the openings that will be the oldest behind as many others, and returns what
    /// the index knows them by.
    #[inline]
    pub(super) fn look_ahead(&self) -> [Tag; AHEAD] {
        let mut heads = [(Tag::default(), NONE); AHEAD];
        let begin = AHEAD.min(self.row.len());
        for (found, turn) in heads.iter_mut().zip(self.row.range(begin..)) {
            if let Some(head) = self.heads.get(turn.at) {
                *found = (head.tag, head.next);
            }
        }
        let further = heads.map(|(_, next)| self.further.get(next).map(|further| further.next));
        black_box(further);
        heads.map(|(tag, _)| tag)
    }

    /// The openings, the oldest first, each with where those behind it begin: all of them from zero
    /// on. It counts as long as nothing is put in or taken out.
    pub fn from(&self, begin: usize) -> impl Iterator<Item = (usize, Waiting<'_>)> {
        let turns = (begin + 1..).zip(self.row.range(begin.min(self.row.len())..));
        turns.filter_map(|(behind, turn)| {
            let head = turn.head(&self.heads)?;
            Some((behind, Waiting { all: self, head }))
        })
    }

    /// What a packed SYN does not hold itself.
    #[inline]
    fn around(&self, head: &Head) -> Around {
        let [source_port, destination_port] = head.ports;
        let socket = |ip, port| Socket { ip, port };
        let [first, second] = head.addresses;
        if head.syn.marks.contains(Marks::FAR)
            && let Some(far) = self.far.get(first)
        {
            return Around {
                source: socket(far.source, source_port),
                destination: socket(far.destination, destination_port),
                tunnel: far.tunnel,
                ack: SeqNo(0),
                tsecr: far.tsecr,
            };
        }
        Around {
            source: socket(Ipv4Addr::from_bits(first).into(), source_port),
            destination: socket(Ipv4Addr::from_bits(second).into(), destination_port),
            tunnel: 0,
            ack: SeqNo(0),
            tsecr: 0,
        }
    }

    /// Makes an entry the newest.
    #[inline]
    fn append(&mut self, at: u32) {
        self.turn = self.turn.wrapping_add(1);
        let turn = self.turn;
        if let Some(head) = self.heads.get_mut(at) {
            head.turn = turn;
            self.row.push_back(Turn { at, turn });
        }
        // Turns that were lost stand in the row until it is theirs.
        if self.row.len() > 2 * self.heads.len() + LOST_TURNS {
            self.row.retain(|turn| turn.head(&self.heads).is_some());
        }
    }
}

impl Plain {
    /// The SYN and its answer.
    #[must_use]
    pub fn segments(&self) -> [Segment<'static>; 2] {
        let syn = Around {
            source: self.sockets.client,
            destination: self.sockets.server,
            tunnel: 0,
            ack: SeqNo(0),
            tsecr: 0,
        };
        let answer = syn.of_further(self.syn, false, self.tsecr);
        [self.syn.unpack(&syn), self.answer.unpack(&answer)]
    }
}

impl Around {
    #[inline]
    fn key(&self) -> FlowKey {
        FlowKey::between(self.source, self.destination, self.tunnel)
    }

    /// Of a further segment, where these are those of the SYN.
    #[inline]
    fn of_further(self, syn: Packed, from_client: bool, tsecr: u32) -> Around {
        if from_client {
            return Around { tsecr, ..self };
        }
        Around {
            source: self.destination,
            destination: self.source,
            tunnel: self.tunnel,
            ack: syn.seq + 1,
            tsecr,
        }
    }
}

#[cfg(test)]
mod tests;
