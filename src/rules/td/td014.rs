//! TD014: a closed end answered late data with a RST.
//!
//! RFC 9293, 3.6.1: an end whose user has called CLOSE cannot deliver what
//! comes afterwards, and SHOULD say so with a RST (SHLD-3, MAY-1). E has sent a
//! FIN, octets of P that E has not acknowledged are on the wire, and E sends a
//! RST with SEG.SEQ = SEG.ACK of P's latest segment or FINSEQ(E)+1. Both are
//! E's own segments: sound from anywhere. Nobody's fault, but data was lost.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD014",
    name: "rst-after-close-with-data",
    title: "Closed end answered late data with RST",
    group: Group::TD,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf, Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[
        "RFC 9293 3.6.1 (SHLD-3, MAY-1)",
        "RFC 2525 2.16",
        "RFC 2525 2.17",
    ],
    folds: &[("TD016", Scope::SameEndpoint)],
    thresholds: &[],
    text: Explanation {
        what: "An end has closed for good and sent its FIN; then data from the other end arrives. \
               There is no program left to read it, so the end answers with a RST.",
        why: "The RST is what the RFC recommends: it tells the sender that its data was not \
              delivered. To the sender's program the connection looks reset, and it may not know \
              how much of its data was read. A program that still wants an answer should close \
              only its sending direction.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  PSH,ACK  seq=5000 ack=1001 len=500    <- nobody reads this any more",
            "A > B  RST      seq=1001",
        ],
        excuses: &["A firewall that has dropped its state may send the RST in the end's name."],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for rst in case.with(Observations::RST) {
        if closing::is_corrupt(rst) || !closing::answers_late_data(case, rst) {
            continue;
        }
        let data = rst.before.peer_last.map(|last| last.packet);
        verdicts.say(
            Verdict::about(
                rst,
                format!(
                    "{} had closed and answers with a RST to data that {} still sent: that data \
                     is lost.",
                    the_capital(rst.side),
                    the(rst.side.peer()),
                ),
            )
            .related(case.end(rst.side).fin.map(|fin| fin.packet))
            .related(data)
            .observed(Numbers::default().seq(rst.seq).flags(rst.flags)),
        );
    }
}
