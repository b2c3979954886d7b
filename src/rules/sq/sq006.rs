//! SQ006: a SACK block below the ack that is no D-SACK.
//!
//! RFC 2018, 3: blocks report what was received beyond the ack; below it everything
//! was. RFC 2883, 4 makes one exception, the report of octets received twice, and puts
//! it into the first block. Condition, in one segment: a block other than the first has
//! its right edge at or below SEG.ACK. One header shows it, so it is sound from
//! anywhere. Left out: an end whose blocks are all shifted against its peer's numbers by
//! a device on the way (SQ005, case middlebox), and RSTs.

use crate::machine::watch::sack::form;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ006",
    name: "sack-below-ack",
    title: "SACK block below the cumulative ACK that is not a D-SACK",
    group: Group::SQ,
    severity: Severity::Error,
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
        what: "The acknowledgment number says that everything below it has arrived. A SACK block \
               below it can therefore only mean that those octets came a second time, and such a \
               report (a D-SACK) has its fixed place: the first block. Here a later one lies \
               there.",
        why: "It is a fault in the receiver's list of blocks, most often a block that was not \
              dropped when the acknowledgment passed it. A sender ignores it at best; at worst it \
              takes octets for received that are not, or has no room left for the blocks that it \
              needs.",
        exchange: &[
            "B > A  ACK  ack=4000 SACK=5000-5500,3000-3500   <- the second block lies below 4000",
        ],
        excuses: &[
            "The first block may lie below the ack: that is a D-SACK (RFC 2883).",
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
        let Some((left, right)) = form::below_ack(noted.ack, noted.options.sack_blocks()) else {
            continue;
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} acknowledges everything below {}, and reports by SACK, not in the first \
                 block, that it also has {left} to {}.",
                noted.side.name(),
                noted.ack,
                right - 1,
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().options(format!("SACK beyond {}", noted.ack)))
                .observed(
                    Numbers::default()
                        .ack(noted.ack)
                        .options(format!("SACK {left}-{right}")),
                ),
        );
    }
}
