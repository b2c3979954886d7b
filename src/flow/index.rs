//! Where the connection, or whatever else, with a key is.
//!
//! The hash is seeded anew in every run, because whoever sends the packets chooses the keys;
//! nothing is ever listed in the order of the index.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// What is remembered of a key: so much of its hash that next to nothing else has it too.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tag(u32);

impl Tag {
    /// The hash that the table goes by, so that it grows without a look at any connection.
    /// Of a product with an odd number, the lower bits differ where the tags do, and the upper ones
    /// depend on all of them.
    #[inline]
    fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// Places by key; who has a place knows the key.
#[derive(Debug)]
pub struct Index<P> {
    hasher: DefaultHashBuilder,
    places: HashTable<(Tag, P)>,
}

impl<P> Default for Index<P> {
    fn default() -> Index<P> {
        Index {
            hasher: DefaultHashBuilder::default(),
            places: HashTable::new(),
        }
    }
}

impl<P: Copy + PartialEq> Index<P> {
    /// The tag of `key`.
    #[inline]
    pub fn tag(&self, key: &impl Hash) -> Tag {
        Tag((self.hasher.hash_one(key) >> 32) as u32)
    }

    /// The place with this tag, of those of which `is_it` says that they have the key.
    #[inline]
    pub fn find(&self, tag: Tag, is_it: impl Fn(P) -> bool) -> Option<P> {
        let same = |(other, place): &(Tag, P)| *other == tag && is_it(*place);
        self.places
            .find(tag.spread(), same)
            .map(|(_, place)| *place)
    }

    /// Adds a place whose key has none.
    #[inline]
    pub fn insert(&mut self, tag: Tag, place: P) {
        self.places
            .insert_unique(tag.spread(), (tag, place), |(tag, _)| tag.spread());
    }

    /// Puts another place where `old` was.
    pub fn replace(&mut self, tag: Tag, old: P, new: P) {
        let same = |other: &(Tag, P)| *other == (tag, old);
        if let Some((_, place)) = self.places.find_mut(tag.spread(), same) {
            *place = new;
        }
    }

    /// Takes a place out.
    #[inline]
    pub fn remove(&mut self, tag: Tag, place: P) {
        let same = |other: &(Tag, P)| *other == (tag, place);
        if let Ok(found) = self.places.find_entry(tag.spread(), same) {
            found.remove();
        }
    }

    /// How many places there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Forgets all places, and keeps the room for as many.
    pub fn wipe(&mut self) {
        self.places.clear();
    }

    /// Forgets all places.
    pub fn clear(&mut self) {
        self.places = HashTable::new();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::flow::key::FlowKey;
    use crate::segment::Socket;

    fn key(n: u32) -> FlowKey {
        let socket = |ip: u32, port| Socket {
            ip: Ipv4Addr::from_bits(ip).into(),
            port,
        };
        FlowKey::between(socket(n, 1024), socket(u32::MAX, 80), 0)
    }

    #[test]
    fn places_are_found_however_much_it_grew() {
        let mut index = Index::default();
        for n in 0..50_000_u32 {
            index.insert(index.tag(&key(n)), n);
        }
        for n in 0..50_000 {
            let tag = index.tag(&key(n));
            assert_eq!(index.find(tag, |place| place == n), Some(n));
            match n % 3 {
                0 => index.remove(tag, n),
                1 => index.replace(tag, n, n + 100_000),
                _ => {}
            }
        }
        for n in 0..50_000 {
            let tag = index.tag(&key(n));
            let expected = match n % 3 {
                0 => None,
                1 => Some(n + 100_000),
                _ => Some(n),
            };
            assert_eq!(index.find(tag, |place| place % 100_000 == n), expected);
        }
    }

    #[test]
    fn keys_with_one_tag_are_told_apart() {
        let mut index = Index::default();
        index.insert(Tag(7), 1);
        index.insert(Tag(7), 2);
        assert_eq!(index.find(Tag(7), |place| place == 2), Some(2));
        index.remove(Tag(7), 2);
        assert_eq!(index.find(Tag(7), |_| true), Some(1));
        index.clear();
        assert_eq!(index.find(Tag(7), |_| true), None);
    }

    /// `limits::HALF_OPEN_SEGMENTS` and more of them are in memory at a time.
    #[test]
    fn it_is_small() {
        assert_eq!(size_of::<(Tag, u32)>(), 8);
    }
}
