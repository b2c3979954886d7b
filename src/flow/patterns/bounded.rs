//! A map that cannot outgrow its limit, whatever is sent.

use std::hash::Hash;

use crate::flow::index::{Index, Tag};

/// How much an entry matters when room has to be made.
pub trait Weight {
    /// Larger for what is worth more.
    fn weight(&self) -> u64;
}

/// A map with a limit. When it is full, all entries up to a weight are given
/// up, enough of them to make half of it free. Which ones go depends on
/// weights alone and never on the order of the table, which differs from run
/// to run: the hash is seeded, because whoever sends the packets chooses the keys.
///
/// As long as the limit is not reached, nothing is lost.
///
/// Entries stand one behind the other, apart from the index: of a flood, each is new, and to put it
/// behind the last one costs less than to put it anywhere in two megabytes.
#[derive(Debug)]
pub struct Bounded<K, V> {
    index: Index<u32>,
    entries: Vec<(K, V)>,
    /// The place of the entry that was asked for last: most often, it is asked for again.
    last: usize,
    limit: usize,
    given_up: u64,
}

impl<K: Hash + Eq, V: Weight> Bounded<K, V> {
    /// An empty map with room for `limit` entries.
    #[must_use]
    pub fn new(limit: usize) -> Bounded<K, V> {
        Bounded {
            index: Index::default(),
            entries: Vec::new(),
            last: 0,
            limit,
            given_up: 0,
        }
    }

    /// The value of `key`, made anew where there is none.
    #[inline]
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let is_last = |(known, _): &(K, V)| *known == key;
        if !self.entries.get(self.last).is_some_and(is_last) {
            let tag = self.index.tag(&key);
            self.last = match self.find(&key, tag) {
                Some(at) => at,
                None => self.add(tag, key, make()),
            };
        }
        match self.entries.get_mut(self.last) {
            Some((_, value)) => value,
            None => unreachable!("it was found or added"),
        }
    }

    #[inline]
    fn find(&self, key: &K, tag: Tag) -> Option<usize> {
        let is_it =
            |at: u32| (self.entries.get(at as usize)).is_some_and(|(known, _)| known == key);
        self.index.find(tag, is_it).map(|at| at as usize)
    }

    /// Adds an entry, whose key has none, and returns its place.
    #[inline]
    fn add(&mut self, tag: Tag, key: K, value: V) -> usize {
        if self.entries.len() >= self.limit {
            self.make_room();
        }
        let at = self.entries.len();
        self.entries.push((key, value));
        self.index.insert(tag, place(at));
        at
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.find(key, self.index.tag(key))?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// All entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many entries were given up for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.given_up
    }

    #[cold]
    fn make_room(&mut self) {
        // Entries by the bit length of their weights, 0 to 64.
        let mut by_length = [0_usize; 65];
        for (_, value) in &self.entries {
            if let Some(count) = by_length.get_mut(bit_length(value.weight())) {
                *count += 1;
            }
        }
        let wanted = self.limit / 2;
        let mut freed = self.limit.saturating_sub(self.entries.len());
        let longest = by_length
            .iter()
            .position(|count| {
                freed += count;
                freed >= wanted
            })
            .unwrap_or(64);
        let before = self.entries.len();
        self.entries
            .retain(|(_, value)| bit_length(value.weight()) > longest);
        self.given_up += u64::try_from(before - self.entries.len()).unwrap_or(u64::MAX);
        self.index.wipe();
        for (at, (key, _)) in self.entries.iter().enumerate() {
            self.index.insert(self.index.tag(key), place(at));
        }
    }
}

/// Limits are far below what would not fit.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn bit_length(weight: u64) -> usize {
    usize::try_from(u64::BITS - weight.leading_zeros()).unwrap_or(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weight for u64 {
        fn weight(&self) -> u64 {
            *self
        }
    }

    #[test]
    fn the_heavy_ones_stay() {
        let mut map: Bounded<u32, u64> = Bounded::new(100);
        for key in 0..10 {
            *map.entry(key, || 0) += 1000;
        }
        for key in 10..10_000 {
            *map.entry(key, || 0) += 1;
            assert!(map.len() <= 100);
        }
        assert!((0..10).all(|key| map.get(&key) == Some(&1000)));
        assert!(map.given_up() > 9000);
    }

    #[test]
    fn equal_weights_go_together() {
        let mut map: Bounded<u32, u64> = Bounded::new(4);
        for key in 0..5 {
            map.entry(key, || 7);
        }
        assert_eq!(map.len(), 1);
        assert_eq!(map.given_up(), 4);
    }
    #[test]
    fn entries_are_found_wherever_they_went() {
        let mut map: Bounded<u32, u64> = Bounded::new(64);
        for round in 1..=20_u64 {
            // Each heavier than all before it.
            for key in 0..u32::try_from(round).unwrap() {
                let new = 1 << round;
                *map.entry(key, || 0) = new;
                assert_eq!(map.entry(key, || 0), &new);
            }
            for light in 1000..1100 {
                map.entry(light, || 1);
            }
        }
        assert!((0..20).all(|key| map.get(&key) == Some(&(1 << 20))));
        assert_eq!(map.get(&999), None);
        let mut keys: Vec<_> = map.iter().map(|(key, _)| *key).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!((keys.len(), map.len()), (count, count));
    }
}
