//! RT013: the first burst is larger than ten segments.
//!
//! RFC 5681, 3.1 lets a new connection start with two to four segments, RFC 6928, 2 (experimental, and
//! what is used) with ten. The condition: octets of E beyond its SYN, sent before any ACK of P above
//! ISS(E)+1 passed the monitor, exceed ten segments of the smaller of both MSS options, and 14600 octets.
//! *Not allowed*: whatever P had acknowledged passed the monitor before it could open E's window, so it
//! holds anywhere on a symmetric path if the capture lost no ACK. Any word of P about the data (SACK,
//! a repeated ACK) ends the measure, and so does Fast Open data that the SYN-ACK acknowledges.
//!
//! RFC 6928 stops at 14600 octets (or two segments) where segments are larger than an Ethernet frame's;
//! systems count ten segments of any size, on jumbo frames and on loopback. Ten segments are allowed
//! here, as the rule's title says; the catalogue followed the letter. Never more than likely:
//! a sender may remember the path from an earlier connection (RFC 9040), or be set so.

use crate::machine::watch::burst;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT013",
    name: "initial-window-exceeded",
    title: "Initial burst larger than ten segments",
    group: Group::RT,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 5681 3.1", "RFC 6928 2", "RFC 9293 3.8.2 (MUST-19)"],
    folds: &[],
    thresholds: &[
        ("segments", burst::SEGMENTS as u64),
        ("octets", burst::OCTETS as u64),
    ],
    text: Explanation {
        what: "A new connection sent more than ten segments before a single octet of its data had \
               been acknowledged.",
        why: "A sender that knows nothing of the path has to begin gently and go faster with each \
              ACK. A large burst can fill the queue of a slow link and push out other people's \
              packets, and its own. Ten segments are what today's systems take for harmless.",
        exchange: &[
            "A > B  SYN",
            "B > A  SYN,ACK  mss=1460",
            "A > B  ACK",
            "B > A  40 segments of 1460 octets at once    <- 10 of them, then wait for an ACK",
        ],
        excuses: &[
            "The sender remembers how much the path could take from an earlier connection.",
            "Content networks and operators set a larger start on purpose.",
            "Offload merges segments in the capture: octets are counted, so that does not matter.",
        ],
    },
    wakes_on: Observations::INITIAL_BURST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::INITIAL_BURST) {
        let burst = &case.watch(noted.side).burst;
        let (who, other) = (noted.side.name(), noted.side.peer().name());
        let message = format!(
            "The {who} sent {} octets before the {other} had acknowledged any of them; {} are what a \
             new connection may begin with.",
            burst.octets, burst.allowed,
        );
        verdicts.say(
            Verdict::about(noted, message)
                .expected(Numbers::default().len(burst.allowed))
                .observed(Numbers::default().seq(noted.seq).len(burst.octets)),
        );
    }
}
