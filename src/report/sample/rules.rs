//! A catalogue of two rules.

use crate::finding::{Blames, Certainty, Severity};
use crate::observation::Observations;
use crate::rules::Rule;
use crate::rules::rule::{Check, Evidence, Explanation, Group, Need, SoundFrom};

/// A small catalogue.
pub static RULES: &[&Rule] = &[
    &Rule {
        code: "HS001",
        name: "synack-ack-off",
        title: "SYN-ACK does not acknowledge x+1",
        group: Group::HS,
        severity: Severity::Error,
        cases: &[],
        certainty: Certainty::Definite,
        certainty_if_loss_unknown: None,
        evidence: Evidence::Act,
        sound_from: SoundFrom::AnyVantage,
        needs: &[Need::SynPeer, Need::Header],
        blames: Blames::Endpoint,
        textbook: false,
        rfc: &["RFC 9293 3.4.1", "RFC 9293 3.5"],
        folds: &[],
        thresholds: &[("near_octets", 1024)],
        text: Explanation {
            what: "A SYN occupies one sequence number, so the SYN-ACK must acknowledge the \
                   client's initial sequence number plus one. This one acknowledges a number \
                   close to it.",
            why: "The client takes such a SYN-ACK for one that belongs to another connection and \
                  answers with a reset: the connection cannot be opened.",
            exchange: &[
                "A > B  SYN      seq=1000",
                "B > A  SYN,ACK  seq=5000 ack=1000     <- must be 1001",
                "A > B  RST      seq=1000",
            ],
            excuses: &[
                "An old duplicate SYN that the capture does not hold: then the number is far off.",
                "A SYN with data: all numbers up to the end of the data are right.",
            ],
        },
        wakes_on: Observations::SYN,
        check: Check::Pattern,
    },
    &Rule {
        code: "TD005",
        name: "three-segment-teardown",
        title: "FIN and ACK merged: teardown in three segments",
        group: Group::TD,
        severity: Severity::Notice,
        cases: &[
            ("merged-by-peer", Severity::Notice),
            ("merged-by-closer", Severity::Info),
        ],
        certainty: Certainty::Definite,
        certainty_if_loss_unknown: Some(Certainty::Likely),
        evidence: Evidence::Act,
        sound_from: SoundFrom::AnyVantageLossless,
        needs: &[Need::NoCaptureLoss],
        blames: Blames::Nobody,
        textbook: true,
        rfc: &["RFC 9293 3.6"],
        folds: &[],
        thresholds: &[],
        text: Explanation {
            what: "The FIN was acknowledged by the segment that carries the other FIN.",
            why: "It is legal and common, but not the exchange of four segments that is taught.",
            exchange: &[],
            excuses: &[],
        },
        wakes_on: Observations::SYN,
        check: Check::Pattern,
    },
];
