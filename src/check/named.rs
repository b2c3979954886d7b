//! Which findings a text may tell in full, or name.

use std::collections::{BTreeMap, BinaryHeap};

use crate::report::archive::Key;
use crate::report::text;

/// The first connections with findings of each rule, in the order of the report, as far as they
/// have come. (They come in another order, so in the end it was more of them than the text needs.)
#[derive(Debug, Default)]
pub struct Named(BTreeMap<&'static str, BinaryHeap<Key>>);

impl Named {
    /// Whether a connection with a finding of `rule` is one of the first so far.
    pub fn takes(&mut self, rule: &'static str, key: Key) -> bool {
        let first = self.0.entry(rule).or_default();
        if first.len() >= text::NAMED_OF_A_RULE {
            if first.peek().is_none_or(|last| *last <= key) {
                return false;
            }
            first.pop();
        }
        first.push(key);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_rule_are_named_in_whichever_order_they_come() {
        let mut named = Named::default();
        let mut takes = |rule, place| named.takes(rule, Key { capture: 0, place });
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
