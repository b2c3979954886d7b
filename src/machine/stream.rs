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
}

/// The octets of one direction: a contiguous part and a few islands.
#[derive(Clone, Debug)]
pub struct Stream {
    next: SeqNo,
    islands: Vec<(SeqNo, SeqNo)>,
    missing: Vec<Missing>,
    /// Octets of `missing`, including those beyond the list's limit.
    missing_octets: u64,
    /// Islands given up for the limit.
    islands_dropped: u64,
}

impl Stream {
    /// A stream whose first octet will be `next`.
    #[must_use]
    pub const fn starting_at(next: SeqNo) -> Stream {
        Stream {
            next,
            islands: Vec::new(),
            missing: Vec::new(),
            missing_octets: 0,
            islands_dropped: 0,
        }
    }

    /// The octet after the contiguous part: RCV.NXT of a receiver that got
    /// everything that was captured.
    #[must_use]
    pub const fn next(&self) -> SeqNo {
        self.next
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

    /// Ranges given up because there were too many holes.
    #[must_use]
    pub const fn islands_dropped(&self) -> u64 {
        self.islands_dropped
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
            self.next = end;
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
            self.next = hole_end;
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

    /// Counts `start..end` as missing, as far as it is not yet.
    fn lose(&mut self, start: SeqNo, end: SeqNo, packet: u64, time: Timestamp) {
        let mut from = start;
        // Ranges are known in order of discovery, so one that covers `from`
        // may come after one that lies ahead of it.
        while from.before(end) {
            let covered = self
                .missing
                .iter()
                .find(|m| from.at_or_after(m.start) && from.before(m.end));
            if let Some(known) = covered {
                from = known.end;
                continue;
            }
            let ahead = self.missing.iter().filter(|m| m.start.after(from));
            let to = ahead.fold(end, |to, m| to.earlier(m.start));
            self.missing_octets += u64::from(to.offset_from(from));
            if self.missing.len() < limits::MISSING_RANGES {
                self.missing.push(Missing {
                    start: from,
                    end: to,
                    packet,
                    time,
                });
            }
            from = to;
        }
    }

    /// Whether `start..end` holds octets that were thought missing; they no longer are.
    fn fill_missing(&mut self, start: SeqNo, end: SeqNo) -> bool {
        if self.missing.is_empty() {
            return false;
        }
        let mut filled = 0u64;
        let mut behind = None;
        self.missing.retain_mut(|m| {
            let from = m.start.later(start);
            let to = m.end.earlier(end);
            if !to.after(from) {
                return true;
            }
            filled += u64::from(to.offset_from(from));
            if from.after(m.start) && to.before(m.end) {
                // Only one range can have the segment in its middle.
                behind = Some(Missing { start: to, ..*m });
            }
            if from.after(m.start) {
                m.end = from;
            } else {
                m.start = to;
            }
            m.start.before(m.end)
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
            self.islands_dropped += 1;
            let (_, end) = self.islands.remove(0);
            self.next = end;
        }
        Added::OutOfOrder
    }

    fn absorb_islands(&mut self) {
        let reached = self
            .islands
            .iter()
            .take_while(|(s, _)| s.at_or_before(self.next))
            .count();
        for (_, end) in self.islands.drain(..reached) {
            self.next = self.next.later(end);
        }
    }
}

#[cfg(test)]
mod tests;
