//! OP012: octets behind the end of the options that are not zero.
//!
//! RFC 9293, 3.1 (MUST-69): behind End of Option List the header is padded with
//! zeros up to 4 * Data Offset. One header shows it.

use super::common::{counted, more};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP012",
    name: "option-padding-not-zero",
    title: "Octets after End-of-Options are not zero",
    group: Group::OP,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.1 (MUST-69)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "An option of kind 0 ends the list of options, and whatever is left of the header is \
               filled up with zeros. Here something else follows.",
        why: "No receiver reads it, so the connection works. It may be memory that was not \
              cleared before the header was built, and so gives away what stood there; it may be \
              a message that somebody hides; or options that were put behind the end by mistake \
              and have no effect.",
        exchange: &[
            "A > B  SYN  seq=1000 options: 02 04 05 b4 00 00 00 ff    <- ff behind the end",
        ],
        excuses: &[
            "The header was damaged on the way: the checksum shows it, and the verdict is \
                    withheld.",
        ],
    },
    wakes_on: Observations::DATA_AFTER_OPTIONS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::DATA_AFTER_OPTIONS;
    for noted in case.with(what) {
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent octets other than zero behind the end of its options.{}",
                noted.side.name(),
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default().seq(noted.seq).options("other octets");
        verdicts.say(
            verdict
                .expected(Numbers::default().options("zeros behind the end"))
                .observed(counted(case, noted, what, observed)),
        );
    }
}
