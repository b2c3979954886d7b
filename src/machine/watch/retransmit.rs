//! What an end sent again, when, and after what.
//!
//! Losses are ordinary, so nothing here is noted every time: each kind is counted, and its first
//! example noted. The details stand in a box that only an end which repeats something needs.

mod series;
mod tally;

pub use series::{Series, Steady};
pub use tally::{Acked, Kind, Proof, Sample, Tally};

use super::receipt::Receipt;
use super::{Step, probe};
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

/// A segment with octets that were sent before.
struct Repeated {
    /// The number by which the repetitions of one segment are known.
    start: SeqNo,
    end: SeqNo,
    is_syn: bool,
    /// The copy before it: packet and time.
    previous: Option<(u64, Timestamp)>,
    /// The first copy was captured.
    seen: bool,
    /// The peer has sent something since the copy before.
    heard: bool,
}

impl Retransmit {
    /// What this end sent again, if anything.
    #[must_use]
    pub fn again(&self) -> Option<&Again> {
        self.again.as_deref()
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, receipt: &Receipt, notes: &mut Relative) {
        let Some(repeated) = self.repeated(step) else {
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
        if let (Kind::Timeout | Kind::Fast, Some(next)) = (kind, step.own.snd_next) {
            let going = again
                .recovery
                .filter(|(_, until)| until.after(repeated.start));
            if kind == Kind::Timeout && !repeated.heard || going.is_none() {
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

    /// Whether the segment holds octets that were sent before: which, and when.
    fn repeated(&self, step: &Step<'_>) -> Option<Repeated> {
        let (segment, own) = (step.segment, step.own);
        let is_syn = step.saw.contains(Observations::SYN_REPEATED);
        let only_fin = step.saw.contains(Observations::FIN_REPEATED) && segment.payload_len == 0;
        let again = step.saw.contains(Observations::RETRANSMISSION);
        let below = segment.payload_len > 0
            && own
                .snd_next
                .is_some_and(|next| segment.data_end().at_or_before(next));
        if !(is_syn || only_fin || below) || segment.has(Flags::RST) {
            return None;
        }
        let start = if is_syn {
            segment.seq
        } else {
            segment.data_start()
        };
        let end = segment.end();
        let mut seen = true;
        if !is_syn && !only_fin {
            if is_probe(step) || is_refused_syn_data(step) {
                return None;
            }
            seen = again
                && own
                    .stream
                    .as_ref()
                    .is_some_and(|stream| stream.holds(start));
            if !seen && !was_sent_later(step) {
                return None;
            }
        }
        let mut repeated = Repeated {
            start,
            end,
            is_syn,
            previous: None,
            seen,
            heard: false,
        };
        repeated.previous = self.previous(step, &repeated);
        repeated.heard = repeated
            .previous
            .is_none_or(|(packet, _)| (step.peer.last).is_some_and(|last| last.packet > packet));
        Some(repeated)
    }

    /// The copy before.
    fn previous(&self, step: &Step<'_>, repeated: &Repeated) -> Option<(u64, Timestamp)> {
        let own = step.own;
        let series = self
            .again
            .as_deref()
            .and_then(|again| again.series.as_ref());
        if let Some(series) = series
            && (series.start, series.is_syn) == (repeated.start, repeated.is_syn)
        {
            return Some(series.last);
        }
        if repeated.is_syn {
            return own.syn.map(|syn| (syn.last_packet, syn.last_time));
        }
        if step.segment.payload_len == 0 {
            return own.fin.map(|fin| (fin.last_packet, fin.last_time));
        }
        let held = |start: SeqNo, end: SeqNo| {
            start.at_or_before(repeated.start) && end.after(repeated.start)
        };
        let sent = own
            .recent
            .iter()
            .rev()
            .find(|sent| held(sent.start, sent.end))?;
        Some((sent.packet, sent.time))
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
        let arrived = (rtt * ARRIVED_RTTS).max(rtt.saturating_add(ARRIVED_NS));
        let since = step.segment.time.since(self.acked_at);
        (arrived..FORGOTTEN_NS)
            .contains(&since)
            .then_some(Proof::Time)
    }
}

impl Repeated {
    /// It begins at SND.UNA, as far as the peer's ACKs that passed show it.
    fn is_leftmost(&self, step: &Step<'_>) -> bool {
        step.peer
            .ack_max
            .is_some_and(|acked| self.start.at_or_before(acked) && self.end.after(acked))
    }
}

/// A keepalive or a window probe, which repeats no data: an octet that is acknowledged, or the one at
/// the edge of a closed window (RFC 9293, 3.8.6.1), also when it comes again.
fn is_probe(step: &Step<'_>) -> bool {
    let (segment, peer) = (step.segment, step.peer);
    if probe::form(step).is_none() {
        return false;
    }
    let closed = peer.last_window == 0 && peer.ack_max == Some(segment.seq);
    closed
        || peer
            .ack_max
            .is_some_and(|acked| acked.at_or_after(segment.end()))
}

/// Data of the SYN, which the peer had not taken in (RFC 7413, 4.1.3): not lost, but refused.
fn is_refused_syn_data(step: &Step<'_>) -> bool {
    step.saw.contains(Observations::SYN_DATA_AGAIN)
        && step.own.syn.is_some_and(|syn| {
            let end = syn.iss + 1 + syn.payload_len;
            step.segment.data_end().at_or_before(end)
        })
}

/// Octets of which no copy was captured, sent after higher ones that were: their TSval is newer than
/// any before. New octets are sent in their order, so this is a repetition.
fn was_sent_later(step: &Step<'_>) -> bool {
    let segment = step.segment;
    let Some((tsval, _)) = segment.options.timestamps() else {
        return false;
    };
    let newer = (step.own.tsval_max).is_some_and(|max| SeqNo(tsval).after(SeqNo(max)));
    let mut recent = step.own.recent.iter();
    newer && recent.any(|sent| sent.start.at_or_after(segment.data_end()))
}

#[cfg(test)]
mod tests;
