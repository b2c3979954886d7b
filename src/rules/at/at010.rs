//! AT010: connections are completed, and then left to starve.
//!
//! RFC 9293, 3.8.6.1 (MUST-37: a sender keeps a connection whose window is
//! shut, as long as its probes are acknowledged); RFC 6429. Found over many
//! connections by `flow/patterns`: within 60 s one source, or several of a
//! /24 (IPv6: /64), completes at least 50 connections to one service, and then
//! keeps its window at 0 for 30 s or more, from the first segment behind the
//! SYN or from its request on (`zero-window`); or sends nothing for 30 s or more and
//! is sent no more than a greeting (`silent`). Never more than likely:
//! intention cannot be seen.

use crate::rules::prelude::*;

/// Connections to one service.
const CONNECTIONS: u64 = 50;
/// Opened within so many seconds.
const SECONDS: u64 = 60;
/// And left to starve for so many.
const STARVED_SECONDS: u64 = 30;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT010",
    name: "resource-exhaustion-pattern",
    title: "Connections completed and then left to starve",
    group: Group::AT,
    severity: Severity::Warning,
    cases: &[
        ("silent", Severity::Notice),
        ("zero-window", Severity::Warning),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections, Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.6.1", "RFC 6429"],
    folds: &[],
    thresholds: &[
        ("connections", CONNECTIONS),
        ("seconds", SECONDS),
        ("starved_seconds", STARVED_SECONDS),
    ],
    text: Explanation {
        what: "Many connections from one place to one service are opened properly, with all three \
               segments of the handshake, and then nothing comes of them: the client sends \
               nothing, or asks for something and never lets it be sent, because its window stays \
               at 0.",
        why: "Each of them holds a place in the server's tables, perhaps a thread, and with a shut \
              window also the data that waits to be sent, for as long as the client answers the \
              server's probes. Enough of them and nobody else gets in. Against a flood of SYNs \
              there are cookies; against this help limits per address, timeouts in the program, \
              and giving up connections that make no progress (RFC 6429).",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1001",
            "A > B  ACK      seq=1001 ack=5001 win=0",
            "... 50 times within a minute, and none of the windows is ever opened",
        ],
        excuses: &[
            "Pools of connections, browsers that connect before they need to, and health checks \
             send nothing for a while: so silence is a notice, and a shut window a warning.",
            "A paused download shuts a window that was open before: such connections do not count.",
            "Behind an address translator many people share one address.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
