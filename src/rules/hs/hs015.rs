//! HS015: an old duplicate SYN is detected and reset.
//!
//! RFC 9293, 3.5, figure 8. Decided in retrospect: B's SYN-ACK acknowledges z,
//! A answers `<SEQ=z><CTL=RST>`, and A goes on with a SYN that z does not fit.
//! Definite when that SYN belongs to this very opening: it is sent before the
//! RST and again after it, or A's handshake with it completes. Where the SYN
//! follows only behind the RST it is a connection of its own for this program
//! (the RST may just as well have ended the first attempt, as scanners do),
//! and then it is likely, if that SYN comes within 3 s.

use std::cell::LazyCell;

use hashbrown::HashMap;

use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_S;
use crate::seq::SeqNo;

/// A SYN that belongs to the refusal follows so soon.
const WITHIN_S: u64 = 3;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS015",
    name: "old-duplicate-syn-reset",
    title: "Old duplicate SYN detected and reset",
    group: Group::HS,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.5", "RFC 9293 3.10.7.3"],
    folds: &[],
    thresholds: &[("within_s", WITHIN_S)],
    text: Explanation {
        what: "A SYN from an earlier attempt arrived late, and the server answered it. The client \
               saw that the answer does not fit its current SYN, reset it, and opened the \
               connection with the current one.",
        why: "Nothing is wrong. It is what the third segment of the handshake is for: with two \
              segments only, the server would now hold a connection that nobody asked for.",
        exchange: &[
            "A > B  SYN      seq=90     (old duplicate)",
            "B > A  SYN,ACK  seq=300 ack=91",
            "A > B  RST      seq=91",
            "A > B  SYN      seq=100",
        ],
        excuses: &[
            "An answer to a forged SYN draws the same RST: the client's own SYN must be there, \
             before or soon after.",
            "A scanner that resets every answer and tries again looks alike: where the second \
             SYN follows only after the RST, the finding is no more than likely.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

/// The SYN-ACK that `rst` refuses with `<SEQ=SEG.ACK><CTL=RST>`.
pub(super) fn refused_synack<'a>(case: &Case<'a>, rst: &Noted) -> Option<&'a Noted> {
    case.syn_acks(rst.side.peer())
        .find(|synack| synack.packet < rst.packet && synack.ack == rst.seq && !rst.is_ack())
}

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let syns = LazyCell::new(|| Syns::of(case, side));
        for rst in case.resets(side) {
            let Some(synack) = refused_synack(case, rst) else {
                continue;
            };
            let Some((packet, certainty)) = goes_on(case, &syns, rst, synack) else {
                continue;
            };
            verdicts.say(
                Verdict::about(
                    rst,
                    format!(
                        "{} refused the SYN-ACK (packet {}), which acknowledges {}, and went on \
                         with another SYN (packet {packet}): {} had answered an old one.",
                        the_capital(side),
                        named(synack.packet),
                        synack.ack,
                        the(side.peer()),
                        packet = named(packet),
                    ),
                )
                .related([synack.packet, packet])
                .certainty(certainty)
                .observed(Numbers::default().flags(rst.flags).seq(rst.seq)),
            );
        }
    }
}

/// The SYNs of one end, and what tells with which of them it went on. Worked out once, as a
/// connection may have a great many SYNs and RSTs.
struct Syns<'a> {
    all: Vec<&'a Noted>,
    /// The last packet of each number.
    last: HashMap<SeqNo, u64>,
    /// What may be the first segments behind a SYN: one or two of an end.
    behind: Vec<&'a Noted>,
}

impl<'a> Syns<'a> {
    fn of(case: &Case<'a>, side: Side) -> Syns<'a> {
        let all: Vec<&Noted> = case.syns(side).collect();
        let behind = case
            .of(side)
            .filter(|n| n.saw(Observations::FIRST_AFTER_SYN));
        Syns {
            last: all.iter().map(|syn| (syn.seq, syn.packet)).collect(),
            behind: behind.collect(),
            all,
        }
    }

    /// The first of them with which its sender went on after `rst`, other than those that
    /// `refused` acknowledges.
    fn current(&self, rst: &Noted, refused: &Noted) -> Option<&'a Noted> {
        let again = |syn: &Noted| {
            self.last
                .get(&syn.seq)
                .is_some_and(|last| *last > rst.packet)
        };
        let completed = |syn: &Noted| {
            self.behind
                .iter()
                .any(|noted| noted.packet > rst.packet && noted.seq.within(syn.seq + 1, syn.end()))
        };
        let mut all = self.all.iter().copied();
        all.find(|syn| {
            !refused.ack.within(syn.seq + 1, syn.end()) && (again(syn) || completed(syn))
        })
    }
}

/// The SYN with which the sender of `rst` goes on, and how sure that is.
fn goes_on(
    case: &Case<'_>,
    syns: &Syns<'_>,
    rst: &Noted,
    refused: &Noted,
) -> Option<(u64, Certainty)> {
    if let Some(syn) = syns.current(rst, refused) {
        return Some((syn.packet, Certainty::Definite));
    }
    // Only for a refused opening: a SYN after a connection is another one.
    let (packet, time) = case.followed_by?;
    let soon = time.since(rst.time) < i64::try_from(WITHIN_S).unwrap_or(0) * NS_PER_S;
    let never_open = Side::BOTH.iter().all(|s| !case.end(*s).sent_after_syn);
    (soon && never_open).then_some((packet, Certainty::Likely))
}
