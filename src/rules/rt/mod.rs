//! Retransmission, timers and acknowledgment (RFC 9293, 3.8).

mod resent;
pub mod rt001;
pub mod rt002;
pub mod rt003;
pub mod rt004;
pub mod rt005;
pub mod rt006;
pub mod rt007;
pub mod rt008;
pub mod rt009;
pub mod rt010;
pub mod rt011;
pub mod rt012;
pub mod rt013;
pub mod rt014;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &rt001::RULE,
    &rt002::RULE,
    &rt003::RULE,
    &rt004::RULE,
    &rt005::RULE,
    &rt006::RULE,
    &rt007::RULE,
    &rt008::RULE,
    &rt009::RULE,
    &rt010::RULE,
    &rt011::RULE,
    &rt012::RULE,
    &rt013::RULE,
    &rt014::RULE,
];
