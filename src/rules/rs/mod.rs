//! Resets (RFC 9293, 3.5.2 and 3.5.3; RFC 5961).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
