//! A few latest things, without allocation.

/// The latest `N` things.
#[derive(Clone, Copy, Debug)]
pub struct Ring<T, const N: usize> {
    slots: [T; N],
    /// How many slots are filled.
    len: u8,
    /// The slot that is filled next.
    at: u8,
}

impl<T: Copy + Default, const N: usize> Default for Ring<T, N> {
    fn default() -> Self {
        Ring {
            slots: [T::default(); N],
            len: 0,
            at: 0,
        }
    }
}

impl<T: Copy, const N: usize> Ring<T, N> {
    /// The latest.
    pub fn latest(&mut self) -> Option<&mut T> {
        let filled = self.len > 0;
        let at = (usize::from(self.at) + N - 1) % N;
        self.slots.get_mut(at).filter(|_| filled)
    }

    /// Adds one; the oldest gives way.
    pub fn push(&mut self, value: T) {
        if let Some(slot) = self.slots.get_mut(usize::from(self.at)) {
            *slot = value;
        }
        self.at = (self.at + 1) % N as u8;
        self.len = (self.len + 1).min(N as u8);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.len = 0;
        self.at = 0;
    }

    /// All, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().take(usize::from(self.len))
    }

    /// All, in no order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().take(usize::from(self.len))
    }
}
