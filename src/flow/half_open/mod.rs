//! Openings of which nothing but ordinary SYNs and SYN-ACKs was captured, in few octets: all
//! that a flood leaves behind.
//!
//! An entry is a short list of segments. When anything else comes, they are given to a
//! connection one after the other, as if they were captured just then; so it makes no
//! difference to any verdict that they were kept here before.

mod kept;
mod packed;

use std::net::{IpAddr, Ipv4Addr};

pub use kept::Kept;
use packed::{Around, Marks, Packed};

use super::brief::Brief;
use super::key::FlowKey;
use super::slab::Slab;
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
    /// The entries before and behind it in order of their latest segments.
    older: u32,
    newer: u32,
    /// The second segment.
    next: u32,
}

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

/// The openings, ordered by their latest segments.
#[derive(Debug)]
pub struct HalfOpen {
    heads: Slab<Head>,
    far: Slab<Far>,
    further: Slab<Further>,
    oldest: u32,
    newest: u32,
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
    pub fn brief(&self) -> Option<Brief> {
        self.all.brief(self.head)
    }

    /// All of it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.all.kept(self.head)
    }

    /// Its key.
    #[inline]
    #[must_use]
    pub fn key(&self) -> FlowKey {
        self.all.key_of(self.head)
    }
}

impl Default for HalfOpen {
    fn default() -> HalfOpen {
        HalfOpen {
            heads: Slab::default(),
            far: Slab::default(),
            further: Slab::default(),
            oldest: NONE,
            newest: NONE,
        }
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
    #[must_use]
    pub fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// Keeps an opening that begins with `segment`; `None` if that is no ordinary SYN.
    pub fn begin(&mut self, segment: &Segment<'_>) -> Option<u32> {
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
            older: NONE,
            newer: NONE,
            next: NONE,
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
        self.unlink(at);
        self.append(at);
        Some(())
    }

    /// The key of an opening.
    #[inline]
    #[must_use]
    pub fn key(&self, at: u32) -> Option<FlowKey> {
        Some(self.key_of(self.heads.get(at)?))
    }

    #[inline]
    fn key_of(&self, head: &Head) -> FlowKey {
        match head.syn.marks.contains(Marks::FAR) {
            true => self.around(head).key(),
            false => FlowKey::plain(head.addresses, head.ports),
        }
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
    fn brief(&self, head: &Head) -> Option<Brief> {
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
        Some(Brief {
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

    /// Takes an opening out.
    pub fn remove(&mut self, at: u32) -> Option<Kept> {
        let kept = self.get(at)?.kept();
        self.vacate(at);
        Some(kept)
    }

    /// The same, where nobody wants it any more.
    pub fn vacate(&mut self, at: u32) {
        let Some(head) = self.heads.get(at) else {
            return;
        };
        let Head { older, newer, .. } = *head;
        let mut next = head.next;
        if head.syn.marks.contains(Marks::FAR) {
            let [far, _] = head.addresses;
            self.far.vacate(far);
        }
        self.heads.vacate(at);
        self.close_up(older, newer);
        while let Some(further) = self.further.get(next) {
            let behind = further.next;
            self.further.vacate(next);
            next = behind;
        }
    }

    /// The openings behind the one in place `last`, all of them without one, each with its place,
    /// the oldest first.
    pub fn behind(&self, last: Option<u32>) -> impl Iterator<Item = (u32, Waiting<'_>)> {
        let newer = |at| self.heads.get(at).map_or(NONE, |head| head.newer);
        let mut next = last.map_or(self.oldest, newer);
        std::iter::from_fn(move || {
            let (at, head) = (next, self.heads.get(next)?);
            next = head.newer;
            Some((at, Waiting { all: self, head }))
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
    fn append(&mut self, at: u32) {
        if let Some(head) = self.heads.get_mut(at) {
            (head.older, head.newer) = (self.newest, NONE);
        }
        match self.heads.get_mut(self.newest) {
            Some(before) => before.newer = at,
            None => self.oldest = at,
        }
        self.newest = at;
    }

    /// Takes an entry out of its row.
    fn unlink(&mut self, at: u32) {
        if let Some(&Head { older, newer, .. }) = self.heads.get(at) {
            self.close_up(older, newer);
        }
    }

    /// Makes two entries neighbours.
    fn close_up(&mut self, older: u32, newer: u32) {
        match self.heads.get_mut(older) {
            Some(before) => before.newer = newer,
            None => self.oldest = newer,
        }
        match self.heads.get_mut(newer) {
            Some(behind) => behind.older = older,
            None => self.newest = older,
        }
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
