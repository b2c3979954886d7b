//! TD010: a FIN is sent again and again and never acknowledged (LAST-ACK stuck).
//!
//! RFC 9293, 3.6, case 2: the end that closes second waits in LAST-ACK for the
//! ACK of its FIN, and the end that closed first must stay able to give it
//! (MUST-13). E has proven receipt of P's FIN, sent its own at u, and repeated
//! it at least three times over at least three seconds; no segment of P with
//! SEG.ACK >= u+1 and no RST of P was captured, before the repetitions or
//! after. E is the one that is stuck; named is P, which is silent. An omission
//! of P, seen from anywhere: the ACKs may have been lost before the monitor,
//! so never more than likely. Where P had acknowledged u+1 once and is silent
//! to repetitions only, TW002 speaks; where an ICMP error says that a segment of E could not be
//! delivered, P is not to blame.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_S;

/// So many repetitions.
const REPETITIONS: u32 = 3;
/// Over so many seconds.
const SPAN_SECONDS: i64 = 3;
/// Watched for so many seconds since the first copy.
const WATCHED_SECONDS: u16 = 20;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD010",
    name: "last-ack-stuck",
    title: "FIN retransmitted and never acknowledged (LAST-ACK stuck)",
    group: Group::TD,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::FinSelf,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Time(WATCHED_SECONDS),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 9293 3.6.1"],
    folds: &[
        ("RT014", Scope::OtherEndpoint),
        ("TD017", Scope::SameEndpoint),
    ],
    thresholds: &[
        ("retransmissions", REPETITIONS as u64),
        ("span_seconds", SPAN_SECONDS as u64),
    ],
    text: Explanation {
        what: "The end that closed second has acknowledged the other's FIN and sent its own. That \
               one is never acknowledged, though it was sent at least four times: its sender is \
               stuck in LAST-ACK. The finding names the silent end.",
        why: "The silent end closed first and should be in TIME-WAIT, whose very purpose is to \
              acknowledge this FIN again. It has forgotten the connection too early, or a \
              firewall on the way has and drops what it no longer knows. The sender keeps a \
              socket for it, often for a minute or more.",
        exchange: &[
            "B > A  FIN,ACK  seq=5000 ack=1001    t=0",
            "B > A  FIN,ACK  seq=5000 ack=1001    t=0.4",
            "B > A  FIN,ACK  seq=5000 ack=1001    t=1.2",
            "B > A  FIN,ACK  seq=5000 ack=1001    t=2.8    <- and no ACK 5001 at any time",
        ],
        excuses: &[
            "Each ACK was lost before the monitor: unlikely for four of them, but the reason why \
             this is never definite.",
            "A firewall that removed its state at the first FIN and drops the rest.",
            "A capture that shows one direction only, or lost frames: then the check is not made.",
        ],
    },
    wakes_on: Observations::FIN_REPEATED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for sender in Side::BOTH {
        let silent = sender.peer();
        let Some(fin) = case.end(sender).fin else {
            continue;
        };
        let repeated = fin.copies > REPETITIONS
            && fin.last_time.since(fin.time) >= SPAN_SECONDS * NS_PER_S
            && closing::has_acked_fin(case, sender);
        let answered = closing::has_acked_fin(case, silent) || case.end(silent).rst.is_some();
        let told_why = case.connection.icmp.explains_silence(sender);
        if !repeated || answered || told_why || !verdicts.waited(case, fin.time, WATCHED_SECONDS) {
            continue;
        }
        let span = fin.last_time.since(fin.time);
        let crossed = case
            .end(silent)
            .fin
            .is_some_and(|theirs| fin.first_ack != theirs.seq + 1);
        let stuck = if crossed { "CLOSING" } else { "LAST-ACK" };
        verdicts.say(
            Verdict::omission(
                silent,
                fin.last_time,
                format!(
                    "{} never acknowledges the FIN of {} (number {}), which was sent {} times \
                     from packet {} on: its sender is stuck in {stuck}.",
                    the_capital(silent),
                    the(sender),
                    fin.seq,
                    fin.copies,
                    named(fin.packet),
                ),
            )
            .related(closing::fins(case, sender).map(|n| n.packet).take(8))
            .expected(Numbers::default().ack(fin.seq + 1))
            .observed(Numbers::default().count(fin.copies.into()).time(span)),
        );
    }
}
