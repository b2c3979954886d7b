//! TD016: a close is finished with a RST.
//!
//! RFC 9293, 3.6 and 3.10.5: an end may ABORT after it has called CLOSE. E
//! sent a FIN and later a RST in the same incarnation. Not said where another
//! rule explains the RST: an answer to late data (TD014), to a repeated FIN
//! (TW001) or to the first one (TW008); nor where both FINs were acknowledged
//! before, since the connection was over then and the RST answers a stray.
//! Nobody's fault.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD016",
    name: "rst-after-own-fin",
    title: "Close finished with a RST",
    group: Group::TD,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 9293 3.10.5"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "An end began an orderly close with a FIN and then broke the connection off with a \
               RST before the other end had closed.",
        why: "The end did not want to wait for the other: a linger timeout, a program that was \
              killed, a load balancer that saves state. What the other end still had to say is \
              lost, and its program sees a reset instead of an end.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1001",
            "A > B  RST,ACK  seq=1001 ack=5000    <- does not wait for the FIN of B",
        ],
        excuses: &["A firewall or other box on the way may have sent the RST in the end's name."],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for rst in case.with(Observations::RST) {
        let Some(fin) = case.end(rst.side).fin else {
            continue;
        };
        if fin.packet > rst.packet
            || closing::is_corrupt(rst)
            || closing::answers_late_data(case, rst)
            || was_over(case, rst)
            || answers_rst(case, rst)
        {
            continue;
        }
        verdicts.say(
            Verdict::about(
                rst,
                format!(
                    "{} began to close with a FIN (packet {}) and then breaks the connection off \
                     with a RST.",
                    the_capital(rst.side),
                    named(fin.packet),
                ),
            )
            .related([fin.packet])
            .observed(Numbers::default().seq(rst.seq).flags(rst.flags)),
        );
    }
}

/// Both FINs had been acknowledged before the RST.
fn was_over(case: &Case<'_>, rst: &Noted) -> bool {
    let acked = |side: Side, ack: Option<crate::seq::SeqNo>| {
        case.end(side)
            .fin_seq()
            .zip(ack)
            .is_some_and(|(fin, ack)| ack.at_or_after(fin + 1))
    };
    acked(rst.side, rst.before.peer_ack) && acked(rst.side.peer(), rst.before.own_ack)
}

/// The peer had broken the connection off before.
fn answers_rst(case: &Case<'_>, rst: &Noted) -> bool {
    let first = case.end(rst.side.peer()).rst.map(|rst| rst.first.packet);
    first.is_some_and(|first| first < rst.packet)
}
