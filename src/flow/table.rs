//! The table of connections: bounded, whatever is sent.

use std::collections::VecDeque;
use std::hint::black_box;

use super::attempt::Attempt;
use super::brief::Brief;
use super::half_open::{AHEAD, HalfOpen, Kept, Waiting};
use super::incarnation::{Ended, Track};
use super::index::{Index, Tag};
use super::key::FlowKey;
use super::slab::Slab;
use crate::icmp::IcmpError;
use crate::limits::TableLimits;
use crate::segment::{Segment, Timestamp};

/// What leaves the table.
#[derive(Debug)]
pub enum Left {
    /// A connection to be judged.
    Connection(Ended),
    /// An opening that nobody completed until the end of the capture.
    HalfOpen(Kept),
    /// An attempt that nobody completed, given up for the limit (`cut_short`): it is
    /// counted, not listed.
    Dropped(Attempt),
    /// The same of a plain opening.
    Brief(Brief),
}

/// Where an entry is: the upper half of all numbers are those of connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Slot(u32);

/// The same, told apart.
enum Place {
    HalfOpen(u32),
    Track(u32),
}

impl Slot {
    const TRACK: u32 = 1 << 31;

    const fn half_open(at: u32) -> Slot {
        Slot(at & !Slot::TRACK)
    }

    const fn track(at: u32) -> Slot {
        Slot(at | Slot::TRACK)
    }

    const fn place(self) -> Place {
        match self.0 & Slot::TRACK {
            0 => Place::HalfOpen(self.0),
            _ => Place::Track(self.0 & !Slot::TRACK),
        }
    }
}

/// After so many segments a connection is weighed anew, whatever they were.
const WEIGHED_EVERY: u8 = 16;

#[derive(Debug)]
struct Entry {
    track: Track,
    /// Used since the hand of the clock last passed.
    touched: bool,
    /// Waits in the queue of closed connections since then.
    closed_at: Option<Timestamp>,
    /// What it was found to take when it was weighed last.
    octets: usize,
    /// How many segments it had noted then, and how many it was given since.
    noted: usize,
    steps: u8,
}

/// Open and recently closed connections, and openings that wait for what
/// completes them.
#[derive(Debug, Default)]
pub struct Table {
    limits: TableLimits,
    index: Index<Slot>,
    half_open: HalfOpen,
    tracks: Slab<Entry>,
    /// Closed connections in order of closing.
    closed: VecDeque<(Timestamp, u32)>,
    /// The hand of the clock that finds idle connections.
    hand: usize,
    /// What all tracks take.
    octets: usize,
    /// Connections that were given up for the limit on their number.
    evicted: u64,
    /// Connections that were given up for the limit on what all take together.
    outweighed: u64,
    /// Closed connections that were forgotten before their time.
    forgotten: u64,
    /// Openings that were given up for the limit.
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

    /// Connections that were given up for the limit on their number.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Connections that were given up for the limit on what all take together.
    #[must_use]
    pub const fn outweighed(&self) -> u64 {
        self.outweighed
    }

    /// Closed connections that were forgotten before their time.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Openings that were given up for the limit.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes in a segment; what leaves the table goes to `left`.
    pub fn take(&mut self, segment: &Segment<'_>, left: &mut impl FnMut(Left)) {
        self.expire(segment.time, left);
        let key = FlowKey::of(segment);
        let tag = self.index.tag(&key);
        match self.find(&key, tag).map(Slot::place) {
            Some(Place::Track(at)) => self.step(at, segment, left),
            Some(Place::HalfOpen(at)) if self.half_open.keep(at, segment) => self.make_room(left),
            Some(Place::HalfOpen(at)) => {
                if let Some(at) = self.promote(tag, at, left) {
                    self.step(at, segment, left);
                }
            }
            None => match self.begin_small(segment, tag) {
                Some(at) => {
                    self.index.insert(tag, Slot::half_open(at));
                    self.make_room(left);
                }
                None => {
                    self.insert_track(tag, Track::beginning_with(segment), left);
                }
            },
        }
    }

    /// Takes in an ICMP error; an error about no connection is dropped. What
    /// leaves the table goes to `left`.
    pub fn hear(&mut self, error: &IcmpError, left: &mut impl FnMut(Left)) {
        let key = FlowKey::between(error.source, error.destination, error.tunnel);
        let tag = self.index.tag(&key);
        let at = match self.find(&key, tag).map(Slot::place) {
            Some(Place::Track(at)) => Some(at),
            Some(Place::HalfOpen(at)) => self.promote(tag, at, left),
            None => None,
        };
        if let Some(entry) = at.and_then(|at| self.tracks.get_mut(at)) {
            entry.track.hear(error);
        }
    }

    /// Takes out one connection, or behind the last of them the oldest opening; false when the
    /// table is empty. Nothing may be put in from then on.
    pub fn pop(&mut self, left: &mut impl FnMut(Left)) -> bool {
        self.index.clear();
        self.closed = VecDeque::new();
        if let Some(entry) = self.tracks.pop() {
            self.octets = self.octets.saturating_sub(entry.octets);
            end_track(entry.track, left);
            return true;
        }
        let oldest = self.half_open.oldest();
        let opening = oldest.and_then(|at| self.half_open.remove(at));
        let found = opening.is_some();
        if let Some(opening) = opening {
            left(Left::HalfOpen(opening));
        }
        found
    }

    /// The openings that nothing has completed yet, each with where those behind it begin: all of
    /// them from zero on. It counts as long as nothing is put in or taken out.
    pub fn openings(&self, begin: usize) -> impl Iterator<Item = (usize, Waiting<'_>)> {
        self.half_open.from(begin)
    }

    /// The connections in the table.
    pub fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().map(|entry| &entry.track)
    }

    #[inline]
    fn find(&self, key: &FlowKey, tag: Tag) -> Option<Slot> {
        self.index.find(tag, |slot| match slot.place() {
            Place::HalfOpen(at) => self.half_open.key(at).as_ref() == Some(key),
            Place::Track(at) => {
                (self.tracks.get(at)).is_some_and(|entry| entry.track.key() == *key)
            }
        })
    }

    /// Keeps an opening that begins with `segment`, if there is room for any.
    fn begin_small(&mut self, segment: &Segment<'_>, tag: Tag) -> Option<u32> {
        if self.limits.half_open == 0 {
            return None;
        }
        self.half_open.begin(segment, tag)
    }

    /// Makes a connection of an opening; returns its place.
    fn promote(&mut self, tag: Tag, at: u32, left: &mut impl FnMut(Left)) -> Option<u32> {
        let opening = self.half_open.remove(at)?;
        let old = Slot::half_open(at);
        let Some(new) = self.place_track(opening.opening().track(), left) else {
            self.index.remove(tag, old);
            return None;
        };
        self.index.replace(tag, old, Slot::track(new));
        Some(new)
    }

    /// Gives up openings that have waited for the longest time, until the limit is kept.
    fn make_room(&mut self, left: &mut impl FnMut(Left)) {
        while self.half_open.segments() > self.limits.half_open
            && self.half_open.len() > 1
            && let Some(oldest) = self.half_open.oldest()
        {
            if self.dropped.is_multiple_of(AHEAD as u64) {
                let tags = self.half_open.look_ahead();
                black_box(tags.map(|tag| self.index.find(tag, |_| true)));
            }
            self.dropped += 1;
            let Some(opening) = self.half_open.get(oldest) else {
                return;
            };
            let tag = opening.tag();
            if let Some(mut brief) = opening.brief() {
                brief.cut_short = true;
                left(Left::Brief(brief));
            } else if let Some(mut attempt) = opening.kept().attempt() {
                attempt.cut_short = true;
                left(Left::Dropped(attempt));
            }
            self.index.remove(tag, Slot::half_open(oldest));
            self.half_open.vacate(oldest);
        }
    }

    fn insert_track(&mut self, tag: Tag, track: Track, left: &mut impl FnMut(Left)) {
        if let Some(at) = self.place_track(track, left) {
            self.index.insert(tag, Slot::track(at));
        }
    }

    /// Finds a place for a connection, which the index does not know yet.
    fn place_track(&mut self, track: Track, left: &mut impl FnMut(Left)) -> Option<u32> {
        if self.tracks.len() >= self.limits.connections {
            let given_up = self.evict(left);
            self.evicted += u64::from(given_up);
        }
        let octets = track.octets();
        self.keep_light(octets, left);
        let at = self.tracks.insert(Entry {
            touched: true,
            closed_at: None,
            noted: track.connection().noted().len(),
            steps: 0,
            octets,
            track,
        })?;
        self.octets += octets;
        Some(at)
    }

    fn step(&mut self, at: u32, segment: &Segment<'_>, left: &mut impl FnMut(Left)) {
        let Some(entry) = self.tracks.get_mut(at) else {
            return;
        };
        entry.touched = true;
        if let Some(ended) = entry.track.take(segment) {
            entry.closed_at = None;
            left(Left::Connection(ended));
        }
        if entry.closed_at.is_none() && entry.track.is_over() {
            entry.closed_at = Some(segment.time);
            self.closed.push_back((segment.time, at));
        }
        // Noted segments take the most by far; what else grows does so slowly.
        entry.steps += 1;
        let noted = entry.track.connection().noted().len();
        if noted != entry.noted || entry.steps >= WEIGHED_EVERY {
            let octets = entry.track.octets();
            let before = std::mem::replace(&mut entry.octets, octets);
            (entry.noted, entry.steps) = (noted, 0);
            self.octets = self.octets.saturating_sub(before) + octets;
            self.keep_light(0, left);
        }
    }

    /// Gives up connections as long as all of them, and `more`, take more than they may. One
    /// stays in any case.
    fn keep_light(&mut self, more: usize, left: &mut impl FnMut(Left)) {
        while self.octets + more > self.limits.octets && self.tracks.len() > 1 {
            let given_up = self.evict(left);
            self.outweighed += u64::from(given_up);
        }
    }

    /// Closed connections leave when nothing of them can be expected any
    /// more at the time `now`, or when there are too many of them.
    pub fn expire(&mut self, now: Timestamp, left: &mut impl FnMut(Left)) {
        while let Some(&(since, at)) = self.closed.front() {
            let crowded = self.closed.len() > self.limits.closed_connections;
            if !crowded && now.since(since) < self.limits.linger_ns {
                return;
            }
            self.closed.pop_front();
            let Some(entry) = self
                .tracks
                .get_mut(at)
                .filter(|e| e.closed_at == Some(since))
            else {
                continue;
            };
            if entry.track.is_over() {
                self.forgotten += u64::from(crowded && now.since(since) < self.limits.linger_ns);
                self.remove(at, left);
            } else {
                // One that was opened anew, or goes on after all, stays.
                entry.closed_at = None;
            }
        }
    }

    /// Gives up one connection: an idle one, half-open before open. Says whether it was still
    /// going on; else it counts as forgotten.
    fn evict(&mut self, left: &mut impl FnMut(Left)) -> bool {
        const LOOK_AHEAD: usize = 64;
        let places = self.tracks.places();
        let mut idle = None;
        for _ in 0..2 * places {
            self.hand = (self.hand + 1) % places.max(1);
            let at = u32::try_from(self.hand).unwrap_or(u32::MAX);
            let Some(entry) = self.tracks.get_mut(at) else {
                continue;
            };
            if entry.track.is_half_open() || entry.closed_at.is_some() {
                idle = Some((at, 0));
                break;
            }
            if entry.touched {
                entry.touched = false;
                continue;
            }
            let (_, looked) = *idle.get_or_insert((at, 0));
            if looked >= LOOK_AHEAD {
                break;
            }
            if let Some((_, looked)) = &mut idle {
                *looked += 1;
            }
        }
        let Some((at, entry)) = idle.and_then(|(at, _)| Some((at, self.tracks.get(at)?))) else {
            return false;
        };
        let is_closed = entry.closed_at.is_some();
        self.forgotten += u64::from(is_closed);
        // A refused attempt came to its end, and is judged like any other.
        let half_open = entry.track.is_half_open() && !entry.track.is_over();
        let attempt = Some(&entry.track).filter(|_| half_open);
        match attempt.and_then(|track| Attempt::of(track.connection())) {
            Some(mut attempt) => {
                attempt.cut_short = true;
                self.remove(at, &mut |_| ());
                left(Left::Dropped(attempt));
            }
            None => self.remove(at, left),
        }
        !is_closed
    }

    fn remove(&mut self, at: u32, left: &mut impl FnMut(Left)) {
        if let Some(entry) = self.tracks.get(at) {
            let tag = self.index.tag(&entry.track.key());
            self.index.remove(tag, Slot::track(at));
        }
        if let Some(entry) = self.tracks.remove(at) {
            self.octets = self.octets.saturating_sub(entry.octets);
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
