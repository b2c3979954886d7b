//! OP001: a list of options that cannot be read to its end.
//!
//! RFC 9293, 3.1 (MUST-68): every option but End of Option List and
//! No-Operation has a length octet, which counts kind and length themselves.
//! So with `left` the octets up to 4 * Data Offset, a length below 2 or above
//! `left`, or no room for the length octet, is no option at all, and nothing
//! behind it can be found. One header shows it, from anywhere; what the snap
//! length cut is not judged, and a damaged header (checksum) neither.

use super::common::{counted, kind_name, more};
use crate::rules::prelude::*;
use crate::segment::OptionFaults;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP001",
    name: "option-list-broken",
    title: "Option length illegal",
    group: Group::OP,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.1 (MUST-7, MUST-68)"],
    folds: &[
        ("OP002", Scope::SamePacket),
        ("OP012", Scope::SamePacket),
        ("OP013", Scope::SamePacket),
    ],
    thresholds: &[],
    text: Explanation {
        what: "The options of a header are a list: kind, length, contents, then the next one. \
               The length tells where the next one begins. Here a length is 0 or 1, which not \
               even covers kind and length themselves, or it reaches beyond the end of the header.",
        why: "Nobody can tell where the next option begins, so this one and all behind it are \
              lost. A careful receiver drops the segment or the rest of the list; a careless one \
              reads on in the data, or never ends its loop: such headers have crashed systems. \
              They come from scanners and fuzzers, and from stacks that miscount.",
        exchange: &["A > B  SYN  seq=1000 options: 02 00 05 b4    <- MSS with length 0, must be 4"],
        excuses: &[
            "The capture cut the header: then nothing is said.",
            "The header was damaged on the way: the checksum shows it, and the verdict is \
             withheld.",
        ],
    },
    wakes_on: Observations::OPTIONS_BROKEN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::OPTIONS_BROKEN;
    for noted in case.with(what) {
        let (kind, length) = noted.options.broken;
        let small = noted
            .options
            .faults
            .contains(OptionFaults::LENGTH_TOO_SMALL);
        let seen = if small {
            format!("has length {length}, less than its own two octets")
        } else if length == 0 {
            "stands in the last octet of the header, without a length".to_owned()
        } else {
            format!("claims {length} octets, more than the header has left")
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent a list of options that cannot be read: {} {seen}.{}",
                noted.side.name(),
                kind_name(kind),
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default()
            .seq(noted.seq)
            .options(format!("kind {kind}, length {length}"));
        verdicts.say(
            verdict
                .expected(Numbers::default().options("length of 2 or more, within the header"))
                .observed(counted(case, noted, what, observed)),
        );
    }
}
