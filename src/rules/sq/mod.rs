//! Arithmetic of sequence and acknowledgment numbers (RFC 9293, 3.4).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
