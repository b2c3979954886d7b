//! How often which small value occurred: what is usual for an end.

/// Different values that are told apart.
const VALUES: usize = 4;

/// Values and how often they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habit {
    values: [u8; VALUES],
    times: [u32; VALUES],
    total: u32,
}

impl Habit {
    /// One more of `value`.
    pub fn count(&mut self, value: u8) {
        self.total = self.total.saturating_add(1);
        if self.begins_with(value) {
            let [first, ..] = &mut self.times;
            *first = first.saturating_add(1);
            return;
        }
        let mut slots = self.values.iter_mut().zip(&mut self.times);
        // Values come in order of first appearance, so an empty slot ends the list.
        if let Some((known, times)) = slots.find(|(known, times)| **times == 0 || **known == value)
        {
            *known = value;
            *times = times.saturating_add(1);
        }
    }

    /// So many more of the value that came first.
    pub const fn count_first(&mut self, times: u32) {
        self.total = self.total.saturating_add(times);
        let [first, ..] = &mut self.times;
        *first = first.saturating_add(times);
    }

    /// The value that came first.
    #[must_use]
    pub fn first(&self) -> Option<u8> {
        self.seen().next().map(|(value, _)| value)
    }

    /// How many values were counted.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// How often `value` came.
    #[must_use]
    pub fn times(&self, value: u8) -> u32 {
        self.seen()
            .find(|(known, _)| *known == value)
            .map_or(0, |(_, times)| times)
    }

    /// The value that came most often.
    #[must_use]
    pub fn usual(&self) -> Option<u8> {
        self.seen()
            .max_by_key(|(_, times)| *times)
            .map(|(value, _)| value)
    }

    /// Something came before, and all of it at least `least` from `value`.
    #[must_use]
    pub fn is_far(&self, value: u8, least: u8) -> bool {
        self.total > 0
            && !self.begins_with(value)
            && self.seen().all(|(known, _)| known.abs_diff(value) >= least)
    }

    /// Whether `value`, of which `own` were counted for the segment in question,
    /// is out of the habit: nearly all others (at least `from` of them, and none
    /// nearer than `least`) are different.
    #[must_use]
    pub fn is_odd(&self, value: u8, own: u32, least: u8, from: u32) -> bool {
        let others = self.total.saturating_sub(own);
        let few = others / 16;
        let near: u32 = self
            .seen()
            .filter(|(known, _)| known.abs_diff(value) < least)
            .map(|(_, times)| times)
            .sum();
        others >= from && near.saturating_sub(own) <= few && self.is_kept()
    }

    /// `value` came first, as it does nearly every time.
    const fn begins_with(&self, value: u8) -> bool {
        let ([first, ..], [times, ..]) = (&self.values, &self.times);
        *times > 0 && *first == value
    }

    /// No value went uncounted.
    fn is_kept(&self) -> bool {
        self.seen().map(|(_, times)| times).sum::<u32>() == self.total
    }

    fn seen(&self) -> impl Iterator<Item = (u8, u32)> + '_ {
        let slots = self.values.iter().copied().zip(self.times);
        slots.filter(|(_, times)| *times > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn habit(values: &[u8]) -> Habit {
        let mut habit = Habit::default();
        values.iter().for_each(|value| habit.count(*value));
        habit
    }

    #[test]
    fn values_are_counted() {
        let habit = habit(&[64, 64, 63, 64]);
        assert_eq!(
            (habit.times(64), habit.times(63), habit.times(1)),
            (3, 1, 0)
        );
        assert_eq!((habit.total(), habit.usual()), (4, Some(64)));
    }

    #[test]
    fn odd_is_what_the_others_are_not() {
        assert!(habit(&[64, 64]).is_odd(49, 0, 2, 2));
        assert!(!habit(&[64]).is_odd(49, 0, 2, 2), "one is no habit");
        assert!(!habit(&[64, 64]).is_odd(63, 0, 2, 2), "a router more");
        assert!(habit(&[64, 64]).is_odd(63, 0, 1, 2));
        assert!(!habit(&[64, 49, 64]).is_odd(49, 0, 2, 2), "seen before");
        assert!(habit(&[64, 49, 64]).is_odd(49, 1, 2, 2), "itself");
    }

    #[test]
    fn a_stray_value_among_many_breaks_no_habit() {
        let mut many = habit(&[64; 16]);
        many.count(49);
        assert!(many.is_odd(49, 0, 2, 2));
        many.count(49);
        assert!(!many.is_odd(49, 0, 2, 2));
    }

    #[test]
    fn with_too_many_values_nothing_is_odd() {
        assert!(!habit(&[1, 11, 21, 31, 41]).is_odd(99, 0, 2, 2));
    }
}
