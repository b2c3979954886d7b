//! SQ010: segments were captured in another order than they were sent in.
//!
//! RFC 9293, 3.10.7.4 (SHLD-31): segments that come out of order should be kept until the
//! hole is filled. An event of the network, once a connection and direction with its count.
//! Condition: octets of E come for the first time below SMAX(E), and they were sent first:
//! TSval older than the newest; or, with equal or no TSvals, an IP identification just
//! below that of the segment that raised SMAX, or less than min(RTT, 3 ms) behind
//! the first segment beyond them, before any feedback could call for a repetition. A newer
//! TSval shows a repetition, whatever the others say. (The catalogue takes "not newer" for
//! enough; with ticks of 10 ms and more a repetition may have the same TSval, so equal
//! ones leave it to the other two marks.)

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ010",
    name: "out-of-order",
    title: "Segments out of order",
    group: Group::SQ,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.4 (SHLD-31)"],
    folds: &[],
    thresholds: &[("milliseconds", 3)],
    text: Explanation {
        what: "Segments of one end were captured in another order than it sent them in: the \
               network took some of them along another path or through another queue. TCP puts \
               them in order again; no data is lost and nobody is at fault.",
        why: "A little of it is harmless. If segments are overtaken by three others or more, \
              senders may take them for lost and slow down without need, and every overtaken \
              segment makes the receiver send an extra ACK. Usual causes are several links used \
              in turn, several queues of a network card, and a capture that merges interfaces.",
        exchange: &[
            "A > B  PSH,ACK  seq=1101 len=100",
            "A > B  PSH,ACK  seq=1001 len=100    <- sent first, captured second",
        ],
        excuses: &[
            "A segment that was lost before the capture and sent again looks the same, but is \
             younger: timestamps, the IP identification and the time that has passed tell the \
             two apart, where they can.",
        ],
    },
    wakes_on: Observations::OUT_OF_ORDER,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let order = &case.watch(side).order;
        let Some(first) = order.first else { continue };
        let Some(noted) = case.packet(first.packet) else {
            continue;
        };
        let who = side.name();
        let message = match order.overtaken {
            1 => format!(
                "A segment of the {who} (from {}) was overtaken on the way to the capture: packet \
                 {}, which was sent later, came first.",
                noted.seq,
                named(first.by),
            ),
            count => format!(
                "{count} segments of the {who} were overtaken on the way to the capture by others \
                 that were sent later, the first (from {}) by packet {}.",
                noted.seq,
                named(first.by),
            ),
        };
        let verdict = Verdict::about(noted, message);
        verdicts.say(
            verdict.related([first.by]).observed(
                Numbers::default()
                    .seq(noted.seq)
                    .len(noted.payload_len)
                    .time(first.late_ns)
                    .count(u64::from(order.overtaken)),
            ),
        );
    }
}
