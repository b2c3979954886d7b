//! Retransmission, timers and acknowledgment (RFC 9293, 3.8).

pub mod rt014;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[&rt014::RULE];
