//! SQ009: data reported by SACK is asked for again.
//!
//! RFC 2018, 8 lets a receiver throw away what it has reported by SACK and not yet
//! acknowledged, and advises against it. Condition: E reported [L,R); a segment of E
//! that was provably sent later (its TSval is newer than any before, or the capture was
//! taken at E)
//! - has L =< SEG.ACK < R without reporting the octet SEG.ACK itself (then SQ008 speaks):
//!   E asks for an octet in the block, so it no longer has it. Definite with the ack
//!   strictly inside; at L itself an ACK that left before the queue was looked through would
//!   look the same: likely;
//! - or is an empty ACK below L that carries no SACK block at all, although there is
//!   room for one. RFC 2018, 4 asks for reports only by a SHOULD: likely.
//!
//! The catalogue also counts a segment with blocks that lacks this one while
//! there is room. That was left out: receivers that keep a list of four (Linux does) forget
//! the oldest block when a fifth comes and do not come back to it. For the same reason a
//! report of three blocks or more silences the second form until all of it is
//! acknowledged. Left out too: segments that may be keepalives (some stacks build them
//! without options) and those behind the own FIN (a closing end may free its queue).

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ009",
    name: "sack-reneged",
    title: "Data reported by SACK was taken back",
    group: Group::SQ,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::OrderProof,
    needs: &[Need::OrderProof, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 2018 8", "RFC 9293 3.10.7.4 (SHLD-31, MAY-13)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The receiver first reported octets beyond a hole as received, and later says that \
               it does not have them. It is allowed to: SACK is only advice, and a host short of \
               memory may throw away what it cannot hand over yet.",
        why: "It is rare, and a sign of a receiver under pressure or of one that loses count of \
              its queue. The octets must be sent once more; a sender that trusts SACK too much \
              and has freed them cannot do that, and the connection hangs. That is why every \
              sender has to keep the data until it is acknowledged.",
        exchange: &[
            "B > A  ACK  ack=1001 SACK=2001-3001 TSval=5",
            "B > A  ACK  ack=1001 (no SACK)      TSval=9   <- where are 2001 to 3000?",
        ],
        excuses: &[
            "The network swapped the two ACKs: a newer timestamp, or a capture at the receiver, \
             must prove their order.",
            "There was no room for the block, or the receiver's list of blocks was full: not \
             counted.",
            "The receiver was closing.",
        ],
    },
    wakes_on: Observations::SACK_TAKEN_BACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let sack = &case.watch(side).sack;
        let taken = sack.book().and_then(|book| book.report.taken_back());
        let Some(taken) = taken.filter(|_| !sack.is_shifted()) else {
            continue;
        };
        let Some(noted) = case.packet(taken.packet) else {
            continue;
        };
        let at_sender = case.vantage.is_proven_at(side)
            && case.capture.step_back_ns == 0
            && noted.is_stored_in_order();
        if !taken.newer && !at_sender {
            verdicts.withhold(Need::OrderProof);
            continue;
        }
        let (left, right) = taken.block;
        let again = if taken.inside {
            format!("asks for {} again", noted.ack)
        } else {
            format!(
                "acknowledges {} and no longer mentions them, although there is room",
                noted.ack
            )
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} had reported {left} to {} by SACK (packet {}), and now {again}.",
                side.name(),
                right - 1,
                named(taken.reported),
            ),
        );
        let certainty = if noted.ack.after(left) && taken.inside {
            Certainty::Definite
        } else {
            Certainty::Likely
        };
        verdicts.say(
            verdict
                .certainty(certainty)
                .related([taken.reported])
                .expected(Numbers::default().options(format!("SACK {left}-{right}")))
                .observed(Numbers::default().ack(noted.ack)),
        );
    }
}
