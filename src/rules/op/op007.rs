//! OP007: timestamps on later segments, although not both SYNs had them.
//!
//! RFC 7323, 3.2: timestamps are in use only if both SYNs carried them; on a
//! connection without, the receiver must ignore them. "Not allowed" with all
//! SYNs captured: one of the ends never sent the option on any SYN. A copy of a
//! SYN that was not captured would allow it and leaves no trace, so (unlike the
//! catalogue) it is only likely while it is not known that nothing was lost. A
//! notice, since it harms nobody who reads the RFC.

use super::common::{counted, more};
use crate::rules::prelude::*;
use crate::segment::OptionSet;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP007",
    name: "timestamps-unnegotiated",
    title: "Timestamps used without negotiation",
    group: Group::OP,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::Handshake, Need::NoCaptureLoss, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 3.2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Timestamps are in use when both SYNs carried them. Here at least one end did not \
               offer them, and yet they stand on later segments.",
        why: "The receiver must ignore them, so nothing is gained: twelve octets of every segment \
              are wasted. And the sender believes in a protection against old segments that does \
              not exist.",
        exchange: &[
            "A > B  SYN      seq=1000 mss=1460",
            "B > A  SYN,ACK  seq=5000 ack=1001 mss=1460",
            "A > B  ACK      seq=1001 ack=5001 ts=500/0    <- never agreed",
        ],
        excuses: &[
            "Another copy of a SYN had the option, and the capture lost it.",
            "A middlebox took the option away from the SYN, before the monitor or behind it.",
        ],
    },
    wakes_on: Observations::STAMP_UNNEGOTIATED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::STAMP_UNNEGOTIATED;
    for noted in case.with(what) {
        let without = |side: &Side| {
            let syn = case.end(*side).syn;
            syn.is_some_and(|syn| !syn.options.present.contains(OptionSet::TIMESTAMPS))
        };
        let lacking: Vec<_> = Side::BOTH.into_iter().filter(without).collect();
        let whose = match lacking.as_slice() {
            [one] if *one == noted.side => "its own SYN had none".to_owned(),
            [one] => format!("the SYN of the {} had none", one.name()),
            _ => "neither SYN had any".to_owned(),
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sends timestamps, although {whose}.{}",
                noted.side.name(),
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default().seq(noted.seq).options("timestamps");
        let syns = Side::BOTH.map(|side| case.end(side).syn.map(|syn| syn.packet));
        verdicts.say(
            verdict
                .related(syns.into_iter().flatten())
                .expected(Numbers::default().options("no timestamps"))
                .observed(counted(case, noted, what, observed)),
        );
    }
}
