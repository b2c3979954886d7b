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

/// A SYN's data ends at most so far behind it.
const SYN_DATA: i32 = u16::MAX as i32;

/// The opener goes on from the number that `synack` acknowledges behind one of its SYNs:
/// it had sent data with a SYN (RFC 7413) that the capture does not hold.
pub fn took_unseen_syn_data(case: &Case<'_>, synack: &Noted) -> bool {
    let opener = synack.side.peer();
    let behind_a_syn = openings(case, opener)
        .any(|syn| (1..=SYN_DATA).contains(&synack.ack.distance_from(syn.seq + 1)));
    behind_a_syn && goes_on_from(case, synack, synack.ack)
}

/// The opener, having got `synack`, sends a segment numbered `seq`.
pub fn goes_on_from(case: &Case<'_>, synack: &Noted, seq: SeqNo) -> bool {
    let answers = |noted: &Noted| {
        noted.seq == seq && noted.is_ack() && noted.ack.after(synack.seq) && !noted.is_void()
    };
    case.after(synack.packet)
        .filter(|noted| noted.side != synack.side && !noted.is_rst() && !noted.is_syn())
        .any(answers)
}
