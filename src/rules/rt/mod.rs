//! Retransmission, timers and acknowledgment (RFC 9293, 3.8).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
