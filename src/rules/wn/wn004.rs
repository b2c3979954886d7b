//! WN004: probes of a closed window that draw no answer.
//!
//! RFC 9293, 3.8.6.1: with a window of zero a receiver still has to acknowledge
//! every segment, with its next number and its current window. E's window is 0;
//! P sends at least three probes, each 200 ms or more after the one before, and E
//! sends nothing at all from the first of them until more than 1 s after the third.
//! A probe is an empty segment just below what E has acknowledged, or anything
//! with data.
//!
//! An omission: with the capture away from E the probes may be lost behind the
//! monitor, so it is said only near E, and is never more than likely. Stacks
//! that answer such segments only so often (Linux: every 500 ms) have answered
//! one of three. Not judged where either end reset the connection meanwhile, or E at any time, and
//! where an ICMP error says of a segment of P that it could not be delivered (a filter at E, before its TCP).

use crate::machine::watch::closed::{ANSWER_NS, Run, UNANSWERED};
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};

/// How long the third probe has to wait.
const SECONDS: u16 = 1;

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN004",
    name: "zero-window-probe-unanswered",
    title: "Zero-window probes not answered",
    group: Group::WN,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::BothDirections, Need::NoCaptureLoss, Need::AtSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.6.1"],
    folds: &[
        ("SQ012", Scope::SameEndpoint),
        ("RT012", Scope::SameEndpoint),
    ],
    thresholds: &[
        ("probes", UNANSWERED as u64),
        ("apart_milliseconds", 200),
        ("seconds", SECONDS as u64),
    ],
    text: Explanation {
        what: "A receiver has closed its window, and the sender asks again and again whether there \
               is room. The receiver says nothing, not even that there still is none.",
        why: "The answers are all that keeps the connection alive: without them the sender must \
              take its peer for dead and gives up. If the segment that opens the window again is \
              lost as well, both ends wait for ever.",
        exchange: &[
            "B > A  ACK  seq=5001 ack=9001 win=0",
            "A > B  ACK  seq=9000 ack=5001 len=0    (probe, no answer)",
            "A > B  ACK  seq=9000 ack=5001 len=0    (probe, no answer)",
            "A > B  ACK  seq=9000 ack=5001 len=0    (probe)  <- still none after 1 s",
        ],
        excuses: &[
            "The probes never arrived: this is said only of captures taken at the receiver.",
            "The receiver limits how often it answers such segments: three probes in a row must \
             stay without any answer.",
            "The receiving host was switched off or lost its network.",
        ],
    },
    wakes_on: Observations::PROBES_WITHOUT_ANSWER,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for prober in Side::BOTH {
        let side = prober.peer();
        let Some(closed) = &case.watch(prober).window.closed else {
            continue;
        };
        let lasts = closed.run.count >= UNANSWERED;
        let Some(run) = closed.unanswered.or(lasts.then_some(closed.run)) else {
            continue;
        };
        let reset_before = |rst: &crate::machine::end::RstSent| {
            rst.first.time.since(run.third.1) <= ANSWER_NS && rst.first.packet > run.first
        };
        let told_why = case.connection.icmp.explains_silence(prober);
        let reset = case.end(prober).rst.as_ref().is_some_and(reset_before);
        if told_why || case.end(side).sent_rst || reset {
            continue;
        }
        if closed.unanswered.is_some() || verdicts.waited(case, run.third.1, SECONDS) {
            verdicts.say(verdict(side, &run));
        }
    }
}

fn verdict(side: Side, run: &Run) -> Verdict {
    Verdict::omission(
        side,
        run.third.1.plus(ANSWER_NS),
        format!(
            "{} has closed its window and does not answer {} probes of {} (packet {} and later).",
            the_capital(side),
            run.count,
            the(side.peer()),
            named(run.first),
        ),
    )
    .related([run.first, run.third.0])
    .expected(Numbers::default().time_range(0, ANSWER_NS))
    .observed(Numbers::default().count(u64::from(run.count)))
}
