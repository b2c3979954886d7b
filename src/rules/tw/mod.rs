//! TIME-WAIT (RFC 9293, 3.6.1; RFC 1337; RFC 6191).

mod reuse;
pub mod tw001;
pub mod tw002;
pub mod tw003;
pub mod tw004;
pub mod tw005;
pub mod tw006;
pub mod tw007;
pub mod tw008;
pub mod tw009;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &tw001::RULE,
    &tw002::RULE,
    &tw003::RULE,
    &tw004::RULE,
    &tw005::RULE,
    &tw006::RULE,
    &tw007::RULE,
    &tw008::RULE,
    &tw009::RULE,
];
