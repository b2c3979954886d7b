//! The blocks of one SACK option, beside the ack of the same segment.
//!
//! RFC 2018, 3: a block is contiguous and isolated; the octets just below and
//! just above it have not been received. RFC 2883, 4: only the first block may
//! report octets received twice (D-SACK), below the ack or inside another block.

use crate::seq::SeqNo;

/// Left edge, and right edge: the number after the block's last octet.
pub type Block = (SeqNo, SeqNo);

/// No receiver holds more beyond its ack: the largest window there is (RFC 7323, 2.3).
pub const FARTHEST_OCTETS: u32 = 1 << 30;

/// What a block should have kept away from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Neighbour {
    /// The ack lies inside the block, or at its start.
    Ack,
    /// It overlaps this other block, or begins where that one ends.
    Block(Block),
}

/// Whether anything is wrong with the form of `blocks`.
#[must_use]
pub fn is_wrong(ack: SeqNo, blocks: &[Block]) -> bool {
    invalid(blocks).is_some() || below_ack(ack, blocks).is_some() || touching(ack, blocks).is_some()
}

/// The first block that is empty, inverted or larger than any window.
#[must_use]
pub fn invalid(blocks: &[Block]) -> Option<Block> {
    let is_wrong = |&(left, right): &Block| {
        let octets = right.offset_from(left);
        octets == 0 || octets > FARTHEST_OCTETS
    };
    blocks.iter().copied().find(is_wrong)
}

/// The first block that lies wholly below `ack` and is no D-SACK, since it is
/// not the first of all. Beside an invalid block nothing is compared.
#[must_use]
pub fn below_ack(ack: SeqNo, blocks: &[Block]) -> Option<Block> {
    if invalid(blocks).is_some() {
        return None;
    }
    let behind_the_first = blocks.iter().skip(1).copied();
    let is_below = |(_, right): &Block| right.at_or_before(ack);
    behind_the_first.into_iter().find(is_below)
}

/// The first block that is not isolated, and what it touches. Beside an
/// invalid block nothing is compared.
#[must_use]
pub fn touching(ack: SeqNo, blocks: &[Block]) -> Option<(Block, Neighbour)> {
    if invalid(blocks).is_some() {
        return None;
    }
    for (index, &block) in blocks.iter().enumerate() {
        let (left, right) = block;
        if left.at_or_before(ack) && right.after(ack) {
            return Some((block, Neighbour::Ack));
        }
        if right.at_or_before(ack) {
            continue;
        }
        for &other in blocks.iter().skip(index + 1) {
            if other.1.after(ack) && touch(block, other) && !(index == 0 && is_inside(block, other))
            {
                return Some((other, Neighbour::Block(block)));
            }
        }
    }
    None
}

fn touch(one: Block, other: Block) -> bool {
    one.0.at_or_before(other.1) && other.0.at_or_before(one.1)
}

fn is_inside(part: Block, whole: Block) -> bool {
    part.0.at_or_after(whole.0) && part.1.at_or_before(whole.1)
}

/// The first block, if it reports octets received twice (RFC 2883, 4).
#[must_use]
pub fn duplicate(ack: SeqNo, blocks: &[Block]) -> Option<Block> {
    let (first, others) = blocks.split_first()?;
    let twice = first.1.at_or_before(ack) || others.iter().any(|whole| is_inside(*first, *whole));
    twice.then_some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(edges: &[(u32, u32)]) -> Vec<Block> {
        // Near the wrap, so that comparing as plain numbers fails.
        let at = |number: u32| SeqNo(u32::MAX - 2000) + number;
        edges.iter().map(|(l, r)| (at(*l), at(*r))).collect()
    }

    /// Which of the three faults there are: invalid, below the ack, touching.
    fn faults(ack: u32, edges: &[(u32, u32)]) -> [bool; 3] {
        let (ack, blocks) = (SeqNo(u32::MAX - 2000) + ack, blocks(edges));
        let faults = [
            invalid(&blocks).is_some(),
            below_ack(ack, &blocks).is_some(),
            touching(ack, &blocks).is_some(),
        ];
        assert_eq!(is_wrong(ack, &blocks), faults.contains(&true));
        faults
    }

    const NONE: [bool; 3] = [false; 3];
    const INVALID: [bool; 3] = [true, false, false];
    const BELOW: [bool; 3] = [false, true, false];
    const TOUCHES: [bool; 3] = [false, false, true];

    #[test]
    fn isolated_blocks_above_the_ack_are_right() {
        assert_eq!(
            faults(1000, &[(1500, 2500), (1100, 1200), (3000, 3001)]),
            NONE
        );
    }

    #[test]
    fn the_first_block_may_report_a_duplicate() {
        assert_eq!(faults(1000, &[(500, 1000)]), NONE, "below the ack");
        assert_eq!(faults(1000, &[(500, 900), (1500, 2500)]), NONE);
        assert_eq!(faults(1000, &[(1600, 1700), (1500, 2500)]), NONE, "inside");
        assert_eq!(
            faults(1000, &[(1500, 2500), (1500, 2500)]),
            NONE,
            "all of it"
        );
    }

    #[test]
    fn a_later_block_below_the_ack() {
        assert_eq!(faults(1000, &[(1500, 2500), (500, 900)]), BELOW);
        assert_eq!(faults(1000, &[(1500, 2500), (500, 1000)]), BELOW);
    }

    #[test]
    fn blocks_without_octets_or_upside_down() {
        assert_eq!(faults(1000, &[(1500, 1500)]), INVALID);
        assert_eq!(faults(1000, &[(1500, 1400)]), INVALID);
        assert_eq!(faults(1000, &[(1500, 1501 + (1 << 30))]), INVALID);
        assert_eq!(faults(1000, &[(1000, 1100), (1500, 1400)]), INVALID);
    }

    #[test]
    fn blocks_that_touch() {
        assert_eq!(faults(1000, &[(1000, 1500)]), TOUCHES, "the ack");
        assert_eq!(faults(1000, &[(900, 1500)]), TOUCHES, "around the ack");
        assert_eq!(faults(1000, &[(1500, 2000), (2000, 2500)]), TOUCHES);
        assert_eq!(faults(1000, &[(2000, 2500), (1500, 2000)]), TOUCHES);
        assert_eq!(faults(1000, &[(1500, 2500), (1600, 1700)]), TOUCHES);
        let third = [(3000, 3100), (1500, 2000), (1900, 2500)];
        assert_eq!(faults(1000, &third), TOUCHES);
    }
}
