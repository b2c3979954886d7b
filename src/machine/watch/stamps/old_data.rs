//! Data with a TSval below one that its receiver had echoed (PAWS, RFC 7323, 5).

use super::Step;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// Acceptances that are kept.
const KEPT: usize = 4;

/// An old segment on its way to its receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OldSegment {
    /// Frame number.
    pub packet: u64,
    /// First octet, and the one behind the last.
    pub octets: (SeqNo, SeqNo),
    /// Its TSval.
    pub tsval: SeqNo,
    /// What its receiver had echoed before.
    pub echoed: SeqNo,
}

/// An old segment that was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The segment.
    pub old: OldSegment,
    /// The packet that acknowledges it.
    pub by: u64,
    /// By SACK, not by number.
    pub selectively: bool,
}

/// One old segment after the other.
#[derive(Clone, Debug, Default)]
pub struct OldData {
    suspect: Option<OldSegment>,
    taken: Vec<Taken>,
}

/// Whether the segment brings octets for the first time, with a TSval that its
/// receiver must refuse. A tick less is let through, as Linux does.
pub(super) fn is_old(step: &Step<'_>, tsval: SeqNo, echoed: SeqNo) -> bool {
    let segment = step.segment;
    let plain = segment.payload_len > 0 && !segment.has(Flags::SYN | Flags::RST);
    plain
        && tsval.before(echoed - 1)
        && !step.saw.contains(Observations::RETRANSMISSION)
        && (step.peer.ack_max).is_some_and(|acked| acked.before(segment.data_end()))
        && step.acknowledges_syn()
}

impl OldData {
    pub(super) fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// The segment is on its way; one at a time is watched.
    pub(super) fn suspect(&mut self, step: &Step<'_>, tsval: SeqNo, echoed: SeqNo) {
        let segment = step.segment;
        if self.suspect.is_none() && self.taken.len() < KEPT {
            self.suspect = Some(OldSegment {
                packet: segment.packet,
                octets: (segment.data_start(), segment.data_end()),
                tsval,
                echoed,
            });
        }
    }

    /// The peer sends something else: another copy of the octets is an excuse.
    pub(super) fn sent_again(&mut self, segment: &Segment<'_>) {
        self.suspect = self.suspect.filter(|old| {
            let (start, end) = old.octets;
            segment.payload_len == 0
                || segment.data_end().at_or_before(start)
                || segment.data_start().at_or_after(end)
        });
    }

    /// The receiver sends something: does it acknowledge the octets?
    pub(super) fn answered(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let (segment, Some(old)) = (step.segment, self.suspect) else {
            return;
        };
        if !segment.flags.contains(Flags::ACK) {
            return;
        }
        let (start, end) = old.octets;
        let by_number = segment.ack.at_or_after(end) && step.acknowledges_syn();
        // A block below the ack is a D-SACK (RFC 2883): what came twice.
        let covers = |&(left, right): &(SeqNo, SeqNo)| {
            left.at_or_after(segment.ack) && left.at_or_before(start) && right.at_or_after(end)
        };
        let selectively = segment.options.sack_blocks().iter().any(covers);
        if by_number || selectively {
            self.suspect = None;
            self.taken.push(Taken {
                old,
                by: segment.packet,
                selectively: !by_number,
            });
            notes.saw |= Observations::OLD_STAMP_ACCEPTED;
        }
    }
}
