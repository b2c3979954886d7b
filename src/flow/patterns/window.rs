//! Sliding windows over slots of time.

use crate::segment::Timestamp;

/// Which slot of `width_ns` a time falls in.
#[must_use]
pub const fn slot(time: Timestamp, width_ns: i64) -> i64 {
    time.0.div_euclid(width_ns)
}

/// Every window of `width` slots that ends in a slot that is there. `slots`
/// are in order of time; gaps between them are fine.
pub fn sliding<T>(slots: &[(i64, T)], width: i64) -> impl Iterator<Item = &[(i64, T)]> {
    (0..slots.len()).filter_map(move |end| {
        let (last, _) = slots.get(end)?;
        let upto = slots.get(..=end)?;
        let start = upto.partition_point(|(slot, _)| *slot <= last - width);
        upto.get(start..)
    })
}

/// Whether `slot` lies in one of `spans` (first and last slot of each), which are in order and
/// apart. There may be thousands, and it is asked of everything.
#[must_use]
pub fn is_within(spans: &[(i64, i64)], slot: i64) -> bool {
    let begun = spans.partition_point(|(from, _)| *from <= slot);
    let last = begun.checked_sub(1).and_then(|at| spans.get(at));
    last.is_some_and(|(_, to)| slot <= *to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_span_their_width_and_no_more() {
        let slots = [(1, 'a'), (2, 'b'), (10, 'c'), (11, 'd')];
        let spans: Vec<String> = sliding(&slots, 10)
            .map(|window| window.iter().map(|(_, c)| *c).collect())
            .collect();
        assert_eq!(spans, ["a", "ab", "abc", "bcd"]);
        assert_eq!(slot(Timestamp(-1), 10), -1);
    }

    #[test]
    fn a_slot_within_a_span() {
        let spans = [(2, 4), (7, 7), (9, 12)];
        let within: Vec<i64> = (0..15).filter(|slot| is_within(&spans, *slot)).collect();
        assert_eq!(within, [2, 3, 4, 7, 9, 10, 11, 12]);
        assert!(!is_within(&[], 0));
    }
}
