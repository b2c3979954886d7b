//! Teardown and closing (RFC 9293, 3.6).

pub(in crate::rules) mod closing;
pub mod td001;
pub mod td002;
pub mod td003;
pub mod td004;
pub mod td005;
pub mod td006;
pub mod td007;
pub mod td008;
pub mod td009;
pub mod td010;
pub mod td011;
pub mod td012;
pub mod td013;
pub mod td014;
pub mod td015;
pub mod td016;
pub mod td017;
pub mod td018;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &td001::RULE,
    &td002::RULE,
    &td003::RULE,
    &td004::RULE,
    &td005::RULE,
    &td006::RULE,
    &td007::RULE,
    &td008::RULE,
    &td009::RULE,
    &td010::RULE,
    &td011::RULE,
    &td012::RULE,
    &td013::RULE,
    &td014::RULE,
    &td015::RULE,
    &td016::RULE,
    &td017::RULE,
    &td018::RULE,
];
