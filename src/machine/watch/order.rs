//! Segments that an end sent in another order than they were captured in.
//!
//! Octets that come for the first time below SMAX were either reordered, or are the
//! repetition of a segment lost before the monitor. They were reordered if they were
//! provably sent first (an older TSval, a lower IP identification), or if
//! no feedback can have called for a repetition yet.

use super::Step;
use crate::machine::noted::counts_back;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{NS_PER_MS, Segment, Timestamp};
use crate::seq::SeqNo;

/// Nobody repeats anything within this time (and the round-trip time).
const SOON_NS: i64 = 3 * NS_PER_MS;

/// The same where the round-trip time is not known.
const SOON_WITHOUT_RTT_NS: i64 = NS_PER_MS;

/// The segment that overtook others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Top {
    /// SMAX, which it raised.
    next: SeqNo,
    ip_id: Option<u16>,
}

/// The first segment that others overtook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overtaken {
    /// Frame number.
    pub packet: u64,
    /// The first captured segment that lies behind it.
    pub by: u64,
    /// How long before that one was captured.
    pub late_ns: i64,
}

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Order {
    /// Segments that others overtook.
    pub overtaken: u32,
    /// The first of them.
    pub first: Option<Overtaken>,
    top: Option<Top>,
}

impl Order {
    /// This end sends `step.segment`.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        if step.segment.payload_len > 0
            && let Some(next) = step.own.snd_next
            && step.segment.data_end().at_or_before(next)
        {
            self.below(step, next, notes);
        }
    }

    /// Octets below SMAX, which is `next`.
    fn below(&mut self, step: &Step<'_>, next: SeqNo, notes: &mut Relative) {
        let segment = step.segment;
        if step.saw.intersects(Observations::RETRANSMISSION) || step.own.stream.is_none() {
            return;
        }
        let Some((by, time)) = overtaking(step) else {
            return;
        };
        let top = self.top(step, next);
        let late_ns = segment.time.since(time);
        if !was_sent_first(step, top, late_ns) {
            return;
        }
        self.overtaken = self.overtaken.saturating_add(1);
        if self.first.is_none() {
            self.first = Some(Overtaken {
                packet: segment.packet,
                by,
                late_ns,
            });
            notes.saw |= Observations::OUT_OF_ORDER;
        }
    }

    /// The segment that raised SMAX, as long as nothing has raised it since.
    fn top(&mut self, step: &Step<'_>, next: SeqNo) -> Option<Top> {
        if self.top.is_none_or(|top| top.next != next) {
            let last = step.own.last.filter(|last| last.end() == next);
            self.top = last.map(|last| Top {
                next,
                ip_id: last.ip_id,
            });
        }
        self.top
    }
}

/// The first captured segment that lies behind `step.segment`.
fn overtaking(step: &Step<'_>) -> Option<(u64, Timestamp)> {
    let behind = |start: SeqNo| start.at_or_after(step.segment.data_end());
    let first = step.own.recent.iter().find(|sent| behind(sent.start));
    first.map(|sent| (sent.packet, sent.time))
}

fn was_sent_first(step: &Step<'_>, top: Option<Top>, late_ns: i64) -> bool {
    let age = age(step.segment, step.own.tsval_max);
    if age.is_some_and(|age| age != 0) {
        return age.is_some_and(|age| age < 0);
    }
    if top.is_some_and(|top| counts_back(top.ip_id, step.segment.ip.id)) {
        return true;
    }
    let soon = step
        .rtt_ns
        .map_or(SOON_WITHOUT_RTT_NS, |rtt| rtt.min(SOON_NS));
    late_ns < soon
}

/// How much newer the TSval is than any before.
fn age(segment: &Segment<'_>, newest: Option<u32>) -> Option<i32> {
    let (tsval, _) = segment.options.timestamps()?;
    Some(SeqNo(tsval).distance_from(SeqNo(newest?)))
}

#[cfg(test)]
mod tests {
    use crate::machine::connection::Connection;
    use crate::machine::script::connection;
    use crate::observation::Observations;

    const OPENING: &str = "
        A SYN 100
        +20ms B SYN,ACK 300 101
        A ACK 101 301
        A ACK 101 301 len=10";

    fn after(lines: &str) -> Connection {
        connection(&format!("{OPENING}\n{lines}"))
    }

    #[test]
    fn a_segment_that_comes_at_once_behind_a_later_one_was_overtaken() {
        let seen = after(
            "A ACK 121 301 len=10 id=0
             A ACK 111 301 len=10 id=0",
        );
        let order = seen.watches.client.order;
        assert_eq!(order.overtaken, 1);
        let first = order.first.unwrap();
        assert_eq!((first.packet, first.by), (6, 5));
        assert!(seen.seen.contains(Observations::OUT_OF_ORDER));
    }

    #[test]
    fn one_that_comes_later_may_be_a_repetition() {
        let seen = after(
            "A ACK 121 301 len=10 id=0
             +30ms A ACK 111 301 len=10 id=0",
        );
        assert_eq!(seen.watches.client.order.overtaken, 0);
    }

    #[test]
    fn its_identification_or_its_timestamp_may_say_so() {
        let seen = after(
            "A ACK 121 301 len=10 id=12
             +30ms A ACK 111 301 len=10 id=11",
        );
        assert_eq!(seen.watches.client.order.overtaken, 1);
        let seen = after(
            "A ACK 121 301 len=10 ts=20/1 id=0
             +30ms A ACK 111 301 len=10 ts=19/1 id=0",
        );
        assert_eq!(seen.watches.client.order.overtaken, 1);
    }

    #[test]
    fn a_newer_timestamp_shows_a_repetition() {
        let seen = after(
            "A ACK 121 301 len=10 ts=20/1 id=12
             A ACK 111 301 len=10 ts=21/1 id=11",
        );
        assert_eq!(seen.watches.client.order.overtaken, 0);
    }

    #[test]
    fn octets_captured_before_are_no_disorder() {
        let seen = after("A ACK 111 301 len=10\nA ACK 101 301 len=10");
        assert_eq!(seen.watches.client.order.overtaken, 0);
    }
}
