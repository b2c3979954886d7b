//! The table of connections: bounded, whatever is sent.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::attempt::Attempt;
use super::incarnation::{Ended, Track};
use super::key::FlowKey;
use super::lone_syn::LoneSyn;
use crate::icmp::IcmpError;
use crate::limits::TableLimits;
use crate::segment::{Segment, Timestamp};

/// What leaves the table.
#[derive(Debug)]
pub enum Left {
    /// A connection to be judged.
    Connection(Ended),
    /// A SYN that nothing answered until the end of the capture.
    Unanswered(LoneSyn),
    /// An attempt that nobody completed, given up for the limit: it is
    /// counted, not listed.
    Dropped(Attempt),
}

/// Where an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Slot {
    /// Number of the lone SYN since the beginning.
    Lone(u32),
    /// Index among the tracks.
    Track(u32),
}

#[derive(Debug)]
struct Entry {
    key: FlowKey,
    track: Track,
    /// Used since the hand of the clock last passed.
    touched: bool,
    /// Waits in the queue of closed connections since then.
    closed_at: Option<Timestamp>,
}

/// Open and recently closed connections, and SYNs waiting for an answer.
///
/// The hash is seeded anew in every run, because whoever sends the packets
/// chooses the keys; nothing is ever listed in the order of the table.
#[derive(Debug, Default)]
pub struct Table {
    limits: TableLimits,
    hasher: DefaultHashBuilder,
    index: HashTable<Slot>,
    /// Lone SYNs in order of arrival; `None` where one was answered.
    lone: VecDeque<Option<LoneSyn>>,
    /// Number of the first in `lone`.
    lone_first: u32,
    tracks: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// Closed connections in order of closing.
    closed: VecDeque<(Timestamp, u32, FlowKey)>,
    /// The hand of the clock that finds idle connections.
    hand: usize,
    /// Connections that were given up for the limit.
    evicted: u64,
    /// Closed connections that were forgotten before their time.
    forgotten: u64,
    /// Lone SYNs that were given up for the limit.
    dropped: u64,
}

impl Table {
    /// An empty table that holds no more than `limits` say.
    #[must_use]
    pub fn with_limits(limits: TableLimits) -> Table {
        Table {
            limits,
            ..Table::default()
        }
    }

    /// Connections that were given up for the limit.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Closed connections that were forgotten before their time.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Lone SYNs that were given up for the limit.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes in a segment; what leaves the table goes to `left`.
    pub fn take(&mut self, segment: &Segment<'_>, left: &mut impl FnMut(Left)) {
        self.expire(segment.time, left);
        let key = FlowKey::of(segment);
        match self.find(&key) {
            Some(Slot::Track(at)) => self.step(at, segment, left),
            Some(Slot::Lone(number)) => {
                if let Some(at) = self.promote(&key, number, left) {
                    self.step(at, segment, left);
                }
            }
            None => match LoneSyn::of(segment) {
                Some(syn) => self.insert_lone(key, syn, left),
                None => {
                    self.insert_track(key, Track::beginning_with(segment), left);
                }
            },
        }
    }

    /// Takes in an ICMP error; an error about no connection is dropped. What
    /// leaves the table goes to `left`.
    pub fn hear(&mut self, error: &IcmpError, left: &mut impl FnMut(Left)) {
        let key = FlowKey::between(error.source, error.destination, error.tunnel);
        let at = match self.find(&key) {
            Some(Slot::Track(at)) => Some(at),
            Some(Slot::Lone(number)) => self.promote(&key, number, left),
            None => None,
        };
        let place = at.and_then(|at| self.tracks.get_mut(usize::try_from(at).ok()?));
        if let Some(entry) = place.and_then(Option::as_mut) {
            entry.track.hear(error);
        }
    }

    /// Empties the table, in the order of arrival.
    pub fn finish(&mut self, left: &mut impl FnMut(Left)) {
        for entry in self.tracks.drain(..).flatten() {
            end_track(entry.track, left);
        }
        for syn in self.lone.drain(..).flatten() {
            left(Left::Unanswered(syn));
        }
        self.index.clear();
        self.closed.clear();
        self.free.clear();
    }

    /// The SYNs that wait for an answer.
    pub fn lone_syns(&self) -> impl Iterator<Item = &LoneSyn> {
        self.lone.iter().flatten()
    }

    /// The connections in the table.
    pub fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().flatten().map(|entry| &entry.track)
    }

    fn find(&self, key: &FlowKey) -> Option<Slot> {
        let hash = self.hasher.hash_one(key);
        self.index
            .find(hash, |slot| self.key_of(*slot).as_ref() == Some(key))
            .copied()
    }

    fn key_of(&self, slot: Slot) -> Option<FlowKey> {
        match slot {
            Slot::Lone(number) => self.lone_at(number).map(LoneSyn::key),
            Slot::Track(at) => self.entry(at).map(|entry| entry.key),
        }
    }

    fn lone_at(&self, number: u32) -> Option<&LoneSyn> {
        let at = usize::try_from(number.wrapping_sub(self.lone_first)).ok()?;
        self.lone.get(at)?.as_ref()
    }

    fn entry(&self, at: u32) -> Option<&Entry> {
        self.tracks.get(usize::try_from(at).ok()?)?.as_ref()
    }

    /// Makes a connection of a lone SYN; returns its place.
    fn promote(&mut self, key: &FlowKey, number: u32, left: &mut impl FnMut(Left)) -> Option<u32> {
        // The index entry is removed by `forget`, which still needs the key.
        let syn = self.lone_at(number).copied()?;
        self.forget(key);
        Some(self.insert_track(*key, Track::beginning_with(&syn.segment()), left))
    }

    fn forget(&mut self, key: &FlowKey) {
        let hash = self.hasher.hash_one(key);
        let Table {
            index,
            lone,
            lone_first,
            tracks,
            ..
        } = self;
        let same = |slot: &Slot| match *slot {
            Slot::Lone(number) => usize::try_from(number.wrapping_sub(*lone_first))
                .ok()
                .and_then(|at| lone.get(at)?.as_ref())
                .is_some_and(|syn| syn.key() == *key),
            Slot::Track(at) => usize::try_from(at)
                .ok()
                .and_then(|at| tracks.get(at)?.as_ref())
                .is_some_and(|entry| entry.key == *key),
        };
        let Ok(found) = index.find_entry(hash, same) else {
            return;
        };
        let (slot, _) = found.remove();
        if let Slot::Lone(number) = slot {
            let at = usize::try_from(number.wrapping_sub(*lone_first)).ok();
            if let Some(place) = at.and_then(|at| lone.get_mut(at)) {
                *place = None;
            }
            while lone.front().is_some_and(Option::is_none) {
                lone.pop_front();
                *lone_first = lone_first.wrapping_add(1);
            }
        }
    }

    fn remember(&mut self, key: &FlowKey, slot: Slot) {
        let hash = self.hasher.hash_one(key);
        let Table {
            hasher,
            index,
            lone,
            lone_first,
            tracks,
            ..
        } = self;
        let rehash = |slot: &Slot| {
            let key = match *slot {
                Slot::Lone(number) => usize::try_from(number.wrapping_sub(*lone_first))
                    .ok()
                    .and_then(|at| lone.get(at)?.as_ref())
                    .map(LoneSyn::key),
                Slot::Track(at) => usize::try_from(at)
                    .ok()
                    .and_then(|at| tracks.get(at)?.as_ref())
                    .map(|entry| entry.key),
            };
            key.map_or(0, |key| hasher.hash_one(key))
        };
        index.insert_unique(hash, slot, rehash);
    }

    fn insert_lone(&mut self, key: FlowKey, syn: LoneSyn, left: &mut impl FnMut(Left)) {
        // Holes of answered SYNs count as well: they are what keeps the
        // numbers and places in step.
        while self.lone.len() >= self.limits.lone_syns {
            match self.lone.front().copied().flatten() {
                Some(oldest) => {
                    self.forget(&oldest.key());
                    self.dropped += 1;
                    left(Left::Dropped(Attempt::of_lone(&oldest)));
                }
                None => {
                    self.lone.pop_front();
                    self.lone_first = self.lone_first.wrapping_add(1);
                }
            }
        }
        let Ok(len) = u32::try_from(self.lone.len()) else {
            return;
        };
        let number = self.lone_first.wrapping_add(len);
        self.lone.push_back(Some(syn));
        self.remember(&key, Slot::Lone(number));
    }

    fn insert_track(&mut self, key: FlowKey, track: Track, left: &mut impl FnMut(Left)) -> u32 {
        if self.tracks.len() - self.free.len() >= self.limits.connections {
            self.evict(left);
        }
        let entry = Entry {
            key,
            track,
            touched: true,
            closed_at: None,
        };
        let at = match self.free.pop() {
            Some(at) => {
                if let Some(place) = usize::try_from(at)
                    .ok()
                    .and_then(|at| self.tracks.get_mut(at))
                {
                    *place = Some(entry);
                }
                at
            }
            None => {
                self.tracks.push(Some(entry));
                u32::try_from(self.tracks.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.remember(&key, Slot::Track(at));
        at
    }

    fn step(&mut self, at: u32, segment: &Segment<'_>, left: &mut impl FnMut(Left)) {
        let place = usize::try_from(at)
            .ok()
            .and_then(|at| self.tracks.get_mut(at));
        let Some(entry) = place.and_then(Option::as_mut) else {
            return;
        };
        entry.touched = true;
        if let Some(ended) = entry.track.take(segment) {
            entry.closed_at = None;
            left(Left::Connection(ended));
        }
        if entry.closed_at.is_none() && entry.track.is_over() {
            entry.closed_at = Some(segment.time);
            self.closed.push_back((segment.time, at, entry.key));
        }
    }

    /// Closed connections leave when nothing of them can be expected any
    /// more at the time `now`, or when there are too many of them.
    pub fn expire(&mut self, now: Timestamp, left: &mut impl FnMut(Left)) {
        while let Some(&(since, at, key)) = self.closed.front() {
            let crowded = self.closed.len() > self.limits.closed_connections;
            if !crowded && now.since(since) < self.limits.linger_ns {
                return;
            }
            self.closed.pop_front();
            let entry = self.entry(at);
            let current = entry.is_some_and(|e| e.key == key && e.closed_at == Some(since));
            // One that was opened anew, or goes on after all, stays.
            if current && entry.is_some_and(|entry| entry.track.is_over()) {
                self.forgotten += u64::from(crowded && now.since(since) < self.limits.linger_ns);
                self.remove(at, left);
            } else if current
                && let Some(place) = usize::try_from(at)
                    .ok()
                    .and_then(|at| self.tracks.get_mut(at))
                && let Some(entry) = place.as_mut()
            {
                entry.closed_at = None;
            }
        }
    }

    /// Gives up one connection: an idle one, half-open before open.
    fn evict(&mut self, left: &mut impl FnMut(Left)) {
        const LOOK_AHEAD: usize = 64;
        let len = self.tracks.len();
        let mut idle = None;
        for _ in 0..2 * len {
            self.hand = (self.hand + 1) % len.max(1);
            let Some(entry) = self.tracks.get_mut(self.hand).and_then(Option::as_mut) else {
                continue;
            };
            if entry.track.is_half_open() || entry.closed_at.is_some() {
                idle = Some((self.hand, 0));
                break;
            }
            if entry.touched {
                entry.touched = false;
                continue;
            }
            let (_, looked) = *idle.get_or_insert((self.hand, 0));
            if looked >= LOOK_AHEAD {
                break;
            }
            if let Some((_, looked)) = &mut idle {
                *looked += 1;
            }
        }
        let Some(at) = idle.and_then(|(at, _)| u32::try_from(at).ok()) else {
            return;
        };
        let closed = self
            .entry(at)
            .is_some_and(|entry| entry.closed_at.is_some());
        let count = if closed {
            &mut self.forgotten
        } else {
            &mut self.evicted
        };
        *count += 1;
        // A refused attempt came to its end, and is judged like any other.
        let half_open = self
            .entry(at)
            .filter(|entry| entry.track.is_half_open() && !entry.track.is_over());
        match half_open.and_then(|entry| Attempt::of(entry.track.connection())) {
            Some(attempt) => {
                self.remove(at, &mut |_| ());
                left(Left::Dropped(attempt));
            }
            None => self.remove(at, left),
        }
    }

    fn remove(&mut self, at: u32, left: &mut impl FnMut(Left)) {
        let Some(key) = self.entry(at).map(|entry| entry.key) else {
            return;
        };
        self.forget(&key);
        let place = usize::try_from(at)
            .ok()
            .and_then(|at| self.tracks.get_mut(at));
        if let Some(entry) = place.and_then(Option::take) {
            self.free.push(at);
            end_track(entry.track, left);
        }
    }
}

/// Hands over the last incarnation of a track, and one that only a SYN shows.
fn end_track(track: Track, left: &mut impl FnMut(Left)) {
    let (ended, next) = track.end();
    left(Left::Connection(ended));
    if let Some(next) = next {
        left(Left::Connection(next));
    }
}

#[cfg(test)]
mod tests;
