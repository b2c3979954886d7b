//! OP008: a TSval below that of an earlier segment of the same end.
//!
//! RFC 7323, 5.4: TSvals come from a clock that runs forward, and 5.2 rests on
//! it. What counts is the order of sending, which the order at the monitor is
//! not. Two forms:
//! 1. with the capture taken at E (proven), the order of capture, if more than
//!    3 ms lie between, and the identifications do not count the other way;
//! 2. elsewhere, the order of numbers: the first segment had no octet below
//!    those already sent, the second continues behind it, and one of the two
//!    carries data. What could still turn this around is a first segment that
//!    repeats what was lost before the monitor, while the second was on its way
//!    for longer than a retransmission timer. So either the second acknowledges
//!    or echoes more than the first, which puts it later, or the first came
//!    within 200 ms of its forerunner, before a timer could have run out.
//!
//! A step back of one tick is let through (two processors, one clock). Nothing is
//! said of SYNs, which may be tried with other clocks, of what follows a SYN whose
//! TSval is zero (some hosts have no clock running yet), of segments with half an
//! hour of silence in between (a microsecond clock goes half around in 36
//! minutes), and of two segments with different hop counts: behind a load
//! balancer, they come from two hosts. No end is named where the second is not
//! like its end's others otherwise: it may be forged.

use super::common::looks_foreign;
use crate::machine::noted::counts_back;
use crate::machine::watch::stamps::Back;
use crate::rules::prelude::*;
use crate::segment::NS_PER_MS;

/// At the host itself, its segments are stored in order of sending within this.
const SLACK_MS: i64 = 3;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP008",
    name: "timestamp-went-backwards",
    title: "Timestamp value decreased",
    group: Group::OP,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 5.4", "RFC 7323 5.2", "RFC 7323 4.1"],
    folds: &[],
    thresholds: &[("slack_ms", SLACK_MS.unsigned_abs())],
    text: Explanation {
        what: "Each timestamp is read from a clock of the sender that only runs forward. Here a \
               later segment carries a smaller value than an earlier one of the same end.",
        why: "The receiver takes a smaller timestamp for the mark of an old segment that was lost \
              in the network for a while, and drops it (PAWS). So the connection stalls until the \
              clock has caught up. Causes: a clock that was set back, several hosts behind one \
              address that do not share a clock, a middlebox that changes timestamps.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100 ts=500/90",
            "A > B  PSH,ACK  seq=1101 ack=5001 len=100 ts=480/90    <- below 500",
        ],
        excuses: &[
            "The network changed the order of the segments: only segments whose order is known \
             from their numbers, or from a capture at the sender, are compared.",
            "The value has gone round at 2^32: values are compared on a ring.",
            "Two hosts answer in turn: nothing is said where the hop counts differ.",
        ],
    },
    wakes_on: Observations::STAMP_BACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::STAMP_BACK) {
        let clock = &case.watch(noted.side).stamps.clock;
        let back = clock.backs().iter().find(|b| b.packet == noted.packet);
        let Some(back) = back else { continue };
        let earlier = back.earlier;
        if earlier.ttl != noted.ttl || counts_back(earlier.ip_id, noted.ip_id) {
            continue;
        }
        if !back.in_order && !stored_in_order(case, noted, back) {
            verdicts.withhold(Need::AtSelf);
            continue;
        }
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent the timestamp {} after {} in packet {}: its clock ran backwards.",
                noted.side.name(),
                back.tsval,
                earlier.tsval,
                named(earlier.packet),
            ),
        );
        let verdict = verdict
            .related([earlier.packet])
            .expected(Numbers::default().options(format!("TSval of {} or more", earlier.tsval)))
            .observed(
                Numbers::default()
                    .seq(noted.seq)
                    .options(format!("TSval {}", back.tsval)),
            );
        verdicts.say(if looks_foreign(case, noted) {
            verdict.endpoint(None)
        } else {
            verdict
        });
    }
}

/// The capture was taken at the sender, whose segments it holds in order.
fn stored_in_order(case: &Case<'_>, noted: &Noted, back: &Back) -> bool {
    case.vantage.is_proven_at(noted.side)
        && case.capture.step_back_ns == 0
        && noted.time.since(back.earlier.time) > SLACK_MS * NS_PER_MS
}
