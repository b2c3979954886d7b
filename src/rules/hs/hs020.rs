//! HS020: initial sequence numbers follow a simple pattern.
//!
//! RFC 9293, 3.4.1, MUST-8 and MUST-9: ISN = M + F(...), and F "MUST NOT be
//! computable from the outside". Over at least eight connections of one host
//! with different sockets the ISNs, in order of time, differ by a constant, by
//! zero, or fit a + b*t with a residual below 2^16. Found across connections
//! by the patterns of the flow stage; here is what it says of itself. Never
//! more than likely: an intermediate box may have chosen the numbers.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS020",
    name: "isn-predictable",
    title: "Initial sequence numbers follow a simple pattern",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[
        ("plain", Severity::Warning),
        ("packet-generator", Severity::Info),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4.1 (MUST-8, MUST-9, SHLD-1)"],
    folds: &[],
    thresholds: &[("min_connections", 8)],
    text: Explanation {
        what: "The initial sequence numbers that one host chose for many connections are all the \
               same, or grow by a fixed step, or follow the clock closely. A TCP adds a secret, \
               per pair of sockets, so that the number of one connection says nothing about the \
               next.",
        why: "Whoever can compute the next number can open a connection in another host's name \
              without seeing a single answer, or put forged segments into one that is open.",
        exchange: &[
            "A > B  SYN  port=40001 seq=64000",
            "A > B  SYN  port=40002 seq=128000",
            "A > B  SYN  port=40003 seq=192000    (and so on)",
        ],
        excuses: &[
            "SYN cookies and SYN proxies choose numbers in the server's name.",
            "Scanners, packet generators and classroom exercises number as they like: small or \
             round numbers, or connections that are never completed, are the case \
             packet-generator, an info only.",
            "A capture that was anonymised or written with relative numbers.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
