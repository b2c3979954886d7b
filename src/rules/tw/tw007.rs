//! TW007: TIME-WAIT piles up at one host.
//!
//! Within 60 seconds, at least 1000 connections from one address to one
//! service were closed first by that address; case near-port-limit at 80 % of
//! the 28232 ephemeral ports of a default Linux, or when its SYNs begin to
//! reuse sockets within 2 MSL. Found over all connections of a capture, in
//! `flow/patterns`. A NAT hides many hosts behind one address: likely.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW007",
    name: "time-wait-pile-up",
    title: "TIME-WAIT pile-up / port exhaustion",
    group: Group::TW,
    severity: Severity::Warning,
    cases: &[
        ("many", Severity::Notice),
        ("near-port-limit", Severity::Warning),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections, Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6.1 (SHLD-4)", "RFC 6191 1"],
    folds: &[],
    thresholds: &[
        ("many_connections", 1000),
        ("near_limit_connections", 22_585),
        ("span_seconds", 60),
    ],
    text: Explanation {
        what: "One address opens and closes a great many short connections to the same service \
               within a minute, and is the one that closes first. Each of them leaves a TIME-WAIT \
               at that address, which holds a port for a minute or more.",
        why: "A host has some 28000 to 64000 ports for outgoing connections to one service. When \
              all are in TIME-WAIT, it can open no more until some expire. Connections that are \
              kept and reused, or a server that closes first, avoid that.",
        exchange: &[
            "A:32768 > B:80  opened, closed by A",
            "A:32769 > B:80  opened, closed by A",
            "... a thousand and more within 60 s",
        ],
        excuses: &[
            "Many hosts behind one NAT address: each has its own TIME-WAIT, though the NAT shares \
             the ports.",
            "A load test does it on purpose.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
