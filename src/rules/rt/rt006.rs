//! RT006: data is acknowledged later than half a second after it came.
//!
//! RFC 9293, 3.8.6.3 (MUST-40): a delayed ACK is delayed by less than 0.5 s. At a capture
//! taken at E, new data of P passed at t0 and E's first segment with SEG.ACK >= its end
//! passed at t1; t1 - t0 > 0.5 s + 10 ms.
//!
//! An omission: the data may have come later than the tap saw it, or not at all, so only at E
//! and never more than likely. Judged is only data that E must take in and acknowledge: new at
//! SMAX(P), with nothing missing before it, inside E's window, which is not closed, while
//! neither end has sent SYN, FIN or RST with it or before it. P's segments below SMAX (the
//! data again, or older data) end the wait without a verdict, for they may say that the data
//! was lost, between the tap and the TCP included (a firewall, a full buffer). So E is only
//! accused where P waited as well; most senders would sooner send again, and then RT006 stays
//! silent. Where several segments were waiting, the ones behind the first are timed by the
//! latest of them, in E's favour. Data that is never acknowledged is no matter of delay.

use crate::finding::Span;
use crate::machine::watch::acks::{LATEST_NS, SLACK_NS};
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_MS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT006",
    name: "delayed-ack-too-long",
    title: "Acknowledgment delayed by more than 0.5 s",
    group: Group::RT,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::BothDirections,
        Need::AtSelf,
        Need::Clock,
        Need::NoCaptureLoss,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.6.3 (MUST-40, SHLD-18)", "RFC 5681 4.2"],
    folds: &[],
    thresholds: &[
        ("milliseconds", (LATEST_NS / NS_PER_MS) as u64),
        ("slack_milliseconds", (SLACK_NS / NS_PER_MS) as u64),
    ],
    text: Explanation {
        what: "A receiver may wait a little before it acknowledges, in the hope that one ACK will \
               do for two segments, or that it can travel with data of its own. It may wait for \
               less than half a second. This one took longer.",
        why: "The sender does not know whether its data has arrived. If the ACK takes longer than \
              its retransmission timer it sends everything once more, halves its speed or worse, \
              and measures a round-trip time that the path does not have. A sender that waits for \
              the ACK before it sends on (Nagle's algorithm) stands still meanwhile.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100   t=0",
            "B > A  ACK      seq=5001 ack=1101           t=0.8  <- at 0.5 at the latest",
        ],
        excuses: &[
            "The data or the ACK was delayed or lost between the capture and the receiver: judged \
             only in captures taken at the receiver, and never more than likely.",
            "Data that was sent again before the ACK came: it may have been lost the first time, \
             so it is not judged.",
            "A closed window, a hole in front of the data, or a connection that is just opening \
             or closing: not judged.",
            "A tap that is not quite at the receiver, such as the log of a VPN program: where the \
             place of the capture is only estimated, one late ACK among others in time is not \
             judged.",
            "The receiving machine stood still (a virtual machine that was suspended, an \
             overloaded processor), or its own outgoing queue was full.",
        ],
    },
    wakes_on: Observations::LATE_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for ack in case.with(Observations::LATE_ACK) {
        let side = ack.side;
        let acks = &case.watch(side).acks;
        let Some(late) = acks.late().filter(|late| late.ack.0 == ack.packet) else {
            continue;
        };
        let mostly = late.count.saturating_mul(2) >= acks.timed;
        if !mostly && !case.vantage.is_proven_at(side) {
            verdicts.withhold(Need::AtSelf);
            continue;
        }
        let waited = late.ack.1.since(late.data.1);
        let more = match late.count {
            0 | 1 => String::new(),
            count => format!(
                " This happened {count} times of {}, and took up to {} s.",
                acks.timed,
                Span(late.longest_ns),
            ),
        };
        let message = format!(
            "{} acknowledged the data of {} in packet {} only {} s after it came; a delayed \
             acknowledgment is due in less than 0.5 s.{more}",
            the_capital(side),
            the(side.peer()),
            named(late.data.0),
            Span(waited),
        );
        verdicts.say(
            Verdict::about(ack, message)
                .related([late.data.0])
                .expected(Numbers::default().time_range(0, LATEST_NS))
                .observed(
                    Numbers::default()
                        .ack(ack.ack)
                        .time(waited)
                        .count(late.count.into()),
                ),
        );
    }
}
