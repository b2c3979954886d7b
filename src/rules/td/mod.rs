//! Teardown and closing (RFC 9293, 3.6).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
