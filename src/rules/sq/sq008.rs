//! SQ008: a SACK block that touches the ack or another block.
//!
//! RFC 2018, 3: blocks are contiguous and isolated, that is, the octets just below and just
//! above a block have not been received. Condition, in one segment: L =< SEG.ACK < R
//! for a block, or two blocks above the ack overlap or abut. Excepted is the first block
//! inside any other (a D-SACK, RFC 2883, 4; the catalogue names the second block only, where
//! stacks do put the one around it, but a receiver is free in their order). One header
//! shows it. Left out: an end whose blocks are all shifted by a device on the
//! way (SQ005, case middlebox), and RSTs.

use crate::machine::watch::sack::form::{self, Neighbour};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ008",
    name: "sack-blocks-inconsistent",
    title: "SACK block touches the ACK or overlaps another block",
    group: Group::SQ,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 2018 3", "RFC 2883 4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Around each SACK block there is a hole: the octets just below and just above it are \
               missing, or they would belong to the block. Here a block begins where the \
               acknowledgment stands (or surrounds it), or meets another block.",
        why: "If the octets up to the block are there, the acknowledgment should simply have been \
              the block's end, and the sender repeats what has arrived. Blocks that meet waste the \
              little room of the option, and senders that keep a list of holes may count one that \
              does not exist.",
        exchange: &[
            "B > A  ACK  ack=1001 SACK=1001-1501             <- should be ack=1501",
            "B > A  ACK  ack=1001 SACK=1501-2001,2001-2501   <- should be SACK=1501-2501",
        ],
        excuses: &[
            "The first block may lie inside another, or below the ack: that reports octets \
             received twice (D-SACK, RFC 2883).",
            "A device that shifts sequence numbers and not those in SACK: where all blocks of an \
             end are off, SQ005 says so, and this rule is silent.",
        ],
    },
    wakes_on: Observations::SACK_FORM,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::SACK_FORM) {
        if case.watch(noted.side).sack.is_shifted() {
            continue;
        }
        let touching = form::touching(noted.ack, noted.options.sack_blocks());
        let Some(((left, right), neighbour)) = touching else {
            continue;
        };
        let who = noted.side.name();
        let (message, expected) = match neighbour {
            Neighbour::Ack => (
                format!(
                    "The {who} still asks for {}, but reports by SACK that it has {left} to {}.",
                    noted.ack,
                    right - 1,
                ),
                Numbers::default().ack(right),
            ),
            Neighbour::Block((other_left, other_right)) => (
                format!(
                    "The {who} sent two SACK blocks that meet, {other_left} to {} and {left} to \
                     {}: there is no hole between them.",
                    other_right - 1,
                    right - 1,
                ),
                Numbers::default().options(format!(
                    "SACK {}-{}",
                    left.earlier(other_left),
                    right.later(other_right)
                )),
            ),
        };
        let observed = Numbers::default().ack(noted.ack);
        let observed = observed.options(format!("SACK {left}-{right}"));
        verdicts.say(
            Verdict::about(noted, message)
                .expected(expected)
                .observed(observed),
        );
    }
}
