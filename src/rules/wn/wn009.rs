//! WN009: a receiver that takes data beyond its own window.
//!
//! RFC 9293, 3.4 (figure 4) and 3.10.7.4, first step: what lies outside of the
//! window is not acceptable, and a segment that reaches over its edge is trimmed.
//! E sends ACK (no SYN, no RST) with SEG.ACK > W+1, where W is the furthest edge
//! that E offered in any segment before (for the first flight, its SYN's window
//! counted from ISS(P)+1 as well). "Contradicted itself", but an unseen window of E
//! would allow it: lossless. One octet at the edge is left, a probe may be taken,
//! and so may a FIN (it is no data). A segment of E that was stored within 10 ms after,
//! with a lower ack, counts as earlier.
//!
//! Case begins-beyond: the last octet acknowledged came in a segment with SEG.SEQ >= W.
//! Case straddles: that segment began inside (or it cannot be told any more);
//! many stacks take it whole.
//!
//! WN001 blames P for sending these octets, this rule E for taking them. Both ends
//! would be wrong together, so a window lost by the capture or a scale that was
//! changed on the way are the better explanation where it happens often: hence
//! never more than likely. Not judged with Multipath TCP.

use crate::machine::watch::offered::Taken;
use crate::rules::at::forgery;
use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::{the, the_capital};

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN009",
    name: "ack-beyond-own-window",
    title: "Receiver acknowledges data beyond the window it had offered",
    group: Group::WN,
    severity: Severity::Warning,
    cases: &[
        ("begins-beyond", Severity::Warning),
        ("straddles", Severity::Notice),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.10.7.4", "RFC 9293 3.8.6"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A receiver acknowledges data that lies beyond the furthest edge of the window that \
               it had ever offered. It said that it had no room there, and took the data all the \
               same.",
        why: "One of its two statements is wrong: either the window that it sends (a wrong scale \
              factor, most often) or its test of what it may accept. With the first, the \
              connection is slower than it could be; with the second, a sender can \
              make it keep more than it has room for.",
        exchange: &[
            "B > A  ACK      seq=5001 ack=1001 win=100    (room up to 1100)",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "A > B  PSH,ACK  seq=1101 ack=5001 len=100    (WN001: beyond the window)",
            "B > A  ACK      seq=5001 ack=1201 win=100    <- takes it",
        ],
        excuses: &[
            "One octet at the edge is the form of a window probe, and may be taken.",
            "A segment that begins inside the window and reaches over its edge is taken whole by \
             many stacks: that is only a notice.",
            "The capture missed a larger window, or a middlebox changed the scale of the windows \
             between the ends.",
        ],
    },
    wakes_on: Observations::BEYOND_OWN_WINDOW,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let taken = case.watch(side).window.offered.taken();
        if taken.is_empty() || !super::windows_are_known(case, side) {
            continue;
        }
        let offered_by_syn = super::wn001::syn_edge(case, side);
        for example in taken {
            let Some(noted) = case.packet(example.packet) else {
                continue;
            };
            let by_syn = offered_by_syn.is_some_and(|edge| example.ack.at_or_before(edge));
            if by_syn || !closing::fits_connection(noted) || forgery::is_marked(case, noted) {
                continue;
            }
            verdicts.say(verdict(noted, example));
        }
    }
}

fn verdict(noted: &Noted, taken: &Taken) -> Verdict {
    let beyond = taken
        .with
        .is_some_and(|(start, _)| start.at_or_after(taken.edge));
    let verdict = Verdict::about(
        noted,
        format!(
            "{} acknowledges octets up to {}, but it had offered a window only up to {}: it took \
             {} octets of {} for which it had no room.",
            the_capital(noted.side),
            taken.ack - 1,
            taken.edge - 1,
            taken.ack.offset_from(taken.edge),
            the(noted.side.peer()),
        ),
    );
    verdict
        .case(if beyond { "begins-beyond" } else { "straddles" })
        .related(taken.with.map(|(_, packet)| packet))
        .expected(Numbers::default().ack(taken.edge))
        .observed(Numbers::default().ack(noted.ack))
}
