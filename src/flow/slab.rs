//! Values in numbered places that are used anew: their numbers stay as they
//! are, and growing never needs room for a second copy of all.

/// Places that are made at a time.
const CHUNK: usize = 1024;

/// Values, each in a place with a number.
#[derive(Debug)]
pub struct Slab<T> {
    /// All but the last are full of places.
    chunks: Vec<Vec<Option<T>>>,
    free: Vec<u32>,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab {
            chunks: Vec::new(),
            free: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Slab<T> {
    /// Puts `value` into a free place; `None` when all numbers are in use.
    pub fn insert(&mut self, value: T) -> Option<u32> {
        let at = match self.free.pop() {
            Some(at) => at,
            None => u32::try_from(self.places()).ok()?,
        };
        match self.place_mut(at) {
            Some(place) => *place = Some(value),
            None => self.push(value),
        }
        self.len += 1;
        Some(at)
    }

    /// Takes the value out of a place.
    pub fn remove(&mut self, at: u32) -> Option<T> {
        let value = self.place_mut(at)?.take()?;
        self.free.push(at);
        self.len -= 1;
        Some(value)
    }

    /// Frees a place, whose value nobody wants any more.
    pub fn vacate(&mut self, at: u32) {
        if let Some(place) = self.place_mut(at)
            && place.is_some()
        {
            *place = None;
            self.free.push(at);
            self.len -= 1;
        }
    }

    /// The value in a place.
    #[must_use]
    pub fn get(&self, at: u32) -> Option<&T> {
        let at = usize::try_from(at).ok()?;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)?.as_ref()
    }

    /// The value in a place.
    pub fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.place_mut(at)?.as_mut()
    }

    /// How many values there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// How many places there are, free ones included.
    #[must_use]
    pub fn places(&self) -> usize {
        let before = self.chunks.len().saturating_sub(1) * CHUNK;
        before + self.chunks.last().map_or(0, Vec::len)
    }

    /// All values by the numbers of their places.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten().flatten()
    }

    /// The same, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.chunks.iter_mut().flatten().flatten()
    }

    /// Takes out the value in the last place that has one, and gives back the room of each chunk
    /// as soon as it is empty. Nothing may be put in from then on.
    pub fn pop(&mut self) -> Option<T> {
        loop {
            match self.chunks.last_mut()?.pop() {
                Some(Some(value)) => {
                    self.len -= 1;
                    return Some(value);
                }
                Some(None) => {}
                None => drop(self.chunks.pop()),
            }
        }
    }

    fn place_mut(&mut self, at: u32) -> Option<&mut Option<T>> {
        let at = usize::try_from(at).ok()?;
        self.chunks.get_mut(at / CHUNK)?.get_mut(at % CHUNK)
    }

    fn push(&mut self, value: T) {
        match self.chunks.last_mut().filter(|last| last.len() < CHUNK) {
            Some(last) => last.push(Some(value)),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(Some(value));
                self.chunks.push(chunk);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_their_numbers_and_are_used_anew() {
        let mut slab = Slab::default();
        let places: Vec<_> = (0..2500).map(|n| slab.insert(n).unwrap()).collect();
        assert_eq!((slab.len(), slab.places()), (2500, 2500));
        assert_eq!(slab.remove(places[1100]), Some(1100));
        assert_eq!(slab.remove(places[1100]), None);
        assert_eq!((slab.get(1100), slab.get(1101)), (None, Some(&1101)));
        assert_eq!(slab.len(), 2499);
        assert_eq!(slab.insert(7), Some(1100));
        assert_eq!(slab.places(), 2500);
        *slab.get_mut(2499).unwrap() = 8;
        assert_eq!(
            slab.iter().copied().sum::<i32>(),
            (0..2499).sum::<i32>() - 1100 + 7 + 8
        );
        assert_eq!(slab.get(2500), None);
        slab.vacate(2400);
        slab.vacate(2400);
        assert_eq!((slab.get(2400), slab.len()), (None, 2499));
        assert_eq!(slab.insert(2400), Some(2400));
        let all = std::iter::from_fn(|| slab.pop());
        assert_eq!(all.count(), 2500);
        assert_eq!((slab.len(), slab.places()), (0, 0));
    }
}
