//! HS002: a SYN-ACK acknowledges a SYN that was not seen.
//!
//! RFC 9293, 3.5, figure 8: an old SYN may reach the responder, whose SYN-ACK
//! then has SEG.ACK-1 = the ISN of that old SYN. The condition: SEG.ACK lies
//! in [x+1, x+1+n] for no SYN x of the opener, neither before nor behind it in
//! the capture, and misses all of them by more than HS001's 1024. Never more
//! than likely, because the SYN it answers may have come another way. Excluded
//! beside the catalogue's traps: an answer to the SYN of the incarnation
//! before, which is a repetition of an old SYN-ACK.

use super::opening::{NEAR, may_be_of_previous, openings};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS002",
    name: "synack-acks-unknown-syn",
    title: "SYN-ACK acknowledges a SYN that was not seen",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynPeer, Need::NoCaptureLoss, Need::BothDirections],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.5", "RFC 9293 3.10.7.3"],
    folds: &[("HS010", Scope::Connection)],
    thresholds: &[("near_octets", NEAR as u64)],
    text: Explanation {
        what: "The SYN-ACK acknowledges a number that has nothing to do with any SYN that the \
               opener sent in this capture. It answers some other request to open: one that the \
               capture does not hold, or one that was never sent.",
        why: "If an old SYN wandered through the network, all is well as long as the opener \
              resets the answer. If nobody resets it, or every opening looks like this, a box on \
              the path is changing sequence numbers, or someone is sending answers that nobody \
              asked for.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=77778001    <- which SYN is that?",
            "A > B  RST      seq=77778001",
        ],
        excuses: &[
            "A delayed old SYN reached the server beside the capture (RFC 9293, figure 8): \
             legal. HS015 then tells that the opener refused the answer.",
            "The capture lost the SYN: where anything shows loss, nothing is said.",
            "A load balancer or SYN proxy chose another number towards the server, and the \
             capture holds one side of it only.",
            "The SYN of the connection before, on the same ports: its late answer is known and \
             passed over.",
        ],
    },
    wakes_on: Observations::SYN_ACK_UNFITTING,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for synack in case.with(Observations::SYN_ACK_UNFITTING) {
        let opener = synack.side.peer();
        let near = openings(case, opener)
            .any(|syn| synack.ack.distance_from(syn.seq + 1).unsigned_abs() <= NEAR);
        if near || case.acks_a_syn_of(opener, synack.ack) || may_be_of_previous(case, synack) {
            continue;
        }
        let Some(syn) = case.syns(opener).next() else {
            continue;
        };
        let right = syn.seq + 1;
        verdicts.say(
            Verdict::about(
                synack,
                format!(
                    "The SYN-ACK acknowledges {}, but no SYN with number {} was captured; the SYN \
                     (packet {}) has {}, whose answer acknowledges {right}.",
                    synack.ack,
                    synack.ack - 1,
                    named(syn.packet),
                    syn.seq,
                ),
            )
            .related([syn.packet])
            .expected(Numbers::default().ack_range(right, right + syn.payload_len))
            .observed(Numbers::default().seq(synack.seq).ack(synack.ack)),
        );
    }
}
