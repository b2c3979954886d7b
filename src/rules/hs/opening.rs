//! What several rules of this group ask of an opening.

use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::rules::case::Case;
use crate::seq::SeqNo;

/// A number this far from the right one is taken for wrong arithmetic. With
/// random ISNs the odds that it belongs to another opening are 2^-21.
pub const NEAR: u32 = 1024;

/// Numbers so close below the latest of an earlier incarnation may be its own.
const OLD_OCTETS: i32 = 1 << 16;

/// Names an end in a sentence.
pub const fn the(side: Side) -> &'static str {
    match side {
        Side::Client => "the client",
        Side::Server => "the server",
    }
}

/// The same at the beginning of a sentence.
pub const fn the_capital(side: Side) -> &'static str {
    match side {
        Side::Client => "The client",
        Side::Server => "The server",
    }
}

/// `times(1)` is "once", `times(3)` is "3 times".
pub fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// The SYNs and SYN-ACKs of `side`.
pub fn openings<'a>(case: &Case<'a>, side: Side) -> impl Iterator<Item = &'a Noted> + use<'a> {
    case.of(side)
        .filter(|noted| noted.is_syn() && !noted.is_rst() && !noted.is_void())
}

/// Whether `ack` is a number behind a SYN that `side` sent at any time, by
/// less than 2^30: it then says that this SYN was received.
pub fn is_behind_a_syn(case: &Case<'_>, side: Side, ack: SeqNo) -> bool {
    openings(case, side).any(|syn| ack.within(syn.seq + 1, syn.seq + (1 << 30)))
}

/// Whether the numbers of `noted` may be those of the incarnation before.
pub fn may_be_of_previous(case: &Case<'_>, noted: &Noted) -> bool {
    let old = |latest: Option<SeqNo>, number: SeqNo| {
        latest.is_some_and(|latest| (-OLD_OCTETS..=0).contains(&number.distance_from(latest)))
    };
    case.previous.is_some_and(|previous| {
        old(previous.ends.of(noted.side).snd_next, noted.seq)
            || noted.is_ack() && old(previous.ends.of(noted.side.peer()).snd_next, noted.ack)
    })
}
