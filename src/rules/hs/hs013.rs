//! HS013: a SYN is repeated with another ISN.
//!
//! RFC 9293, 3.10.8: what is retransmitted is "the segment at the front of the
//! retransmission queue", with its number. The condition: A sends SYN x and,
//! 0.2 to 3 s after the latest copy of it, SYN x' on the same sockets, with
//! neither a RST nor a SYN-ACK in between and before A has gone on with
//! either. Sooner (beside the catalogue) no timer can have sent it: that is
//! another attempt, such as a scanner's. Three seconds is also where the
//! tracker takes a new number for a new attempt. Withdrawn when A later resets the answer to one of the two
//! with `<SEQ=SEG.ACK><CTL=RST>`: that one was an old duplicate (HS015).
//! Never more than likely, since a program may give up and try again at once.

use super::hs015;
use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::{NS_PER_MS, NS_PER_S};

/// No timer repeats a SYN sooner (the initial RTO is 1 s, RFC 6298, 2.1).
const AFTER_MS: u64 = 200;
/// Beyond this the second SYN is another attempt.
const WITHIN_S: u64 = 3;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS013",
    name: "syn-isn-changed",
    title: "SYN repeated with another ISN",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::NoCaptureLoss, Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.10.8",
        "RFC 9768 3.1.4.1",
        "RFC 9293 3.8.3 (MUST-22)",
    ],
    folds: &[],
    thresholds: &[("after_ms", AFTER_MS), ("within_s", WITHIN_S)],
    text: Explanation {
        what: "The client repeated its SYN after a short while, as it should when no answer \
               comes, but with another initial sequence number. A repetition is the same segment \
               and keeps its number.",
        why: "The server may receive both. It then answers one, and takes the other for an old \
              duplicate or for a new connection, so the opening takes longer or fails, \
              depending on which arrives first.",
        exchange: &[
            "A > B  SYN  seq=1000     t=0",
            "A > B  SYN  seq=90210    t=1.0    <- the same SYN would have seq=1000",
        ],
        excuses: &[
            "The program gave up and opened anew from the same port at once: never more than \
             likely, and not after 3 seconds.",
            "Several hosts behind one translated address.",
            "A scanner that writes its own SYNs and keeps no state: a second SYN within 0.2 seconds \
             is no repetition and passed over.",
            "One of the two was an old duplicate: withdrawn when the client resets its answer.",
        ],
    },
    wakes_on: Observations::ISN_CHANGED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let mut latest: Option<&Noted> = None;
        // Worked out once, as there may be a great many of each.
        let refused: Vec<&Noted> = case
            .resets(side)
            .filter_map(|rst| hs015::refused_synack(case, rst))
            .collect();
        for syn in case.syns(side) {
            if let Some(earlier) = latest
                && earlier.seq != syn.seq
                && is_repetition(case, &refused, earlier, syn)
            {
                verdicts.say(verdict(earlier, syn));
            }
            latest = Some(syn);
        }
    }
}

fn is_repetition(case: &Case<'_>, refused: &[&Noted], earlier: &Noted, syn: &Noted) -> bool {
    let limit = i64::try_from(WITHIN_S).unwrap_or(0) * NS_PER_S;
    let timer = i64::try_from(AFTER_MS).unwrap_or(0) * NS_PER_MS;
    let soon = (timer..limit).contains(&syn.time.since(earlier.time));
    let between = |noted: &Noted| noted.packet > earlier.packet && noted.packet < syn.packet;
    let answered = case
        .noted()
        .iter()
        .any(|n| between(n) && !n.is_void() && (n.is_rst() || n.is_syn_ack()));
    // Once the client has gone on, another SYN is no repetition.
    let went_on = case
        .of(syn.side)
        .any(|n| n.saw(Observations::FIRST_AFTER_SYN) && n.packet < syn.packet);
    let old_duplicate = refused.iter().any(|synack| {
        [earlier, syn]
            .iter()
            .any(|s| synack.ack.within(s.seq + 1, s.end()))
    });
    soon && !answered && !went_on && !old_duplicate
}

fn verdict(earlier: &Noted, syn: &Noted) -> Verdict {
    let apart = syn.time.since(earlier.time);
    Verdict::about(
        syn,
        format!(
            "{} repeated its SYN (packet {}) with number {} in place of {}.",
            the_capital(syn.side),
            named(earlier.packet),
            syn.seq,
            earlier.seq,
        ),
    )
    .related([earlier.packet])
    .expected(Numbers::default().seq(earlier.seq))
    .observed(Numbers::default().seq(syn.seq).time(apart))
}
