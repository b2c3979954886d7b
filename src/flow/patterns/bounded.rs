//! A map that cannot outgrow its limit, whatever is sent.

use std::hash::Hash;

use hashbrown::HashMap;

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
#[derive(Debug)]
pub struct Bounded<K, V> {
    map: HashMap<K, V>,
    limit: usize,
    given_up: u64,
}

impl<K: Hash + Eq, V: Weight> Bounded<K, V> {
    /// An empty map with room for `limit` entries.
    #[must_use]
    pub fn new(limit: usize) -> Bounded<K, V> {
        Bounded {
            map: HashMap::new(),
            limit,
            given_up: 0,
        }
    }

    /// The value of `key`, made anew where there is none.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if self.map.len() >= self.limit && !self.map.contains_key(&key) {
            self.make_room();
        }
        self.map.entry(key).or_insert_with(make)
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    /// All entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter()
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// How many entries were given up for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.given_up
    }

    fn make_room(&mut self) {
        // Entries by the bit length of their weights, 0 to 64.
        let mut by_length = [0_usize; 65];
        for value in self.map.values() {
            if let Some(count) = by_length.get_mut(bit_length(value.weight())) {
                *count += 1;
            }
        }
        let wanted = self.limit / 2;
        let mut freed = self.limit.saturating_sub(self.map.len());
        let longest = by_length
            .iter()
            .position(|count| {
                freed += count;
                freed >= wanted
            })
            .unwrap_or(64);
        let before = self.map.len();
        self.map
            .retain(|_, value| bit_length(value.weight()) > longest);
        self.given_up += u64::try_from(before - self.map.len()).unwrap_or(u64::MAX);
    }
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
}
