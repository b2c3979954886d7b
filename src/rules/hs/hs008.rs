//! HS008: a crossing SYN is answered with a bare ACK.
//!
//! RFC 9293, 3.10.7.3, fourth step: SYN-SENT and a SYN without ACK: "Otherwise,
//! enter SYN-RECEIVED, form a SYN,ACK". The condition: both ends sent a SYN,
//! no segment of P that acknowledges ISS(E)+1 has passed, E has sent no
//! SYN-ACK, and E's first segment after its SYN acknowledges P's SYN. Later
//! segments are not judged: from SYN-RECEIVED an ACK may answer a duplicate.
//! Likely at most: P's SYN-ACK, or E's, may have been lost by the capture. Two
//! frames closer than a millisecond may be stored in the wrong order, so a
//! fitting segment of P so soon behind excuses.

use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_MS;

/// Frames closer than this may be stored in the wrong order.
const ORDER_SLACK_NS: i64 = NS_PER_MS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS008",
    name: "simultaneous-open-bare-ack",
    title: "Crossing SYN answered with a bare ACK",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::SynSelf,
        Need::SynPeer,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.3", "RFC 9293 3.5 (MUST-10)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Both ends sent a SYN. An end whose own SYN has not been acknowledged answers the \
               other's with a SYN-ACK that repeats its own SYN. This one sent an ACK without \
               SYN.",
        why: "Its own SYN may have been lost, and then the other end receives an ACK from \
              someone of whom it has no sequence number. It works only if that end sends a \
              SYN-ACK nevertheless.",
        exchange: &[
            "A > B  SYN      seq=100",
            "B > A  SYN      seq=300",
            "A > B  ACK      seq=101 ack=301    <- SYN,ACK seq=100 expected",
        ],
        excuses: &[
            "The other end's SYN-ACK had arrived already and the capture lost it: where anything \
             shows loss, nothing is said.",
            "RFC 793 was read this way by some stacks, and it does synchronize when the other end \
             follows the rule.",
        ],
    },
    wakes_on: Observations::FIRST_AFTER_SYN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::FIRST_AFTER_SYN) {
        let (side, peer) = (noted.side, noted.side.peer());
        let crossing = |of| case.syns(of).find(|syn| syn.packet < noted.packet);
        // Mostly one of them has sent none.
        let Some(other) = crossing(peer) else {
            continue;
        };
        let Some(own) = crossing(side) else {
            continue;
        };
        let answers = noted.is_ack() && noted.ack.within(other.seq + 1, other.end());
        let synack_sent = case.syn_acks(side).any(|n| n.packet < noted.packet);
        let acked_before = noted.before.peer_ack.is_some_and(|ack| ack.after(own.seq));
        let acked_beside = case.of(peer).any(|n| {
            let apart = n.time.since(noted.time);
            n.is_ack() && n.ack.after(own.seq) && (0..ORDER_SLACK_NS).contains(&apart)
        });
        if !answers || synack_sent || acked_before || acked_beside {
            continue;
        }
        verdicts.say(
            Verdict::about(
                noted,
                format!(
                    "{} answers the crossing SYN (packet {}) with a bare ACK, although nothing of \
                     {} has acknowledged its own SYN (packet {}); a SYN-ACK numbered {} is due.",
                    the_capital(side),
                    named(other.packet),
                    the(peer),
                    named(own.packet),
                    own.seq,
                ),
            )
            .related([own.packet, other.packet])
            .expected(
                Numbers::default()
                    .flags_text("SYN,ACK")
                    .seq(own.seq)
                    .ack(noted.ack),
            )
            .observed(
                Numbers::default()
                    .flags(noted.flags)
                    .seq(noted.seq)
                    .ack(noted.ack),
            ),
        );
    }
}
