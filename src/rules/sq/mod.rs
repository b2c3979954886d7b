//! Arithmetic of sequence and acknowledgment numbers (RFC 9293, 3.4).

pub mod sq001;
pub mod sq002;
pub mod sq003;
pub mod sq004;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[&sq001::RULE, &sq002::RULE, &sq003::RULE, &sq004::RULE];
