//! WN007: the silly window syndrome.
//!
//! RFC 9293, 3.8.6.2 (MUST-38, MUST-39, SHLD-7). Receiver form: 5 window updates
//! of E in a row (empty ACKs that move the edge, with a window above 0), each from a window
//! below the MSS and by less than the MSS and half of E's largest window, rounding
//! allowed for. Other than in the catalogue, P must have filled the window each time:
//! with a sender that has little to say a narrow window harms nobody.
//! Sender form: 10 segments of new data in a row, each below half of the MSS,
//! without PSH, while data is unacknowledged and a whole MSS of window is usable.
//! PSH marks the end of what a sender has (MUST-61), so without it there was more. The MSS
//! is what both ends announced, and for the sender no more than
//! its largest segment, should the path be narrow, or 536.

use crate::machine::watch::silly_window::{Row, SEGMENTS, UPDATES};
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN007",
    name: "silly-window",
    title: "Silly window syndrome",
    group: Group::WN,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::Handshake, Need::BothDirections, Need::NoOffloadSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.8.6.2",
        "RFC 9293 3.8.6.2.1 (MUST-38)",
        "RFC 9293 3.8.6.2.2 (MUST-39)",
        "RFC 9293 3.7.4 (SHLD-7)",
        "RFC 9293 3.9.1.2 (SHLD-28)",
    ],
    folds: &[],
    thresholds: &[("updates", UPDATES as u64), ("segments", SEGMENTS as u64)],
    text: Explanation {
        what: "A receiver opens its window by a few octets at a time, and each time the sender \
               fills it; or a sender cuts its data into tiny segments although there is more of it \
               and room for whole ones.",
        why: "Each segment costs at least 40 octets of headers and the work of two hosts. Once the \
              steps have become tiny they stay so, and the connection moves at a small part of its \
              speed. Both ends have to avoid it: the receiver by waiting until there is room for a \
              whole segment, the sender by waiting until it has one.",
        exchange: &[
            "B > A  ACK  seq=5001 ack=9001 win=10",
            "A > B  ACK  seq=9001 ack=5001 len=10",
            "B > A  ACK  seq=5001 ack=9011 win=10    <- again and again",
            "A > B  ACK  seq=9011 ack=5001 len=10",
        ],
        excuses: &[
            "Interactive programs send small pieces at once on purpose: segments with PSH are not \
             meant.",
            "A receiver with a tiny buffer: half of its largest window is a step that is large \
             enough.",
            "A window in large units of scale can only move by whole units.",
        ],
    },
    wakes_on: Observations::SILLY_WINDOW,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let silly = &case.watch(side).window.silly;
        if let Some(found) = &silly.tiny_updates
            && super::windows_are_known(case, side)
        {
            let how = format!(
                "opens its window {UPDATES} times in a row by no more than {} octets, and {} \
                 fills it each time",
                found.0.largest,
                the(side.peer()),
            );
            say(case, found, &how, verdicts);
        }
        if let Some(found) = &silly.tiny_segments
            && super::windows_are_known(case, side.peer())
        {
            let how = format!(
                "sends {SEGMENTS} segments in a row of no more than {} octets, although it has \
                 more to send and there is room for whole ones",
                found.0.largest,
            );
            say(case, found, &how, verdicts);
        }
    }
}

fn say(case: &Case<'_>, (row, last): &(Row, u64), how: &str, verdicts: &mut Verdicts) {
    let Some(noted) = case.packet(*last) else {
        return;
    };
    let message = format!(
        "{} {how} (from packet {}).",
        the_capital(noted.side),
        named(row.first)
    );
    verdicts.say(
        Verdict::about(noted, message)
            .related([row.first])
            .observed(
                Numbers::default()
                    .len(row.largest)
                    .count(u64::from(row.count)),
            ),
    );
}
