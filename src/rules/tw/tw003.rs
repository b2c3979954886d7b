//! TW003: the active closer opens the same pair of sockets too soon.
//!
//! RFC 9293, 3.6.1 (MUST-13) and 3.10.1: in TIME-WAIT the connection still
//! exists for an OPEN. In the incarnation before, E sent its FIN first and
//! acknowledged P's at t0, so by its own segments it is in TIME-WAIT or
//! CLOSING; at t1 < t0 + 2 MSL it sends a SYN on the same sockets; nobody sent
//! a RST in between. Sound from anywhere: every segment is E's own. A SYN that
//! its sender does not go on with, and whose TSval (or, without timestamps,
//! number) is not above the old ones, is an old duplicate that the network
//! delivers late, and is passed over; the catalogue does not know this case. If the
//! SYN's TSval is newer than all of E's before, old duplicates are recognised by
//! it (RFC 6191 in spirit): case tsval-newer, a notice.

use super::reuse::{seconds, waiting};
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW003",
    name: "time-wait-tuple-reused",
    title: "Active closer reopened the same 4-tuple too soon",
    group: Group::TW,
    severity: Severity::Warning,
    cases: &[
        ("plain", Severity::Warning),
        ("tsval-newer", Severity::Notice),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[
        Need::Header,
        Need::FinSelf,
        Need::FinPeer,
        Need::BothDirections,
        Need::Clock,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.6.1 (MUST-13, SHLD-4)",
        "RFC 9293 3.10.1",
        "RFC 6191 2",
    ],
    folds: &[],
    thresholds: &[("two_msl_seconds", 60)],
    text: Explanation {
        what: "An end closed a connection first and so has to keep its pair of address and port \
               in TIME-WAIT for twice the maximum segment lifetime. It opens a new connection to \
               the same socket from the same port before that.",
        why: "Segments of the old connection may still be under way and could be taken for the \
              new one's. Where the new SYN carries a newer timestamp they are recognised, and \
              some systems reuse ports on that ground: then it is only a notice.",
        exchange: &[
            "A > B  ACK  seq=1001 ack=5001      t=0      (TIME-WAIT)",
            "A > B  SYN  seq=44000              t=0.5    <- the same ports, within 2 MSL",
        ],
        excuses: &[
            "A shorter maximum segment lifetime by configuration: set it with --msl.",
            "Several hosts behind one NAT, which gave the port of one to the other.",
            "The old connection had been reset: then nothing is said.",
            "An old SYN that the network delivers late: its number or timestamp shows that, and \
             its sender does not go on with it.",
        ],
    },
    wakes_on: Observations::SYN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(waiting) = waiting(case, side) else {
            continue;
        };
        let Some(syn) = case.syns(side).next() else {
            continue;
        };
        let Some(after) = waiting.within(case, syn.time) else {
            continue;
        };
        let stamps = syn.options.timestamps().zip(waiting.own_tsval);
        let ahead = stamps.map(|((tsval, _), old)| SeqNo(tsval).distance_from(SeqNo(old)));
        let newer = ahead.is_some_and(|ahead| ahead > 0);
        let looks_old = ahead.map_or(syn.seq.at_or_before(waiting.own_next), |ahead| ahead < 0);
        if looks_old && !case.end(side).sent_after_syn {
            continue;
        }
        let verdict = Verdict::about(
            syn,
            format!(
                "{} opens these sockets again {} after it acknowledged the FIN of the connection \
                 before (packet {}), which it had closed first: it should still be in TIME-WAIT.",
                the_capital(waiting.side),
                seconds(after),
                named(waiting.packet),
            ),
        );
        verdicts.say(
            verdict
                .case(if newer { "tsval-newer" } else { "plain" })
                .related([waiting.packet])
                .expected(Numbers::default().time(case.settings.two_msl_ns()))
                .observed(Numbers::default().seq(syn.seq).time(after)),
        );
    }
}
