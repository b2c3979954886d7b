//! Which findings a text may tell in full, or name.

use std::collections::{BTreeMap, BinaryHeap};

use crate::report::text;

/// The first connections with findings of each rule, in the order of the report, as far as they
/// have come. (They come in another order, so in the end it was more of them than the text needs.
/// Each lane keeps its own: the first of all are among the first of each.)
#[derive(Debug, Default)]
pub struct Named {
    first: BTreeMap<&'static str, BinaryHeap<u64>>,
    /// Connections that were told in full.
    in_full: usize,
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

    /// Whether a connection with a finding of `rule` is one of the first so far.
    fn names(&mut self, rule: &'static str, place: u64) -> bool {
        let first = self.first.entry(rule).or_default();
        if first.len() >= text::NAMED_OF_A_RULE {
            if first.peek().is_none_or(|last| *last <= place) {
                return false;
            }
            first.pop();
        }
        first.push(place);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // The last of those before is none of the first any more.
        assert!(!takes("A", 99 + many));
        assert!(takes("A", 98 + many - 1));
    }
}
