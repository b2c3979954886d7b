//! Handshake and opening (RFC 9293, 3.5).

pub mod hs001;
pub mod hs002;
pub mod hs003;
pub mod hs004;
pub mod hs005;
pub mod hs006;
pub mod hs007;
pub mod hs008;
pub mod hs009;
pub mod hs010;
pub mod hs011;
pub mod hs012;
pub mod hs013;
pub mod hs014;
pub mod hs015;
pub mod hs016;
pub mod hs017;
pub mod hs018;
pub mod hs019;
pub mod hs020;
pub mod hs021;
pub mod hs022;
pub mod hs023;
pub mod hs024;
pub mod hs025;
mod opening;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &hs001::RULE,
    &hs002::RULE,
    &hs003::RULE,
    &hs004::RULE,
    &hs005::RULE,
    &hs006::RULE,
    &hs007::RULE,
    &hs008::RULE,
    &hs009::RULE,
    &hs010::RULE,
    &hs011::RULE,
    &hs012::RULE,
    &hs013::RULE,
    &hs014::RULE,
    &hs015::RULE,
    &hs016::RULE,
    &hs017::RULE,
    &hs018::RULE,
    &hs019::RULE,
    &hs020::RULE,
    &hs021::RULE,
    &hs022::RULE,
    &hs023::RULE,
    &hs024::RULE,
    &hs025::RULE,
];
