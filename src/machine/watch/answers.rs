//! Whether an end answers segments that it cannot use (RFC 9293, 3.10.7.4, first).

use super::Step;
use super::probe;
use crate::machine::end::End;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Checksum, Flags, NS_PER_S, OptionSet, Timestamp};
use crate::seq::SeqNo;

/// An answer comes within this time.
pub const DUE_SECONDS: u16 = 1;

/// So many are remembered.
pub const REMEMBERED: usize = 2;

/// A segment that has to be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Provocation {
    /// Frame number.
    pub packet: u64,
    /// When captured.
    pub time: Timestamp,
    /// SEG.SEQ.
    pub seq: SeqNo,
    /// SEG.LEN.
    pub len: u32,
    /// It lies beyond the window; else below what was acknowledged.
    pub beyond: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    waiting: Option<Provocation>,
    unanswered: [Option<Provocation>; REMEMBERED],
    count: u32,
    /// The first segment of this end after the latest that it did not answer.
    alive: Option<u64>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    record: Option<Box<Record>>,
}

impl Answers {
    /// Octets of memory that it takes in boxes.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.record.as_deref().map_or(0, size_of_val)
    }

    /// The first segments that got no answer in time.
    pub fn unanswered(&self) -> impl Iterator<Item = &Provocation> {
        let record = self.record.iter();
        record.flat_map(|record| record.unanswered.iter().flatten())
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.record.as_ref().map_or(0, |record| record.count)
    }

    /// One that may still be answered.
    #[must_use]
    pub fn waiting(&self) -> Option<Provocation> {
        self.record.as_ref()?.waiting
    }

    /// So many went unanswered that it is worth saying, if the one that may
    /// still be answered is not.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let waiting = u32::from(self.waiting().is_some());
        self.count().saturating_add(waiting) >= REMEMBERED as u32
    }

    /// What this end sent first after the latest one that it did not answer.
    #[must_use]
    pub fn alive(&self) -> Option<u64> {
        self.record.as_ref()?.alive
    }

    /// An answer is due; or one did not come, and the next segment shows that this end is there.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let record = self.record.as_ref();
        record.is_some_and(|r| r.waiting.is_some() || r.count > 0 && r.alive.is_none())
    }

    /// This end sends `step.segment`.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, _notes: &mut Relative) {
        let Some(record) = &mut self.record else {
            return;
        };
        record.expire(step.segment.time);
        if step.segment.flags.contains(Flags::ACK) {
            record.waiting = None;
        }
        if record.count > 0 {
            record.alive.get_or_insert(step.segment.packet);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    #[inline]
    pub fn passed(&mut self, step: &Step<'_>) {
        let at_edge = step.peer.window_edge == Some(step.segment.seq);
        let unacceptable = step.saw.intersects(Observations::PROVOKES_ACK) || at_edge;
        if unacceptable || self.record.is_some() {
            self.expect(step);
        }
    }

    fn expect(&mut self, step: &Step<'_>) {
        let provokes = provokes(step);
        if let Some(record) = &mut self.record {
            record.expire(step.segment.time);
        } else if provokes.is_none() {
            return;
        }
        let record = self.record.get_or_insert_default();
        if record.waiting.is_none() {
            record.waiting = provokes;
        }
    }
}

impl Record {
    /// The one that waits has waited too long by `now`.
    fn expire(&mut self, now: Timestamp) {
        let due = i64::from(DUE_SECONDS) * NS_PER_S;
        let Some(waiting) = self.waiting.filter(|w| now.since(w.time) > due) else {
            return;
        };
        self.waiting = None;
        self.count = self.count.saturating_add(1);
        self.alive = None;
        if let Some(slot) = self.unanswered.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(waiting);
        }
    }
}

/// The receiver of `step.segment` cannot use it, and has to say so.
fn provokes(step: &Step<'_>) -> Option<Provocation> {
    let (segment, receiver) = (step.segment, step.peer);
    if segment.payload_len == 0 {
        return None;
    }
    let old = receiver
        .ack_max
        .is_some_and(|ack| segment.end().at_or_before(ack));
    let beyond = receiver.last_window > 0
        && receiver
            .window_edge
            .is_some_and(|edge| segment.seq.at_or_after(edge));
    if !(old || beyond) || !must_answer(step.own, receiver) {
        return None;
    }
    let others = segment.has(Flags::SYN | Flags::FIN | Flags::RST)
        || !segment.flags.contains(Flags::ACK)
        || probe::form(step).is_some();
    let sound = matches!(segment.checksum, Checksum::Good | Checksum::Partial);
    (!others && sound).then_some(Provocation {
        packet: segment.packet,
        time: segment.time,
        seq: segment.seq,
        len: segment.len(),
        beyond,
    })
}

/// Both ends are synchronized and there. Signed segments (RFC 2385, RFC 5925) are
/// dropped without a word when the signature is wrong.
fn must_answer(sender: &End, receiver: &End) -> bool {
    let signed = OptionSet::MD5.union(OptionSet::AO);
    let is_signed = receiver
        .syn
        .is_some_and(|syn| syn.options.present.intersects(signed));
    let closed = sender.fin.is_some() && receiver.fin.is_some();
    let reset = sender.sent_rst || receiver.sent_rst;
    receiver.sent_after_syn && sender.sent_after_syn && !is_signed && !closed && !reset
}

#[cfg(test)]
mod tests {
    use crate::machine::connection::Connection;
    use crate::machine::script::connection;

    fn after(lines: &str) -> Connection {
        let opening = "
            A SYN 100
            B SYN,ACK 300 101 win=1000
            A ACK 101 301
            A ACK 101 301 len=10
            B ACK 301 111 win=1000";
        connection(&format!("{opening}\n{lines}"))
    }

    fn unanswered(seen: &Connection) -> Vec<u64> {
        let answers = &seen.watches.server.answers;
        answers.unanswered().map(|p| p.packet).collect()
    }

    #[test]
    fn old_octets_without_an_answer() {
        let seen = after(
            "A ACK 101 301 len=10
             +1100ms A ACK 101 301 len=10
             +1100ms A ACK 111 301 len=10
             B ACK 301 121 win=1000",
        );
        assert_eq!(unanswered(&seen), [6, 7]);
        assert_eq!(seen.watches.server.answers.alive(), Some(9));
    }

    #[test]
    fn any_ack_within_a_second_is_an_answer() {
        let seen = after(
            "A ACK 101 301 len=10
             +900ms B ACK 301 111 win=1000
             +1100ms A ACK 111 301 len=10",
        );
        assert!(unanswered(&seen).is_empty());
    }

    #[test]
    fn octets_beyond_the_window() {
        let seen = after(
            "A ACK 1111 301 len=10
             +1100ms A ACK 111 301 len=10",
        );
        assert_eq!(unanswered(&seen), [6]);
    }

    #[test]
    fn probes_and_segments_for_a_closed_window_are_left_to_others() {
        let seen = after(
            "A ACK 110 301 len=1
             +2s A ACK 111 301 len=10
             B ACK 301 121 win=0
             +2s A ACK 121 301 len=10
             +2s A ACK 131 301 len=10",
        );
        assert!(unanswered(&seen).is_empty());
    }
}
