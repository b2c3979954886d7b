//! Resets (RFC 9293, 3.5.2, 3.5.3; RFC 5961).

pub mod rs001;
pub mod rs002;
pub mod rs003;
pub mod rs004;
pub mod rs005;
pub mod rs006;
pub mod rs007;
pub mod rs008;
pub mod rs009;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &rs001::RULE,
    &rs002::RULE,
    &rs003::RULE,
    &rs004::RULE,
    &rs005::RULE,
    &rs006::RULE,
    &rs007::RULE,
    &rs008::RULE,
    &rs009::RULE,
];
