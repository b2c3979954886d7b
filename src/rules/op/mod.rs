//! Options (RFC 9293, 3.2; RFC 2018, 5925, 7323, 7413, 8684).

mod common;
pub mod op001;
pub mod op002;
pub mod op003;
pub mod op004;
pub mod op005;
pub mod op006;
pub mod op007;
pub mod op008;
pub mod op009;
pub mod op010;
pub mod op011;
pub mod op012;
pub mod op013;
pub mod op014;
pub mod op015;

use super::Rule;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &op001::RULE,
    &op002::RULE,
    &op003::RULE,
    &op004::RULE,
    &op005::RULE,
    &op006::RULE,
    &op007::RULE,
    &op008::RULE,
    &op009::RULE,
    &op010::RULE,
    &op011::RULE,
    &op012::RULE,
    &op013::RULE,
    &op014::RULE,
    &op015::RULE,
];
