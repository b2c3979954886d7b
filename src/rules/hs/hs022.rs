//! HS022: a synchronized endpoint answers a SYN with a SYN-ACK.
//!
//! RFC 9293, 3.10.7.4, fourth step, and RFC 5961, 4.2: "the TCP endpoint MUST
//! send a challenge ACK to the remote peer". The condition spans two
//! incarnations, because E's SYN-ACK is what opens the second: in the first E
//! sent segments behind its SYN, no FIN and no RST passed either way; then P's
//! SYN and E's SYN-ACK that acknowledges it. Silence of a minute between the
//! two is taken for a time-out of E, and nothing is said (all beside the
//! catalogue) when the first began before the capture, as it may have been
//! closed there, or when something of it followed on the SYN: then E did send
//! its challenge, and only the RST in between is missing. Never more than
//! likely: E's RST may have been lost, or the two connections may be of
//! different hosts behind one address.

use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_S;

/// After so long a silence E may have given the old connection up.
const SILENCE_S: u64 = 60;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS022",
    name: "synack-in-synchronized-state",
    title: "Synchronized endpoint answered a SYN with SYN-ACK",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynSelf, Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.4", "RFC 5961 4.2"],
    folds: &[],
    thresholds: &[("silence_s", SILENCE_S)],
    text: Explanation {
        what: "This end had a connection on these sockets that neither side had closed, and then \
               received a SYN for a new one. It must answer with an ACK that shows the numbers of \
               the open connection; it answered with a SYN-ACK instead.",
        why: "Anyone who can send a SYN with the right addresses can then throw an open \
              connection away. With the ACK, a peer that was really restarted resets the old \
              connection itself, and a forger learns nothing.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=10",
            "A > B  SYN      seq=777777",
            "B > A  SYN,ACK  seq=31337 ack=777778    <- ACK seq=5001 ack=1011 expected",
        ],
        excuses: &[
            "This end had aborted the old connection, and its RST was lost or not captured.",
            "The old connection had timed out: after a minute of silence nothing is said.",
            "Several hosts behind one translated address.",
        ],
    },
    wakes_on: Observations::SYN_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let Some(previous) = case.previous else {
        return;
    };
    let open = Side::BOTH
        .iter()
        .all(|side| previous.ends.of(*side).fin.is_none());
    if !open || previous.reset || previous.mid_stream {
        return;
    }
    for side in Side::BOTH {
        let old = previous.ends.of(side);
        let Some(synack) = case.syn_acks(side).next() else {
            continue;
        };
        let syn = case
            .syns(side.peer())
            .find(|syn| synack.ack.within(syn.seq + 1, syn.end()));
        let Some(syn) = syn else { continue };
        let silence = syn.time.since(previous.last);
        let limit = i64::try_from(SILENCE_S).unwrap_or(0) * NS_PER_S;
        let known = old.sent_after_syn && old.ack_max.is_some();
        // Something of the old connection followed on the SYN: it was challenged.
        let challenged = previous.last_packet > syn.packet;
        if !known || silence >= limit || challenged || syn.packet > synack.packet {
            continue;
        }
        let mut expected = Numbers::default().flags_text("ACK");
        if let (Some(seq), Some(ack)) = (old.snd_next, old.ack_max) {
            expected = expected.seq(seq).ack(ack);
        }
        verdicts.say(
            Verdict::about(
                synack,
                format!(
                    "{} accepted a new SYN (packet {}), although it had a connection with {} on \
                     these sockets that nobody had closed (last in packet {}).",
                    the_capital(side),
                    named(syn.packet),
                    the(side.peer()),
                    named(previous.last_packet),
                ),
            )
            .related([syn.packet, previous.last_packet])
            .expected(expected)
            .observed(
                Numbers::default()
                    .flags(synack.flags)
                    .seq(synack.seq)
                    .ack(synack.ack)
                    .time(silence),
            ),
        );
    }
}
