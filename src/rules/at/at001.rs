//! AT001: a SYN flood.
//!
//! RFC 4987, 2; RFC 9293, 3.5. Found over many connections by `flow/patterns`.
//! For one socket B, in a sliding window of 10 s: at least 100 connections asked
//! for, fewer than a tenth completed, and the half-open ones (SYN-ACK sent, not
//! completed, not reset) risen by at least 50. B's SYN-ACKs are in the capture,
//! and either some connection of it completes or B repeats SYN-ACKs: else the
//! clients' ACKs may just not have been captured. Never more than likely:
//! intention cannot be seen.

use crate::rules::prelude::*;

/// Length of the window in seconds.
const WINDOW_S: u64 = 10;
/// Connections asked for within it.
const MIN_SYNS: u64 = 100;
/// Of these, at most so many completed, in percent.
const MAX_COMPLETION_PERCENT: u64 = 10;
/// Half-open connections have risen by so many.
const HALF_OPEN_RISE: u64 = 50;
/// Distinct sources in percent of SYNs, above which the sources are taken for forged.
const SPOOFED_PERCENT: u64 = 80;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT001",
    name: "syn-flood",
    title: "SYN flood",
    group: Group::AT,
    severity: Severity::Warning,
    cases: &[
        ("spoofed", Severity::Warning),
        ("single-address-several-hosts", Severity::Warning),
        ("single-source", Severity::Warning),
        ("several-sources", Severity::Warning),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 4987 2", "RFC 9293 3.5"],
    folds: &[],
    thresholds: &[
        ("window_s", WINDOW_S),
        ("min_syn", MIN_SYNS),
        ("max_completion_percent", MAX_COMPLETION_PERCENT),
        ("half_open_rise", HALF_OPEN_RISE),
        ("spoofed_percent", SPOOFED_PERCENT),
    ],
    text: Explanation {
        what: "Within seconds a server is asked for a great many connections, and hardly any of \
               them is ever completed: SYN, SYN-ACK, and then nothing.",
        why: "Every unfinished opening occupies a place in the server's queue until it times out. \
              When the queue is full, real clients get no answer. The sources are often invented, \
              so blocking them does not help; SYN cookies, a larger queue and a shorter wait do. \
              The finding names the server that is flooded, how many asked, from how many \
              addresses, and how many connections were half open at the worst moment.",
        exchange: &[
            "203.0.113.7  > B:80   SYN",
            "B:80 > 203.0.113.7    SYN,ACK     (and no ACK, ever)",
            "198.51.100.9 > B:80   SYN",
            "B:80 > 198.51.100.9   SYN,ACK",
            "... a hundred and more in ten seconds",
        ],
        excuses: &[
            "A port scan asks many ports once: AT002.",
            "Many visitors at once, or a load test, complete their handshakes.",
            "A capture of one direction shows nobody's ACK: some connection must complete, or the \
             server must repeat its SYN-ACKs.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
