//! Explicit congestion notification (RFC 3168, RFC 9768).

pub mod ec001;
pub mod ec002;
pub mod ec003;
pub mod ec004;
pub mod ec005;
pub mod ec006;
pub mod ec007;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &ec001::RULE,
    &ec002::RULE,
    &ec003::RULE,
    &ec004::RULE,
    &ec005::RULE,
    &ec006::RULE,
    &ec007::RULE,
];
