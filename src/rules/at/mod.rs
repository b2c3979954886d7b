//! Signatures of attacks.

pub mod at001;
pub mod at002;
pub mod at004;
pub mod at005;
pub mod at006;
pub(in crate::rules) mod forgery;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &at001::RULE,
    &at002::RULE,
    &at004::RULE,
    &at005::RULE,
    &at006::RULE,
];
