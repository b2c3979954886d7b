//! TW004: TIME-WAIT accepts a SYN with neither newer number nor timestamp.
//!
//! RFC 9293, 3.6.1 (MAY-2) and RFC 6191, 2: an end in TIME-WAIT may accept a
//! SYN whose number is above all of the old connection's, or whose timestamp
//! is newer, or which uses timestamps where the old connection did not. E
//! (TIME-WAIT by its own segments, within 2 MSL) sends a SYN-ACK for a SYN with
//! SEG.SEQ =< FINSEQ(P) and nothing of the kind. A TIME-WAIT that is shorter by
//! configuration would have expired, so it is definite only within the first
//! second.

use super::reuse::{seconds, waiting};
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::NS_PER_S;
use crate::seq::SeqNo;

/// No TIME-WAIT is shorter by intention.
const SHORT_SECONDS: i64 = 1;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW004",
    name: "time-wait-syn-accepted-stale",
    title: "TIME-WAIT accepted a SYN with neither newer sequence nor timestamp",
    group: Group::TW,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Header,
        Need::FinSelf,
        Need::FinPeer,
        Need::SynPeer,
        Need::NoCaptureLoss,
        Need::Clock,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.6.1 (SHLD-4, MAY-2)",
        "RFC 9293 3.10.7.4",
        "RFC 6191 2",
        "RFC 1122 4.2.2.13",
    ],
    folds: &[],
    thresholds: &[
        ("two_msl_seconds", 60),
        ("short_seconds", SHORT_SECONDS as u64),
    ],
    text: Explanation {
        what: "A SYN arrives for a connection that is in TIME-WAIT, and is accepted. That is \
               allowed only if its number lies above all of the old connection's, or its \
               timestamp is newer; this SYN has neither.",
        why: "The numbers of the new connection overlap with the old one's, so a late segment of \
              the old one can be taken into the new one as data. TIME-WAIT is there to prevent \
              just that.",
        exchange: &[
            "(old: the FIN of B was seq=5000; A is in TIME-WAIT)",
            "B > A  SYN      seq=4200              <- not above 5000, no timestamps",
            "A > B  SYN,ACK  seq=9000 ack=4201     <- accepted",
        ],
        excuses: &[
            "TIME-WAIT was over: it is shorter there than assumed. Within the first second this \
             is ruled out, later the finding is only likely; --msl sets the figure.",
            "A RST that is not in the capture had ended TIME-WAIT.",
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
        let stale = case.syns(side.peer()).find(|syn| {
            syn.packet < accepted.packet
                && accepted.ack.within(syn.seq + 1, syn.seq + syn.len())
                && syn.seq.at_or_before(waiting.peer_fin)
                && !is_newer(syn, waiting.peer_tsval)
        });
        let Some(syn) = stale else { continue };
        if !syn.header_whole() {
            verdicts.withhold(Need::Header);
            continue;
        }
        let verdict = Verdict::about(
            accepted,
            format!(
                "{} accepts the SYN in packet {} {} after it acknowledged the FIN of the \
                 connection before, although the number {} is not above that connection's ({}) \
                 and no newer timestamp excuses it.",
                the_capital(waiting.side),
                named(syn.packet),
                seconds(after),
                syn.seq,
                waiting.peer_fin,
            ),
        )
        .related([waiting.packet, syn.packet])
        .expected(Numbers::default().ack(waiting.peer_fin + 1))
        .observed(Numbers::default().ack(accepted.ack).time(after));
        verdicts.say(if after < SHORT_SECONDS * NS_PER_S {
            verdict
        } else {
            verdict.certainty(Certainty::Likely)
        });
    }
}

/// RFC 6191, 2: the timestamp of the SYN makes up for its number.
fn is_newer(syn: &Noted, old: Option<u32>) -> bool {
    match (syn.options.timestamps(), old) {
        (Some((tsval, _)), Some(old)) => SeqNo(tsval).after(SeqNo(old)),
        (Some(_), None) => true,
        (None, _) => false,
    }
}
