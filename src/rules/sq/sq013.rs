//! SQ013: a D-SACK for octets that were sent only once.
//!
//! RFC 2883, 4: the first block may report octets received in duplicate. Condition: the
//! first block [L,R) of a segment of E ends at or below SEG.ACK, or lies inside another block,
//! and some octet of it was captured in fewer than two segments of P until 10 ms after the
//! report. Keepalives and probes count as a copy of the octet they stand for, and
//! segments that repeat only a part count whole. What E received in duplicate, only a
//! capture at E can show; the network may still have doubled a segment in the same host:
//! never more than likely.
//!
//! Departures from the catalogue, all towards silence. Where frames of P were captured twice
//! and left out as copies, E may really have been given both: not judged. Nor where any segment
//! of P had a wrong checksum, and for octets before the last sixteen ranges that P
//! repeated (so many are remembered). The SYN's own number is never judged.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ013",
    name: "dsack-false",
    title: "D-SACK for octets that were sent only once",
    group: Group::SQ,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::AtSelf,
        Need::NoCaptureLoss,
        Need::Header,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 2883 4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A SACK block below the acknowledgment, in first place, says: these octets came to \
               me twice. But the capture, taken at this end, shows them arriving only once.",
        why: "A sender reads a D-SACK as proof that it repeated something without need, and takes \
              back its slowing down after a loss. A false one makes it send faster than the path \
              can carry. It may be a fault in the receiver's list of blocks, or a receiver that \
              wants more than its share.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100             (sent once)",
            "B > A  ACK      ack=1101 SACK=1001-1101      <- nothing was received twice",
        ],
        excuses: &[
            "The network doubled the segment on its last stretch: only a capture at the receiver \
             is judged.",
            "The first copy was damaged, or one was taken for a frame captured twice: not judged.",
            "A device that shifts sequence numbers: SQ005 says so.",
        ],
    },
    wakes_on: Observations::DSACK_OF_ONCE,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let sack = &case.watch(side).sack;
        let Some(book) = sack.book().filter(|_| !sack.is_shifted()) else {
            continue;
        };
        let traces = &case.end(side.peer()).traces;
        if traces.duplicates > 0 || traces.bad_checksums > 0 {
            continue;
        }
        for unexplained in book.twice.unexplained() {
            let Some(noted) = case.packet(unexplained.packet) else {
                continue;
            };
            let (left, right) = unexplained.block;
            let verdict = Verdict::about(
                noted,
                format!(
                    "The {} reports by D-SACK that it received {left} to {} twice, but the {} \
                     sent them only once.",
                    side.name(),
                    right - 1,
                    side.peer().name(),
                ),
            );
            let observed = Numbers::default().ack(noted.ack);
            verdicts.say(verdict.observed(observed.options(format!("SACK {left}-{right}"))));
        }
    }
}
