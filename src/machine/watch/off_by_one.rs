//! Acknowledgments that name the last octet received in place of the next one wanted.

use super::Step;
use crate::machine::end::End;
use crate::machine::observe::Relative;
use crate::machine::stream::Stream;
use crate::observation::Observations;
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// So many in a row are no accident.
pub const IN_A_ROW: u8 = 3;

/// Acknowledgments one short of the end of a segment, one after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// How many.
    pub length: u8,
    /// The first ones.
    pub packets: [u64; IN_A_ROW as usize],
    /// The latest of these acknowledgments: the octet that is asked for again.
    pub ack: SeqNo,
    /// The peer's segment that sends this octet again, after enough of them.
    pub again: Option<u64>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct OffByOne {
    run: Option<Box<Run>>,
}

impl OffByOne {
    /// The first run that was long enough, and sent again for.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.run.as_deref().filter(|run| run.again.is_some())
    }

    /// A run has begun.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.run.is_some()
    }

    /// This end sends `step.segment`.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let short = step.peer.snd_next == Some(step.segment.ack + 1);
        if short || self.run.is_some() {
            self.count(step, notes);
        }
    }

    fn count(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let (segment, peer) = (step.segment, step.peer);
        if self.run().is_some() || !advances(step.own, segment) {
            return;
        }
        if !is_one_short(peer, segment.ack, self.run.is_some()) {
            self.run = None;
            return;
        }
        let run = self.run.get_or_insert_with(|| {
            Box::new(Run {
                length: 0,
                packets: [segment.packet; IN_A_ROW as usize],
                ack: segment.ack,
                again: None,
            })
        });
        if let Some(slot) = run.packets.get_mut(usize::from(run.length)) {
            *slot = segment.packet;
        }
        run.length = run.length.saturating_add(1);
        run.ack = segment.ack;
        if run.length == IN_A_ROW {
            notes.saw |= Observations::ACKS_ONE_SHORT;
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    #[inline]
    pub fn passed(&mut self, step: &Step<'_>) {
        let Some(run) = &mut self.run else { return };
        let segment = step.segment;
        if run.length >= IN_A_ROW
            && segment.payload_len > 0
            && segment.data_start().at_or_before(run.ack)
            && segment.data_end().after(run.ack)
        {
            run.again.get_or_insert(segment.packet);
        }
    }
}

/// An acknowledgment of something new.
fn advances(own: &End, segment: &Segment<'_>) -> bool {
    segment.flags.contains(Flags::ACK)
        && !segment.has(Flags::SYN | Flags::RST)
        && own.ack_max.is_none_or(|max| segment.ack.after(max))
}

/// `ack` is the number of the last octet of a segment of `peer`, all of whose octets
/// came in order; no segment ends or begins there. `late`: it need not be the
/// latest segment.
fn is_one_short(peer: &End, ack: SeqNo, late: bool) -> bool {
    let next = peer.snd_next;
    let in_order = peer.stream.as_ref().map(Stream::next) == next;
    let in_data = peer.iss().is_none_or(|iss| ack.after(iss + 1)) && peer.fin.is_none();
    let mut ends = peer.recent.iter().map(|sent| sent.end);
    let is_end = next == Some(ack + 1) || late && ends.any(|end| end == ack + 1);
    let boundary = peer
        .recent
        .iter()
        .any(|sent| sent.start == ack || sent.end == ack);
    in_order && in_data && is_end && !boundary
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::connection::Connection;
    use crate::machine::script::connection;

    fn after(lines: &str) -> Connection {
        let opening = "
            A SYN 100
            B SYN,ACK 300 101
            A ACK 101 301";
        connection(&format!("{opening}\n{lines}"))
    }

    const THREE: &str = "
        A ACK 101 301 len=10
        B ACK 301 110
        A ACK 111 301 len=10
        B ACK 301 120
        A ACK 121 301 len=10
        B ACK 301 130";

    #[test]
    fn three_in_a_row_and_the_octet_sent_again() {
        let seen = after(&format!("{THREE}\nA ACK 130 301 len=1"));
        let run = seen.watches.server.off_by_one.run().unwrap();
        assert_eq!((run.length, run.again), (3, Some(10)));
        assert_eq!((run.packets, run.ack), ([5, 7, 9], SeqNo(130)));
    }

    #[test]
    fn the_run_may_lag_behind() {
        let seen = after(
            "A ACK 101 301 len=10
             B ACK 301 110
             A ACK 111 301 len=10
             A ACK 121 301 len=10
             B ACK 301 120
             B ACK 301 130
             A ACK 121 301 len=10",
        );
        assert!(seen.watches.server.off_by_one.run().is_some());
    }

    #[test]
    fn it_needs_three_and_the_octet_again() {
        assert!(after(THREE).watches.server.off_by_one.run().is_none());
        let right_between = THREE.replace("B ACK 301 120", "B ACK 301 121");
        let seen = after(&format!("{right_between}\nA ACK 130 301 len=1"));
        assert!(seen.watches.server.off_by_one.run().is_none());
    }

    #[test]
    fn an_ack_of_all_but_a_segment_of_one_octet_is_right() {
        let seen = after(
            "A ACK 101 301 len=10
             A ACK 111 301 len=1
             B ACK 301 111
             A ACK 112 301 len=10
             A ACK 122 301 len=1
             B ACK 301 122
             A ACK 123 301 len=10
             A ACK 133 301 len=1
             B ACK 301 133
             A ACK 133 301 len=1",
        );
        assert!(seen.watches.server.off_by_one.run().is_none());
    }
}
