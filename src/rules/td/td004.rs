//! TD004: a second FIN at another sequence number.
//!
//! RFC 9293, 3.10.4: "as long as a second FIN is not emitted". Two segments of
//! E with FIN=1 in one incarnation whose SEG.SEQ + data length differ modulo
//! 2^32 cannot both mark the end of E's stream; where they begin does not
//! matter, since a retransmission may carry more or less of the data before
//! the FIN. Sound from anywhere: both are E's own. The FIN that the peer
//! acknowledged (else the first that fits the data) is the measure, the others
//! are reported. Excluded: numbers of another incarnation. Where a FIN bears
//! marks of another sender, it may be forged: likely, and no end is named.

use super::closing::{self, who_upper};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD004",
    name: "fin-position-changed",
    title: "Second FIN at another sequence number",
    group: Group::TD,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.10.4"],
    folds: &[
        ("RT014", Scope::SameEndpoint),
        ("TD009", Scope::SameEndpoint),
        ("TD010", Scope::OtherEndpoint),
        ("TD017", Scope::OtherEndpoint),
        ("SQ012", Scope::OtherEndpoint),
    ],
    thresholds: &[],
    text: Explanation {
        what: "A stream has one end. A FIN may be sent again, then it keeps its number (though it \
               may carry more or less of the data before it). Here the same end sends FINs with \
               different numbers.",
        why: "The receiver has taken in the first FIN and refuses anything behind it, so the \
              second one is never acknowledged and is sent until its sender gives up. Usual \
              cause: the FIN was not kept for retransmission, but made anew at the next number.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1001",
            "A > B  FIN,ACK  seq=1001 ack=5000    <- a second FIN",
        ],
        excuses: &[
            "A retransmission that begins elsewhere but ends at the same number is the same FIN.",
            "A new connection on the same ports whose SYN is not in the capture: its numbers are \
             far off and are not compared.",
            "One of the FINs was forged: where hop count, identification or timestamps point to \
             that, no end is accused.",
        ],
    },
    wakes_on: Observations::FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let fins = || {
            case.of(side)
                .filter(|n| closing::is_fin(n) && closing::is_in_stream(case, n))
        };
        let measure = case
            .end(side)
            .fin
            .map(|fin| (fin.packet, fin.seq))
            .or_else(|| fins().next().map(|fin| (fin.packet, fin.data_end())));
        let Some((packet, right)) = measure else {
            continue;
        };
        let others = fins().filter(|n| {
            n.data_end() != right && closing::fits_connection(n) && !closing::may_be_of_next(n)
        });
        for other in others {
            let number = other.data_end();
            let verdict = Verdict::about(
                other,
                format!(
                    "{} sends a FIN at {number}, but its FIN in packet {} is at {}: one stream \
                     has one end.",
                    who_upper(side),
                    packet,
                    right,
                ),
            )
            .related([packet])
            .expected(Numbers::default().seq(right))
            .observed(Numbers::default().seq(number));
            let genuine = case.packet(packet);
            let foreign = closing::looks_foreign(case, other)
                || genuine.is_some_and(|fin| closing::looks_foreign(case, fin));
            verdicts.say(if foreign {
                verdict.endpoint(None).certainty(Certainty::Likely)
            } else {
                verdict
            });
        }
    }
}
