//! A fair sample of the targets that a source tried.

use crate::segment::Timestamp;

/// Targets kept per sample.
const KEPT: usize = 64;

/// A target, as far as it was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// Its hash.
    pub hash: u32,
    /// How often it was tried.
    pub tries: u16,
    /// It never answered with a SYN-ACK.
    pub dead: bool,
    /// A port below 1024.
    pub well_known: bool,
    /// When it was tried first.
    pub time: Timestamp,
    /// In which packet.
    pub packet: u64,
}

impl Target {
    /// Adds another try of the same target.
    pub fn merge(&mut self, other: &Target) {
        self.tries = self.tries.saturating_add(other.tries);
        self.dead &= other.dead;
        (self.time, self.packet) = (self.time, self.packet).min((other.time, other.packet));
    }
}

/// The targets with the smallest hashes: all of them as long as there are
/// few, else a random choice that does not depend on the order of adding
/// (whatever is given up can never come back, as the bound only falls).
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// In order of hash.
    targets: Vec<Target>,
    /// Some were given up.
    full: bool,
}

impl Sample {
    /// Adds one try.
    pub fn add(&mut self, target: Target) {
        match self.targets.binary_search_by_key(&target.hash, |t| t.hash) {
            Ok(at) => {
                if let Some(known) = self.targets.get_mut(at) {
                    known.merge(&target);
                }
            }
            Err(at) if at >= KEPT => self.full = true,
            Err(at) => {
                self.targets.insert(at, target);
                if self.targets.len() > KEPT {
                    self.targets.pop();
                    self.full = true;
                }
            }
        }
    }

    /// How many targets are in the sample.
    #[must_use]
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// The sample is all there is.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        !self.full
    }

    /// The sampled targets.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Whether this target is in the sample.
    #[must_use]
    pub fn holds(&self, hash: u32) -> bool {
        self.targets.binary_search_by_key(&hash, |t| t.hash).is_ok()
    }

    /// How many targets each one in the sample stands for, in thousandths:
    /// the hashes are spread evenly, so the largest one kept says what share
    /// of them was kept.
    #[must_use]
    pub fn stands_for(&self) -> u64 {
        let (Some(largest), true) = (self.targets.last(), self.full) else {
            return 1000;
        };
        (1000 << 32) / (u64::from(largest.hash) + 1)
    }
}
