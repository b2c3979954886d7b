//! Signatures of attacks.

pub mod at001;
pub mod at002;
pub mod at003;
pub mod at004;
pub mod at005;
pub mod at006;
pub mod at007;
pub mod at008;
pub mod at009;
pub mod at010;
pub mod at011;
pub(in crate::rules) mod forgery;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &at001::RULE,
    &at002::RULE,
    &at003::RULE,
    &at004::RULE,
    &at005::RULE,
    &at006::RULE,
    &at007::RULE,
    &at008::RULE,
    &at009::RULE,
    &at010::RULE,
    &at011::RULE,
];
