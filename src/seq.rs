//! Sequence numbers, modulo 2^32.
//!
//! RFC 9293, 3.4: "all arithmetic dealing with sequence numbers must be
//! performed modulo 2^32". [`SeqNo`] therefore has no `Ord`: "less than" means
//! something only between two numbers that lie within 2^31 of each other, and
//! is asked for by name ([`SeqNo::before`], [`SeqNo::after`], ...).

use std::fmt;
use std::ops::{Add, Sub};

/// A sequence or acknowledgment number: a point on a ring of 2^32 octets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SeqNo(pub u32);

impl SeqNo {
    /// Signed distance from `origin` to `self` in octets, in
    /// `-2^31 ..= 2^31 - 1`; positive when `self` is ahead.
    #[must_use]
    pub const fn distance_from(self, origin: SeqNo) -> i32 {
        self.0.wrapping_sub(origin.0).cast_signed()
    }

    /// Octets between the two on the shorter way, in `0 ..= 2^31`.
    #[must_use]
    pub const fn apart(self, other: SeqNo) -> u32 {
        self.distance_from(other).unsigned_abs()
    }

    /// Octets from `origin` forward to `self`, in `0 ..= 2^32 - 1`.
    #[must_use]
    pub const fn offset_from(self, origin: SeqNo) -> u32 {
        self.0.wrapping_sub(origin.0)
    }

    /// `self < other` on the ring.
    #[must_use]
    pub const fn before(self, other: SeqNo) -> bool {
        self.distance_from(other) < 0
    }

    /// `self =< other` on the ring.
    #[must_use]
    pub const fn at_or_before(self, other: SeqNo) -> bool {
        self.distance_from(other) <= 0
    }

    /// `self > other` on the ring.
    #[must_use]
    pub const fn after(self, other: SeqNo) -> bool {
        self.distance_from(other) > 0
    }

    /// `self >= other` on the ring.
    #[must_use]
    pub const fn at_or_after(self, other: SeqNo) -> bool {
        self.distance_from(other) >= 0
    }

    /// Whether `self` lies in `[first, last]`, both ends included, walking
    /// forward from `first`. Any length of range up to the whole ring works.
    #[must_use]
    pub const fn within(self, first: SeqNo, last: SeqNo) -> bool {
        self.offset_from(first) <= last.offset_from(first)
    }

    /// The later of the two numbers.
    #[must_use]
    pub const fn later(self, other: SeqNo) -> SeqNo {
        if self.after(other) { self } else { other }
    }

    /// The earlier of the two numbers.
    #[must_use]
    pub const fn earlier(self, other: SeqNo) -> SeqNo {
        if self.before(other) { self } else { other }
    }
}

impl Add<u32> for SeqNo {
    type Output = SeqNo;

    fn add(self, octets: u32) -> SeqNo {
        SeqNo(self.0.wrapping_add(octets))
    }
}

impl Sub<u32> for SeqNo {
    type Output = SeqNo;

    fn sub(self, octets: u32) -> SeqNo {
        SeqNo(self.0.wrapping_sub(octets))
    }
}

impl fmt::Display for SeqNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for SeqNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeqNo({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: SeqNo = SeqNo(u32::MAX);

    #[test]
    fn opposite_numbers_are_furthest_apart() {
        assert_eq!(SeqNo(0).apart(SeqNo(1 << 31)), 1 << 31);
        assert_eq!(TOP.apart(TOP + 3), 3);
    }

    #[test]
    fn order_is_kept_across_the_wrap() {
        assert!(TOP.before(TOP + 1));
        assert!((TOP + 1).after(TOP));
        assert!(TOP.at_or_before(TOP) && TOP.at_or_after(TOP));
        assert_eq!((TOP + 5).distance_from(TOP), 5);
        assert_eq!(TOP.distance_from(TOP + 5), -5);
        assert_eq!((TOP + 5) - 5, TOP);
        assert_eq!(TOP.later(SeqNo(3)), SeqNo(3));
        assert_eq!(TOP.earlier(SeqNo(3)), TOP);
    }

    #[test]
    fn ranges_include_both_ends_and_wrap() {
        assert!(SeqNo(2).within(TOP, SeqNo(2)));
        assert!(TOP.within(TOP, SeqNo(2)));
        assert!(!SeqNo(3).within(TOP, SeqNo(2)));
        assert!(!(TOP - 1).within(TOP, SeqNo(2)));
        assert!(SeqNo(7).within(SeqNo(7), SeqNo(7)));
    }
}
