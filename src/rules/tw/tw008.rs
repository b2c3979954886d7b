//! TW008: a close ends with a RST instead of the last ACK.
//!
//! RFC 9293, 3.10.7.4, eighth: acknowledge the FIN, enter TIME-WAIT. E closed
//! first, P's FIN passed the monitor with all data before it acknowledged, and
//! all that E sends after it is a RST: no ACK of FINSEQ(P)+1. The RST may have
//! crossed the FIN (an ABORT in FIN-WAIT is legal, 3.10.5): likely, and a
//! notice. Data of P beyond E's ack is another story (TD014).

use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW008",
    name: "time-wait-skipped-by-abort",
    title: "Close ended with RST instead of the last ACK",
    group: Group::TW,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::FinSelf,
        Need::FinPeer,
        Need::BothDirections,
        Need::NoCaptureLoss,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.5.2",
        "RFC 9293 3.6.1 (MUST-13)",
        "RFC 9293 3.10.5",
        "RFC 9293 3.10.7.4",
    ],
    folds: &[("TD016", Scope::SameEndpoint)],
    thresholds: &[],
    text: Explanation {
        what: "An end closed first, the other closed too, and instead of the last ACK the first \
               one sends a RST. So it never enters TIME-WAIT.",
        why: "The other end did everything right, and its orderly close ends as \"connection \
              reset\". Programs (load generators, health checks) do this on purpose to save \
              TIME-WAIT; often it is an accident of closing with unread data or a timeout.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  FIN,ACK  seq=5000 ack=1001",
            "A > B  RST      seq=1001             <- ACK 5001 is expected",
        ],
        excuses: &[
            "The RST may have left before the FIN came: an application may abort while it waits.",
            "A firewall sent the RST in the end's name.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let (own, peer) = (case.end(side), case.end(side.peer()));
        let Some(theirs) = peer.fin else { continue };
        let Some(rst) = case.resets(side).find(|n| !closing::is_corrupt(n)) else {
            continue;
        };
        let took_all_data = own.ack_max.is_some_and(|ack| ack.at_or_after(theirs.seq));
        let nothing_else = !case
            .after(theirs.packet)
            .any(|n| n.side == side && !n.is_rst())
            && own.last.is_none_or(|last| {
                last.packet < theirs.packet || last.flags.contains(crate::segment::Flags::RST)
            });
        if rst.packet < theirs.packet
            || peer
                .rst
                .is_some_and(|first| first.first.packet < rst.packet)
            || !closing::closed_first(case, side)
            || closing::has_acked_fin(case, side)
            || !took_all_data
            || !nothing_else
        {
            continue;
        }
        verdicts.say(
            Verdict::about(
                rst,
                format!(
                    "{} closed first and meets the FIN of its peer (packet {}) with a RST in \
                     place of the last ACK: it skips TIME-WAIT.",
                    the_capital(side),
                    named(theirs.packet),
                ),
            )
            .related([theirs.packet])
            .expected(Numbers::default().ack(theirs.seq + 1).flags_text("ACK"))
            .observed(Numbers::default().seq(rst.seq).flags(rst.flags)),
        );
    }
}
