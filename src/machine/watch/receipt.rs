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

mod ring;

use self::ring::Ring;
use super::Step;
use crate::machine::stretch::record::Record;
use crate::machine::stretch::stand::MARGIN;
use crate::observation::Observations;
use crate::segment::Flags;
use crate::seq::SeqNo;

/// Ranges of octets with different acknowledgments or windows that are remembered.
const RANGES: usize = 4;

/// Timestamps that are remembered.
const STAMPS: usize = 4;

/// Numbers further apart than this are not compared: the ring would turn.
const NEAR_OCTETS: u32 = 1 << 30;

/// What one end has shown of its knowledge.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// SND.UNA is not below this, by whatever proof.
    una: Option<SeqNo>,
    /// The same by echoes newer than the acknowledgment only.
    una_echoed: Option<SeqNo>,
    /// The TSval of the peer's latest segment without ACK.
    without_ack: Option<SeqNo>,
    memory: Memory,
}

/// What a segment shows that its sender knew when it sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    /// SND.UNA is at least this, if the capture holds every segment of the peer.
    pub una: Option<SeqNo>,
    /// SND.UNA is at least this, whatever the capture has lost.
    pub una_echoed: Option<SeqNo>,
    /// It knows of a window up to here, if the capture holds every segment of the peer.
    pub edge: Option<SeqNo>,
}

/// What the peer has sent lately.
#[derive(Clone, Debug, Default)]
struct Memory {
    ranges: Ring<Range, RANGES>,
    stamps: Ring<Stamp, STAMPS>,
    /// The newest TSval, and the least ack beside it: of the segments that are not
    /// worth a stamp as well.
    newest: Option<(SeqNo, SeqNo)>,
}

/// Octets of the peer, and the least that any captured copy of them carried.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    start: SeqNo,
    end: SeqNo,
    ack: SeqNo,
    edge: Option<SeqNo>,
}

impl Range {
    /// `next` follows at once, and with the same acknowledgment and window.
    fn goes_on_with(&self, next: &Range) -> bool {
        (self.end, self.ack, self.edge) == (next.start, next.ack, next.edge)
    }
}

/// A TSval of the peer with the least and the highest ack beside it.
#[derive(Clone, Copy, Debug, Default)]
struct Stamp {
    tsval: SeqNo,
    least: SeqNo,
    highest: SeqNo,
}

impl Receipt {
    /// The number below which this end provably knows all its octets acknowledged, as far as it was
    /// looked for: only until it knows its SYN acknowledged, and again once it has sent a FIN (for any
    /// other segment see [`Receipt::shown_by`]). `lossless`: the capture is taken to hold every segment
    /// of the peer.
    #[must_use]
    pub const fn snd_una_proven(&self, lossless: bool) -> Option<SeqNo> {
        if lossless { self.una } else { self.una_echoed }
    }

    /// What `step.segment`, sent by this end, shows by itself.
    #[must_use]
    pub fn shown_by(&self, step: &Step<'_>) -> Shown {
        let segment = step.segment;
        let proves = segment.flags.contains(Flags::ACK)
            && !segment.has(Flags::RST)
            && !step.saw.contains(Observations::ACK_BEYOND_SENT);
        if proves {
            self.memory.shown_by(step, self.without_ack)
        } else {
            Shown::default()
        }
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>) {
        if step.saw.contains(Observations::ISN_CHANGED) {
            *self = Receipt::default();
            return;
        }
        let Some(acked) = step.peer.ack_max else {
            return;
        };
        let Some(asked) = step.own.fin_seq().or(step.own.iss()) else {
            return;
        };
        let known = |una: Option<SeqNo>| una.is_some_and(|una| una.within(asked + 1, acked));
        let stamped = step.segment.options.timestamps().is_some();
        if !acked.after(asked) || known(self.una) && (known(self.una_echoed) || !stamped) {
            return;
        }
        let shown = self.shown_by(step);
        // Both lie at or below what the peer has acknowledged: the nearer to it is the later.
        let raise = |slot: &mut Option<SeqNo>, to: Option<SeqNo>| {
            let short = |of: SeqNo| acked.offset_from(of);
            let nearer = |to: &SeqNo| slot.is_none_or(|known| short(*to) < short(known));
            if let Some(to) = to.filter(nearer) {
                *slot = Some(to);
            }
        };
        raise(&mut self.una, shown.una);
        raise(&mut self.una_echoed, shown.una_echoed);
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
            // A copy of the SYN from before it had anything to acknowledge: what
            // acknowledges its octet may have received no more than that.
            if self.memory.holds(segment.seq, segment.end()) {
                self.memory.ranges.clear();
            }
            return;
        }
        // Frames may be stored in another order: what acknowledges octets that were not captured yet
        // counts for those that were, so that nothing is known before it has happened.
        let Some(next) = step.peer.snd_next else {
            return;
        };
        // What lies beyond a FIN acknowledges another one, if any.
        let bound = match step.peer.fin_seq() {
            Some(fin) if segment.ack.after(fin + 1) => fin,
            _ => next,
        };
        let ack = segment.ack.earlier(bound);
        if let Some(tsval) = tsval {
            self.memory.stamp(tsval, ack);
        }
        if !segment.is_empty() {
            let octets = (segment.seq, segment.end());
            self.memory
                .octets(octets, ack, step.own.snd_next, edge(step));
        }
    }

    /// Orderly segments of the peer, with timestamps, pass.
    pub fn hears<'a>(&mut self, records: impl Iterator<Item = &'a Record>) {
        for record in records {
            self.memory.stamp(SeqNo(record.tsval), record.ack);
        }
    }

    /// Orderly data of the peer, up to `next`, passes; its windows are scaled by `shift`.
    pub fn takes<'a>(
        &mut self,
        records: impl Iterator<Item = &'a Record>,
        next: SeqNo,
        shift: Option<u8>,
    ) {
        let edge =
            |record: &Record| shift.map(|shift| record.ack + (u32::from(record.window) << shift));
        if self.memory.is_far(next) {
            for record in records {
                let octets = (record.seq, record.end());
                self.memory
                    .octets(octets, record.ack, Some(record.seq), edge(record));
            }
            return;
        }
        for record in records {
            self.memory.extend(Range {
                start: record.seq,
                end: record.end(),
                ack: record.ack,
                edge: edge(record),
            });
        }
    }

    /// What this end sends before its FIN is not looked at any more (see [`Receipt::sent`]), and will
    /// not be for some time; `iss` is its own number, and `acked` what the peer has acknowledged.
    #[must_use]
    pub fn is_settled(&self, iss: Option<SeqNo>, acked: SeqNo, stamped: bool) -> bool {
        let Some(iss) = iss else { return true };
        if acked.offset_from(iss) >= MARGIN.wrapping_neg() {
            return false;
        }
        let known = |una: Option<SeqNo>| una.is_some_and(|una| una.within(iss + 1, acked));
        !acked.after(iss) || known(self.una) && (known(self.una_echoed) || !stamped)
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
    /// Some of these octets are remembered.
    fn holds(&self, start: SeqNo, end: SeqNo) -> bool {
        let mut ranges = self.ranges.iter();
        ranges.any(|range| start.before(range.end) && end.after(range.start))
    }

    fn stamp(&mut self, tsval: SeqNo, ack: SeqNo) {
        let least = match self.newest {
            Some((newest, least)) if newest == tsval => least.earlier(ack),
            _ => ack,
        };
        if self
            .newest
            .is_none_or(|(newest, _)| tsval.at_or_after(newest))
        {
            self.newest = Some((tsval, least));
        }
        let newest = self.stamps.latest().copied();
        if let Some(newest) = newest {
            if tsval.after(newest.tsval) {
                // The same ack with a newer timestamp shows nothing that the older one does not.
                if !ack.after(newest.highest) {
                    return;
                }
            } else if let Some(known) = self.stamps.iter_mut().find(|stamp| stamp.tsval == tsval) {
                known.least = known.least.earlier(ack);
                known.highest = known.highest.later(ack);
                return;
            } else {
                return;
            }
        }
        self.stamps.push(Stamp {
            tsval,
            least,
            highest: ack,
        });
    }

    /// The peer's octets pass; `next` is what it had come to before.
    fn octets(
        &mut self,
        (start, end): (SeqNo, SeqNo),
        ack: SeqNo,
        next: Option<SeqNo>,
        edge: Option<SeqNo>,
    ) {
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
        let range = Range {
            start: fresh,
            end,
            ack,
            edge,
        };
        let near = |latest: &Range| end.offset_from(latest.start) < NEAR_OCTETS;
        let goes_on = |latest: &&mut Range| near(latest) && latest.goes_on_with(&range);
        if self.ranges.latest().filter(goes_on).is_none() && self.is_far(end) {
            self.ranges.clear();
        }
        self.extend(range);
    }

    /// Of octets up to `end`, some that are remembered lie too far back.
    fn is_far(&self, end: SeqNo) -> bool {
        let far = |range: &Range| end.offset_from(range.start) >= NEAR_OCTETS;
        self.ranges.iter().any(far)
    }

    /// Remembers the octets of `range`, which lie behind all others.
    fn extend(&mut self, range: Range) {
        match self.ranges.latest() {
            Some(latest) if latest.goes_on_with(&range) => latest.end = range.end,
            _ => self.ranges.push(range),
        }
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
