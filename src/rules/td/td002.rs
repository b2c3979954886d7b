//! TD002: a FIN is answered with ack=u instead of u+1.
//!
//! RFC 9293, 3.10.7.4, eighth: "advance RCV.NXT over the FIN, and send an
//! acknowledgment for the FIN". P's FIN at u passed the monitor at least twice
//! while ACKMAX(E) = u (so nothing before it was missing), and after each
//! copy, before the next, E sent an empty ACK with SEG.ACK = u and its window
//! open. One ACK with u proves nothing (it may have left before the FIN came),
//! and away from E the copies may have been lost behind the monitor: likely.
//! At E, with a good checksum on the FINs, it is definite. Excluded: copies
//! that E must refuse for another reason (an ack of something never sent, a
//! number beyond the window, an old timestamp), keepalives of E, and an E that
//! acknowledges u+1 in the end.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::Checksum;
use crate::seq::SeqNo;

/// So many copies must have been answered with u.
const COPIES: usize = 2;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD002",
    name: "fin-acked-without-plus-one",
    title: "FIN answered with ack=u instead of u+1",
    group: Group::TD,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::FinPeer, Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 9293 3.10.7.4"],
    folds: &[
        ("TD010", Scope::SameEndpoint),
        ("RT014", Scope::OtherEndpoint),
        ("TD017", Scope::SameEndpoint),
        ("SQ012", Scope::SameEndpoint),
    ],
    thresholds: &[("copies", COPIES as u64)],
    text: Explanation {
        what: "A FIN takes one sequence number, u, just as a SYN does. Whoever receives it \
               acknowledges u+1. This end answers one copy of the FIN after the other with u: it \
               acknowledges all data and leaves out the FIN.",
        why: "To the other end, u means that the FIN has not arrived. It keeps sending it until \
              it gives up, and stays in FIN-WAIT-1 or LAST-ACK all that time. The classic slip is \
              to compute the acknowledgment from the length of the data alone.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1000    <- must be 1001",
            "A > B  FIN,ACK  seq=1000 ack=5000    (sent again)",
            "B > A  ACK      seq=5000 ack=1000",
        ],
        excuses: &[
            "An ACK that crossed the FIN on the way: a single ack=u is never reported.",
            "The FINs were lost behind the monitor, and the ACKs answer something else: so away \
             from the accused end it is never more than likely.",
            "A closed window: a FIN that does not fit is rightly answered with u.",
            "A FIN that the receiver has to refuse, for its own acknowledgment or its timestamp.",
        ],
    },
    wakes_on: Observations::ACK_SHORT_OF_FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(fin) = case.end(side.peer()).fin else {
            continue;
        };
        if closing::is_reset(case) || closing::has_acked_fin(case, side) {
            continue;
        }
        let copies: Vec<&Noted> = closing::fins(case, side.peer())
            .filter(|copy| copy.before.peer_ack == Some(fin.seq) && is_acceptable(copy))
            .collect();
        let answers: Vec<(&Noted, &Noted)> = copies
            .iter()
            .enumerate()
            .filter_map(|(index, copy)| {
                let next = copies.get(index + 1).map_or(u64::MAX, |next| next.packet);
                let answer = case.after(copy.packet).find(|n| {
                    n.side == side
                        && n.packet < next
                        && n.is_pure_ack()
                        && n.ack == fin.seq
                        && n.window > 0
                        && !is_probe(n)
                })?;
                Some((*copy, answer))
            })
            .collect();
        let (Some((copy, answer)), true) = (answers.first(), answers.len() >= COPIES) else {
            continue;
        };
        let verdict = Verdict::about(
            answer,
            format!(
                "{} answers the FIN in packet {} with ack={}, the number of the FIN itself, and \
                 did so for {} copies of it; the FIN counts as one, so the answer is {}.",
                the_capital(side),
                named(copy.packet),
                fin.seq,
                answers.len(),
                fin.seq + 1,
            ),
        )
        .related(
            answers
                .iter()
                .flat_map(|(copy, answer)| [copy.packet, answer.packet])
                .filter(|packet| *packet != answer.packet)
                .take(8),
        )
        .expected(Numbers::default().ack(fin.seq + 1))
        .observed(
            Numbers::default()
                .ack(fin.seq)
                .count(answers.len().try_into().unwrap_or(u64::MAX)),
        );
        let intact = copies.iter().all(|copy| copy.checksum == Checksum::Good);
        let here = case.vantage.is_proven_at(side);
        verdicts.say(if intact && here {
            verdict.certainty(Certainty::Definite)
        } else {
            verdict
        });
    }
}

/// Nothing but its FIN bit is a reason for the receiver not to take it in.
fn is_acceptable(fin: &Noted) -> bool {
    let fresh = fin
        .options
        .timestamps()
        .zip(fin.before.own_tsval)
        .is_none_or(|((tsval, _), newest)| SeqNo(tsval).at_or_after(SeqNo(newest)));
    fresh && !fin.saw(Observations::PROVOKES_ACK)
}

/// A keepalive or window probe of E's own, no answer to anything.
fn is_probe(ack: &Noted) -> bool {
    ack.before.own_next.is_some_and(|next| ack.seq.before(next))
}
