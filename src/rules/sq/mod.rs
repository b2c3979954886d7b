//! Arithmetic of sequence and acknowledgment numbers (RFC 9293, 3.4).

pub mod sq001;
pub mod sq002;
pub mod sq003;
pub mod sq004;
pub mod sq005;
pub mod sq006;
pub mod sq007;
pub mod sq008;
pub mod sq009;
pub mod sq010;
pub mod sq011;
pub mod sq012;
pub mod sq013;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &sq001::RULE,
    &sq002::RULE,
    &sq003::RULE,
    &sq004::RULE,
    &sq005::RULE,
    &sq006::RULE,
    &sq007::RULE,
    &sq008::RULE,
    &sq009::RULE,
    &sq010::RULE,
    &sq011::RULE,
    &sq012::RULE,
    &sq013::RULE,
];
