//! What an end is proven to have processed of its peer's segments.
//!
//! An end that acknowledges an octet has processed a segment that held it, and with it the
//! acknowledgment and the window that every segment carries. Where all captured copies of the
//! octet carried at least ack `a`, the end knows that its own octets below `a` have arrived:
//! receipt by implication. A timestamp echoed does the same for the segment that brought it.
//!
//! What follows from octets, or from the very timestamp echoed, holds only if the capture has all
//! copies. An echo *newer* than the timestamp of an acknowledgment needs no such thing: whatever
//! segment brought it was sent later than that acknowledgment, and acknowledged no less.
//!
//! Little is remembered (the latest few ranges, the latest few timestamps); what was forgotten
//! proves nothing, so that a limit never makes anything look proven.

use super::Step;
use crate::observation::Observations;
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// Ranges of octets with different acknowledgments or windows that are remembered.
const RANGES: usize = 4;

/// Timestamps that are remembered.
const STAMPS: usize = 8;

/// Numbers further apart than this are not compared: the ring would turn.
const NEAR_OCTETS: u32 = 1 << 30;

/// What one end has shown of its knowledge.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// SND.UNA is not below this, by whatever proof.
    una: Option<SeqNo>,
    /// The same by echoes newer than the acknowledgment only.
    una_echoed: Option<SeqNo>,
    /// The right window edge that it knows of is not below this.
    edge: Option<SeqNo>,
    /// The TSval of the peer's latest segment without ACK.
    without_ack: Option<SeqNo>,
    memory: Option<Box<Memory>>,
}

/// What a segment shows that its sender knew when it sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    /// SND.UNA is at least this, if the capture holds every segment of the peer.
    pub una: Option<SeqNo>,
    /// SND.UNA is at least this, whatever the capture has lost.
    pub una_echoed: Option<SeqNo>,
    edge: Option<SeqNo>,
}

/// What the peer has sent lately.
#[derive(Clone, Debug, Default)]
struct Memory {
    ranges: Ring<Range, RANGES>,
    stamps: Ring<Stamp, STAMPS>,
}

/// Octets of the peer, and the least that any captured copy of them carried.
#[derive(Clone, Copy, Debug)]
struct Range {
    start: SeqNo,
    end: SeqNo,
    ack: SeqNo,
    edge: Option<SeqNo>,
}

/// A TSval of the peer with the least and the highest ack beside it.
#[derive(Clone, Copy, Debug)]
struct Stamp {
    tsval: SeqNo,
    least: SeqNo,
    highest: SeqNo,
}

/// The latest `N` things.
#[derive(Clone, Debug)]
struct Ring<T, const N: usize> {
    slots: [Option<T>; N],
    at: usize,
}

impl<T: Copy, const N: usize> Default for Ring<T, N> {
    fn default() -> Self {
        Ring {
            slots: [None; N],
            at: 0,
        }
    }
}

impl<T: Copy, const N: usize> Ring<T, N> {
    fn latest(&mut self) -> Option<&mut T> {
        let at = (self.at + N - 1) % N;
        self.slots.get_mut(at).and_then(Option::as_mut)
    }

    fn push(&mut self, value: T) {
        if let Some(slot) = self.slots.get_mut(self.at) {
            *slot = Some(value);
        }
        self.at = (self.at + 1) % N;
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().flatten()
    }
}

impl Receipt {
    /// The number below which this end provably knows all its octets acknowledged. `lossless`: the
    /// capture is taken to hold every segment of the peer.
    #[must_use]
    pub const fn snd_una_proven(&self, lossless: bool) -> Option<SeqNo> {
        if lossless { self.una } else { self.una_echoed }
    }

    /// The right window edge that this end provably knows of, if the capture holds every segment
    /// of the peer.
    #[must_use]
    pub const fn window_edge_proven(&self) -> Option<SeqNo> {
        self.edge
    }

    /// What `step.segment`, sent by this end, shows by itself.
    #[must_use]
    pub fn shown_by(&self, step: &Step<'_>) -> Shown {
        let segment = step.segment;
        let proves = segment.flags.contains(Flags::ACK)
            && !segment.has(Flags::RST)
            && !step.saw.contains(Observations::ACK_BEYOND_SENT);
        match &self.memory {
            Some(memory) if proves => memory.shown_by(step, self.without_ack),
            _ => Shown::default(),
        }
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>) {
        if step.saw.contains(Observations::ISN_CHANGED) {
            *self = Receipt::default();
            return;
        }
        let nothing_new = |memory: &mut Memory| {
            memory.ranges.latest().is_none_or(|range| {
                Some(range.ack) == self.una && range.edge.is_none_or(|e| Some(e) == self.edge)
            }) && memory
                .stamps
                .latest()
                .is_none_or(|stamp| Some(stamp.highest) == self.una_echoed)
        };
        if self.memory.as_deref_mut().is_none_or(nothing_new) {
            return;
        }
        let shown = self.shown_by(step);
        let Some(acked) = step.peer.ack_max else {
            return;
        };
        // Both lie at or below what the peer has acknowledged: the nearer to it is the later.
        let raise = |slot: &mut Option<SeqNo>, to: Option<SeqNo>, top: SeqNo| {
            let nearer =
                |to: &SeqNo| slot.is_none_or(|known| top.offset_from(*to) < top.offset_from(known));
            if let Some(to) = to.filter(nearer) {
                *slot = Some(to);
            }
        };
        raise(&mut self.una, shown.una, acked);
        raise(&mut self.una_echoed, shown.una_echoed, acked);
        if let Some(top) = step.peer.window_edge {
            raise(&mut self.edge, shown.edge, top);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        if step.saw.contains(Observations::ISN_CHANGED) {
            // Which of its numbers it goes by is open, so nothing is proven.
            *self = Receipt::default();
            return;
        }
        if segment.has(Flags::RST) {
            return;
        }
        let tsval = segment.options.timestamps().map(|(tsval, _)| SeqNo(tsval));
        if !segment.flags.contains(Flags::ACK) {
            self.without_ack = tsval.or(self.without_ack);
            return;
        }
        // Frames may be stored in another order: what acknowledges octets that were not captured yet
        // counts for those that were, so that nothing is known before it has happened.
        let Some(next) = step.peer.snd_next else {
            return;
        };
        let ack = segment.ack.earlier(next);
        let memory = self.memory.get_or_insert_default();
        if let Some(tsval) = tsval {
            memory.stamp(tsval, ack);
        }
        if !segment.is_empty() {
            memory.octets(segment, ack, step.own.snd_next, edge(step));
        }
    }
}

/// The right edge of the window that `step.segment` offers, as far as its scale is known.
fn edge(step: &Step<'_>) -> Option<SeqNo> {
    let segment = step.segment;
    let shift = if segment.has(Flags::SYN) {
        0
    } else {
        step.own.window_shift(step.peer)?
    };
    Some(segment.ack + (u32::from(segment.window) << shift))
}

impl Memory {
    fn stamp(&mut self, tsval: SeqNo, ack: SeqNo) {
        if let Some(known) = self.stamps.iter_mut().find(|stamp| stamp.tsval == tsval) {
            known.least = known.least.earlier(ack);
            known.highest = known.highest.later(ack);
            return;
        }
        // The same ack with a newer timestamp shows nothing that the older one does not.
        let adds = self.stamps.latest().is_none_or(|latest| {
            tsval.after(latest.tsval) && ack.after(latest.highest)
                || ack.distance_from(latest.highest).unsigned_abs() > NEAR_OCTETS
        });
        if adds {
            self.stamps.push(Stamp {
                tsval,
                least: ack,
                highest: ack,
            });
        }
    }

    /// The peer's octets pass; `next` is what it had come to before.
    fn octets(
        &mut self,
        segment: &Segment<'_>,
        ack: SeqNo,
        next: Option<SeqNo>,
        edge: Option<SeqNo>,
    ) {
        let (start, end) = (segment.seq, segment.end());
        let fresh = next.map_or(start, |next| start.later(next));
        if fresh != start {
            for range in self.ranges.iter_mut() {
                if start.before(range.end) && end.after(range.start) {
                    range.ack = range.ack.earlier(ack);
                    range.edge = range.edge.zip(edge).map(|(a, b)| a.earlier(b));
                }
            }
        }
        // Of older octets there may have been copies that are forgotten.
        if !end.after(fresh) {
            return;
        }
        if let Some(latest) = self.ranges.latest()
            && (latest.end, latest.ack, latest.edge) == (fresh, ack, edge)
            && end.offset_from(latest.start) < NEAR_OCTETS
        {
            latest.end = end;
            return;
        }
        for slot in &mut self.ranges.slots {
            *slot = slot.filter(|range| end.offset_from(range.start) < NEAR_OCTETS);
        }
        self.ranges.push(Range {
            start: fresh,
            end,
            ack,
            edge,
        });
    }

    fn shown_by(&self, step: &Step<'_>, without_ack: Option<SeqNo>) -> Shown {
        let segment = step.segment;
        let mut shown = Shown::default();
        let raise = |slot: &mut Option<SeqNo>, to: SeqNo| {
            *slot = Some(slot.map_or(to, |known| known.later(to)));
        };
        for range in self.ranges.iter() {
            let by_ack = segment.ack.after(range.start)
                && segment.ack.offset_from(range.start) < 2 * NEAR_OCTETS;
            let blocks = segment.options.sack_blocks();
            let holds = |(from, to): &(SeqNo, SeqNo)| {
                from.before(range.end) && to.after(range.start) && to.after(*from)
            };
            if by_ack || blocks.iter().any(holds) {
                raise(&mut shown.una, range.ack);
                if let Some(edge) = range.edge {
                    raise(&mut shown.edge, edge);
                }
            }
        }
        let Some((_, echo)) = segment.options.timestamps() else {
            return shown;
        };
        let echo = SeqNo(echo);
        // An echo of what the peer has not sent is none.
        let real = step
            .peer
            .tsval_max
            .is_some_and(|max| echo.at_or_before(SeqNo(max)));
        for stamp in self.stamps.iter().filter(|_| real) {
            if echo.after(stamp.tsval) {
                raise(&mut shown.una, stamp.highest);
                raise(&mut shown.una_echoed, stamp.highest);
            } else if echo == stamp.tsval && without_ack != Some(echo) {
                raise(&mut shown.una, stamp.least);
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests;
