//! Running numbers of frames of several files, and back to file and frame number.
//!
//! A running number orders the events of all files of a run; what people look up is a file
//! and a number in it. The way back is kept for each frame: one entry for a file that is read in one
//! piece, about an octet a frame where two files take turns.

use crate::limits::MERGED_NUMBERS;

/// Frames in a block of files that take turns: what is gone through to find one.
const BLOCK: u64 = 512;
/// Files in one block, and the longest run in it: four bits each.
const SLOTS: usize = 16;
const RUN: u8 = 16;

/// The map from running numbers, which begin with 1, to files and frame numbers.
#[derive(Debug)]
pub struct Numbers {
    blocks: Vec<Block>,
    slots: Vec<Slot>,
    /// Runs of frames of one slot: the slot in the upper four bits, the length less one in the lower.
    runs: Vec<u8>,
    /// Frames so far.
    count: u64,
    /// Frames of the latest block, by slot.
    taken: [u64; SLOTS],
    /// Octets to take at the most.
    limit: usize,
}

/// A stretch of running numbers. It has no runs where all of its frames are of one slot.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// The first running number.
    first: u64,
    /// Where its slots begin.
    slots: usize,
    /// Where its runs begin.
    runs: usize,
}

/// Frames of one file in a row of numbers.
#[derive(Clone, Copy, Debug)]
struct Slot {
    file: usize,
    /// The number of the first.
    number: u64,
}

/// There is no room for more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers::with_limit(MERGED_NUMBERS)
    }
}

impl Numbers {
    const fn with_limit(limit: usize) -> Numbers {
        Numbers {
            blocks: Vec::new(),
            slots: Vec::new(),
            runs: Vec::new(),
            count: 0,
            taken: [0; SLOTS],
            limit,
        }
    }

    /// Gives the next running number to frame `number` of `file`.
    ///
    /// # Errors
    /// If the limit of memory is reached.
    pub fn add(&mut self, file: usize, number: u64) -> Result<u64, Full> {
        let running = self.count.saturating_add(1);
        let in_block = self.blocks.last().map_or(0, |last| running - last.first);
        let slot = self.slot_of(file, number);
        match slot {
            // The only one so far of this block: nothing is written down.
            Some(0) if self.taken[0] == in_block => {}
            _ if self.octets() >= self.limit => return Err(Full),
            Some(slot) if in_block < BLOCK => self.turn_to(slot, in_block),
            None if (1..BLOCK).contains(&in_block) && self.slots_of_last().len() < SLOTS => {
                let slot = self.slots_of_last().len();
                self.slots.push(Slot { file, number });
                self.turn_to(slot, in_block);
            }
            _ => {
                self.blocks.push(Block {
                    first: running,
                    slots: self.slots.len(),
                    runs: self.runs.len(),
                });
                self.slots.push(Slot { file, number });
                self.taken = [0; SLOTS];
            }
        }
        let slot = self.slot_of(file, number).unwrap_or_default();
        if let Some(taken) = self.taken.get_mut(slot) {
            *taken += 1;
        }
        self.count = running;
        Ok(running)
    }

    /// File and frame number of a running number; `None` for one that was never given.
    #[must_use]
    pub fn of(&self, running: u64) -> Option<(usize, u64)> {
        let after = self.blocks.partition_point(|block| block.first <= running);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        let runs_end = self.blocks.get(after).map_or(self.runs.len(), |b| b.runs);
        let slots = self.slots.get(block.slots..)?;
        let mut left = running - block.first;
        let runs = self.runs.get(block.runs..runs_end)?;
        if running > self.count {
            return None;
        }
        let (mut slot, mut before) = (0, left);
        if !runs.is_empty() {
            let mut taken = [0_u64; SLOTS];
            for run in runs {
                let len = u64::from(run % RUN) + 1;
                slot = usize::from(run / RUN);
                before = taken.get(slot)?.saturating_add(left.min(len));
                if left < len {
                    break;
                }
                *taken.get_mut(slot)? += len;
                left -= len;
            }
        }
        let slot = slots.get(slot)?;
        Some((slot.file, slot.number.saturating_add(before)))
    }

    /// The slot of the latest block in which this frame is next.
    fn slot_of(&self, file: usize, number: u64) -> Option<usize> {
        let mut slots = self.slots_of_last().iter().zip(&self.taken);
        slots.position(|(slot, taken)| {
            slot.file == file && slot.number.saturating_add(*taken) == number
        })
    }

    fn slots_of_last(&self) -> &[Slot] {
        let from = self.blocks.last().map_or(0, |block| block.slots);
        self.slots.get(from..).unwrap_or_default()
    }

    /// Writes down that the next frame is of `slot`, and that those before it in the block, of
    /// which nothing is written down yet, were of the first.
    fn turn_to(&mut self, slot: usize, in_block: u64) {
        let from = self.blocks.last().map_or(0, |block| block.runs);
        if self.runs.len() == from {
            (0..in_block).for_each(|_| self.lengthen(from, 0));
        }
        self.lengthen(from, slot);
    }

    fn lengthen(&mut self, from: usize, slot: usize) {
        let head = u8::try_from(slot).unwrap_or_default() * RUN;
        match self.runs.get_mut(from..).and_then(<[u8]>::last_mut) {
            Some(last) if *last / RUN * RUN == head && *last % RUN + 1 < RUN => *last += 1,
            _ => self.runs.push(head),
        }
    }

    const fn octets(&self) -> usize {
        self.blocks.len() * size_of::<Block>()
            + self.slots.len() * size_of::<Slot>()
            + self.runs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives numbers to frames of files, and asks for each of them again.
    fn check(frames: impl Iterator<Item = (usize, u64)>) -> Numbers {
        let mut numbers = Numbers::default();
        let frames: Vec<_> = frames.collect();
        for (running, (file, number)) in (1..).zip(&frames) {
            assert_eq!(numbers.add(*file, *number), Ok(running));
        }
        for (running, frame) in (1..).zip(&frames) {
            assert_eq!(numbers.of(running), Some(*frame), "{running}");
        }
        assert_eq!(numbers.of(0), None);
        assert_eq!(numbers.of(frames.len() as u64 + 1), None);
        numbers
    }

    #[test]
    fn files_one_after_the_other_take_an_entry_each() {
        let numbers = check((0..20).flat_map(|file| (1..=1000).map(move |n| (file, n))));
        assert_eq!((numbers.blocks.len(), numbers.runs.len()), (20, 0));
    }

    #[test]
    fn files_that_take_turns_take_less_than_an_octet_a_frame() {
        let mut next = [0_u64; 2];
        let mut state = 1_u64;
        let numbers = check((0..100_000).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let file = usize::from(state >> 63 == 1);
            next[file] += 1;
            (file, next[file])
        }));
        assert!(numbers.octets() < 100_000, "{}", numbers.octets());
    }

    #[test]
    fn numbers_may_be_left_out_and_files_be_many() {
        // Frames that a reader passes over have numbers, too.
        check((0..3000).map(|n| (n % 40, 1 + n as u64 / 40 * 3)));
        check((0..3000).map(|n| (0, 1 + n * 2)));
        check((0..2000_u64).map(|n| ((n / 700 % 2) as usize, 1 + n % 700 + n / 1400 * 700)));
        check((0..600_u64).map(|n| {
            (
                usize::from(n == 511 || n == 599),
                if n == 511 {
                    1
                } else if n == 599 {
                    2
                } else {
                    n + 1 - u64::from(n > 511)
                },
            )
        }));
    }

    #[test]
    fn the_memory_it_takes_has_a_limit() {
        let mut numbers = Numbers::with_limit(1000);
        let given = (0..).take_while(|n| numbers.add(*n % 2, 1 + *n as u64 / 2).is_ok());
        let given = given.count();
        assert!((500..1500).contains(&given), "{given}");
        assert_eq!(numbers.of(3), Some((0, 2)));
    }
}
