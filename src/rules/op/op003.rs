//! OP003: an option that belongs on SYNs, on a segment without SYN.
//!
//! RFC 9293, 3.2 (MUST-65): MSS only on segments with SYN; RFC 2018, 2:
//! SACK-permitted must not be sent on others: case mss-or-sack-permitted.
//! Window scale (RFC 7323, 2.2) and Fast Open (RFC 7413, 4.1.1) have no
//! meaning there and are ignored: case ws-or-tfo, a warning. One header shows
//! it, from anywhere.

use super::common::{counted, more, names};
use crate::rules::prelude::*;
use crate::segment::OptionSet;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP003",
    name: "syn-only-option-elsewhere",
    title: "SYN-only option on a segment without SYN",
    group: Group::OP,
    severity: Severity::Error,
    cases: &[
        ("mss-or-sack-permitted", Severity::Error),
        ("ws-or-tfo", Severity::Warning),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.2",
        "RFC 2018 2",
        "RFC 7323 2.2",
        "RFC 7413 4.1.1",
        "RFC 9293 3.7.1 (MUST-65)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Segment size, window scale, SACK-permitted and Fast Open are agreed once, while the \
               connection opens, and stand on segments with SYN. Here one of them stands on a \
               segment without.",
        why: "A receiver ignores it at best. Where it does not, the two ends hold different ideas \
              of the window or of the segment size in the middle of a connection. It is a fault \
              in the stack that sends it, or a header made by hand.",
        exchange: &[
            "A > B  SYN      seq=1000 mss=1460",
            "B > A  SYN,ACK  seq=5000 ack=1001 mss=1460",
            "A > B  ACK      seq=1001 ack=5001 mss=1460   <- only on the SYN",
        ],
        excuses: &["None is known: the option stands in the header or it does not."],
    },
    wakes_on: Observations::SYN_OPTION_LATE,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::SYN_OPTION_LATE;
    for noted in case.with(what) {
        let forbidden = OptionSet::MSS | OptionSet::SACK_PERMITTED;
        let ignored = OptionSet::WINDOW_SCALE | OptionSet::FAST_OPEN;
        let here = noted.options.present & (forbidden | ignored);
        let name = if here.intersects(forbidden) {
            "mss-or-sack-permitted"
        } else {
            "ws-or-tfo"
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent {} on a segment without SYN, where it has no place.{}",
                noted.side.name(),
                names(here),
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default()
            .seq(noted.seq)
            .flags(noted.flags)
            .options(names(here));
        verdicts.say(
            verdict
                .case(name)
                .expected(Numbers::default().options("none of them"))
                .observed(counted(case, noted, what, observed)),
        );
    }
}
