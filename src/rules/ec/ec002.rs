//! EC002: data marked ECN-capable without an agreement.
//!
//! RFC 3168, 6.1.1 and RFC 9768, 3.1.5: without a SYN and SYN-ACK that agree on ECN
//! no packet may be sent as ECT. Condition: E sends data with ECT(0) or ECT(1),
//! and no pair of a captured SYN and SYN-ACK agrees on a mode, nor uses a reserved
//! combination. CE alone proves nothing.
//!
//! Departing from the catalogue, nothing is said where all of E's segments bear a
//! mark, also SYN and empty ACKs, which no ECN stack marks: there the field is set as
//! the type of service of old (0x02 was "low cost"), or rewritten on the way for
//! everything that passes.

use crate::machine::watch::ecn::Mode;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "EC002",
    name: "ect-without-negotiation",
    title: "Data marked ECN-capable without negotiation",
    group: Group::EC,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::Handshake, Need::NoCaptureLoss, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 3168 6.1.1",
        "RFC 9768 3.1.5",
        "RFC 9293 3.8.2 (SHLD-8)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "By the ECN bits of the IP header a sender tells routers that they may mark a \
               packet where they would have dropped it. This is allowed only on a connection \
               whose SYN and SYN-ACK agreed on ECN. Here they did not.",
        why: "The receiver will not report the marks, so the sender never learns of the \
              congestion and does not slow down: it takes more than its share of a full link, \
              and helps to keep it full.",
        exchange: &[
            "A > B  SYN           seq=1000            (no ECE, no CWR)",
            "B > A  SYN,ACK       seq=5000 ack=1001",
            "A > B  PSH,ACK       seq=1001 len=100    ip.ecn=ECT(0)   <- not agreed",
        ],
        excuses: &[
            "Old programs set a type of service whose lowest bits are the ECN bits of today, \
             and some networks rewrite the field: both touch every packet, also SYN and ACKs. \
             Where all bear the mark nothing is said.",
            "DCTCP may be used in a data centre by configuration, without an agreement: then \
             the verdict is right by the RFC and harmless there.",
            "A SYN or SYN-ACK that the capture lost: the verdict is likely unless loss is ruled \
             out.",
        ],
    },
    wakes_on: Observations::ECT_UNAGREED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for segment in case.with(Observations::ECT_UNAGREED) {
        let ecn = &case.watch(segment.side).ecn;
        if ecn.mode() != Mode::None || ecn.marks_everything() {
            continue;
        }
        let mark = if segment.ip.ecn == 1 {
            "ECT(1)"
        } else {
            "ECT(0)"
        };
        let verdict = Verdict::about(
            segment,
            format!(
                "The {} marks data as ECN-capable ({mark}), but SYN and SYN-ACK did not agree on \
                 ECN.",
                segment.side.name()
            ),
        );
        verdicts
            .say(verdict.observed(Numbers::default().seq(segment.seq).len(segment.payload_len)));
    }
}
