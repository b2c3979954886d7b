//! Which segments repeat something, and what was sent before them.

use super::Again;
use crate::machine::watch::{Step, probe};
use crate::observation::Observations;
use crate::segment::{Flags, Timestamp};
use crate::seq::SeqNo;

/// A segment with octets that were sent before.
pub struct Repeated {
    /// The number by which the repetitions of one segment are known.
    pub start: SeqNo,
    /// One behind the last number.
    pub end: SeqNo,
    /// It is a SYN or SYN-ACK.
    pub is_syn: bool,
    /// The copy before it: packet and time.
    pub previous: Option<(u64, Timestamp)>,
    /// The first copy was captured.
    pub seen: bool,
    /// The peer has sent something since the copy before.
    pub heard: bool,
    /// Since the copy before, an ICMP error has said that a segment was too big.
    pub too_big: bool,
    /// Since the copy before, one has said that a segment could not be delivered.
    pub undelivered: bool,
}

impl Repeated {
    /// Whether the segment holds octets that were sent before: which, and when.
    pub fn of(step: &Step<'_>, again: Option<&Again>) -> Option<Repeated> {
        let (segment, own) = (step.segment, step.own);
        let is_syn = step.saw.contains(Observations::SYN_REPEATED);
        let only_fin = step.saw.contains(Observations::FIN_REPEATED) && segment.payload_len == 0;
        let held = step.saw.contains(Observations::RETRANSMISSION);
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
            seen = held
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
            too_big: false,
            undelivered: false,
        };
        repeated.previous = repeated.before(step, again);
        repeated.heard = repeated
            .previous
            .is_none_or(|(packet, _)| (step.peer.last).is_some_and(|last| last.packet > packet));
        if let (Some(again), Some((before, _))) = (again, repeated.previous) {
            repeated.too_big = again.errors.too_big_since(before);
            repeated.undelivered = again.errors.undelivered_since(before);
        }
        Some(repeated)
    }

    /// The copy before.
    fn before(&self, step: &Step<'_>, again: Option<&Again>) -> Option<(u64, Timestamp)> {
        let own = step.own;
        if let Some(series) = again.and_then(|again| again.series.as_ref())
            && (series.start, series.is_syn) == (self.start, self.is_syn)
        {
            return Some(series.last);
        }
        if self.is_syn {
            return own.syn.map(|syn| (syn.last_packet, syn.last_time));
        }
        if step.segment.payload_len == 0 {
            return own.fin.map(|fin| (fin.last_packet, fin.last_time));
        }
        let held =
            |start: SeqNo, end: SeqNo| start.at_or_before(self.start) && end.after(self.start);
        let sent = own
            .recent
            .iter()
            .rev()
            .find(|sent| held(sent.start, sent.end))?;
        Some((sent.packet, sent.time))
    }

    /// It begins at SND.UNA, as far as the peer's ACKs that passed show it.
    pub fn is_leftmost(&self, step: &Step<'_>) -> bool {
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
