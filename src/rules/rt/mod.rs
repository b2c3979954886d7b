//! Retransmission, timers and acknowledgment (RFC 9293, 3.8).

pub mod rt006;
pub mod rt007;
pub mod rt010;
pub mod rt011;
pub mod rt012;
pub mod rt014;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &rt006::RULE,
    &rt007::RULE,
    &rt010::RULE,
    &rt011::RULE,
    &rt012::RULE,
    &rt014::RULE,
];
