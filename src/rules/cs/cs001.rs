//! CS001: a TCP checksum is wrong.
//!
//! RFC 9293, 3.1 (MUST-2, MUST-3): the sender computes the checksum, and the receiver checks
//! it. Condition: all of a segment was captured, it is no fragment, and the sum over
//! pseudo-header and segment is wrong; neither is the field the sum of the pseudo-header
//! alone (offload, CA006). A capture full of wrong sums shows a network card or a
//! tool at work, so it is said only where fewer than one in five segments of this end
//! is wrong, or just one, whose octets also came in good order; where some data
//! of the connection has a right sum (tools that make payloads anonymous leave segments
//! without data as they are); and where not both ends have acknowledged damaged data, which
//! happens only in captures that somebody has changed by hand.
//!
//! The sender is named, but damage on the path looks the same: likely.

use super::damage::{ONE_IN, damaged, is_damage};
use crate::rules::prelude::*;

/// Packets named beside the first.
const NAMED: usize = 15;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CS001",
    name: "bad-checksum",
    title: "TCP checksum wrong",
    group: Group::CS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Payload, Need::NoOffloadSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.1 (MUST-2)"],
    folds: &[],
    thresholds: &[("one_in", ONE_IN as u64)],
    text: Explanation {
        what: "The checksum of a segment does not fit its octets: the sender computed it wrong, or \
               the segment was damaged on its way. Most other segments of the same end are right, \
               so it is not a network card that fills in checksums later.",
        why: "The receiver throws such a segment away without a word, and the sender has to find \
              out by a timeout or by duplicate ACKs. A few of them point to faulty memory, a \
              cable or a device that rewrites packets badly; a steady share of them to a stack \
              that gets some sums wrong, for example with an odd number of octets. Segments with \
              a wrong checksum are also sent on purpose, to deceive monitors that do not check.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100 checksum=0x1234    <- should be 0x8a3f",
            "(no ACK from B: it drops the segment)",
            "A > B  PSH,ACK  seq=1001 len=100 checksum=0x8a3f",
        ],
        excuses: &[
            "Checksum offload, by far the most frequent reason: the capturing host leaves the sum \
             to its network card. Then all its segments are wrong, or hold the sum of the \
             pseudo-header, and CA006 says so.",
            "The capture was changed afterwards (addresses or payloads made anonymous, a packet \
             edited by hand). Where most sums are wrong nothing is said; a single edited packet \
             cannot be told from a damaged one.",
            "The damage happened while capturing, and the segment itself was sound.",
        ],
    },
    wakes_on: Observations::BAD_CHECKSUM,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let mut all = damaged(case, side);
        let Some(first) = all.next().filter(|_| is_damage(case, side)) else {
            continue;
        };
        let traces = &case.end(side).traces;
        let (bad, good) = (traces.bad_checksums, traces.good_checksums);
        let message = if bad == 1 {
            format!(
                "The checksum of a segment of the {} is wrong; those of its other {good} are right.",
                side.name(),
            )
        } else {
            format!(
                "The checksums of {bad} segments of the {} are wrong; those of its other {good} are \
                 right.",
                side.name(),
            )
        };
        let mut verdict = Verdict::about(first, message)
            .related(all.take(NAMED).map(|noted| noted.packet))
            .observed(
                Numbers::default()
                    .seq(first.seq)
                    .len(first.payload_len)
                    .count(u64::from(bad)),
            );
        verdict.header_sound = true;
        verdicts.say(verdict);
    }
}
