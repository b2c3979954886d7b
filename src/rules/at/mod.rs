//! Signatures of attacks.

pub mod at001;
pub mod at002;
pub mod at003;
pub mod at004;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[&at001::RULE, &at002::RULE, &at003::RULE, &at004::RULE];
