//! TIME-WAIT (RFC 9293, 3.6.1; RFC 1337; RFC 6191).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
