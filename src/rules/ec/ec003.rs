//! EC003: a mark where classic ECN has none.
//!
//! RFC 3168, 6.1.1, 6.1.4 and 6.1.5: SYN and SYN-ACK, segments without data, and
//! retransmissions are sent as Not-ECT. Condition: E sends one of them with a mark
//! (CE counts, since only ECT becomes CE); in the latter two cases after classic
//! ECN was agreed. A retransmission is one all of whose octets were captured
//! before. RFC 8311, 4.3 has opened this to experiments, and Accurate ECN with
//! ECN++ is one: SYNs that ask for it, and what follows, are left alone.
//! Where all of an end's segments bear a mark and ECN is not agreed, nothing is
//! said, as in EC002. A notice, not raised by any profile.

use crate::machine::watch::ecn::{Mode, code};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "EC003",
    name: "ect-where-not-allowed",
    title: "ECT on a SYN, pure ACK or retransmission",
    group: Group::EC,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Handshake, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 3168 6.1.1",
        "RFC 3168 6.1.4",
        "RFC 3168 6.1.5",
        "RFC 8311 4.3",
        "RFC 9293 3.8.2 (SHLD-8)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Classic ECN marks only new data as ECN-capable. Here a SYN, a segment without data \
               or a retransmission bears the mark.",
        why: "A mark on a pure ACK reaches nobody who could slow down, and marks on \
              retransmissions could be abused to slow a connection down from outside. Newer work \
              (DCTCP, ECN++) marks such packets deliberately and with good results, so this is \
              only worth knowing.",
        exchange: &["A > B  SYN,ECE,CWR   seq=1000      ip.ecn=ECT(0)   <- a SYN is never marked"],
        excuses: &[
            "Accurate ECN with ECN++ marks SYNs and ACKs: a SYN that asks for it, and its \
             connection, are left alone.",
            "DCTCP marks everything, and agrees on classic ECN: in a data centre this is as \
             meant.",
            "A retransmission whose first copy the capture missed looks like new data: then \
             nothing is said.",
        ],
    },
    wakes_on: Observations::ECT_MISPLACED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for segment in case.with(Observations::ECT_MISPLACED) {
        let ecn = &case.watch(segment.side).ecn;
        let mode = ecn.mode();
        // The type of service of old, or the network's doing.
        if mode != Mode::Classic && ecn.marks_everything() {
            continue;
        }
        let accurate = mode == Mode::Accurate || segment.is_bare_syn() && code(segment.flags) == 7;
        if accurate || !segment.is_syn() && mode != Mode::Classic {
            continue;
        }
        let what = if segment.is_syn_ack() {
            "a SYN-ACK"
        } else if segment.is_syn() {
            "a SYN"
        } else if segment.payload_len == 0 {
            "a segment without data"
        } else {
            "a retransmission"
        };
        let mark = match segment.ip.ecn {
            1 => "ECT(1)",
            2 => "ECT(0)",
            _ => "CE",
        };
        let verdict = Verdict::about(
            segment,
            format!(
                "The {} sends {what} as ECN-capable (its mark is {mark}); classic ECN marks only \
                 new data.",
                segment.side.name()
            ),
        );
        verdicts.say(
            verdict.observed(
                Numbers::default()
                    .seq(segment.seq)
                    .len(segment.payload_len)
                    .flags(segment.flags),
            ),
        );
    }
}
