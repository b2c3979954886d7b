//! TD008: both ends closed at the same time.
//!
//! RFC 9293, 3.6, figure 13. Each end sent some copy of its FIN with SEG.ACK =<
//! FINSEQ of the other: when it did so it had not yet taken in the other's
//! FIN. Sound from anywhere, since each copy speaks for its own sender; if the
//! first copy was lost before the monitor, a simultaneous close goes
//! unnoticed, never the reverse.

use super::closing;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD008",
    name: "simultaneous-close",
    title: "Both ends closed at the same time (CLOSING)",
    group: Group::TD,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf, Need::FinPeer, Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.6"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Both ends sent their FIN before either had the other's: the FINs crossed on the \
               way. Each end goes from FIN-WAIT-1 through CLOSING, and both finish in TIME-WAIT.",
        why: "This is legal, only rare. It is worth knowing because both ends then keep the pair \
              of ports in TIME-WAIT, and because hand-written stacks seldom get CLOSING right: \
              the state in which the other's FIN has come, and the ACK of the own one has not.",
        exchange: &[
            "A > B  FIN,ACK  seq=100 ack=300",
            "B > A  FIN,ACK  seq=300 ack=100",
            "A > B  ACK      seq=101 ack=301",
            "B > A  ACK      seq=301 ack=101",
        ],
        excuses: &[
            "A FIN that is repeated with a newer acknowledgment proves nothing; what counts is \
             that some copy of each FIN did not acknowledge the other's.",
        ],
    },
    wakes_on: Observations::FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let (Some(client), Some(server)) = (case.end(Side::Client).fin, case.end(Side::Server).fin)
    else {
        return;
    };
    if !Side::BOTH
        .iter()
        .all(|side| closing::closed_first(case, *side))
    {
        return;
    }
    let (first, second) = if client.packet < server.packet {
        (client, server)
    } else {
        (server, client)
    };
    let Some(fin) = case.packet(second.packet) else {
        return;
    };
    verdicts.say(
        Verdict::about(
            fin,
            format!(
                "Both ends closed at the same time: neither FIN (packets {} and {}) acknowledges \
                 the other.",
                named(first.packet),
                named(second.packet),
            ),
        )
        .endpoint(None)
        .related([first.packet]),
    );
}
