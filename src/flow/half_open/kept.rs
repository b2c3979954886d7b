//! An opening as it was kept: what is to be known of it, mostly without its segments.

use super::packed::{Around, Packed};
use crate::flow::attempt::Attempt;
use crate::flow::key::FlowKey;
use crate::flow::opening::Opening;
use crate::segment::{Checksum, Segment};

/// A further segment, and its TSecr.
type More = (Packed, u32);

/// An opening that nobody completed.
#[derive(Clone, Debug)]
pub struct Kept {
    pub(super) syn: Packed,
    pub(super) around: Around,
    /// The segment behind the SYN: apart, so that there is nothing to be allocated for it.
    pub(super) second: Option<More>,
    pub(super) others: Vec<More>,
}

impl Kept {
    /// Its segments.
    #[must_use]
    pub fn opening(&self) -> Opening {
        Opening {
            syn: self.syn(),
            further: self
                .second
                .iter()
                .chain(&self.others)
                .map(|further| self.further(further))
                .collect(),
        }
    }

    /// Its key.
    #[inline]
    #[must_use]
    pub fn key(&self) -> FlowKey {
        self.around.key()
    }

    /// Whether it is a SYN and nothing else, or just one answer to it and no damage that would have
    /// to be understood. Nearly all of a flood are one of these two.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let Some((second, _)) = &self.second else {
            return true;
        };
        let sound = |packed: &Packed| packed.checksum() != Checksum::Bad;
        second.is_answer() && self.others.is_empty() && sound(&self.syn) && sound(second)
    }

    /// The SYN was answered, or so it seems.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.second.is_some()
    }

    /// The attempt that it is; `None` if no copy of its SYN is sound, where there are several.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        match &self.second {
            None => Some(Attempt::of_syn(&self.syn(), None)),
            Some(answer) if self.is_plain() => {
                Some(Attempt::of_syn(&self.syn(), Some(&self.further(answer))))
            }
            Some(_) => Attempt::of(self.opening().track().connection()),
        }
    }

    #[inline]
    fn syn(&self) -> Segment<'static> {
        self.syn.unpack(&self.around)
    }

    #[inline]
    fn further(&self, (packed, tsecr): &More) -> Segment<'static> {
        let around = self
            .around
            .of_further(self.syn, !packed.is_answer(), *tsecr);
        packed.unpack(&around)
    }
}
