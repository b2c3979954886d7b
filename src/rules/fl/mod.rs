//! Flags and the form of the header (RFC 9293, 3.1). Each rule looks at single
//! segments, those included that the machine leaves out of the connection.

pub mod fl001;
pub mod fl002;
pub mod fl003;
pub mod fl004;
pub mod fl005;
pub mod fl006;
pub mod fl007;
pub mod fl008;
pub mod fl009;
pub mod fl010;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &fl001::RULE,
    &fl002::RULE,
    &fl003::RULE,
    &fl004::RULE,
    &fl005::RULE,
    &fl006::RULE,
    &fl007::RULE,
    &fl008::RULE,
    &fl009::RULE,
    &fl010::RULE,
];
