//! The table of connections: bounded, whatever is sent.

use std::collections::VecDeque;
use std::hint::black_box;

use super::attempt::Attempt;
use super::bare::Bare;
use super::half_open::{AHEAD, HalfOpen, Kept, Waiting};
use super::incarnation::{Ended, Track};
use super::index::{Index, Tag};
use super::key::FlowKey;
use super::life::{Life, Spare};
use super::slab::Slab;
use crate::icmp::IcmpError;
use crate::limits::TableLimits;
use crate::machine::sketch::Sketch;
use crate::segment::{Segment, Timestamp};

/// What leaves the table.
#[derive(Debug)]
pub enum Left {
    /// A connection to be judged.
    Connection(Ended),
    /// One that was a textbook's from its SYN on, to its last ACK or until it was given up.
    Life(Box<Life>),
    /// An opening that nobody completed until the end of the capture.
    HalfOpen(Kept),
    /// An attempt that nobody completed, given up for the limit (`cut_short`): it is
    /// counted, not listed.
    Dropped(Attempt),
    /// The same of a plain opening.
    Bare(Bare),
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

/// So many closed connections are looked at ahead of their time together.
const CLOSED_AHEAD: usize = 16;

/// So many lives are kept for their room: each end of a round gives back some dozen.
const SPARE: usize = 256;

/// After so many segments a connection is weighed anew, whatever they were.
const WEIGHED_EVERY: u8 = 16;

/// A connection in the table.
#[derive(Debug)]
pub enum Known {
    /// One that the machine knows.
    Track(Track),
    /// One that is a textbook's so far.
    Life(Box<Life>),
}

impl Known {
    fn key(&self) -> FlowKey {
        match self {
            Known::Track(track) => track.key(),
            Known::Life(life) => life.key(),
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Known::Track(track) => track.is_over(),
            Known::Life(life) => life.is_over(),
        }
    }

    fn is_half_open(&self) -> bool {
        matches!(self, Known::Track(track) if track.is_half_open())
    }

    /// Something of what is read of it when it leaves.
    fn glimpse(&self) -> u64 {
        match self {
            Known::Track(track) => track.is_half_open().into(),
            Known::Life(life) => life.glimpse(),
        }
    }

    fn octets(&self) -> usize {
        match self {
            Known::Track(track) => track.octets(),
            Known::Life(life) => life.octets(),
        }
    }

    /// What leaves little behind in the table's books, and is weighed each time.
    fn noted(&self) -> usize {
        match self {
            Known::Track(track) => track.connection().noted().len(),
            Known::Life(life) => life.octets(),
        }
    }

    /// The machine's, from now on in any case.
    fn tell(&mut self) {
        if let Known::Life(life) = self {
            *self = Known::Track(life.tell());
        }
    }

    /// Takes in a segment; returns the incarnation that it ends, if any.
    fn take(&mut self, segment: &Segment<'_>) -> Option<Ended> {
        if let Known::Life(life) = self
            && !life.keep(segment)
        {
            self.tell();
        }
        match self {
            Known::Track(track) => track.take(segment),
            Known::Life(_) => None,
        }
    }

    /// Takes in an ICMP error about one of its segments.
    fn hear(&mut self, error: &IcmpError) {
        self.tell();
        if let Known::Track(track) = self {
            track.hear(error);
        }
    }

    /// Hands over the last incarnation, and one that only a SYN shows.
    fn end(self, left: &mut impl FnMut(Left)) {
        let track = match self {
            // As small as it is: it may wait for its judgement.
            Known::Life(life) => return left(Left::Life(life)),
            Known::Track(track) => track,
        };
        let (ended, next) = track.end();
        left(Left::Connection(ended));
        if let Some(next) = next {
            left(Left::Connection(next));
        }
    }
}

#[derive(Debug)]
struct Entry {
    /// The key of all its segments, which are looked up by it.
    key: FlowKey,
    known: Known,
    /// Used since the hand of the clock last passed.
    touched: bool,
    /// Waits in the queue of closed connections since then.
    closed_at: Option<Timestamp>,
    /// What it was found to take when it was weighed last.
    octets: usize,
    /// How many segments it had noted then, and how many it was given since.
    noted: usize,
    steps: u8,
    /// What its picture took then.
    drawn: usize,
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
    /// Lives that are through, to begin others in their room.
    spare: Spare,
    /// So many closed connections have been looked at ahead of their time.
    ahead: usize,
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
    /// What all pictures take.
    drawn: usize,
    /// Pictures that were reduced for the limit on what all take together.
    reduced: u64,
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

    /// Pictures of connections that were reduced for the limit on what all take together.
    #[must_use]
    pub const fn reduced(&self) -> u64 {
        self.reduced
    }

    /// What a connection in this table begins to be drawn with, if it is to be drawn.
    fn sketch(&self) -> Option<Sketch> {
        Sketch::for_room(self.limits.drawn)
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
                if !self.goes_on(tag, at, segment, left)
                    && let Some(at) = self.promote(tag, at, left)
                {
                    self.step(at, segment, left);
                }
            }
            None => match self.begin_small(segment, tag) {
                Some(at) => {
                    self.index.insert(tag, Slot::half_open(at));
                    self.make_room(left);
                }
                None => {
                    self.insert_track(tag, Track::drawn(segment, self.sketch()), left);
                }
            },
        }
    }

    /// Takes back a life that is through, for its room.
    pub fn take_back(&mut self, life: Box<Life>) {
        if self.spare.len() < SPARE && life.is_small() {
            self.spare.push(life);
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
            entry.known.hear(error);
        }
    }

    /// Takes out one connection, or behind the last of them the oldest opening; false when the
    /// table is empty. Nothing may be put in from then on.
    pub fn pop(&mut self, left: &mut impl FnMut(Left)) -> bool {
        self.index.clear();
        self.closed = VecDeque::new();
        if let Some(entry) = self.tracks.pop() {
            self.octets = self.octets.saturating_sub(entry.octets);
            entry.known.end(left);
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

    /// Brings all connections up to date, to be read.
    pub fn catch_up(&mut self) {
        for entry in self.tracks.iter_mut() {
            if let Known::Track(track) = &mut entry.known {
                track.catch_up();
            }
        }
    }

    /// The connections in the table, which has to be up to date.
    pub fn connections(&self) -> impl Iterator<Item = &Known> {
        self.tracks.iter().map(|entry| &entry.known)
    }

    #[inline]
    fn find(&self, key: &FlowKey, tag: Tag) -> Option<Slot> {
        self.index.find(tag, |slot| match slot.place() {
            Place::HalfOpen(at) => self.half_open.key(at).as_ref() == Some(key),
            Place::Track(at) => self.tracks.get(at).is_some_and(|entry| entry.key == *key),
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
        let track = opening.opening().drawn(self.sketch());
        self.replace(tag, at, Known::Track(track), left)
    }

    /// Makes a life of an opening to which `segment` is a textbook's third; else nothing has
    /// changed.
    fn goes_on(
        &mut self,
        tag: Tag,
        at: u32,
        segment: &Segment<'_>,
        left: &mut impl FnMut(Left),
    ) -> bool {
        let opening = self
            .limits
            .lives
            .then(|| self.half_open.plain(at))
            .flatten();
        let Some(opening) = opening else {
            return false;
        };
        let Some(life) = Life::beginning_with(opening, segment, &mut self.spare) else {
            return false;
        };
        self.half_open.discard(at);
        self.replace(tag, at, Known::Life(life), left);
        true
    }

    /// Puts a connection in the place of the opening that was at `at`; returns its new one.
    fn replace(
        &mut self,
        tag: Tag,
        at: u32,
        known: Known,
        left: &mut impl FnMut(Left),
    ) -> Option<u32> {
        let old = Slot::half_open(at);
        let Some(new) = self.place_track(known, left) else {
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
            if let Some(mut bare) = opening.bare() {
                bare.cut_short = true;
                left(Left::Bare(bare));
            } else if let Some(mut attempt) = opening.kept().attempt() {
                attempt.cut_short = true;
                left(Left::Dropped(attempt));
            }
            self.index.remove(tag, Slot::half_open(oldest));
            self.half_open.discard(oldest);
        }
    }

    fn insert_track(&mut self, tag: Tag, track: Track, left: &mut impl FnMut(Left)) {
        if let Some(at) = self.place_track(Known::Track(track), left) {
            self.index.insert(tag, Slot::track(at));
        }
    }

    /// Finds a place for a connection, which the index does not know yet.
    fn place_track(&mut self, known: Known, left: &mut impl FnMut(Left)) -> Option<u32> {
        if self.tracks.len() >= self.limits.connections {
            let given_up = self.evict(left);
            self.evicted += u64::from(given_up);
        }
        let octets = known.octets();
        self.keep_light(octets, left);
        let at = self.tracks.insert(Entry {
            key: known.key(),
            touched: true,
            closed_at: None,
            noted: known.noted(),
            steps: 0,
            drawn: 0,
            octets,
            known,
        })?;
        self.octets += octets;
        Some(at)
    }

    fn step(&mut self, at: u32, segment: &Segment<'_>, left: &mut impl FnMut(Left)) {
        let Some(entry) = self.tracks.get_mut(at) else {
            return;
        };
        entry.touched = true;
        if self.limits.stretches
            && let Known::Track(track) = &mut entry.known
            && track.goes_on(segment)
        {
            return;
        }
        if let Some(ended) = entry.known.take(segment) {
            entry.closed_at = None;
            left(Left::Connection(ended));
        }
        if entry.closed_at.is_none() && entry.known.is_over() {
            entry.closed_at = Some(segment.time);
            self.closed.push_back((segment.time, at));
        }
        // Noted segments take the most by far; what else grows does so slowly.
        entry.steps += 1;
        let noted = entry.known.noted();
        if noted != entry.noted || entry.steps >= WEIGHED_EVERY {
            let octets = entry.known.octets();
            let before = std::mem::replace(&mut entry.octets, octets);
            (entry.noted, entry.steps) = (noted, 0);
            self.octets = self.octets.saturating_sub(before) + octets;
            if self.limits.drawn > 0
                && let Known::Track(track) = &mut entry.known
            {
                let before = std::mem::replace(&mut entry.drawn, track.drawn_octets());
                self.drawn = self.drawn.saturating_sub(before) + entry.drawn;
                if self.drawn > self.limits.drawn_octets && track.draw_less() {
                    self.reduced += 1;
                    let before = std::mem::replace(&mut entry.drawn, track.drawn_octets());
                    self.drawn = self.drawn.saturating_sub(before) + entry.drawn;
                }
            }
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
            self.look_ahead();
            self.closed.pop_front();
            let Some(entry) = self
                .tracks
                .get_mut(at)
                .filter(|e| e.closed_at == Some(since))
            else {
                continue;
            };
            if entry.known.is_over() {
                self.forgotten += u64::from(crowded && now.since(since) < self.limits.linger_ns);
                self.remove(at, left);
            } else {
                // One that was opened anew, or goes on after all, stays.
                entry.closed_at = None;
            }
        }
    }

    /// Looks at the next of the closed connections, several in one go once so many have left: they
    /// were touched long ago, and each look is a miss of all caches, of which many take no longer
    /// than one.
    fn look_ahead(&mut self) {
        if self.ahead > 0 {
            self.ahead -= 1;
            return;
        }
        self.ahead = CLOSED_AHEAD - 1;
        let next = self.closed.iter().take(CLOSED_AHEAD);
        let entries = || next.clone().filter_map(|(_, at)| self.tracks.get(*at));
        black_box(entries().fold(0, |sum, entry| sum ^ entry.steps));
        let places = entries().map(|entry| self.index.find(self.index.tag(&entry.key), |_| true));
        black_box(places.filter(Option::is_some).count());
        black_box(entries().fold(0, |sum, entry| sum ^ entry.known.glimpse()));
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
            if entry.known.is_half_open() || entry.closed_at.is_some() {
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
        let attempt = match &entry.known {
            Known::Track(track) if track.is_half_open() && !track.is_over() => {
                Attempt::of(track.connection())
            }
            _ => None,
        };
        match attempt {
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
            let tag = self.index.tag(&entry.key);
            self.index.remove(tag, Slot::track(at));
        }
        if let Some(entry) = self.tracks.remove(at) {
            self.octets = self.octets.saturating_sub(entry.octets);
            self.drawn = self.drawn.saturating_sub(entry.drawn);
            entry.known.end(left);
        }
    }
}

#[cfg(test)]
mod tests;
