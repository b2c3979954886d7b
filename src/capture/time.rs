//! Time stamps of pcapng: any resolution to nanoseconds, exactly.

use crate::segment::Timestamp;

const NS_PER_S: i128 = 1_000_000_000;

/// Duration of one unit of an interface's time stamps (`if_tsresol`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Resolution {
    /// `10^-n` seconds.
    Decimal(u8),
    /// `2^-n` seconds; `n` is below 128.
    Binary(u8),
}

impl Resolution {
    /// What holds where an interface names none: microseconds.
    pub(super) const DEFAULT: Resolution = Resolution::Decimal(6);

    /// From the octet of the option: the high bit says power of two.
    pub(super) fn from_option(octet: u8) -> Resolution {
        if octet & 0x80 == 0 {
            Resolution::Decimal(octet)
        } else {
            Resolution::Binary(octet & 0x7f)
        }
    }

    /// Decimal digits behind the point that a time of this resolution needs,
    /// at most 9. A power of two has no fitting number of digits: 9.
    pub(super) fn digits(self) -> u8 {
        match self {
            Resolution::Decimal(n) => n.min(9),
            Resolution::Binary(_) => 9,
        }
    }

    /// The moment `units` after `offset_s` seconds after 1970. Fractions of a
    /// nanosecond are cut; what lies outside the range of [`Timestamp`] (the
    /// years 1677 to 2262) becomes its nearest end.
    pub(super) fn timestamp(self, units: u64, offset_s: i64) -> Timestamp {
        let ns = match self {
            Resolution::Decimal(n @ 0..=9) => {
                let factor = 10_i128.pow(u32::from(9 - n));
                i128::from(units).saturating_mul(factor)
            }
            // Beyond 10^19 no 64-bit count reaches a nanosecond.
            Resolution::Decimal(n) => 10_u64
                .checked_pow(u32::from(n.saturating_sub(9)))
                .map_or(0, |divisor| i128::from(units / divisor)),
            Resolution::Binary(n) => (i128::from(units) * NS_PER_S)
                .checked_shr(u32::from(n))
                .unwrap_or(0),
        };
        let ns = ns.saturating_add(i128::from(offset_s) * NS_PER_S);
        let limit = if ns < 0 { i64::MIN } else { i64::MAX };
        Timestamp(i64::try_from(ns).unwrap_or(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(octet: u8, units: u64, offset_s: i64) -> i64 {
        Resolution::from_option(octet).timestamp(units, offset_s).0
    }

    #[test]
    fn decimal_resolutions_are_exact() {
        assert_eq!(ns(0, 7, 0), 7_000_000_000);
        assert_eq!(ns(6, 1_340_954_905_298_858, 0), 1_340_954_905_298_858_000);
        assert_eq!(
            ns(9, 1_700_000_000_123_456_789, 0),
            1_700_000_000_123_456_789
        );
        assert_eq!(ns(12, 1_000_000_001_999, 0), 1_000_000_001);
        assert_eq!(ns(28, u64::MAX, 0), 1);
        assert_eq!(ns(29, u64::MAX, 0), 0);
        assert_eq!(ns(127, u64::MAX, 5), 5_000_000_000);
    }

    #[test]
    fn powers_of_two_are_exact() {
        assert_eq!(ns(0x80 | 32, (3 << 32) | (1 << 31), 0), 3_500_000_000);
        assert_eq!(ns(0x80 | 10, 1025, 0), 1_000_976_562);
        assert_eq!(ns(0x80, 2, 0), 2_000_000_000);
        assert_eq!(ns(0xff, u64::MAX, 0), 0);
    }

    #[test]
    fn offsets_may_be_negative_and_nothing_overflows() {
        assert_eq!(ns(6, 1_500_000, -1), 500_000_000);
        assert_eq!(ns(6, 0, -1), -1_000_000_000);
        assert_eq!(ns(0, u64::MAX, i64::MAX), i64::MAX);
        assert_eq!(ns(0x80, 0, i64::MIN), i64::MIN);
        assert_eq!(ns(0x80, u64::MAX, 0), i64::MAX);
    }

    #[test]
    fn digits_to_print() {
        let digits = |octet| Resolution::from_option(octet).digits();
        assert_eq!((digits(0), digits(3), digits(9), digits(12)), (0, 3, 9, 9));
        assert_eq!(digits(0x8a), 9);
    }
}
