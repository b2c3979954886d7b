//! What connections may be part of, on the way from the tables to the patterns.

use crate::flow::attempt::Attempt;
use crate::flow::brief::Brief;
use crate::flow::patterns::Patterns;
use crate::flow::probe::Probe;

/// What a connection may be part of.
#[derive(Clone, Debug)]
pub enum Sighting {
    /// An attempt to open one.
    Attempt(Attempt),
    /// A probe without a SYN.
    Probe(Probe),
}

/// What was seen, in order. Plain openings lie apart, as there may be millions, and of all else
/// there is much to say.
#[derive(Debug, Default)]
pub struct Sightings {
    briefs: Vec<Brief>,
    /// Each with the number of plain openings before it.
    others: Vec<(usize, Sighting)>,
}

impl Sightings {
    /// An empty one, with room for as much as is in this one.
    pub fn beside(&self) -> Sightings {
        Sightings {
            briefs: Vec::with_capacity(self.briefs.len()),
            others: Vec::with_capacity(self.others.len()),
        }
    }

    /// Adds a plain opening.
    #[inline]
    pub fn push_brief(&mut self, brief: Brief) {
        self.briefs.push(brief);
    }

    /// Adds whatever else.
    pub fn push(&mut self, sighting: Sighting) {
        self.others.push((self.briefs.len(), sighting));
    }

    /// Hands all of it to `patterns`, in order.
    pub fn hand_on(&self, patterns: &mut Patterns) {
        let mut rest = &self.briefs[..];
        let mut done = 0;
        for (before, other) in &self.others {
            let (briefs, behind) = rest.split_at_checked(before - done).unwrap_or_default();
            briefs.iter().for_each(|brief| patterns.add_brief(brief));
            (rest, done) = (behind, *before);
            match other {
                Sighting::Attempt(attempt) => patterns.add(attempt),
                Sighting::Probe(probe) => patterns.add_probe(probe),
            }
        }
        rest.iter().for_each(|brief| patterns.add_brief(brief));
    }
}
