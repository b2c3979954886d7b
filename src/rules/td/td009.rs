//! TD009: a segment sent after the own FIN does not start at u+1.
//!
//! RFC 9293, 3.6, figures 12 and 13: after its FIN at u an end numbers its
//! ACKs SND.NXT = u+1. An empty segment of E (no SYN, FIN, RST), provably sent
//! after the FIN, has another SEG.SEQ. Order at the monitor is no proof of the
//! order of sending, so a number below u+1 needs one (capture at E, or a
//! strictly newer TSval) and is withheld without; a number above u+1 needs
//! none, since E never has any to use. Excluded: keepalives and window probes
//! (SND.UNA-1), and, as long as it is not proven that E knows its FIN
//! acknowledged, everything below u, because some stacks use the edge of a
//! shrunk window as SEQ. SEG.SEQ = u is likely only: it is the classic slip in
//! the last ACK, and the form of a keepalive.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD009",
    name: "ack-after-fin-seq-off",
    title: "Segment after the own FIN does not start at u+1",
    group: Group::TD,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::OrderProof,
    needs: &[Need::FinSelf, Need::OrderProof],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 9293 3.10.7.4"],
    folds: &[],
    thresholds: &[("idle_seconds", closing::IDLE_SECONDS as u64)],
    text: Explanation {
        what: "The FIN took the number u, so everything that its sender sends afterwards starts \
               at u+1, the last ACK of the teardown included. This segment was sent after the FIN \
               and starts elsewhere.",
        why: "The other end may take the segment for an old or unacceptable one. An ACK it then \
              disregards leaves its own FIN unacknowledged, and it stays in LAST-ACK.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  FIN,ACK  seq=5000 ack=1001",
            "A > B  ACK      seq=1000 ack=5001    <- must be 1001",
        ],
        excuses: &[
            "An ACK that left before the FIN and was overtaken by it: the order of sending has to \
             be proven by a capture at the sender or by timestamps, else nothing is said.",
            "A keepalive or window probe, which uses the number before the next one on purpose.",
            "A peer that took back window: some stacks then number their ACKs by its edge.",
        ],
    },
    wakes_on: Observations::EMPTY_AFTER_OWN_FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let of_side = |n: &Noted| n.side == side && n.is_pure_ack();
        if !case.with(Observations::EMPTY_AFTER_OWN_FIN).any(of_side) {
            continue;
        }
        let Some(fin) = closing::fins(case, side).next() else {
            continue;
        };
        if !closing::fin_is_undisputed(case, side) {
            continue;
        }
        let acks = case
            .with(Observations::EMPTY_AFTER_OWN_FIN)
            .filter(|n| n.side == side && n.packet > fin.packet && n.is_pure_ack());
        for ack in acks {
            judge(case, fin, ack, verdicts);
        }
    }
}

fn judge(case: &Case<'_>, fin: &Noted, ack: &Noted, verdicts: &mut Verdicts) {
    let number = fin.data_end();
    let right = number + 1;
    let off = ack.seq.distance_from(right);
    if off == 0 || !closing::fits_connection(ack) || closing::may_be_of_next(ack) {
        return;
    }
    if off < 0 {
        if is_excused(case, ack, off) {
            return;
        }
        if !case.order_is_proven(fin, ack) {
            verdicts.withhold(Need::OrderProof);
            return;
        }
    }
    let verdict = Verdict::about(
        ack,
        format!(
            "{} sent its FIN with number {number} (packet {}), so its next number is {right}; \
             this segment, sent later, starts at {}.",
            the_capital(ack.side),
            named(fin.packet),
            ack.seq,
        ),
    )
    .related([fin.packet])
    .expected(Numbers::default().seq(right))
    .observed(Numbers::default().seq(ack.seq).ack(ack.ack));
    verdicts.say(if off == -1 {
        verdict.certainty(Certainty::Likely)
    } else {
        verdict
    });
}

/// Whether a number `off` below u+1 is right for some purpose.
fn is_excused(case: &Case<'_>, ack: &Noted, off: i32) -> bool {
    let right = ack.seq + off.unsigned_abs();
    let fin_acked = ack
        .before
        .peer_ack
        .is_some_and(|acked| acked.at_or_after(right));
    if off == -1 {
        let last_ack = ack.saw(Observations::FIRST_ACK_OF_FIN);
        let keepalive = fin_acked && !last_ack && closing::is_idle(ack);
        let beyond_window = ack.before.peer_edge.is_some_and(|edge| edge.before(right));
        return keepalive || beyond_window;
    }
    // E is proven to know that its FIN is acknowledged: it acknowledged a FIN
    // of which every copy said so.
    let knows = case.end(ack.side.peer()).fin.is_some_and(|theirs| {
        theirs.lowest_ack.at_or_after(right) && ack.ack.at_or_after(theirs.seq + 1)
    });
    !(fin_acked && knows)
}
