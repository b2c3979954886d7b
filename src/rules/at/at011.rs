//! AT011: fragments of one IP packet claim the same octets.
//!
//! Found while frames are taken apart (`decode/fragments`), for any packet and
//! not just for TCP; the finding is about two addresses. Exact copies of a
//! piece are no overlap, and neither are pieces more than a second apart: those
//! are two packets with one identification. That leaves a sender that uses
//! 65,536 identifications of IPv4 within a second, hence likely.

use crate::rules::prelude::*;

/// Pieces further apart belong to two packets.
const SECONDS: u64 = 1;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT011",
    name: "overlapping-fragments",
    title: "IP fragments overlap",
    group: Group::AT,
    severity: Severity::Warning,
    cases: &[
        ("octets-differ", Severity::Warning),
        ("same-octets", Severity::Notice),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[],
    blames: Blames::ThirdParty,
    textbook: false,
    rfc: &["RFC 1858 4", "RFC 5722 3", "RFC 8200 4.5"],
    folds: &[],
    thresholds: &[("seconds", SECONDS)],
    text: Explanation {
        what: "Two pieces of one IP packet claim the same octets of it, so that what the packet \
               says depends on which of the two is believed. No host splits a packet like that.",
        why: "It is a way to get past a firewall or a monitor that puts packets together in \
              another way than their receiver (and, long ago, to crash the receiver). IPv6 \
              forbids it, and hosts must throw such a packet away. Where the octets differ, or \
              the packet is IPv6, it is left out here: nothing is judged by a choice that nobody \
              can check.",
        exchange: &[
            "A > B  id=7  octets  0-24 of the packet, more follow",
            "A > B  id=7  octets 16-40 of the packet, the last       (16-24 for the second time)",
        ],
        excuses: &[
            "A packet sent twice that took two paths with other sizes overlaps with the same \
             octets (IPv4 routers split packets too).",
            "A sender that uses up all 65,536 identifications of IPv4 within a second.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
