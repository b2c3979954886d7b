//! TD011: a FIN is sent again.
//!
//! RFC 9293, 3.6: what precedes the FIN, and the FIN itself, is retransmitted
//! until acknowledged. Two segments of E with FIN=1 that end at the same
//! number. Copies that the capture made of one frame are sorted out before
//! (CA005). An event, nobody's fault.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD011",
    name: "fin-retransmitted",
    title: "FIN sent again",
    group: Group::TD,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.6"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "An end sends its FIN once more, with the same number. It has had no acknowledgment \
               for it in time.",
        why: "The FIN, or the ACK of it, was lost or late. That is ordinary; many repetitions \
              point to a peer that is gone or a firewall that drops them (TD010, TW002).",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000    t=0",
            "A > B  FIN,ACK  seq=1000 ack=5000    t=0.2    <- the same number again",
        ],
        excuses: &[
            "A frame that the capture holds twice is counted once.",
            "The ACK may be in the capture, before the repetition: then it was lost behind the \
             monitor, or was still on its way.",
        ],
    },
    wakes_on: Observations::FIN_REPEATED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for fin in case.with(Observations::FIN_REPEATED) {
        let first = case
            .of(fin.side)
            .find(|n| closing::is_fin(n) && n.data_end() == fin.data_end());
        let Some(first) = first.filter(|first| first.packet != fin.packet) else {
            continue;
        };
        let after = fin.time.since(first.time);
        verdicts.say(
            Verdict::about(
                fin,
                format!(
                    "{} sends its FIN (packet {}) again.",
                    the_capital(fin.side),
                    named(first.packet)
                ),
            )
            .related([first.packet])
            .observed(Numbers::default().seq(fin.data_end()).time(after)),
        );
    }
}
