//! Which connections a text may list, and which findings it may tell in full, or name.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::brief::Badness;
use crate::report::text;

/// The first connections with findings of each rule, in the order of the report, as far as they
/// have come. (They come in another order, so in the end it was more of them than the text needs.
/// Each lane keeps its own: the first of all are among the first of each.)
#[derive(Debug, Default)]
pub struct Named {
    first: BTreeMap<&'static str, BTreeSet<u64>>,
    /// Connections that were told in full.
    in_full: usize,
    /// The worst of those that are only counted.
    worst: BTreeSet<(Reverse<Badness>, u64)>,
}

impl Named {
    /// One more connection is told in full.
    pub const fn count(&mut self) {
        self.in_full += 1;
    }

    /// Whether a text needs no more than a row of the connection at `place`, of which findings by
    /// `rules` are all that is said: it gets no card, and so many connections before it have
    /// findings of the same rules that its own are only counted.
    pub fn takes_row(&mut self, place: u64, mut rules: impl Iterator<Item = &'static str>) -> bool {
        self.in_full >= text::MAX_CARDS && !rules.any(|rule| self.names(rule, place))
    }

    /// Whether the table of the worst may list the connection at `place`, which is so bad, of those
    /// that are only counted.
    pub fn lists(&mut self, badness: Badness, place: u64) -> bool {
        let order = (Reverse(badness), place);
        let is_full = self.worst.len() >= text::ROWS;
        if is_full && self.worst.last().is_some_and(|last| *last < order) {
            return false;
        }
        self.worst.insert(order);
        if is_full {
            self.worst.pop_last();
        }
        true
    }

    /// The connection at `place` has a finding of `rule`: whether it is one of the first so far.
    /// It may be asked for again.
    pub fn names(&mut self, rule: &'static str, place: u64) -> bool {
        let first = self.first.entry(rule).or_default();
        if first.len() >= text::NAMED_OF_A_RULE && first.last().is_some_and(|last| *last < place) {
            return false;
        }
        first.insert(place);
        if first.len() > text::NAMED_OF_A_RULE {
            first.pop_last();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_may_be_listed_and_of_equals_the_first() {
        let mut named = Named::default();
        let (fine, bad) = ((0, 0, 0), (0, 0, 1));
        let rows = text::ROWS as u64;
        assert!((10..10 + rows).all(|place| named.lists(fine, place)));
        assert!(!named.lists(fine, 10 + rows));
        assert!(named.lists(bad, 11 + rows));
        assert!(!named.lists(fine, 9 + rows), "pushed out");
        assert!(named.lists(fine, 1));
    }

    #[test]
    fn the_first_of_each_rule_are_named_in_whichever_order_they_come() {
        let mut named = Named::default();
        assert!(!named.takes_row(1, [].into_iter()), "it may get a card");
        (0..text::MAX_CARDS).for_each(|_| named.count());
        assert!(named.takes_row(1, [].into_iter()));
        let mut takes = |rule, place| !named.takes_row(place, [rule].into_iter());
        let many = text::NAMED_OF_A_RULE as u64;
        assert!((100..100 + many).all(|place| takes("A", place)));
        assert!(!takes("A", 100 + many));
        assert!(takes("B", 100 + many));
        assert!(takes("A", 5));
        assert!(takes("A", 5), "as often as it is asked for");
        // The last of those before is none of the first any more.
        assert!(!takes("A", 99 + many));
        assert!(takes("A", 98 + many - 1));
    }
}
