//! The catalogue of rules: a static table, one file a rule, one folder a group.
//!
//! A rule is shown one connection when it ends ([`case::Case`]) and says what
//! it has to say ([`verdict::Verdict`]). Whether its needs are met
//! (`needs.rs`), how sure and how bad it is, and what is folded under what
//! (`judge.rs`) is decided in one place for all.

mod at;
mod ca;
pub mod case;
mod cs;
mod ec;
mod fl;
mod hs;
pub mod judge;
pub mod needs;
mod op;
mod rs;
mod rt;
pub mod rule;
mod sq;
mod td;
mod tw;
pub mod verdict;
mod wn;
mod words;

use std::sync::LazyLock;

pub use rule::Rule;

/// Every rule, in order of code.
pub static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    [
        at::RULES,
        ca::RULES,
        cs::RULES,
        ec::RULES,
        fl::RULES,
        hs::RULES,
        op::RULES,
        rs::RULES,
        rt::RULES,
        sq::RULES,
        td::RULES,
        tw::RULES,
        wn::RULES,
    ]
    .concat()
});

/// The rule with this code, in any case of letters.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.code.eq_ignore_ascii_case(code))
}

/// What a file of a rule needs.
mod prelude {
    pub(super) use super::case::Case;
    pub(super) use super::rule::{
        Check, Evidence, Explanation, Group, Need, Rule, Scope, SoundFrom,
    };
    pub(super) use super::verdict::{Verdict, Verdicts};
    pub(super) use super::words::named;
    pub(super) use crate::finding::{Blames, Certainty, Numbers, Severity};
    #[allow(unused_imports)]
    pub(super) use crate::machine::noted::Noted;
    #[allow(unused_imports)]
    pub(super) use crate::machine::side::Side;
    pub(super) use crate::observation::Observations;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    #[test]
    fn the_table_is_in_order_and_whole() {
        assert!(
            RULES.is_sorted_by(|a, b| a.code < b.code),
            "order of codes, each once"
        );
        for rule in RULES.iter() {
            let group = format!("{:?}", rule.group);
            assert!(
                rule.code.starts_with(&group) && rule.code.len() == 5,
                "{}",
                rule.code
            );
            let highest = rule
                .cases
                .iter()
                .map(|(_, s)| *s)
                .max()
                .unwrap_or(rule.severity);
            assert_eq!(
                rule.severity, highest,
                "{}: the severity is its worst case's",
                rule.code
            );
            assert!(
                !rule.rfc.is_empty() || rule.severity <= Severity::Notice,
                "{}",
                rule.code
            );
            for (code, _) in rule.folds {
                assert!(*code != rule.code, "{} folds itself", rule.code);
            }
            let text = rule.text;
            for part in [text.what, text.why] {
                assert!(part.len() > 40, "{}: too short: {part:?}", rule.code);
            }
            assert!(
                !text.exchange.is_empty() && !text.excuses.is_empty(),
                "{}",
                rule.code
            );
        }
    }
}
