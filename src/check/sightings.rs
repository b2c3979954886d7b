//! What connections may be part of, on the way from the tables to the patterns.

use crate::flow::attempt::Attempt;
use crate::flow::bare::Bare;
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
    bare: Vec<Bare>,
    /// Each with the number of plain openings before it.
    others: Vec<(usize, Sighting)>,
}

impl Sightings {
    /// Forgets all, and keeps the room.
    pub fn clear(&mut self) {
        self.bare.clear();
        self.others.clear();
    }

    /// Adds a plain opening.
    #[inline]
    pub fn push_bare(&mut self, bare: Bare) {
        self.bare.push(bare);
    }

    /// Adds whatever else.
    pub fn push(&mut self, sighting: Sighting) {
        self.others.push((self.bare.len(), sighting));
    }

    /// Hands all of it to `patterns`, in order.
    pub fn hand_on(&self, patterns: &mut Patterns) {
        let mut rest = &self.bare[..];
        let mut done = 0;
        for (before, other) in &self.others {
            let (bare, behind) = rest.split_at_checked(before - done).unwrap_or_default();
            bare.iter().for_each(|one| patterns.add_bare(one));
            (rest, done) = (behind, *before);
            match other {
                Sighting::Attempt(attempt) => patterns.add(attempt),
                Sighting::Probe(probe) => patterns.add_probe(probe),
            }
        }
        rest.iter().for_each(|one| patterns.add_bare(one));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::table::{Left, Table};
    use crate::limits;
    use crate::limits::TableLimits;
    use crate::machine::script::{connection, segments};

    /// Attempts to open connections from as many addresses, the last of which were given up first.
    fn given_up(count: u32) -> Vec<Bare> {
        let limits = TableLimits {
            half_open: 1,
            ..TableLimits::default()
        };
        let mut table = Table::with_limits(limits);
        let mut bare = Vec::new();
        let mut syn = segments("A SYN 100")[0];
        for n in 0..=count {
            syn.source.ip = std::net::Ipv4Addr::from_bits(n).into();
            table.take(&syn, &mut |left| match left {
                Left::Bare(one) => bare.push(one),
                other => panic!("{other:?}"),
            });
        }
        bare
    }

    /// What patterns forget for a limit depends on the order.
    #[test]
    fn all_is_handed_on_in_order() {
        let some = Attempt::of(&connection("A SYN 100\n B RST,ACK 0 101")).unwrap();
        let sources = u32::try_from(limits::PATTERN_SOURCES).unwrap();
        let mut sightings = Sightings::default();
        let mut patterns = Patterns::default();
        for (n, bare) in given_up(sources + 10).into_iter().enumerate() {
            sightings.push_bare(bare);
            patterns.add(&bare.attempt());
            if n % 100 == 7 {
                sightings.push(Sighting::Attempt(some));
                patterns.add(&some);
            }
        }
        let mut handed_on = Patterns::default();
        sightings.hand_on(&mut handed_on);
        assert!(patterns.forgotten().iter().any(|(.., count)| *count > 0));
        assert_eq!(handed_on.forgotten(), patterns.forgotten());
        sightings.clear();
        let mut none = Patterns::default();
        sightings.hand_on(&mut none);
        assert!(none.forgotten().iter().all(|(.., count)| *count == 0));
        assert!(sightings.bare.capacity() > 0, "the room is kept");
    }
}
