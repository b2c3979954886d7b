//! Quality of the capture: what limits every verdict.

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[];
