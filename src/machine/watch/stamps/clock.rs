//! The clock of an end, as its TSvals show it: it must not run backwards.
//!
//! The order at the monitor is not the order of sending. So two segments are compared that the
//! numbers put in order: the first had no octet below those already sent (so it was sent for the
//! first time, in its turn), and the second continues behind it.

use super::{Step, is_silent};
use crate::machine::noted::Brief;
use crate::machine::observe::Relative;
use crate::machine::stretch::manner::Manner;
use crate::machine::stretch::record::Record;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, Timestamp};
use crate::seq::SeqNo;

/// Segments with a TSval from the past that are kept: those in order of number, and others.
const KEPT: [usize; 2] = [4, 2];

/// Soon after the segment before it: no retransmission timer has run out in between.
const PROMPT_NS: i64 = 200 * NS_PER_MS;

/// A segment with the newest TSval so far, sent in its turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    /// Its TSval.
    pub tsval: SeqNo,
    /// Frame number.
    pub packet: u64,
    /// When.
    pub time: Timestamp,
    /// Time to live.
    pub ttl: u8,
    /// IPv4 identification.
    pub ip_id: Option<u16>,
    tsecr: SeqNo,
    ack: SeqNo,
    /// It occupies numbers.
    solid: bool,
    /// It cannot be a timed retransmission of something that was lost before the monitor.
    prompt: bool,
}

/// A segment whose TSval is below an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Back {
    /// Its frame number.
    pub packet: u64,
    /// Its TSval.
    pub tsval: SeqNo,
    /// The segment with the higher one.
    pub earlier: Said,
    /// The numbers put it behind `earlier`; else only the order at the monitor does.
    pub in_order: bool,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    said: Option<Said>,
    backs: Vec<Back>,
}

impl Clock {
    /// The first segments whose TSval is below an earlier one by more than a tick.
    #[must_use]
    pub fn backs(&self) -> &[Back] {
        &self.backs
    }

    /// The end sends `step.segment` with these timestamps.
    pub fn sent(&mut self, step: &Step<'_>, tsval: SeqNo, tsecr: SeqNo, notes: &mut Relative) {
        // Of segments with the same value, the first one stands for all.
        if self.said.is_some_and(|said| said.tsval == tsval) {
            return;
        }
        let segment = step.segment;
        let next = step.own.snd_next;
        let in_turn = next.is_none_or(|next| segment.seq.at_or_after(next));
        let known = self.said.filter(|_| !is_silent(step));
        if let Some(said) = known
            && tsval.before(said.tsval)
        {
            if tsval.before(said.tsval - 1) && !segment.flags.contains(Flags::SYN) {
                let later = segment.ack.after(said.ack) || tsecr.after(said.tsecr);
                let solid = said.solid || !segment.is_empty();
                let back = Back {
                    packet: segment.packet,
                    tsval,
                    earlier: said,
                    in_order: in_turn && solid && (later || said.prompt),
                };
                self.keep(back, notes);
            }
            return;
        }
        // Some hosts open with a zero in place of a clock.
        let unset = segment.flags.contains(Flags::SYN) && tsval == SeqNo(0);
        if in_turn && !unset {
            let prompt = |last: Brief| segment.time.since(last.time) < PROMPT_NS;
            self.said = Some(Said {
                tsval,
                packet: segment.packet,
                time: segment.time,
                ttl: segment.ip.ttl,
                ip_id: segment.ip.id,
                tsecr,
                ack: segment.ack,
                solid: !segment.is_empty(),
                prompt: step.own.last.is_none_or(prompt),
            });
        }
    }

    /// The latest value that it goes by is `tsval`.
    #[must_use]
    pub fn stands_at(&self, tsval: SeqNo) -> bool {
        self.said.is_some_and(|said| said.tsval == tsval)
    }

    /// The end has sent orderly segments: see [`Stamps::ticks`](super::Stamps::ticks).
    pub fn goes_on(&mut self, record: &Record, manner: &Manner, last: Option<Timestamp>) {
        self.said = Some(Said {
            tsval: SeqNo(record.tsval),
            packet: record.packet,
            time: record.time,
            ttl: manner.ttl,
            ip_id: manner.is_numbered().then_some(record.ip_id),
            tsecr: SeqNo(record.tsecr),
            ack: record.ack,
            solid: record.payload_len > 0,
            prompt: last.is_none_or(|last| record.time.since(last) < PROMPT_NS),
        });
    }

    fn keep(&mut self, back: Back, notes: &mut Relative) {
        let backs = &mut self.backs;
        if backs.len() == KEPT.iter().sum::<usize>() {
            return;
        }
        let alike = backs.iter().filter(|b| b.in_order == back.in_order).count();
        let [in_order, others] = KEPT;
        if alike < if back.in_order { in_order } else { others } {
            backs.push(back);
            notes.saw |= Observations::STAMP_BACK;
        }
    }
}
