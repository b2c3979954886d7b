//! RT011: a keepalive while data was outstanding.
//!
//! RFC 9293, 3.8.4 (MUST-26): keepalives are sent only while no data is outstanding. An empty
//! segment of E with ACK and SEG.SEQ = SMAX(E)-1, while ACKMAX(P) < SMAX(E).
//!
//! "Not allowed", judged by all that E can know: the acks that passed the monitor before. So
//! ACKs of P that were lost behind the monitor excuse nothing, but one that the capture lost
//! would: needs a lossless capture, and likely at most. Left out, as other segments of the same
//! form: what is sent within 0.2 s of E's or P's latest segment (an answer to something, or an
//! ACK that was overtaken by an octet), anything behind E's FIN, answers to a segment that E
//! must refuse, and probes of a window that was closed or is below 536 octets.
//!
//! The catalogue also accuses keepalives within 1 s of any segment of P. That is dropped: the
//! interval may be set (MUST-27), and the RFC names no lower limit for it.

use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT011",
    name: "keepalive-with-data-outstanding",
    title: "Keepalive sent while data was outstanding",
    group: Group::RT,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::SynSelf,
        Need::BothDirections,
        Need::AtSelf,
        Need::NoCaptureLoss,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.4 (MUST-26)"],
    folds: &[("SQ012", Scope::OtherEndpoint)],
    thresholds: &[],
    text: Explanation {
        what: "Keepalives are for a connection on which nothing is under way. This end sent one \
               although data of its own was not acknowledged yet.",
        why: "While data is outstanding, its retransmission finds out whether the peer is there, \
              and moves the data as well. A keepalive in its place does neither better, and an end \
              whose keepalive timer runs then may give up a connection that is only slow.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "A > B  ACK      seq=1100 ack=5001         <- 1001 to 1100 are not acknowledged",
        ],
        excuses: &[
            "A probe of a closed or very small window has the same form: not counted.",
            "An empty segment in answer to one that had to be refused: not counted.",
            "An acknowledgment that the capture lost.",
        ],
    },
    wakes_on: Observations::KEEPALIVE_TOO_EARLY,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let first = case
            .with(Observations::KEEPALIVE_TOO_EARLY)
            .find(|noted| noted.side == side);
        let Some((first, log)) = first.zip(case.watch(side).keepalive.log()) else {
            continue;
        };
        let (Some(next), Some(acked)) = (first.before.own_next, first.before.peer_ack) else {
            continue;
        };
        let message = format!(
            "{} sent a keepalive (an empty segment at {}) although {} octets of its own were not \
             acknowledged: {} had come to {acked} of {next}.",
            the_capital(side),
            first.seq,
            next.offset_from(acked),
            the(side.peer()),
        );
        verdicts.say(
            Verdict::about(first, message)
                .expected(Numbers::default().seq(next))
                .observed(
                    Numbers::default()
                        .seq(first.seq)
                        .len(0)
                        .count(log.too_early.into()),
                ),
        );
    }
}
