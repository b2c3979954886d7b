//! Options (RFC 9293, 3.2; RFC 2018, 5925, 7323, 7413, 8684).

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
