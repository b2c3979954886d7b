//! Quality of the capture: what limits every verdict.

pub mod ca001;
pub mod ca002;
pub mod ca003;
pub mod ca004;
pub mod ca005;
pub mod ca006;
pub mod ca007;
pub mod ca008;
pub mod ca009;
mod remark;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &ca001::RULE,
    &ca002::RULE,
    &ca003::RULE,
    &ca004::RULE,
    &ca005::RULE,
    &ca006::RULE,
    &ca007::RULE,
    &ca008::RULE,
    &ca009::RULE,
];
