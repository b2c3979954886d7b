//! The window and what is sent into it (RFC 9293, 3.8.6).

mod wn001;
mod wn002;
mod wn003;
mod wn004;
mod wn005;
mod wn006;
mod wn007;
mod wn008;
mod wn009;

use super::Rule;
use super::case::Case;
use crate::machine::side::Side;
use crate::segment::OptionSet;

/// The rules of this group, in order of code.
pub(super) static RULES: &[&Rule] = &[
    &wn001::RULE,
    &wn002::RULE,
    &wn003::RULE,
    &wn004::RULE,
    &wn005::RULE,
    &wn006::RULE,
    &wn007::RULE,
    &wn008::RULE,
    &wn009::RULE,
];

/// The windows of `receiver` can be told in octets: the shift is known and was
/// the same all along. Not with Multipath TCP, where a window counts
/// from the DATA_ACK and all subflows share it (RFC 8684, 3.3.1).
fn windows_are_known(case: &Case<'_>, receiver: Side) -> bool {
    let (own, peer) = (case.end(receiver), case.end(receiver.peer()));
    let settled = case.watch(receiver).window.offered.shift();
    let shift = own.window_shift(peer);
    let multipath = [own, peer].iter().all(|end| {
        end.syn
            .is_some_and(|syn| syn.options.present.contains(OptionSet::MPTCP))
    });
    shift.is_some() && settled.is_none_or(|settled| shift == Some(settled)) && !multipath
}
