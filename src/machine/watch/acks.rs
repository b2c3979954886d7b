//! When and how often an end acknowledged data.

use super::Step;
use crate::machine::end::SynSent;
use crate::machine::observe::Relative;
use crate::machine::stretch::tally::Tally;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, Timestamp};
use crate::seq::SeqNo;

/// RFC 9293, 3.8.6.3 (MUST-40): "less than 0.5 seconds".
pub const LATEST_NS: i64 = 500 * NS_PER_MS;
/// What clocks, timers and the way between the tap and the TCP may add.
pub const SLACK_NS: i64 = 10 * NS_PER_MS;
/// ACKs of data from which on it can be told how much one of them covers.
pub const ENOUGH_ACKS: u32 = 20;

/// New data in order that passed on its way to this end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Arrival {
    /// One behind its last octet.
    pub end: SeqNo,
    /// Frame number.
    pub packet: u64,
    /// When.
    pub time: Timestamp,
}

/// ACKs that came later than allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Late {
    /// How many.
    pub count: u32,
    /// The data that the first of them acknowledged, and when it came.
    pub data: (u64, Timestamp),
    /// The first of them, and when it was sent.
    pub ack: (u64, Timestamp),
    /// The longest time that data waited.
    pub longest_ns: i64,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Acks {
    /// The oldest data that this end should acknowledge.
    due: Option<Arrival>,
    /// The latest of such data behind it.
    newest: Option<Arrival>,
    /// How often it could be told how long data waited.
    pub timed: u32,
    late: Option<Box<Late>>,
    /// Segments that acknowledged new data.
    pub advances: u32,
    /// Of these, those that covered more than two full segments.
    pub stretched: u32,
    /// Octets that all of them together acknowledged.
    pub octets: u64,
    /// Pieces of larger segments that passed on their way to this end: new data under the
    /// identification of the segment before it.
    pub pieces: u32,
    last_id: Option<u16>,
    stretch_noted: bool,
}

impl Acks {
    /// This end sends `step.segment`.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        if step.own.ack_max != Some(step.segment.ack) {
            self.look(step, notes);
        } else if step.segment.has(Flags::RST) {
            self.forget();
        }
    }

    fn look(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if segment.has(Flags::SYN | Flags::RST) || !segment.has(Flags::ACK) {
            if segment.has(Flags::RST) {
                self.forget();
            }
            return;
        }
        let Some(before) = step.own.ack_max.filter(|max| segment.ack.after(*max)) else {
            return;
        };
        if step.saw.intersects(Observations::ACK_BEYOND_SENT) {
            self.forget();
            return;
        }
        if let Some(syn) = &step.own.syn {
            self.count(segment.ack.offset_from(before), full_segment(syn), notes);
        }
        self.settle(segment.ack, (segment.packet, segment.time), notes);
    }

    /// A segment of the peer passes the monitor on its way to this end.
    #[inline]
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        if segment.has(Flags::SYN | Flags::RST) {
            self.forget();
        } else if segment.payload_len > 0 {
            self.arrive(step);
        }
    }

    /// Data of the peer passes.
    fn arrive(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        let next = step.own.snd_next;
        self.is_numbered(segment.ip.id, next == Some(segment.seq));
        if next != Some(segment.seq) {
            // What is sent again or stored out of order may not have come the first time.
            if next.is_some_and(|next| segment.seq.before(next)) {
                self.forget();
            }
            return;
        }
        if !is_due(step) {
            return;
        }
        let arrival = Arrival {
            end: segment.data_end(),
            packet: segment.packet,
            time: segment.time,
        };
        self.wait_for(arrival);
    }

    /// Data of the peer came with `id`.
    fn is_numbered(&mut self, id: Option<u16>, in_turn: bool) {
        let id = id.filter(|id| *id != 0);
        let is_piece = in_turn && id.is_some() && id == self.last_id;
        self.pieces = self.pieces.saturating_add(is_piece.into());
        self.last_id = id;
    }

    fn wait_for(&mut self, arrival: Arrival) {
        if self.due.is_none() {
            self.due = Some(arrival);
        } else {
            self.newest = Some(arrival);
        }
    }

    /// This end sends the orderly segments of `tally`, which acknowledge so many octets; `known`:
    /// its SYN was captured. (What waits then, [`Acks::wait`] says.)
    pub fn sent_orderly(&mut self, tally: &Tally, octets: u32, known: bool) {
        self.timed = self.timed.saturating_add(tally.timed.into());
        if known {
            self.advances = self.advances.saturating_add(tally.advances.into());
            self.stretched = self.stretched.saturating_add(tally.stretched.into());
            self.octets = self.octets.saturating_add(octets.into());
        }
    }

    /// Orderly segments of the peer, with data, pass.
    pub fn passed_orderly(&mut self, tally: &Tally) {
        self.pieces = self.pieces.saturating_add(tally.pieces.into());
        self.last_id = tally.last_data_id();
    }

    /// The identification of the latest data, if it had one.
    #[must_use]
    pub const fn last_id(&self) -> Option<u16> {
        self.last_id
    }

    /// How much is waiting to be acknowledged, and what.
    #[must_use]
    pub fn waiting(&self) -> (u8, Arrival, Arrival) {
        let (due, newest) = (self.due, self.newest);
        let waits = u8::from(due.is_some()) + u8::from(newest.is_some());
        (waits, due.unwrap_or_default(), newest.unwrap_or_default())
    }

    /// So much is waiting after a stretch.
    pub fn wait(&mut self, waits: u8, due: Arrival, newest: Arrival) {
        self.due = Some(due).filter(|_| waits > 0);
        self.newest = Some(newest).filter(|_| waits > 1);
    }

    /// How many ACKs of more than two full segments may come, among however many others, without
    /// a note about it; `None`: any ACK may bring one.
    #[must_use]
    pub fn may_stretch(&self) -> Option<u32> {
        if self.stretch_noted {
            return Some(u32::MAX);
        }
        (self.advances.max(ENOUGH_ACKS) / 2).checked_sub(self.stretched)
    }

    /// An ACK of new data: how many octets does it cover?
    fn count(&mut self, covers: u32, full: u32, notes: &mut Relative) {
        self.advances = self.advances.saturating_add(1);
        self.octets = self.octets.saturating_add(u64::from(covers));
        self.stretched = self
            .stretched
            .saturating_add(u32::from(covers > full.saturating_mul(2)));
        if !self.stretch_noted && self.covers_too_much() {
            self.stretch_noted = true;
            notes.saw |= Observations::STRETCH_ACKS;
        }
    }

    /// The median of what its ACKs cover is more than two full segments: more than half of
    /// them do.
    #[must_use]
    pub fn covers_too_much(&self) -> bool {
        self.advances >= ENOUGH_ACKS && self.stretched > self.advances / 2
    }

    /// An ACK of new data: how long did that wait?
    fn settle(&mut self, ack: SeqNo, by: (u64, Timestamp), notes: &mut Relative) {
        let Some(due) = self.due.filter(|due| due.end.at_or_before(ack)) else {
            return;
        };
        let newest = self.newest.take();
        self.due = newest.filter(|newest| newest.end.after(ack));
        let waited = by.1.since(due.time);
        self.timed = self.timed.saturating_add(1);
        if waited <= LATEST_NS + SLACK_NS {
            return;
        }
        if let Some(late) = &mut self.late {
            late.count = late.count.saturating_add(1);
            late.longest_ns = late.longest_ns.max(waited);
            return;
        }
        notes.saw |= Observations::LATE_ACK;
        self.late = Some(Box::new(Late {
            count: 1,
            data: (due.packet, due.time),
            ack: by,
            longest_ns: waited,
        }));
    }

    /// ACKs that came later than allowed, if there were any.
    #[must_use]
    pub fn late(&self) -> Option<&Late> {
        self.late.as_deref()
    }

    fn forget(&mut self) {
        self.due = None;
        self.newest = None;
    }
}

/// RFC 9293, 3.7.1: what a sender assumes where the option is missing (IPv4).
const DEFAULT_MSS: u16 = 536;

/// RMSS: the largest segment that an end accepts, as its SYN says.
#[must_use]
pub fn full_segment(syn: &SynSent) -> u32 {
    u32::from(syn.options.mss().unwrap_or(DEFAULT_MSS))
}

/// New data at SMAX that the receiver must take in and acknowledge: nothing before it is
/// missing, there is room for it, and neither end has closed.
fn is_due(step: &Step<'_>) -> bool {
    let (segment, receiver) = (step.segment, step.peer);
    let Some(acked) = receiver.ack_max else {
        return false;
    };
    let whole = match &step.own.stream {
        Some(stream) => stream.next() == segment.seq && stream.missing().is_empty(),
        None => acked == segment.seq,
    };
    let edge = receiver
        .window_edge
        .unwrap_or(acked + u32::from(receiver.last_window));
    whole
        && segment.seq.at_or_after(acked)
        && receiver.last_window > 0
        && segment.data_end().at_or_before(edge)
        && receiver.fin.is_none()
        && receiver.rst.is_none()
        && step.own.fin.is_none()
        && !segment.has(Flags::FIN)
}

#[cfg(test)]
mod tests;
