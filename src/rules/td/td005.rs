//! TD005: ACK and FIN in one segment, so the teardown takes three.
//!
//! RFC 9293, 3.6 and 3.8.6.3: an acknowledgment may ride on any segment, so
//! the answer to a FIN may itself be a FIN. P's FIN is at u; E's first segment
//! with SEG.ACK = u+1 also carries E's FIN for the first time. An ACK of its
//! own before it, lost by the capture, would make four of three: hence
//! no-capture-loss. Excluded: a repeated FIN that now carries the newer ack
//! (E had closed before). Legal; only the profile `textbook` warns of it.

use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD005",
    name: "three-segment-teardown",
    title: "FIN and ACK merged: teardown in three segments",
    group: Group::TD,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::FinSelf,
        Need::FinPeer,
        Need::BothDirections,
        Need::NoCaptureLoss,
    ],
    blames: Blames::Nobody,
    textbook: true,
    rfc: &[
        "RFC 9293 3.6",
        "RFC 9293 3.8.6.3",
        "RFC 9293 3.10.7.4 (MUST-58)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The end that received the first FIN had nothing left to say, and put its \
               acknowledgment of that FIN and its own FIN into one segment. So the connection \
               closes in three segments where textbooks draw four.",
        why: "This is legal and common; no host is at fault. It is reported because teaching \
              texts often call four segments a must. An exercise that asks for them can raise \
              this with the profile `textbook`.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  FIN,ACK  seq=5000 ack=1001    <- ACK and FIN in one",
            "A > B  ACK      seq=1001 ack=5001",
        ],
        excuses: &[
            "A separate ACK that the capture lost would make three of four: the check is not made \
             where the capture shows that it lost something.",
        ],
    },
    wakes_on: Observations::FIRST_ACK_OF_FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for merged in case.with(Observations::FIRST_ACK_OF_FIN) {
        let peer_fin = case.end(merged.side.peer()).fin;
        let first_fin = merged.is_fin()
            && !merged
                .saw
                .intersects(Observations::FIN_REPEATED | Observations::FIN_MOVED);
        let Some(fin) = peer_fin.filter(|fin| first_fin && merged.ack == fin.seq + 1) else {
            continue;
        };
        let verdict = Verdict::about(
            merged,
            format!(
                "{} acknowledges the FIN in packet {} and sends its own FIN in the same segment: \
                 three segments close the connection.",
                the_capital(merged.side),
                named(fin.packet),
            ),
        );
        verdicts.say(
            verdict
                .related([fin.packet])
                .expected(Numbers::default().flags_text("ACK, then FIN,ACK"))
                .observed(
                    Numbers::default()
                        .seq(merged.seq)
                        .ack(merged.ack)
                        .flags(merged.flags),
                ),
        );
    }
}
