//! OP002: an option with a length that its definition does not allow.
//!
//! The lengths: MSS 4 (RFC 9293, 3.2), window scale 3 and timestamps 10 (RFC
//! 7323, 2.2 and 3.2), SACK-permitted 2 and SACK 8n+2 with n = 1..4 (RFC
//! 2018), MD5 18 (RFC 2385), user timeout 4 (RFC 5482), TCP-AO at least 4 (RFC
//! 5925, 2.2), Fast Open 2, or 6 to 18 and even, also in its experimental form
//! (RFC 7413, 4.1.1), Multipath TCP by subtype (RFC 8684, 3, and RFC 6824, its
//! first version; not asked for by the catalogue, which has "at least 3").
//! One header shows it.
//!
//! Left alone: Accurate ECN. RFC 9768, 3.2.3 draws lengths 2, 5, 8 and 11,
//! but has receivers take whole counters out of any length.

use super::common::{counted, kind_name, more};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP002",
    name: "option-wrong-length",
    title: "Known option with a wrong length",
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
    rfc: &[
        "RFC 9293 3.2",
        "RFC 7323 2.2",
        "RFC 7323 3.2",
        "RFC 2018 2",
        "RFC 2018 3",
        "RFC 2385 3.0",
        "RFC 5482 3.3",
        "RFC 5925 2.2",
        "RFC 7413 4.1.1",
        "RFC 8684 3",
        "RFC 9293 3.1 (MUST-4)",
    ],
    folds: &[("OP013", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "Each kind of option has a layout of its own, and with it a length: an MSS option is \
               always 4 octets long, timestamps 10, a SACK option 2 and 8 for each block. This \
               one names a known kind, and another length.",
        why: "The receiver cannot read it and does as if it were not there. What the sender \
              believes to have agreed (a segment size, a scaled window) is then not agreed, and \
              the two ends go on with different ideas.",
        exchange: &["A > B  SYN  seq=1000 options: 02 03 05       <- MSS with length 3, must be 4"],
        excuses: &[
            "An extension newer than this program that gives a known kind another layout.",
            "The header was damaged on the way: the checksum shows it, and the verdict is \
             withheld.",
        ],
    },
    wakes_on: Observations::OPTION_MISFIT,
    check: Check::Connection(check),
};

/// The lengths that `kind` may have, in words.
fn allowed(kind: u8) -> &'static str {
    match kind {
        2 | 28 => "length 4",
        3 => "length 3",
        4 => "length 2",
        5 => "length 10, 18, 26 or 34",
        8 => "length 10",
        19 => "length 18",
        29 => "length 4 or more",
        30 => "a length that fits the subtype",
        34 => "length 2, or 6 to 18 and even",
        253 | 254 => "length 4, or 8 to 20 and even",
        _ => "another length",
    }
}

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::OPTION_MISFIT;
    for noted in case.with(what) {
        let (kind, length) = noted.options.misfit;
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent the option {} with length {length}; it must have {}.{}",
                noted.side.name(),
                kind_name(kind),
                allowed(kind),
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default()
            .seq(noted.seq)
            .options(format!("kind {kind}, length {length}"));
        verdicts.say(
            verdict
                .expected(Numbers::default().options(allowed(kind)))
                .observed(counted(case, noted, what, observed)),
        );
    }
}
