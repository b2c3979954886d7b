//! The catalogue of rules: a static table, one file a rule, one folder a group.

pub mod case;
pub mod rule;
pub mod verdict;

pub use rule::Rule;

/// Every rule, in order of code.
pub static RULES: &[&Rule] = &[];

/// The rule with this code, in any case of letters.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.code.eq_ignore_ascii_case(code))
}
