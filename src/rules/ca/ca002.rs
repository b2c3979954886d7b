//! CA002: only one direction of the connection is in the capture.
//!
//! Condition: no segment of P was captured, E sent at least three segments, and
//! its acknowledgments show that P was talking: they advance, or follow E's own
//! SYN (which no stack acknowledges anything after without an answer). The
//! catalogue asks for advancing ones only; an upload has the same ack on every
//! segment, and misses its other half just as well.

use super::remark::about_connection;
use crate::rules::prelude::*;

/// Segments that must be there before anything is concluded from them.
const LEAST_SEGMENTS: u64 = 3;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA002",
    name: "one-direction-only",
    title: "Only one direction captured",
    group: Group::CA,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[],
    folds: &[],
    thresholds: &[("segments", LEAST_SEGMENTS)],
    text: Explanation {
        what: "All captured segments of the connection go one way, and their acknowledgments show \
               that the other side was sending too.",
        why: "Packets take different routes in the two directions, a mirror port copies only one \
              of them, or a capture filter named only a source. Whatever compares what one side \
              sent with what the other had sent before cannot be judged; the report counts those \
              checks as withheld.",
        exchange: &[
            "A > B  ACK  seq=1001 ack=5001",
            "A > B  ACK  seq=1001 ack=6461",
            "A > B  ACK  seq=1001 ack=7921    (and nothing from B)",
        ],
        excuses: &["SYNs to a host that does not answer acknowledge nothing and are not counted."],
    },
    wakes_on: Observations::ENDED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    if case.connection.self_connect {
        return;
    }
    for side in Side::BOTH {
        let (own, peer) = (case.end(side), case.end(side.peer()));
        let advances = own
            .ack_min
            .zip(own.ack_max)
            .is_some_and(|(lowest, highest)| highest.after(lowest));
        let answered = own.sent_bare_syn && own.sent_after_syn;
        if peer.was_seen() || own.counts.segments < LEAST_SEGMENTS || !(advances || answered) {
            continue;
        }
        let message = format!(
            "Only segments of the {} were captured ({} of them), although they acknowledge what \
             the {} sends.",
            side.name(),
            own.counts.segments,
            side.peer().name(),
        );
        verdicts.say(
            about_connection(case.connection.first.1, message)
                .observed(Numbers::default().count(own.counts.segments)),
        );
    }
}
