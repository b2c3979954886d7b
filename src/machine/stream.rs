//! Which octets of one direction were captured, and which are missing.

use crate::limits;
use crate::segment::Timestamp;
use crate::seq::SeqNo;

/// What a range of octets adds to those captured before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Added {
    /// It continues the stream without a hole.
    InOrder,
    /// It lies beyond a hole, or fills a part of one.
    OutOfOrder,
    /// All of it was captured before.
    Nothing,
}

/// Octets that the receiver acknowledged and nobody captured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missing {
    /// First octet.
    pub start: SeqNo,
    /// One behind the last octet.
    pub end: SeqNo,
    /// The packet with the ACK or SACK that shows it.
    pub packet: u64,
    /// Its time.
    pub time: Timestamp,
    /// Where `start` is on a line that doesn't wrap: what was missed 4 GiB ago
    /// is not what is sent now.
    place: u64,
}

impl Missing {
    const fn len(&self) -> u64 {
        self.end.offset_from(self.start) as u64
    }

    const fn place_end(&self) -> u64 {
        self.place + self.len()
    }
}

/// The place of a stream's first octet; what lies before it has a place too.
const FIRST_PLACE: u64 = 1 << 32;

/// The octets of one direction: a contiguous part and a few islands.
#[derive(Clone, Debug)]
pub struct Stream {
    next: SeqNo,
    /// The place of `next`.
    place: u64,
    islands: Vec<(SeqNo, SeqNo)>,
    missing: Vec<Missing>,
    /// Octets of `missing`, including those beyond the list's limit.
    missing_octets: u64,
    /// Islands given up for the limit.
    islands_dropped: u32,
    /// Missing ranges that found no room in the list.
    missing_dropped: u32,
}

impl Stream {
    /// A stream whose first octet will be `next`.
    #[must_use]
    pub const fn starting_at(next: SeqNo) -> Stream {
        Stream {
            next,
            place: FIRST_PLACE,
            islands: Vec::new(),
            missing: Vec::new(),
            missing_octets: 0,
            islands_dropped: 0,
            missing_dropped: 0,
        }
    }

    /// The octet after the contiguous part: RCV.NXT of a receiver that got
    /// everything that was captured.
    #[must_use]
    pub const fn next(&self) -> SeqNo {
        self.next
    }

    /// Nothing of it stands apart, and it ends at `next`. (What is missing lies before that.)
    #[must_use]
    pub const fn stands_at(&self, next: SeqNo) -> bool {
        self.next.0 == next.0 && self.islands.is_empty()
    }

    /// Of a stream from which nothing stands apart: what comes next was captured, up to `end`.
    pub fn goes_on_to(&mut self, end: SeqNo) {
        self.move_to(end);
    }

    /// Octets of memory that its ranges take.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.islands.capacity() * size_of::<(SeqNo, SeqNo)>()
            + self.missing.capacity() * size_of::<Missing>()
    }

    /// Acknowledged octets that were not captured, the first of them.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// How many octets were acknowledged and not captured.
    #[must_use]
    pub const fn missing_octets(&self) -> u64 {
        self.missing_octets
    }

    /// Missing ranges that are counted in octets only, for want of room.
    #[must_use]
    pub const fn missing_dropped(&self) -> u64 {
        self.missing_dropped as u64
    }

    /// Ranges given up because there were too many holes.
    #[must_use]
    pub const fn islands_dropped(&self) -> u64 {
        self.islands_dropped as u64
    }

    /// Whether any octet of `start..end` was captured before.
    #[must_use]
    pub fn overlaps(&self, start: SeqNo, end: SeqNo) -> bool {
        start.before(self.next)
            || self
                .islands
                .iter()
                .any(|(s, e)| start.before(*e) && end.after(*s))
    }

    /// Whether the octet `number` itself was captured: it is not enough that
    /// its receiver acknowledged it.
    #[must_use]
    pub fn holds(&self, number: SeqNo) -> bool {
        let place = self.place_of(number);
        let is_missing = |m: &Missing| (m.place..m.place_end()).contains(&place);
        self.overlaps(number, number + 1)
            && self.missing.len() < limits::MISSING_RANGES
            && !self.missing.iter().any(is_missing)
    }

    /// `number` was thought a missing octet, and is that of the FIN.
    pub fn is_fin(&mut self, number: SeqNo) {
        self.fill_missing(number, number + 1);
    }

    /// Takes in `start..end` (not empty) as captured.
    pub fn add(&mut self, start: SeqNo, end: SeqNo) -> Added {
        let filled = self.fill_missing(start, end);
        if end.at_or_before(self.next) {
            return if filled {
                Added::OutOfOrder
            } else {
                Added::Nothing
            };
        }
        if start.at_or_before(self.next) {
            self.move_to(end);
            self.absorb_islands();
            return Added::InOrder;
        }
        self.add_island(start, end)
    }

    /// The receiver says that it has everything below `ack` (which the sender
    /// is known to have sent): what was not captured of it is missing.
    pub fn acknowledged(&mut self, ack: SeqNo, packet: u64, time: Timestamp) {
        while self.next.before(ack) {
            let hole_end = self.islands.first().map_or(ack, |(s, _)| s.earlier(ack));
            self.lose(self.next, hole_end, packet, time);
            self.move_to(hole_end);
            self.absorb_islands();
        }
    }

    /// The receiver says by SACK that it has `start..end`.
    pub fn selectively_acknowledged(
        &mut self,
        start: SeqNo,
        end: SeqNo,
        packet: u64,
        time: Timestamp,
    ) {
        if self.missing.len() >= limits::MISSING_RANGES {
            // SACKs repeat what they say, and behind the list's limit nothing
            // tells a new hole from a known one: the ACK will count it, once.
            return;
        }
        let mut from = start.later(self.next);
        for index in 0..self.islands.len() {
            let Some(&(island_start, island_end)) = self.islands.get(index) else {
                break;
            };
            if end.at_or_before(from) {
                return;
            }
            if island_start.after(from) {
                self.lose(from, island_start.earlier(end), packet, time);
            }
            from = from.later(island_end);
        }
        if end.after(from) {
            self.lose(from, end, packet, time);
        }
    }

    /// Moves the end of the contiguous part forward.
    fn move_to(&mut self, next: SeqNo) {
        self.place += u64::from(next.offset_from(self.next));
        self.next = next;
    }

    /// Where the octet `number` near the end of the contiguous part is on a
    /// line that doesn't wrap.
    fn place_of(&self, number: SeqNo) -> u64 {
        self.place
            .saturating_add_signed(i64::from(number.distance_from(self.next)))
    }

    /// Counts `start..end` as missing, as far as it is not yet.
    fn lose(&mut self, start: SeqNo, end: SeqNo, packet: u64, time: Timestamp) {
        let (first, end_place) = (self.place_of(start), self.place_of(end));
        let number = |place: u64| start + (place - first) as u32;
        let mut from = first;
        // Ranges are known in order of discovery, so one that covers `from`
        // may come after one that lies ahead of it.
        while from < end_place {
            let covered = self
                .missing
                .iter()
                .find(|m| (m.place..m.place_end()).contains(&from));
            if let Some(known) = covered {
                from = known.place_end();
                continue;
            }
            let ahead = self.missing.iter().map(|m| m.place);
            let to = ahead
                .filter(|place| *place > from)
                .fold(end_place, u64::min);
            self.missing_octets += to - from;
            if self.missing.len() < limits::MISSING_RANGES {
                self.missing.push(Missing {
                    start: number(from),
                    end: number(to),
                    packet,
                    time,
                    place: from,
                });
            } else {
                self.missing_dropped = self.missing_dropped.saturating_add(1);
            }
            from = to;
        }
    }

    /// Whether `start..end` holds octets that were thought missing; they no longer are.
    fn fill_missing(&mut self, start: SeqNo, end: SeqNo) -> bool {
        if self.missing.is_empty() {
            return false;
        }
        let (start, end) = (self.place_of(start), self.place_of(end));
        let mut filled = 0u64;
        let mut behind = None;
        self.missing.retain_mut(|m| {
            let from = m.place.max(start);
            let to = m.place_end().min(end);
            if to <= from {
                return true;
            }
            filled += to - from;
            let (before, after) = (from - m.place, m.place_end() - to);
            let rest = Missing {
                start: m.end - after as u32,
                place: to,
                ..*m
            };
            if before == 0 {
                *m = rest;
            } else {
                m.end = m.start + before as u32;
                // Only one range can have the segment in its middle.
                behind = Some(rest).filter(|rest| rest.len() > 0).or(behind);
            }
            m.len() > 0
        });
        if self.missing.len() < limits::MISSING_RANGES {
            self.missing.extend(behind);
        }
        self.missing_octets = self.missing_octets.saturating_sub(filled);
        filled > 0
    }

    fn add_island(&mut self, start: SeqNo, end: SeqNo) -> Added {
        let at = self.islands.partition_point(|(_, e)| e.before(start));
        let touching = || {
            self.islands
                .iter()
                .skip(at)
                .take_while(|(s, _)| s.at_or_before(end))
        };
        let overlapping = touching().count();
        if let (1, Some((s, e))) = (overlapping, self.islands.get(at))
            && s.at_or_before(start)
            && e.at_or_after(end)
        {
            return Added::Nothing;
        }
        let merged = touching().fold((start, end), |(s, e), (is, ie)| {
            (s.earlier(*is), e.later(*ie))
        });
        self.islands.splice(at..at + overlapping, [merged]);
        if self.islands.len() > limits::OUT_OF_ORDER_RANGES {
            // The oldest hole is given up: it counts as captured, so nobody is
            // accused of anything about it.
            self.islands_dropped = self.islands_dropped.saturating_add(1);
            let (_, end) = self.islands.remove(0);
            self.move_to(end);
        }
        Added::OutOfOrder
    }

    fn absorb_islands(&mut self) {
        let reached = self
            .islands
            .iter()
            .take_while(|(s, _)| s.at_or_before(self.next))
            .count();
        let last = self.islands.drain(..reached).next_back();
        if let Some((_, end)) = last.filter(|(_, end)| end.after(self.next)) {
            self.move_to(end);
        }
    }
}

#[cfg(test)]
mod tests;
