//! AT008: an ACK storm.
//!
//! RFC 1337, 2.3 (hazard H2), RFC 9293, 3.10.7.4, RFC 5961, 5.1. Empty ACKs alternate between
//! the ends, ten of each within 1 s or 20 round trips. Each is the same as its end's one
//! before: SEG.SEQ, SEG.ACK and SEG.WND, with the highest ack that this end has sent; and the numbers of the two do not fit each other
//! (SEG.SEQ of one is not SEG.ACK of the other). So none of them says anything new, and each is
//! the answer to a segment that must be refused.
//!
//! Old ACKs that the network delivers once more are answered one by one as well: their ack has
//! gone back, or (where it is the newest) the answers come faster than a quarter of a round trip
//! apart, so they cannot be answers to each other. Duplicate ACKs of a loss go one way only and answer data. Keepalives and their answers look
//! alike but for their pace, so where the numbers differ by one the ten must fit into 1 s.
//! Nobody is blamed: how the two came apart is seen elsewhere, if at all.

use crate::finding::Span;
use crate::machine::watch::storm::ENOUGH;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT008",
    name: "ack-storm",
    title: "ACK storm (desynchronized connection)",
    group: Group::AT,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 1337 2.3", "RFC 9293 3.10.7.4", "RFC 5961 5.1"],
    folds: &[
        ("RS006", Scope::Connection),
        ("SQ001", Scope::Connection),
        ("SQ012", Scope::Connection),
        ("RT012", Scope::Connection),
    ],
    thresholds: &[
        ("acks", 2 * ENOUGH as u64),
        ("seconds", 1),
        ("round_trips", 20),
    ],
    text: Explanation {
        what: "Both ends send the same empty ACK over and over, each in answer to the other's. \
               Their numbers do not fit each other: each end finds the other's segments \
               unacceptable, answers with an ACK that shows its own numbers, and that is just as \
               unacceptable to the other.",
        why: "The connection is dead, and it burns as many packets as the path carries, until one \
              of them gets lost or an end gives up. It happens after somebody has put data into \
              the connection that one end took for the other's (session hijacking), or when an \
              old connection that one end still holds meets a new one. RFC 5961 lets stacks limit \
              such answers, which ends the storm.",
        exchange: &[
            "A > B  ACK  seq=600 ack=101   (B expects 640)",
            "B > A  ACK  seq=101 ack=640   (A never sent that much)",
            "A > B  ACK  seq=600 ack=101",
            "B > A  ACK  seq=101 ack=640   (and so on)",
        ],
        excuses: &[
            "Duplicate ACKs while a loss is repaired go one way, between data segments that go \
             the other way.",
            "Keepalives and their answers come seconds apart.",
            "Old ACKs that the network delivers again are rightly answered one by one: ACKs that have \
             gone back do not count.",
        ],
    },
    wakes_on: Observations::ACK_STORM,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let Some(noted) = case.with(Observations::ACK_STORM).next() else {
        return;
    };
    let side = noted.side;
    let Some(found) = case.watch(side).storm.found() else {
        return;
    };
    let (own, other) = (side.name(), side.peer().name());
    let lasted = found.last.1.since(found.first.1);
    let message = format!(
        "Both ends answer each other's empty ACKs without end: the {own} sent {} times seq={} \
         ack={}, the {other} each time seq={} ack={}, within {} s. The numbers do not fit each \
         other.",
        found.count,
        found.own.0,
        found.own.1,
        found.theirs.0,
        found.theirs.1,
        Span(lasted),
    );
    verdicts.say(
        Verdict::about(noted, message)
            .endpoint(None)
            .related([found.first.0, found.last.0])
            .expected(Numbers::default().seq(found.theirs.1).ack(found.theirs.0))
            .observed(
                Numbers::default()
                    .seq(found.own.0)
                    .ack(found.own.1)
                    .time(lasted)
                    .count(found.count.into()),
            ),
    );
}
