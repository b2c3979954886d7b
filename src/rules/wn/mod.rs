//! The window and what is sent into it (RFC 9293, 3.8.6).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
