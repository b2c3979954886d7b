//! AT009: a server that is flooded answers with SYN cookies.
//!
//! RFC 4987, 3.6; RFC 9293, 3.4.1. Found by `flow/patterns` for the victim of a
//! flood (AT001) only: its SYN-ACKs lose options that it grants otherwise, or
//! grants to SYNs with timestamps; or they are not sent again though nobody
//! acknowledges them; or the same SYN draws another number. (The catalogue
//! says "or overload": that cannot be told from a capture but by a flood.) It
//! is a guess at how a server works, and blames nobody.

use crate::rules::prelude::*;

/// SYN-ACKs without the options offered.
const BARE: u64 = 10;
/// SYN-ACKs that were not sent again.
const ONCE: u64 = 50;
/// Within so many seconds.
const SECONDS: u64 = 7;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT009",
    name: "syn-cookies-suspected",
    title: "Server probably answers with SYN cookies",
    group: Group::AT,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynSelf, Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 4987 3.6", "RFC 9293 3.4.1"],
    folds: &[],
    thresholds: &[
        ("without_options", BARE),
        ("not_repeated", ONCE),
        ("seconds", SECONDS),
    ],
    text: Explanation {
        what: "While it is flooded with SYNs, the server answers in a way that shows that it keeps \
               nothing of them: its SYN-ACKs lack options that it grants otherwise, are never \
               sent again, or carry another number for the same SYN.",
        why: "SYN cookies are the defence against a flood of SYNs. The server hides the little that \
              it must know in its own sequence number, and makes the connection out of the \
              client's ACK. Real clients get in, at a price: what has no room in the cookie is \
              lost for the connection (window scaling and SACK, unless timestamps carry them), \
              and when the SYN-ACK or the ACK is lost, nobody sends it again.",
        exchange: &[
            "A > B  SYN      seq=1000           mss, sackOK, wscale",
            "B > A  SYN,ACK  seq=5000 ack=1001  mss           (before: mss, sackOK, wscale)",
        ],
        excuses: &[
            "Clients that offer other options get other options: only what was offered counts.",
            "A SYN proxy in front of the server behaves in the same way.",
            "A server may be set to send its SYN-ACK once only.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
