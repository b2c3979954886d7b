//! The gate before the patterns of single sources.
//!
//! A flood with forged sources shows most addresses once. Such an address
//! cannot make up a scan or a row of ISNs, and must not cost more than a place
//! here. Its first attempt is kept until there is another, and is then handed
//! on, so nothing is lost.

use std::net::IpAddr;

use super::bounded::{Bounded, Weight};
use crate::flow::attempt::Attempt;
use crate::limits;
use crate::tunnel::Within;

#[derive(Clone, Copy, Debug, Default)]
struct Source {
    /// The first attempt, as long as there is no other.
    kept: Option<Attempt>,
    /// There were more: they are handed on as they come.
    many: bool,
}

impl Weight for Source {
    fn weight(&self) -> u64 {
        if self.many { 2 } else { 1 }
    }
}

/// The sources of attempts.
#[derive(Debug)]
pub struct Sources {
    known: Bounded<Within<IpAddr>, Source>,
}

impl Default for Sources {
    fn default() -> Sources {
        Sources {
            known: Bounded::new(limits::PATTERN_SOURCES),
        }
    }
}

impl Sources {
    /// Takes in `attempt` and hands on what may be looked at now.
    pub fn admit(&mut self, attempt: &Attempt, mut hand_on: impl FnMut(&Attempt)) {
        let source = self.known.entry(attempt.source(), Source::default);
        if !source.many {
            let Some(first) = source.kept.take() else {
                source.kept = Some(*attempt);
                return;
            };
            source.many = true;
            hand_on(&first);
        }
        hand_on(attempt);
    }

    /// Sources that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.known.given_up()
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.known.len()
    }
}
