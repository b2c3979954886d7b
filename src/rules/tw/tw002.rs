//! TW002: the active closer does not answer a repeated FIN.
//!
//! RFC 9293, 3.6.1 (MUST-13) and 3.10.7.4. As TW001, but E, which has
//! acknowledged P's FIN once, sends nothing within 1 s of each of at least two
//! repetitions of that FIN, all within 2 MSL of its last ACK. What reached E
//! and what E sent is known only at E: elsewhere the check is not made. Nor is it where an ICMP error
//! says that a segment of P could not be delivered: a filter at E keeps it from its TCP.

use super::reuse::seconds;
use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::the_capital;
use crate::segment::NS_PER_S;

/// So many repetitions without an answer.
const UNANSWERED: usize = 2;
/// An answer is due within this time.
const ANSWER_SECONDS: i64 = 1;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW002",
    name: "time-wait-missing-silent",
    title: "Active closer did not answer a repeated FIN",
    group: Group::TW,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::FinSelf,
        Need::FinPeer,
        Need::AtSelf,
        Need::NoCaptureLoss,
        Need::Clock,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6.1 (MUST-13)", "RFC 9293 3.10.7.4"],
    folds: &[("SQ012", Scope::SameEndpoint)],
    thresholds: &[
        ("unanswered", UNANSWERED as u64),
        ("answer_seconds", ANSWER_SECONDS as u64),
        ("two_msl_seconds", 60),
    ],
    text: Explanation {
        what: "The end that closed first acknowledged the other's FIN once. The FIN comes again, \
               more than once, and the end keeps silent, although an end in TIME-WAIT answers \
               every one with an ACK.",
        why: "The other end stays in LAST-ACK and repeats its FIN until it gives up. Either the \
              stack leaves TIME-WAIT too early (or never enters it), or a filter on the host \
              drops what it no longer knows.",
        exchange: &[
            "A > B  ACK      seq=1001 ack=5001    t=0",
            "B > A  FIN,ACK  seq=5000 ack=1001    t=0.3",
            "B > A  FIN,ACK  seq=5000 ack=1001    t=0.9",
            "(A is silent)                        <- two ACKs are due",
        ],
        excuses: &[
            "Away from the accused end the FINs, or their ACKs, may be lost on the way: the check \
             is made only on captures from that end.",
            "A firewall on the host itself may eat the FINs after the capture saw them.",
        ],
    },
    wakes_on: Observations::FIN_REPEATED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(theirs) = case.end(side.peer()).fin else {
            continue;
        };
        let acks = |n: &&Noted| n.is_ack() && !n.is_rst() && n.ack == theirs.seq + 1;
        let Some(last_ack) = case.of(side).filter(acks).last() else {
            continue;
        };
        let told_why = case.connection.icmp.explains_silence(side.peer());
        if !closing::closed_first(case, side) || closing::is_reset(case) || told_why {
            continue;
        }
        let due = ANSWER_SECONDS * NS_PER_S;
        let unanswered: Vec<&Noted> = closing::fins(case, side.peer())
            .filter(|fin| fin.packet > last_ack.packet)
            .filter(|fin| fin.time.since(last_ack.time) < case.settings.two_msl_ns())
            .filter(|fin| case.until.since(fin.time) >= due)
            .filter(|fin| {
                !case
                    .after(fin.packet)
                    .any(|n| n.side == side && n.time.since(fin.time) <= due)
            })
            .collect();
        let (Some(first), true) = (unanswered.first(), unanswered.len() >= UNANSWERED) else {
            continue;
        };
        verdicts.say(
            Verdict::omission(
                side,
                first.time,
                format!(
                    "{} acknowledged the FIN of its peer (packet {}) and, from {} later on, does \
                     not answer {} repetitions of it: it has no TIME-WAIT any more.",
                    the_capital(side),
                    named(last_ack.packet),
                    seconds(first.time.since(last_ack.time)),
                    unanswered.len(),
                ),
            )
            .related([last_ack.packet])
            .related(unanswered.iter().map(|fin| fin.packet).take(8))
            .expected(Numbers::default().ack(theirs.seq + 1).flags_text("ACK"))
            .observed(Numbers::default().count(unanswered.len().try_into().unwrap_or(u64::MAX))),
        );
    }
}
