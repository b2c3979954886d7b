//! What was met lately, within a limit.

use std::hash::Hash;

use hashbrown::HashMap;

/// A map that forgets what has not been asked for in a long time: when half of its room is taken by
/// what was asked for, the rest goes.
#[derive(Debug)]
pub(super) struct Lately<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Hash + Eq, V: Default> Lately<K, V> {
    /// An empty one that holds so many entries at the most.
    pub(super) fn new(most: usize) -> Lately<K, V> {
        Lately {
            young: HashMap::new(),
            old: HashMap::new(),
            half: most / 2,
        }
    }

    /// The value for `key`, a new one where there was none; `forget` is told what goes.
    pub(super) fn of(&mut self, key: K, forget: impl FnMut(&V)) -> &mut V {
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            let gone = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            gone.values().for_each(forget);
        }
        let old = &mut self.old;
        let from_old = |key: &K| old.remove(key).unwrap_or_default();
        self.young.entry(key).or_insert_with_key(from_old)
    }

    /// The value for `key`, if there is one.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}
