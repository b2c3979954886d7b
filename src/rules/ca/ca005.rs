//! CA005: the capture holds the same frames more than once.
//!
//! The machine drops a frame that equals an earlier one of its end in IP
//! identification, TCP header, options, length and first octets, at most 10 ms
//! apart (1 ms where the identification is missing or 0), and counts it.
//! Condition: at least five such copies, or a fifth of the connection's frames. What files that are
//! read as one hold twice is found in `check/parts`.

use super::remark::about_connection;
use crate::rules::prelude::*;

/// So many copies are a pattern.
const MANY: u64 = 5;
/// One copy among so many frames is one too.
const ONE_IN: u64 = 5;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA005",
    name: "duplicate-frames",
    title: "The same frame captured more than once",
    group: Group::CA,
    severity: Severity::Info,
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
    thresholds: &[("copies", MANY), ("one_in", ONE_IN)],
    text: Explanation {
        what: "Packets appear twice (or more often) in the capture, within milliseconds and alike \
               down to the IP identification.",
        why: "The packets were not sent twice: a mirror port that copies both ways, a bridge, or \
              capturing on all interfaces at once shows each of them at two places. They are left \
              out before anything is judged, so they do not look like retransmissions.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100  IP id 77   t=0.000000",
            "A > B  PSH,ACK  seq=1001 len=100  IP id 77   t=0.000012   (the same packet)",
        ],
        excuses: &[
            "A real retransmission has another IP identification, or comes later than 1 ms.",
            "With --merge, it is also said where files hold one direction of a connection at the \
             same time, or the same SYN: captures from several places are no parts of one, and what \
             they show of these connections together is not judged.",
            "A packet that the network itself has doubled comes later and singly.",
        ],
    },
    wakes_on: Observations::ENDED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let ends = &case.connection.ends;
    let copies =
        u64::from(ends.client.traces.duplicates) + u64::from(ends.server.traces.duplicates);
    let frames = copies + ends.client.counts.segments + ends.server.counts.segments;
    if copies == 0 || copies < MANY && copies * ONE_IN < frames {
        return;
    }
    let message = format!(
        "{copies} of {frames} frames of this connection are copies of frames just before; they \
         are left out."
    );
    verdicts.say(
        about_connection(case.connection.first.1, message)
            .observed(Numbers::default().count(copies)),
    );
}
