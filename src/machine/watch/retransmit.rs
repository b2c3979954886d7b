//! What an end sent again, when, and after what.
//!
//! Losses are ordinary, so nothing here is noted every time: each kind is counted, and its first
//! example noted. The details stand in a box that only an end which repeats something needs.

mod errors;
mod repeated;
mod series;
mod tally;

pub use series::{Series, Steady};
pub use tally::{Acked, Kind, Proof, Sample, Tally};

use self::errors::Errors;
use self::repeated::Repeated;
use super::Step;
use super::receipt::Receipt;
use crate::icmp::IcmpError;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, NS_PER_S, Timestamp};
use crate::seq::SeqNo;

/// So many duplicate ACKs set off a fast retransmission (RFC 5681, 3.2).
const DUPLICATE_ACKS: u8 = 3;

/// No stack's timer is shorter than this on the whole (Linux: 200 ms).
const SHORTEST_RTO_NS: i64 = 180 * NS_PER_MS;

/// An ACK that passed the monitor should have reached the sender after so many round trips,
/// or this much more than one.
const ARRIVED_RTTS: i64 = 2;
const ARRIVED_NS: i64 = 100 * NS_PER_MS;
/// Nothing is sent again after so long: the capture was put together from several.
const FORGOTTEN_NS: i64 = 3600 * NS_PER_S;
/// The round trip where the handshake does not show it.
const RTT_NS: i64 = 200 * NS_PER_MS;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Retransmit {
    /// What it sent again.
    again: Option<Box<Again>>,
    /// When the peer's ACKs that passed went up last.
    acked_at: Timestamp,
    /// The highest octet that the peer reported by SACK beyond its ack.
    sacked_to: Option<SeqNo>,
    /// Duplicate ACKs since then.
    duplicate_acks: u8,
}

/// What an end sent again.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// By kind.
    tallies: [Tally; Kind::ALL.len()],
    /// Data that was acknowledged already, as the end must know.
    pub acked: Acked,
    /// The latest octets that the timer sent again.
    pub series: Option<Series>,
    /// The first repetition by a timer below 0.9 s.
    pub early: Option<Sample>,
    /// How many there were of them.
    pub early_count: u32,
    /// Where the timer did not grow.
    pub steady: Option<Steady>,
    /// ICMP errors about its segments.
    errors: Errors,
    /// Until this number is acknowledged the end recovers from a loss found so.
    recovery: Option<(Kind, SeqNo)>,
}

impl Again {
    /// What there was of `kind`.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Option<&Tally> {
        self.tallies
            .get(kind as usize)
            .filter(|tally| tally.count > 0)
    }
}

impl Retransmit {
    /// Octets of memory that it takes in boxes.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.again.as_deref().map_or(0, size_of_val)
    }

    /// What this end sent again, if anything.
    #[must_use]
    pub fn again(&self) -> Option<&Again> {
        self.again.as_deref()
    }

    /// An ICMP error about a segment that this end may have in flight.
    pub fn told(&mut self, error: &IcmpError) {
        if Errors::count(error.kind) {
            self.again.get_or_insert_default().errors.add(error);
        }
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, receipt: &Receipt, notes: &mut Relative) {
        let Some(repeated) = Repeated::of(step, self.again()) else {
            return;
        };
        let kind = self.kind(step, &repeated);
        let behind = !repeated.is_syn
            && repeated.seen
            && kind != Kind::Spurious
            && (self.duplicate_acks > 0 || self.is_sacked_beyond(repeated.end));
        let proof = (kind == Kind::Spurious && step.segment.payload_len > 0)
            .then(|| self.proof(step, &repeated, receipt))
            .flatten();
        let feedback = self.duplicate_acks >= DUPLICATE_ACKS || self.sacked_to.is_some();
        let again = self.again.get_or_insert_default();
        let sample = Sample::of(step.segment, &repeated.previous);
        // A FIN alone has a rule of its own (TD011).
        let counted = repeated.is_syn || step.segment.payload_len > 0;
        if let Some(tally) = again.tallies.get_mut(kind as usize).filter(|_| counted) {
            if tally.count == 0 {
                tally.first = sample;
                notes.saw |= Observations::SENT_AGAIN;
            }
            tally.count = tally.count.saturating_add(1);
            tally.behind = tally.behind.saturating_add(u32::from(behind));
            tally.before = tally.before.saturating_add(u32::from(!repeated.seen));
        }
        if let Some(proof) = proof
            && again.acked.add(proof, sample, self.acked_at)
        {
            notes.saw |= Observations::ACKED_SENT_AGAIN;
        }
        if let (Kind::Timeout | Kind::Fast | Kind::TooBig, Some(next)) = (kind, step.own.snd_next) {
            let going = again
                .recovery
                .filter(|(_, until)| until.after(repeated.start));
            let anew = kind == Kind::TooBig || kind == Kind::Timeout && !repeated.heard;
            if anew || going.is_none() {
                again.recovery = Some((kind, next));
            }
        }
        let has_room = step.peer.last_window > 0;
        if repeated.is_syn || has_room && repeated.is_leftmost(step) {
            again.repeats(&repeated, &sample, feedback, notes);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        if !segment.flags.contains(Flags::ACK) || segment.has(Flags::RST) {
            return;
        }
        let (ack, known) = (segment.ack, step.own.ack_max);
        if known.is_none_or(|known| ack.after(known)) {
            self.acked_at = segment.time;
            self.duplicate_acks = 0;
            self.sacked_to = self.sacked_to.filter(|to| to.after(ack));
        } else if segment.is_empty()
            && known == Some(ack)
            && step.peer.snd_next.is_some_and(|next| next.after(ack))
            && (segment.window == step.own.last_window || segment.options.sack_blocks > 0)
        {
            self.duplicate_acks = self.duplicate_acks.saturating_add(1);
        }
        for (start, end) in segment.options.sack_blocks() {
            let sent = step
                .peer
                .snd_next
                .is_some_and(|next| end.at_or_before(next));
            if start.at_or_after(ack) && end.after(*start) && sent {
                self.sacked_to = Some(self.sacked_to.map_or(*end, |to| to.later(*end)));
            }
        }
    }

    /// The peer has reported nothing by SACK that it has not acknowledged.
    #[must_use]
    pub const fn is_calm(&self) -> bool {
        self.sacked_to.is_none()
    }

    /// An orderly segment of the peer acknowledges something new (see [`Retransmit::passed`]).
    pub const fn is_acked(&mut self, at: Timestamp) {
        self.acked_at = at;
        self.duplicate_acks = 0;
    }

    fn kind(&self, step: &Step<'_>, repeated: &Repeated) -> Kind {
        if repeated.is_syn {
            return if step.segment.flags.contains(Flags::ACK) {
                Kind::SynAck
            } else {
                Kind::Syn
            };
        }
        let acked = step.peer.ack_max;
        if acked.is_some_and(|acked| repeated.end.at_or_before(acked)) {
            return Kind::Spurious;
        }
        if repeated.too_big {
            return Kind::TooBig;
        }
        let leftmost = repeated.is_leftmost(step);
        if leftmost && !repeated.heard {
            return Kind::Timeout;
        }
        if self.duplicate_acks >= DUPLICATE_ACKS || self.is_sacked_beyond(repeated.end) {
            return Kind::Fast;
        }
        let recovery = self.again.as_deref().and_then(|again| again.recovery);
        if let Some((kind, _)) = recovery.filter(|(_, until)| until.after(repeated.start)) {
            return kind;
        }
        let is_tail = step.own.snd_next == Some(repeated.end);
        if is_tail && !leftmost && acked.is_some() {
            return Kind::Probe;
        }
        let gap = repeated
            .previous
            .map(|(_, time)| step.segment.time.since(time));
        let soon = gap.is_some_and(|gap| gap < SHORTEST_RTO_NS);
        if soon && self.duplicate_acks > 0 {
            return Kind::Fast;
        }
        if soon && acked.is_some() {
            Kind::Probe
        } else {
            Kind::Timeout
        }
    }

    fn is_sacked_beyond(&self, end: SeqNo) -> bool {
        self.sacked_to.is_some_and(|to| to.after(end))
    }

    /// Why the end must know that the octets are acknowledged.
    fn proof(&self, step: &Step<'_>, repeated: &Repeated, receipt: &Receipt) -> Option<Proof> {
        let acked = step.peer.ack_max?;
        let covers = |una: Option<SeqNo>| una.is_some_and(|una| una.within(repeated.end, acked));
        let shown = receipt.shown_by(step);
        if covers(shown.una_echoed) {
            return Some(Proof::Echoed);
        }
        if covers(shown.una) {
            return Some(Proof::Implied);
        }
        let rtt = step.rtt_ns.unwrap_or(RTT_NS);
        let arrived = rtt
            .saturating_mul(ARRIVED_RTTS)
            .max(rtt.saturating_add(ARRIVED_NS));
        let since = step.segment.time.since(self.acked_at);
        (arrived..FORGOTTEN_NS)
            .contains(&since)
            .then_some(Proof::Time)
    }
}

#[cfg(test)]
mod tests;
