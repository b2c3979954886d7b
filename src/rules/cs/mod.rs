//! Checksums (RFC 9293, 3.1).

pub mod cs001;
pub mod cs002;
mod damage;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[&cs001::RULE, &cs002::RULE];
