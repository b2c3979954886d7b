//! TD006: a FIN carries data.
//!
//! RFC 9293, 3.4: the FIN is counted after the last octet of data of its
//! segment, so it occupies SEG.SEQ + len and is acknowledged by SEG.SEQ +
//! len + 1. FIN=1 and data octets > 0. The length comes from the IP header, so
//! padding of an Ethernet frame is never counted as data. Said once for each
//! end, of the first copy that carries data.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD006",
    name: "fin-carries-data",
    title: "FIN carries data",
    group: Group::TD,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf, Need::Header],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.10.4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The last octets of data and the FIN share a segment. The FIN then has the number \
               behind the last octet, so its acknowledgment is seq + length + 1, not seq + 1.",
        why: "This is legal and saves a segment. It is pointed out because hand-made checks of a \
              teardown often expect seq + 1.",
        exchange: &[
            "A > B  FIN,PSH,ACK  seq=1000 ack=5000 len=10    <- the FIN is number 1010",
            "B > A  ACK          seq=5000 ack=1011",
        ],
        excuses: &[
            "Octets that the network card added to fill a short frame are not data; the length is \
             taken from the IP header.",
        ],
    },
    wakes_on: Observations::FIN_DATA,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(fin) = case
            .of(side)
            .find(|n| closing::is_fin(n) && n.payload_len > 0)
        else {
            continue;
        };
        let number = fin.data_end();
        verdicts.say(
            Verdict::about(
                fin,
                format!(
                    "The FIN of {} follows {} octets of data in its segment, so it has number \
                     {number} and is acknowledged by {}.",
                    the(side),
                    fin.payload_len,
                    number + 1,
                ),
            )
            .observed(Numbers::default().seq(fin.seq).len(fin.payload_len)),
        );
    }
}
