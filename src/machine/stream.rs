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
        if end.at_or_before(self.next) {
            return if self.fill_missing(start, end) {
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

    fn lose(&mut self, start: SeqNo, end: SeqNo, packet: u64, time: Timestamp) {
        if !end.after(start)
            || self
                .missing
                .iter()
                .any(|m| start.within(m.start, m.end - 1))
        {
            return;
        }
        self.missing_octets += u64::from(end.offset_from(start));
        if self.missing.len() < limits::MISSING_RANGES {
            self.missing.push(Missing {
                start,
                end,
                packet,
                time,
            });
        }
    }

    /// Whether `start..end` holds octets that were thought missing; they no longer are.
    fn fill_missing(&mut self, start: SeqNo, end: SeqNo) -> bool {
        if self.missing.is_empty() {
            return false;
        }
        let mut filled = 0u64;
        self.missing.retain_mut(|m| {
            let from = m.start.later(start);
            let to = m.end.earlier(end);
            if !to.after(from) {
                return true;
            }
            filled += u64::from(to.offset_from(from));
            if from == m.start {
                m.start = to;
            } else if to == m.end {
                m.end = from;
            }
            m.start.before(m.end) && !(from != m.start && to != m.end)
        });
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
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(0);
    /// Near the wrap, so that every test crosses it.
    const X: SeqNo = SeqNo(u32::MAX - 15);

    fn stream() -> Stream {
        Stream::starting_at(X)
    }

    #[test]
    fn islands_join_when_the_hole_is_filled() {
        let mut s = stream();
        assert_eq!(s.add(X, X + 10), Added::InOrder);
        assert_eq!(s.add(X + 20, X + 30), Added::OutOfOrder);
        assert_eq!(s.add(X + 40, X + 50), Added::OutOfOrder);
        assert_eq!(s.add(X + 42, X + 48), Added::Nothing);
        assert_eq!(s.add(X + 30, X + 40), Added::OutOfOrder);
        assert_eq!(s.next(), X + 10);
        assert_eq!(s.add(X + 10, X + 20), Added::InOrder);
        assert_eq!(s.next(), X + 50);
        assert_eq!(s.add(X + 3, X + 5), Added::Nothing);
        assert_eq!(s.missing_octets(), 0);
    }

    #[test]
    fn what_is_acknowledged_but_not_captured_is_missing() {
        let mut s = stream();
        s.add(X + 20, X + 30);
        s.acknowledged(X + 30, 7, AT);
        assert_eq!(
            s.missing(),
            [Missing {
                start: X,
                end: X + 20,
                packet: 7,
                time: AT
            }]
        );
        assert_eq!((s.next(), s.missing_octets()), (X + 30, 20));
        // It turns up after all: the capture had it out of order.
        assert_eq!(s.add(X, X + 20), Added::OutOfOrder);
        assert_eq!((s.missing().len(), s.missing_octets()), (0, 0));
    }

    #[test]
    fn a_sack_shows_missing_octets_in_a_hole_and_beyond_the_end() {
        let mut s = stream();
        s.add(X, X + 10);
        s.add(X + 20, X + 30);
        s.selectively_acknowledged(X + 15, X + 35, 9, AT);
        let ranges: Vec<_> = s.missing().iter().map(|m| (m.start, m.end)).collect();
        assert_eq!(ranges, [(X + 15, X + 20), (X + 30, X + 35)]);
        s.selectively_acknowledged(X + 15, X + 35, 10, AT);
        assert_eq!(s.missing_octets(), 10);
    }

    #[test]
    fn too_many_holes_cost_only_the_oldest() {
        let mut s = stream();
        let n = u32::try_from(limits::OUT_OF_ORDER_RANGES).unwrap() + 1;
        for i in 1..=n {
            s.add(X + i * 10, X + i * 10 + 5);
        }
        assert_eq!(s.islands_dropped(), 1);
        assert_eq!(s.next(), X + 15);
    }
}
