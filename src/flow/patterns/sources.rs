//! The gate before the patterns of single sources.
//!
//! A flood with forged sources shows each address once or twice. Such
//! addresses cannot make up a scan or a row of ISNs, and must not cost more
//! than a place here. Attempts are kept until a source has shown that it is
//! there for longer, and are then handed on, so nothing is lost.

use std::net::IpAddr;

use super::bounded::{Bounded, Weight};
use crate::flow::attempt::Attempt;
use crate::limits;

/// Attempts of a source that are kept back. Every pattern behind the gate
/// needs more than these.
const KEPT_BACK: usize = 2;

#[derive(Clone, Copy, Debug, Default)]
struct Source {
    /// The first attempts, as long as there are no more.
    kept: [Option<Attempt>; KEPT_BACK],
    /// There were more: they are handed on as they come.
    many: bool,
}

impl Weight for Source {
    fn weight(&self) -> u64 {
        match (self.many, self.kept) {
            (true, _) => 4,
            (false, [_, Some(_)]) => 2,
            (false, _) => 1,
        }
    }
}

/// The sources of attempts.
#[derive(Debug)]
pub struct Sources {
    known: Bounded<IpAddr, Source>,
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
        let source = self.known.entry(attempt.client.ip, Source::default);
        if !source.many {
            if let Some(free) = source.kept.iter_mut().find(|kept| kept.is_none()) {
                *free = Some(*attempt);
                return;
            }
            source.kept.iter().flatten().for_each(&mut hand_on);
            source.many = true;
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
