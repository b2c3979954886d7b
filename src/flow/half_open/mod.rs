//! Openings of which nothing but ordinary SYNs and SYN-ACKs was captured, in few octets: all
//! that a flood leaves behind.
//!
//! An entry is a short list of segments. When anything else comes, they are given to a
//! connection one after the other, as if they were captured just then; so it makes no
//! difference to any verdict that they were kept here before.

mod packed;

use std::net::{IpAddr, Ipv4Addr};

use packed::{Around, Marks, Packed};

use super::key::FlowKey;
use super::opening::Opening;
use super::slab::Slab;
use crate::machine::side::Pair;
use crate::segment::{Flags, Segment, Socket};
use crate::seq::SeqNo;

/// A number of no place.
const NONE: u32 = u32::MAX;

/// Segments kept of one opening. With usual settings, Linux sends seven SYNs and six SYN-ACKs.
const SEGMENTS: usize = 16;

/// The first SYN of an opening, and what holds the entry together.
#[derive(Clone, Copy, Debug)]
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
#[derive(Debug)]
pub struct HalfOpen {
    heads: Slab<Head>,
    far: Slab<Far>,
    further: Slab<Further>,
    oldest: u32,
    newest: u32,
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
    pub const fn len(&self) -> usize {
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
    #[must_use]
    pub fn key(&self, at: u32) -> Option<FlowKey> {
        let around = self.around(self.heads.get(at)?);
        Some(FlowKey::between(
            around.source,
            around.destination,
            around.tunnel,
        ))
    }

    /// An opening.
    #[must_use]
    pub fn get(&self, at: u32) -> Option<Opening> {
        let head = self.heads.get(at)?;
        let around = self.around(head);
        let syn = head.syn;
        let mut next = head.next;
        let further = std::iter::from_fn(|| {
            let further = self.further.get(next)?;
            next = further.next;
            let from_client = !further.packed.marks.contains(Marks::ACK);
            let around = around.of_further(syn, from_client, further.tsecr);
            Some(further.packed.unpack(&around))
        });
        Some(Opening {
            syn: syn.unpack(&around),
            further: further.collect(),
        })
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
    pub fn remove(&mut self, at: u32) -> Option<Opening> {
        let opening = self.get(at)?;
        self.discard(at)?;
        Some(opening)
    }

    /// Forgets an opening.
    pub fn discard(&mut self, at: u32) -> Option<()> {
        self.unlink(at);
        let head = self.heads.remove(at)?;
        if head.syn.marks.contains(Marks::FAR) {
            let [far, _] = head.addresses;
            self.far.remove(far);
        }
        let mut next = head.next;
        while let Some(further) = self.further.remove(next) {
            next = further.next;
        }
        Some(())
    }

    /// All openings, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Opening> {
        let mut next = self.oldest;
        std::iter::from_fn(move || {
            let opening = self.get(next)?;
            next = self.heads.get(next)?.newer;
            Some(opening)
        })
    }

    /// What a packed SYN does not hold itself.
    fn around(&self, head: &Head) -> Around {
        let [first, second] = head.addresses;
        let far = head.syn.marks.contains(Marks::FAR);
        let far = self.far.get(first).filter(|_| far).copied();
        let far = far.unwrap_or_else(|| Far {
            source: Ipv4Addr::from_bits(first).into(),
            destination: Ipv4Addr::from_bits(second).into(),
            tunnel: 0,
            tsecr: 0,
        });
        let [source, destination] = head.ports;
        let socket = |ip, port| Socket { ip, port };
        Around {
            source: socket(far.source, source),
            destination: socket(far.destination, destination),
            tunnel: far.tunnel,
            ack: SeqNo(0),
            tsecr: far.tsecr,
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
        let Some(&Head { older, newer, .. }) = self.heads.get(at) else {
            return;
        };
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
    /// Of a further segment, where these are those of the SYN.
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
