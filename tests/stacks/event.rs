//! What is going to happen.

use std::cmp::Ordering;

use crate::packet::Packet;
use crate::side::Side;

/// Something that happens at a time.
pub enum Event {
    Begins(Side),
    AtMiddle(Packet),
    Arrives(Packet),
}

/// An event and its time. Of two at the same time the one planned first comes first.
pub struct Due {
    pub at: i64,
    pub order: u64,
    pub round: usize,
    pub event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
