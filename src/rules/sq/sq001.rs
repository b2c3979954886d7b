//! SQ001: an acknowledgment of octets that were never sent.
//!
//! RFC 9293, 3.4 and 3.10.7.4, fifth step: SEG.ACK > SND.NXT. At the moment of
//! the ACK this looks exactly like a segment that the capture has lost, so it is
//! held until P, whose octets they are, contradicts it: P sends octets below
//! that ack for the first time, or shows by an empty segment at SND.NXT that it
//! had not come so far. Nothing of the sort until the end: CA003 instead.
//!
//! Certainty. Octets below the ack that come only now may still be a repetition
//! of a segment that the capture lost, so: likely, and only more than a round
//! trip later. Definite where
//! - P's FIN ends its stream below the ack: no octet can lie there; or
//! - P shows that it had received the early ACK (its TSecr echoes that ACK's
//!   TSval, which was new with it, or it acknowledges octets that came with it)
//!   and still stands below: a sender that had sent those octets would be beyond.
//!
//! The catalogue also takes a newer TSval of P for proof; a repetition has one
//! as well, so it is not enough here.
//!
//! Left to others: SYN-ACKs (HS001, HS002, HS016), the first ACK of the
//! handshake (HS003), and an ack beyond a FIN already seen (TD001).

use crate::rules::prelude::*;
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ001",
    name: "ack-of-unsent-data",
    title: "Acknowledges data that was never sent",
    group: Group::SQ,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::SynPeer,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.4", "RFC 9293 3.4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "An acknowledgment names a number beyond everything that the other side had sent, \
               and what the other side did next shows that it really had not sent so far.",
        why: "It is a fault in the arithmetic of a stack, or an optimistic ACK: a receiver that \
              acknowledges ahead makes the sender go faster than its share, or lets it believe \
              that data has arrived which was lost. A correct sender answers with an ACK of its \
              own numbers and ignores the rest of the segment.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "B > A  ACK      seq=5001 ack=1201            <- A had sent up to 1101",
            "A > B  PSH,ACK  seq=1101 ack=5001 len=100    (proves it: 1101 comes only now)",
        ],
        excuses: &[
            "The capture lost the packets in between, by far the most frequent reason: as long \
             as the sender goes on from the acknowledged number, it is CA003.",
            "Frames stored out of order: at least 10 ms must lie between.",
            "A keepalive or probe has a number below SND.NXT on purpose and contradicts nothing.",
        ],
    },
    wakes_on: Observations::CONTRADICTS_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for proof in case.with(Observations::CONTRADICTS_ACK) {
        let early = proof.about.and_then(|packet| case.packet(packet));
        let Some(early) = early.filter(|early| !named_elsewhere(case, early)) else {
            continue;
        };
        let Some(sent) = early.before.peer_next else {
            continue;
        };
        let definite = fin_ends_below(proof, early.ack) || had_received(proof, early);
        if !definite && proof.time.since(early.time) <= case.rtt_or_default_ns() {
            continue;
        }
        let certainty = if definite {
            Certainty::Definite
        } else {
            Certainty::Likely
        };
        let (who, other) = (early.side.name(), proof.side.name());
        let shows = if proof.is_empty() {
            format!("still stands at {}", proof.seq)
        } else if fin_ends_below(proof, early.ack) {
            format!("ends its stream at {}", proof.end())
        } else {
            format!("sends number {} only then", proof.seq)
        };
        let verdict = Verdict::about(
            early,
            format!(
                "The {who} acknowledges {}, but the {other} had sent only up to {sent}: with \
                 packet {} the {other} {shows}.",
                early.ack,
                named(proof.packet),
            ),
        );
        verdicts.say(
            verdict
                .certainty(certainty)
                .related([proof.packet])
                .expected(Numbers::default().ack(sent))
                .observed(Numbers::default().seq(early.seq).ack(early.ack)),
        );
    }
}

/// Another rule speaks of the same number.
fn named_elsewhere(case: &Case<'_>, early: &Noted) -> bool {
    let iss = case.end(early.side.peer()).iss();
    // HS003: just beyond y+1 on the first segment of the handshake.
    let handshake = early.saw.contains(Observations::FIRST_AFTER_SYN)
        && iss.is_some_and(|iss| early.before.peer_next == Some(iss + 1))
        && iss.is_some_and(|iss| (0..=1024).contains(&early.ack.distance_from(iss + 1)));
    early.is_syn() || handshake || early.saw.contains(Observations::ACK_BEYOND_FIN)
}

fn fin_ends_below(proof: &Noted, ack: SeqNo) -> bool {
    proof.is_fin() && proof.end().before(ack)
}

/// The sender of `proof` had processed `early` when it sent it.
fn had_received(proof: &Noted, early: &Noted) -> bool {
    let echoes = match (proof.options.timestamps(), early.options.timestamps()) {
        (Some((_, echo)), Some((tsval, _))) => {
            let new_with_it = early
                .before
                .own_tsval
                .is_some_and(|max| SeqNo(tsval).after(SeqNo(max)));
            new_with_it && SeqNo(echo).at_or_after(SeqNo(tsval))
        }
        _ => false,
    };
    let acks_its_octets = !early.is_empty()
        && early
            .before
            .own_next
            .is_some_and(|next| early.end().after(next))
        && proof.is_ack()
        && proof.ack.at_or_after(early.end());
    echoes || acks_its_octets
}
