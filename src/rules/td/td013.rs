//! TD013: many connections of one service are stuck in CLOSE-WAIT.
//!
//! At least ten connections with the same address and port of E for which
//! TD012 holds at the same instant. What can be seen is the same, so the same
//! is excluded; that they are many tells a leak from one long computation.
//! Found over all connections of a capture, in `flow/patterns`.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD013",
    name: "close-wait-pile-up",
    title: "Many connections of one service stuck in CLOSE-WAIT",
    group: Group::TD,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Time(super::td012::SILENT_SECONDS),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 2525 2.16"],
    folds: &[],
    thresholds: &[
        ("connections", 10),
        ("silent_seconds", super::td012::SILENT_SECONDS as u64),
    ],
    text: Explanation {
        what: "At least ten connections of one service are in CLOSE-WAIT at the same time: their \
               clients have closed, the service has acknowledged that, and it has not closed its \
               side for a minute.",
        why: "One such connection may be a long computation. Many at once are a leak: the program \
              does not close its sockets at the end of the stream, and sooner or later it cannot \
              accept anybody.",
        exchange: &[
            "A:50001 > B:80  FIN,ACK   B:80 > A:50001  ACK    (no FIN of B)",
            "A:50002 > B:80  FIN,ACK   B:80 > A:50002  ACK    (no FIN of B)",
            "... ten or more, for 60 s",
        ],
        excuses: &[
            "A service that is slow for all its clients at once, and lets them half-close on \
             purpose.",
            "The capture lost the FINs of the service, or ends too soon: then nothing is said.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
