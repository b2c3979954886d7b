//! Explicit congestion notification (RFC 3168, RFC 9768).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
