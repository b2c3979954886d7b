//! WN008: a connection dropped although its probes were answered.
//!
//! RFC 9293, 3.8.6.1 (MUST-37, SHLD-17): as long as the receiver acknowledges the
//! probes of its closed window, the sender has to let the connection stay open. E sent
//! at least two probes into a window of 0, P answered each within 1 s with a window
//! of 0, and E sends RST while the window is closed and its last probe answered; no FIN of
//! P was captured. That E had data outstanding is shown by the probes.
//!
//! Never more than likely: the application at E may have given up (RFC 9293, 3.9.1, ABORT, or
//! the user timeout), which it may at any time.

use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_S;

/// So many answers.
const ANSWERED: u32 = 2;

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN008",
    name: "gave-up-while-probes-answered",
    title: "Connection dropped although zero-window probes were acknowledged",
    group: Group::WN,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.6.1 (MUST-37)", "RFC 9293 3.8.6 (SHLD-17)"],
    folds: &[],
    thresholds: &[("answered", ANSWERED as u64), ("seconds", 1)],
    text: Explanation {
        what: "A receiver had closed its window and answered every probe: it was there, and still \
               had no room. The sender reset the connection all the same.",
        why: "A slow reader is no dead one. As long as it answers, the sender has to wait, \
              however long that takes; who gives up after some probes loses data that would have \
              been delivered, for instance to a printer that is out of paper.",
        exchange: &[
            "A > B  ACK  seq=9000 ack=5001          (probe)",
            "B > A  ACK  seq=5001 ack=9001 win=0",
            "A > B  ACK  seq=9000 ack=5001          (probe)",
            "B > A  ACK  seq=5001 ack=9001 win=0",
            "A > B  RST  seq=9001                   <- B had answered",
        ],
        excuses: &[
            "The application gave up, or had set a time limit: that is its right, and looks the \
             same on the wire.",
            "The host defends itself against peers that keep windows closed to use up its memory \
             (RFC 9293 and RFC 6429 allow that).",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let closed = case.watch(side).window.closed.as_ref();
        let Some(gave_up) = closed.and_then(|closed| closed.gave_up) else {
            continue;
        };
        let Some(rst) = case.packet(gave_up.packet) else {
            continue;
        };
        // After a hard error it may give up (RFC 9293, 3.9.2.2).
        let told_to = case.connection.icmp.may_end(side);
        if gave_up.answered < ANSWERED || case.end(side.peer()).sent_rst || told_to {
            continue;
        }
        verdicts.say(
            Verdict::about(
                rst,
                format!(
                    "{} resets the connection after {} s of a closed window, although {} has \
                     answered {} probes, the last one in packet {}.",
                    the_capital(side),
                    gave_up.closed_ns / NS_PER_S,
                    the(side.peer()),
                    gave_up.answered,
                    named(gave_up.answer),
                ),
            )
            .related([gave_up.answer])
            .observed(
                Numbers::default()
                    .seq(rst.seq)
                    .count(u64::from(gave_up.answered))
                    .time(gave_up.closed_ns),
            ),
        );
    }
}
