//! WN005: a closed window that its sender does not probe.
//!
//! RFC 9293, 3.8.6.1 (MUST-36, MUST-35, SHLD-29; RFC 2525, 2.12): a sender with data
//! has to probe a closed window, the first time after a retransmission timeout.
//! P closes its window (everything that E sent fills it and is acknowledged),
//! and for 60 s and more neither end sends anything; then P opens the window, and
//! E sends new octets within 200 ms: it had more to send all the time.
//!
//! Known only afterwards, and only where P opens the window with an empty segment:
//! data of P may be what E's application was waiting for. It may still have produced
//! the octets at that very moment: likely. Said only with the capture at E,
//! elsewhere the probes may be lost before the monitor. Anything that P sends
//! meanwhile makes E's timer start again, so the silence counts from there
//! (the catalogue counts from the closing).

use crate::machine::watch::closed::{UNPROBED_NS, Unprobed};
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_S;

/// How long without a probe.
const SECONDS: u16 = 60;

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN005",
    name: "zero-window-not-probed",
    title: "Sender does not probe a zero window",
    group: Group::WN,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::AtSelf,
        Need::Time(SECONDS),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.8.6.1 (MUST-36, SHLD-29)",
        "RFC 2525 2.12",
        "RFC 9293 3.8.6 (MUST-35)",
    ],
    folds: &[],
    thresholds: &[("seconds", SECONDS as u64)],
    text: Explanation {
        what: "The receiver closed its window and said nothing for a minute or more. The sender \
               had data waiting (it sent it as soon as the window opened), and in all that time \
               did not ask once whether there was room again.",
        why: "The segment that opens a window is sent once and never repeated, because it is an \
              ACK without data. If it is lost and the sender does not probe, the sender waits for \
              the window and the receiver for data, for ever.",
        exchange: &[
            "B > A  ACK      seq=5001 ack=9001 win=0       t=0",
            "(60 s without a segment)                      <- A must probe after about 1 s",
            "B > A  ACK      seq=5001 ack=9001 win=8000    t=60",
            "A > B  PSH,ACK  seq=9001 ack=5001 len=1000    t=60.01",
        ],
        excuses: &[
            "The sender's application had nothing to send until just then: possible, so this is \
             never more than likely.",
            "The probes were lost before they were captured: said only of captures at the sender.",
        ],
    },
    wakes_on: Observations::RESUMES_UNPROBED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let closed = case.watch(side).window.closed.as_ref();
        let Some(unprobed) = closed.and_then(|closed| closed.unprobed) else {
            continue;
        };
        let since = unprobed.opened_at.plus(-unprobed.silent_ns);
        if verdicts.waited(case, since, SECONDS) {
            verdicts.say(verdict(side, &unprobed));
        }
    }
}

fn verdict(side: Side, unprobed: &Unprobed) -> Verdict {
    Verdict::omission(
        side,
        unprobed.opened_at.plus(UNPROBED_NS - unprobed.silent_ns),
        format!(
            "{} had data for {}, whose window was closed (packet {}), but did not probe it for \
             {} s; it sent on as soon as the window opened (packet {}).",
            the_capital(side),
            the(side.peer()),
            named(unprobed.closed),
            unprobed.silent_ns / NS_PER_S,
            named(unprobed.opened),
        ),
    )
    .related([unprobed.closed, unprobed.opened])
    .related(unprobed.resumed)
    .expected(Numbers::default().time_range(0, UNPROBED_NS))
    .observed(Numbers::default().time(unprobed.silent_ns))
}
