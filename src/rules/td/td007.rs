//! TD007: the connection is half-closed and still used.
//!
//! RFC 9293, 3.6: an end may go on sending after it has received a FIN. P's
//! FIN is at u, E has acknowledged it (SEG.ACK = u+1), and then sends octets
//! that lie beyond everything it had sent by then, still with SEG.ACK = u+1. A
//! retransmission of older data is no sign of use and is not counted. Sound
//! from anywhere: both are E's own segments.

use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD007",
    name: "half-close",
    title: "Connection half-closed and still used",
    group: Group::TD,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinPeer, Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 9293 3.6.1"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "One end has closed its direction with a FIN, and the other has acknowledged that \
               and goes on sending data. The state for this is CLOSE-WAIT; the end that closed \
               waits in FIN-WAIT-2 and still receives.",
        why: "A half-close is a feature: a client can say that its request is complete and still \
              get the answer. It is pointed out because programs and firewalls sometimes take \
              the first FIN for the end of the whole connection.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1001",
            "B > A  PSH,ACK  seq=5000 ack=1001 len=500    <- B still has something to say",
        ],
        excuses: &[
            "Old data sent again carries the new acknowledgment too; only octets that were never \
             sent before count.",
        ],
    },
    wakes_on: Observations::HALF_CLOSE_DATA,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for data in case.with(Observations::HALF_CLOSE_DATA) {
        let Some(fin) = case.end(data.side.peer()).fin else {
            continue;
        };
        if data.ack != fin.seq + 1 {
            continue;
        }
        let verdict = Verdict::about(
            data,
            format!(
                "{} sends new data after it acknowledged the FIN in packet {}: the connection is \
                 open in one direction.",
                the_capital(data.side),
                named(fin.packet),
            ),
        );
        verdicts.say(
            verdict.related([fin.packet]).observed(
                Numbers::default()
                    .seq(data.seq)
                    .ack(data.ack)
                    .len(data.payload_len),
            ),
        );
    }
}
