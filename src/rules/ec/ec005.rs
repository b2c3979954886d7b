//! EC005: ECE that is not answered, or does not end.
//!
//! RFC 3168, 6.1.2 and 6.1.3, in classic ECN. Case of E, the sender of data: P's ACKs
//! have had ECE for three round trips, and at least a second, without a break, and E
//! has sent new data since, three segments or more, all without CWR; it does not
//! slow down, or does not say so. Case of P, the receiver: E's new data with CWR was
//! acknowledged, no CE has passed since, and three ACKs and more still have ECE.
//! The second is sound only where P's own ACKs and all marks that it gets are
//! captured, at P: elsewhere it is withheld. The second of patience is not in the
//! catalogue: with a queue that fills, the handshake measures no round trip.

use crate::machine::watch::ecn::{Mode, TIMES};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "EC005",
    name: "ece-cwr-exchange-broken",
    title: "ECE not answered with CWR, or not stopped after it",
    group: Group::EC,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::Handshake, Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 3168 6.1.2",
        "RFC 3168 6.1.3",
        "RFC 9293 3.8.2 (SHLD-8)",
    ],
    folds: &[],
    thresholds: &[("times", TIMES as u64), ("round_trips", 3), ("seconds", 1)],
    text: Explanation {
        what: "A receiver that got a congestion mark sets ECE in every ACK until the sender \
               confirms with CWR that it has slowed down. One half of this exchange fails: either \
               no CWR comes, or ECE goes on after it.",
        why: "Without CWR the receiver cannot report the next mark, and the sender has probably \
              not slowed down. If ECE does not end, the sender halves its window again in every \
              round trip, and the connection crawls.",
        exchange: &[
            "B > A  ACK,ECE  seq=5001 ack=1101",
            "A > B  ACK      seq=1101 ack=5001 len=100   (no CWR)",
            "B > A  ACK,ECE  seq=5001 ack=1201",
            "A > B  ACK      seq=1201 ack=5001 len=100   <- and so on, for a second and more",
        ],
        excuses: &[
            "The ACKs with ECE got lost behind the point of capture: hence many of them, over \
             several round trips, and likely at most.",
            "A new mark after the CWR starts the echo anew: every CE seen is taken for one.",
            "Marks set behind the point of capture: the second half is judged only at the \
             receiver.",
            "Accurate ECN uses the same flags as a counter: only connections that agreed on \
             classic ECN are judged.",
        ],
    },
    wakes_on: Observations::ECE_UNANSWERED.union(Observations::ECE_AFTER_CWR),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for segment in case.with(Observations::ECE_UNANSWERED | Observations::ECE_AFTER_CWR) {
        let (side, peer) = (segment.side, segment.side.peer());
        if case.watch(side).ecn.mode() != Mode::Classic {
            continue;
        }
        let Some(cause) = segment.about else { continue };
        let message = if segment.saw(Observations::ECE_UNANSWERED) {
            format!(
                "The {} has sent ECE since packet {cause}, and the {} still sends new data without \
                 CWR: it does not say that it has slowed down.",
                peer.name(),
                side.name(),
                cause = named(cause),
            )
        } else if !case.vantage.is_at(side) {
            verdicts.withhold(Need::AtSelf);
            continue;
        } else {
            format!(
                "The {} goes on sending ECE although it has acknowledged the CWR of the {} (packet \
                 {cause}) and no marked packet came since.",
                side.name(),
                peer.name(),
                cause = named(cause),
            )
        };
        verdicts.say(
            Verdict::about(segment, message).related([cause]).observed(
                Numbers::default()
                    .seq(segment.seq)
                    .ack(segment.ack)
                    .flags(segment.flags),
            ),
        );
    }
}
