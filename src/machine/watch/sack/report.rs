//! What an end has reported as received, and whether it takes that back (RFC 2018, 8).

use super::beyond;
use super::form::{self, Block};
use crate::machine::end::End;
use crate::machine::noted::counts_back;
use crate::machine::observe::Relative;
use crate::machine::watch::Step;
use crate::observation::Observations;
use crate::segment::{Flags, MAX_SACK_BLOCKS, Segment};
use crate::seq::SeqNo;

/// Segments noted with proof of their order, and without.
const NOTED: u8 = 2;

/// With so many blocks in a segment there may be others for which there was
/// no room, and which the receiver does not come back to.
const CROWDED: usize = 3;

/// Octets of an option with one block, padding included.
const ROOM: u8 = 12;

/// Octets of the largest TCP header.
const LARGEST_HEADER: u8 = 60;

/// Octets that were reported, and are asked for again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TakenBack {
    /// The block.
    pub block: Block,
    /// The latest segment that reported it.
    pub reported: u64,
    /// The segment that asks for it again.
    pub packet: u64,
    /// Its ack lies inside the block; else it does not mention the block.
    pub inside: bool,
    /// Its TSval is newer than any before.
    pub newer: bool,
}

/// Blocks reported by the latest segments, as far as the ack has not come to them.
#[derive(Clone, Debug, Default)]
pub struct Report {
    blocks: [Block; MAX_SACK_BLOCKS],
    len: u8,
    packet: u64,
    /// Up to here there may be blocks that were not repeated for want of room.
    crowded_to: Option<SeqNo>,
    taken_back: Option<TakenBack>,
    noted: [u8; 2],
}

impl Report {
    /// What was taken back, the first with proof if there is one.
    #[must_use]
    pub const fn taken_back(&self) -> Option<TakenBack> {
        self.taken_back
    }

    /// There are such blocks.
    pub(super) const fn is_waiting(&self) -> bool {
        self.len > 0
    }

    /// The end of the furthest of these blocks.
    pub(super) fn up_to(&self) -> Option<SeqNo> {
        let ends = self.blocks().iter().map(|&(_, right)| right);
        ends.reduce(SeqNo::later)
    }

    fn blocks(&self) -> &[Block] {
        self.blocks.get(..usize::from(self.len)).unwrap_or(&[])
    }

    pub(super) fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if self.len == 0 && segment.options.sack_blocks().is_empty() {
            return;
        }
        let age = age(step.own, segment);
        let last_id = step.own.last.and_then(|last| last.ip_id);
        let old = age.is_some_and(|age| age < 0) || counts_back(last_id, segment.ip.id);
        if old || step.own.ack_max.is_some_and(|max| segment.ack.before(max)) {
            return;
        }
        self.compare(step, age.is_some_and(|age| age > 0), notes);
        self.remember(step);
    }

    fn compare(&mut self, step: &Step<'_>, newer: bool, notes: &mut Relative) {
        let segment = step.segment;
        let silent = is_silent(step);
        let crowded = self.crowded_to.is_some_and(|to| to.after(segment.ack));
        let asked_again = self.blocks().iter().find_map(|&block| {
            let (left, right) = block;
            let inside = left.at_or_before(segment.ack)
                && right.after(segment.ack)
                && !reports(segment, segment.ack);
            let left_out = left.after(segment.ack) && silent && !crowded;
            (inside || left_out).then_some((block, inside))
        });
        let Some((block, inside)) = asked_again else {
            return;
        };
        let [proven, unproven] = &mut self.noted;
        let noted = if newer { proven } else { unproven };
        if *noted >= NOTED {
            return;
        }
        *noted += 1;
        notes.saw |= Observations::SACK_TAKEN_BACK;
        if self.taken_back.is_none_or(|known| newer && !known.newer) {
            self.taken_back = Some(TakenBack {
                block,
                reported: self.packet,
                packet: segment.packet,
                inside,
                newer,
            });
        }
    }

    /// The blocks of this segment, and those before that it does not touch.
    fn remember(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        let all = segment.options.sack_blocks();
        let twice = form::duplicate(segment.ack, all).is_some();
        let new = all.iter().skip(usize::from(twice)).copied();
        let new = new.filter(|block| {
            block.0.after(segment.ack) && beyond::is_inside(*block, segment.ack, step.peer)
        });
        let before = self.blocks;
        let forget = is_silent(step);
        let kept = before.iter().take(usize::from(self.len)).copied();
        let kept = kept.filter(|(left, right)| {
            let touched = |(l, r): &Block| l.at_or_before(*right) && r.at_or_after(*left);
            !forget && left.after(segment.ack) && !all.iter().any(touched)
        });
        let mut len = 0;
        let mut last = None;
        for (slot, block) in self.blocks.iter_mut().zip(new.chain(kept)) {
            *slot = block;
            len += 1;
            last = Some(last.map_or(block.1, |known: SeqNo| known.later(block.1)));
        }
        self.len = len;
        if !all.is_empty() {
            self.packet = segment.packet;
        }
        if all.len() >= CROWDED || usize::from(len) >= CROWDED {
            let known = self.crowded_to;
            self.crowded_to = last.map(|last| known.map_or(last, |known| known.later(last)));
        }
    }
}

/// How much newer the TSval is than any before.
fn age(own: &End, segment: &Segment<'_>) -> Option<i32> {
    let (tsval, _) = segment.options.timestamps()?;
    Some(SeqNo(tsval).distance_from(SeqNo(own.tsval_max?)))
}

/// An empty ACK with room for blocks and none in it. Some stacks leave them out
/// of keepalives, and an end that is closing may have thrown everything away.
fn is_silent(step: &Step<'_>) -> bool {
    let segment = step.segment;
    let header = segment.data_offset.saturating_mul(4);
    segment.options.sack_blocks().is_empty()
        && segment.header_whole()
        && segment.is_empty()
        && !segment.has(Flags::RST)
        && step.own.snd_next == Some(segment.seq)
        && step.own.fin.is_none()
        && LARGEST_HEADER.saturating_sub(header) >= ROOM
}

/// One of the segment's own blocks holds the octet `number`.
fn reports(segment: &Segment<'_>, number: SeqNo) -> bool {
    let holds = |(left, right): &Block| left.at_or_before(number) && right.after(number);
    segment.options.sack_blocks().iter().any(holds)
}
