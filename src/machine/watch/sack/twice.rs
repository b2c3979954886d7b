//! What a peer sent more than once, beside what an end says it received twice (RFC 2883).

use super::beyond;
use super::form::{self, Block};
use crate::machine::observe::{Relative, STORE_SLACK_NS};
use crate::machine::watch::Step;
use crate::observation::Observations;
use crate::segment::{Flags, Timestamp};
use crate::seq::SeqNo;

/// Ranges remembered. A D-SACK comes within a round trip of its duplicate.
const RANGES: usize = 16;

/// Blocks remembered that nothing explains.
const UNEXPLAINED: usize = 4;

/// A D-SACK of octets that were captured only once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unexplained {
    /// The block.
    pub block: Block,
    /// The segment with it.
    pub packet: u64,
    time: Timestamp,
}

/// Octets that the peer of an end sent more than once.
#[derive(Clone, Debug, Default)]
pub struct Twice {
    /// The latest ranges, in a ring.
    again: [Option<Block>; RANGES],
    at: u8,
    /// Nothing is known of octets below.
    forgotten_to: Option<SeqNo>,
    unexplained: [Option<Unexplained>; UNEXPLAINED],
}

/// Whether the segment repeats numbers, or speaks for one as probes do.
pub(super) fn is_again(step: &Step<'_>) -> bool {
    range(step).is_some()
}

fn range(step: &Step<'_>) -> Option<Block> {
    let segment = step.segment;
    let repeated = Observations::RETRANSMISSION
        .union(Observations::SYN_DATA_AGAIN)
        .union(Observations::FIN_REPEATED);
    if step.saw.intersects(repeated) {
        return Some((segment.seq, segment.end()));
    }
    if segment.flags.contains(Flags::FIN)
        && step
            .own
            .snd_next
            .is_some_and(|n| segment.data_end().before(n))
    {
        return Some((segment.seq, segment.end()));
    }
    let below = segment.is_empty() && step.own.snd_next.is_some_and(|n| segment.seq.before(n));
    below.then_some((segment.seq, segment.seq + 1))
}

impl Twice {
    /// D-SACKs of octets that were captured once.
    pub fn unexplained(&self) -> impl Iterator<Item = &Unexplained> {
        self.unexplained.iter().flatten()
    }

    pub(super) fn passed(&mut self, step: &Step<'_>) {
        let Some(new) = range(step) else { return };
        self.add(new);
        // The second copy may have been stored behind the ACK that it drew.
        for slot in &mut self.unexplained {
            let soon = |u: &Unexplained| step.segment.time.since(u.time) <= STORE_SLACK_NS;
            let explains = |u: &Unexplained| new.0.before(u.block.1) && new.1.after(u.block.0);
            if slot.as_ref().is_some_and(|u| soon(u) && explains(u)) {
                *slot = None;
            }
        }
    }

    fn add(&mut self, new: Block) {
        let at = usize::from(self.at);
        let last = (at + RANGES - 1) % RANGES;
        if let Some(Some((_, end))) = self.again.get_mut(last)
            && *end == new.0
        {
            *end = new.1;
            return;
        }
        let Some(slot) = self.again.get_mut(at) else {
            return;
        };
        if let Some((_, end)) = slot.replace(new) {
            let known = self.forgotten_to;
            self.forgotten_to = Some(known.map_or(end, |known| known.later(end)));
        }
        self.at = ((at + 1) % RANGES) as u8;
    }

    pub(super) fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let Some(block) = form::duplicate(segment.ack, segment.options.sack_blocks()) else {
            return;
        };
        let Some(iss) = step.peer.iss() else { return };
        // The SYN's own number is sent with every copy of the SYN.
        let of_syn = block.0.at_or_before(iss);
        let forgotten = self.forgotten_to.is_some_and(|to| block.0.before(to));
        if of_syn
            || forgotten
            || !beyond::is_inside(block, segment.ack, step.peer)
            || self.covers(block)
        {
            return;
        }
        let Some(slot) = self.unexplained.iter_mut().find(|slot| slot.is_none()) else {
            return;
        };
        *slot = Some(Unexplained {
            block,
            packet: segment.packet,
            time: segment.time,
        });
        notes.saw |= Observations::DSACK_OF_ONCE;
    }

    /// Every octet of `block` was sent again.
    fn covers(&self, (mut from, end): Block) -> bool {
        while from.before(end) {
            let holds = |(s, e): &&Block| s.at_or_before(from) && e.after(from);
            let Some((_, behind)) = self.again.iter().flatten().find(holds) else {
                return false;
            };
            from = *behind;
        }
        true
    }
}
