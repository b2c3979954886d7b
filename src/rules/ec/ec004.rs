//! EC004: a congestion mark that is not echoed.
//!
//! RFC 3168, 6.1.3: a receiver that got a data packet with CE sets ECE in its ACKs,
//! from the next one on, until CWR arrives. Condition: classic ECN was agreed; P's
//! new data with CE passed the monitor within the window that E offered, only
//! once, and without CWR of P behind it; E's first ACK of all these octets has no
//! ECE. The ACK proves that they arrived, and a mark cannot be cleared behind the
//! monitor by an honest network. After E's own FIN nothing is said (a small socket
//! in TIME-WAIT answers without ECE), nor is a marked FIN asked for.
//! Never more than likely: another copy without CE may have been lost to the capture.

use crate::machine::watch::ecn::Mode;
use crate::rules::prelude::*;
use crate::segment::Flags;

/// The rule.
pub static RULE: Rule = Rule {
    code: "EC004",
    name: "ce-not-echoed",
    title: "Congestion mark not echoed",
    group: Group::EC,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Header,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 3168 6.1.3", "RFC 9293 3.8.2 (SHLD-8)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A router marked a packet because its queue was filling, the receiver got it and \
               acknowledged it, but did not set ECE, by which it has to pass the mark on to the \
               sender.",
        why: "On an ECN connection the mark takes the place of a lost packet. If it is not \
              passed on, the sender goes on at full speed into the congestion, until packets are \
              really lost: for all who share the link.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100   ip.ecn=CE",
            "B > A  ACK      seq=5001 ack=1101           <- ECE is missing",
        ],
        excuses: &[
            "The mark was set behind the point of capture, or on data outside the window: only \
             marks seen here on data that fits count.",
            "The sender confirmed (CWR) before the ACK was sent: then the echo may have ended.",
            "A second copy without the mark, which the capture lost, arrived first: hence \
             likely at most.",
            "Accurate ECN reports marks by a counter, which is not judged here.",
        ],
    },
    wakes_on: Observations::CE_NOT_ECHOED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for ack in case.with(Observations::CE_NOT_ECHOED) {
        if case.watch(ack.side).ecn.mode() != Mode::Classic {
            continue;
        }
        let Some(marked) = ack.about else { continue };
        let verdict = Verdict::about(
            ack,
            format!(
                "The {} acknowledges octets of packet {marked}, which was marked CE (congestion \
                 experienced), without ECE: the {} does not learn of the congestion.",
                ack.side.name(),
                ack.side.peer().name(),
                marked = named(marked),
            ),
        );
        verdicts.say(
            verdict
                .related([marked])
                .expected(Numbers::default().flags(ack.flags | Flags::ECE))
                .observed(Numbers::default().ack(ack.ack).flags(ack.flags)),
        );
    }
}
