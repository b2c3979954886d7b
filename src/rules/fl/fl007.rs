//! FL007: reserved bits of the header are set.
//!
//! RFC 9293, 3.1: the reserved bits "Must be zero in generated segments". Of
//! the four, one has been given to Accurate ECN (AE, formerly NS; RFC 9768, 2)
//! and is not judged here. One header shows it.

use crate::rules::prelude::*;
use crate::segment::Flags;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL007",
    name: "reserved-bits-set",
    title: "Reserved header bits set",
    group: Group::FL,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.1", "RFC 9768 2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Between the data offset and the flags lie bits that are kept for the future. A \
               sender must leave them zero; here at least one of the three that are still unused \
               is one.",
        why: "Receivers must ignore them, so the connection works today. A later standard may \
              give them a meaning, and then this sender would say things that it does not mean. \
              Set bits come from self-made headers, from scanners that tell systems apart by \
              their reaction, or from someone hiding a message in them.",
        exchange: &["A > B  ACK  seq=1001 ack=5001 reserved=0b010   <- must be 0b000"],
        excuses: &[
            "The fourth bit, next to CWR, belongs to Accurate ECN (before that to the ECN nonce) \
             and is not judged here.",
            "A new extension that this program does not know yet.",
        ],
    },
    wakes_on: Observations::RESERVED_BITS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::RESERVED_BITS) {
        let bits = (noted.flags & Flags::RESERVED).bits() >> 9;
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent a segment with reserved header bits 0b{bits:03b}; they must be zero.",
                noted.side.name()
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().flags(noted.flags - Flags::RESERVED))
                .observed(Numbers::default().seq(noted.seq).flags(noted.flags)),
        );
    }
}
