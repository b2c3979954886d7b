//! SQ007: a SACK block that is empty or upside down.
//!
//! RFC 2018, 3: the left edge is the first number of the block, the right edge the number
//! after its last, so left < right (modulo 2^32). Condition, in one segment: the edges
//! are equal, or right - left > 2^30, which no window allows (RFC 7323, 2.3) and
//! an inverted block shows as well. One header shows it. RSTs are left out.

use crate::machine::watch::sack::form;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ007",
    name: "sack-block-invalid",
    title: "SACK block empty or inverted",
    group: Group::SQ,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 2018 3"],
    folds: &[],
    thresholds: &[("largest_block_octets", form::FARTHEST_OCTETS as u64)],
    text: Explanation {
        what: "A SACK block is a pair of numbers: the first octet received, and the one after the \
               last. Here the second is not above the first, or lies more than a whole window \
               above it: the block holds nothing, or runs backwards.",
        why: "Such a block cannot be true of any stream. A sender that does not check it may mark \
              everything as received, or crash; one that does throws the report away. It comes \
              from a fault in a receiver (edges swapped, or not in network order), or from \
              somebody who probes senders for such faults.",
        exchange: &["B > A  ACK  ack=1001 SACK=1501-1501   <- no octet between the edges"],
        excuses: &[
            "Numbers that wrap at 2^32 are compared as they should be: a block from 4294967000 to \
             500 is right.",
        ],
    },
    wakes_on: Observations::SACK_FORM,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::SACK_FORM) {
        let Some((left, right)) = form::invalid(noted.options.sack_blocks()) else {
            continue;
        };
        let wrong = if left == right {
            "holds no octet"
        } else if right.before(left) {
            "ends before it begins"
        } else {
            "is larger than any window"
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent a SACK block from {left} to {right}, which {wrong}.",
                noted.side.name()
            ),
        );
        verdicts.say(
            verdict.observed(
                Numbers::default()
                    .ack(noted.ack)
                    .options(format!("SACK {left}-{right}")),
            ),
        );
    }
}
