//! Slots of a victim added up.

use super::{COMPLETED_ONE_IN, Slot};

/// Sums over several slots.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub syns: u64,
    pub completed: u64,
    pub half_open: u64,
    pub answered_again: u64,
    pub unanswered: u64,
    pub sent_once: u64,
    pub syn_acks: u64,
}

impl Sums {
    /// The sums of `slots`.
    pub fn of<'a>(slots: impl IntoIterator<Item = &'a (i64, Slot)>) -> Sums {
        let mut sums = Sums::default();
        for (_, slot) in slots {
            sums.syns += u64::from(slot.syns);
            sums.completed += u64::from(slot.completed);
            sums.half_open += u64::from(slot.half_open);
            sums.answered_again += u64::from(slot.answered_again);
            sums.unanswered += u64::from(slot.unanswered);
            sums.sent_once += u64::from(slot.sent_once);
            sums.syn_acks += u64::from(slot.syn_acks);
        }
        sums
    }

    /// Most of the SYNs that were answered were answered again.
    pub const fn mostly_answered_again(&self) -> bool {
        self.half_open > 0 && self.answered_again * 2 >= self.half_open
    }

    /// Hardly anybody completes.
    pub const fn comes_to_nothing(&self) -> bool {
        self.completed * COMPLETED_ONE_IN < self.syns
    }

    /// Half-open connections, and the dropped SYNs where a full queue drops them.
    pub const fn left_open(&self, queue_full: bool) -> u64 {
        let mostly_once = self.sent_once * 5 >= self.unanswered * 4;
        if queue_full && mostly_once {
            self.half_open + self.sent_once
        } else {
            self.half_open
        }
    }
}
