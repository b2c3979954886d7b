//! TW005: a connection is reopened from TIME-WAIT with an ISS that is not
//! above the old numbers.
//!
//! RFC 9293, 3.6.1 (MAY-2), condition 1: the ISS of the new connection is
//! larger than the largest number used on the one before. E (TIME-WAIT by its
//! own segments, within 2 MSL) answers P's SYN with a SYN-ACK whose SEG.SEQ =<
//! SMAX(E) of then, and timestamps are not in use on both (RFC 6191 relies on
//! them instead). An expired TIME-WAIT or a SYN cookie looks the same: likely.

use super::reuse::{seconds, waiting};
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW005",
    name: "time-wait-reopen-iss-low",
    title: "Reopened from TIME-WAIT with an ISS not above the old numbers",
    group: Group::TW,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::FinSelf, Need::FinPeer, Need::SynSelf, Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6.1 (MAY-2)", "RFC 6191 2"],
    folds: &[],
    thresholds: &[("two_msl_seconds", 60)],
    text: Explanation {
        what: "An end in TIME-WAIT accepts a new SYN, which it may. But the initial number it \
               chooses for itself is not above the numbers it used on the old connection, and \
               timestamps are not there to tell old from new.",
        why: "A late segment of the old connection may then fit into the window of the new one \
              and corrupt its data without anybody noticing.",
        exchange: &[
            "(old: A used numbers up to 1001)",
            "B > A  SYN      seq=9000",
            "A > B  SYN,ACK  seq=700 ack=9001    <- 700 is below 1001",
        ],
        excuses: &[
            "TIME-WAIT was over already: shorter there than assumed (--msl).",
            "A server under attack computes its numbers as SYN cookies and cannot choose them.",
            "With timestamps on both connections any number will do; then nothing is said.",
        ],
    },
    wakes_on: Observations::SYN_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(waiting) = waiting(case, side) else {
            continue;
        };
        let Some(accepted) = case.syn_acks(side).next() else {
            continue;
        };
        let Some(after) = waiting.within(case, accepted.time) else {
            continue;
        };
        let stamped = waiting.own_tsval.is_some() && accepted.options.timestamps().is_some();
        if stamped
            || accepted.seq.after(waiting.own_next)
            || !case.acks_a_syn_of(side.peer(), accepted.ack)
        {
            continue;
        }
        verdicts.say(
            Verdict::about(
                accepted,
                format!(
                    "{} reopens the connection {} after it acknowledged the FIN of the one \
                     before, with the initial number {}; it had used numbers up to {} there.",
                    the_capital(waiting.side),
                    seconds(after),
                    accepted.seq,
                    waiting.own_next - 1,
                ),
            )
            .related([waiting.packet])
            .expected(Numbers::default().seq(waiting.own_next))
            .observed(Numbers::default().seq(accepted.seq).time(after)),
        );
    }
}
