//! SQ002: the acknowledgment number went back.
//!
//! RFC 9293, 3.4 (acknowledgments are cumulative) and 3.8 (every segment
//! carries the current one): RCV.NXT never decreases. Condition: s2 of E
//! acknowledges less than an earlier s1, and was provably sent later: its TSval
//! is newer than that of every segment of E captured before it, or the capture
//! was taken at E, which stores neighbours in the wrong order at worst (see
//! `Noted::is_stored_in_order`). Without such a proof the network has reordered the two, and
//! the verdict is withheld.
//!
//! Left out: RSTs, whose ack fields are anything, and SYN-ACKs, because a server
//! that accepts Fast Open repeats its SYN-ACK as it was while the connection has
//! gone on.

use crate::rules::prelude::*;
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ002",
    name: "ack-went-backwards",
    title: "Acknowledgment number decreased",
    group: Group::SQ,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::OrderProof,
    needs: &[Need::OrderProof],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.8"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "An endpoint acknowledged octets, and in a segment that it provably sent later it \
               acknowledges fewer. What has been acknowledged cannot be taken back.",
        why: "The sender has forgotten the acknowledged octets and cannot send them again. A \
              correct sender ignores the lower number; a fault of this kind in the receiver means \
              that it has lost track of its own stream, and data will be missing or doubled.",
        exchange: &[
            "B > A  ACK  seq=5001 ack=2001 TSval=10",
            "B > A  ACK  seq=5001 ack=1501 TSval=12   <- newer, and yet lower",
        ],
        excuses: &[
            "The network delivered the two in the other order: only a newer time stamp, or a \
             capture taken at the sender, proves the order; without one nothing is said.",
            "A forged segment: compare the TTLs.",
            "A repeated SYN-ACK keeps its first number and is not judged, nor is a RST.",
        ],
    },
    wakes_on: Observations::ACK_BACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::ACK_BACK) {
        let Some(acked) = noted.before.own_ack else {
            continue;
        };
        if noted.is_rst() || noted.is_syn() || !noted.ack.before(acked) {
            continue;
        }
        let at_sender = case.vantage.is_proven_at(noted.side)
            && case.capture.step_back_ns == 0
            && noted.is_stored_in_order();
        if !at_sender && !newest(noted) {
            verdicts.withhold(Need::OrderProof);
            continue;
        }
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} acknowledges {} after it had acknowledged {acked}: {} octets less, in a \
                 segment that it sent later.",
                noted.side.name(),
                noted.ack,
                acked.offset_from(noted.ack),
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().ack(acked))
                .observed(Numbers::default().seq(noted.seq).ack(noted.ack)),
        );
    }
}

/// Its TSval is newer than any before, so it was sent after all of them.
fn newest(noted: &Noted) -> bool {
    noted
        .options
        .timestamps()
        .zip(noted.before.own_tsval)
        .is_some_and(|((tsval, _), max)| SeqNo(tsval).after(SeqNo(max)))
}
