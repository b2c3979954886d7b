//! Handshake and opening (RFC 9293, 3.5).

pub mod hs001;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[&hs001::RULE];
