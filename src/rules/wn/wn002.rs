//! WN002: the right edge of the window goes back.
//!
//! RFC 9293, 3.8.6 (SHLD-14): a receiver should not shrink the window, that is,
//! move its right edge to the left. Two segments of E, the second provably sent
//! after the first and with an ack that is not lower: edge(second) < edge(first),
//! by more than rounding explains.
//!
//! Order proof (machine, "ignored what it knew"): the capture was taken at E, or
//! the second has a newer TSval, or a higher ack. The last is a proof in itself: neither
//! the ack nor the right edge of a receiver that keeps its word ever goes back, so it
//! sends no two segments of which one has the higher ack and the other the further edge,
//! in whichever order they left. Rounding: the catalogue allows 2^shift - 1; twice
//! that is allowed here, since a stack may have rounded the first window up and
//! the second one down (Linux does, when told to shrink).
//!
//! Likely only, where the first of the two is among E's first segments and offers eight times
//! what the second leaves: then a proxy with another scale may have spoken first. And where
//! the ack alone proves the order, and identifications far apart speak for two senders.
//!
//! Excluded: SYNs (their window is not scaled) and RSTs; everything once a FIN of
//! either end was captured, where the window has no more use; an ack that goes back
//! (SQ002); the two with different hop counts, or one of them with
//! marks of another sender; Multipath TCP, whose windows all subflows share.

use crate::machine::noted::counts_back;
use crate::machine::watch::offered::Shrunk;
use crate::rules::at::forgery;
use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::the_capital;

/// A proxy that hands a connection over, or a stack that forgets to scale its
/// first windows, is off by a power of two; from this one on it may be that.
const SCALED_ANEW: u32 = 8;

/// A host with many connections gives out so many identifications between two
/// segments of one of them.
const FAR_IDS: u16 = 4096;

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN002",
    name: "window-shrunk",
    title: "Right edge of the window moved left",
    group: Group::WN,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::OrderProof,
    needs: &[Need::Handshake, Need::OrderProof],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.6 (MUST-34, SHLD-14)", "RFC 7323 2.4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A receiver had offered room up to a certain number, and later offers less: it takes \
               back what it had promised, although the other end has not used it up.",
        why: "Data may be on its way into the part that is gone. The receiver will then throw away \
              what it had asked for, and the sender has to repeat it. A window should only \
              become smaller by being filled.",
        exchange: &[
            "B > A  ACK  seq=5001 ack=1001 win=1000    (room up to 2000)",
            "B > A  ACK  seq=5001 ack=1101 win=500     <- now only up to 1600",
        ],
        excuses: &[
            "A scaled window counts in steps of up to 16 KiB: what rounding up and down explains \
             is not meant.",
            "Two ACKs that overtook each other on the way: the order of sending must be proven, \
             by timestamps, by a capture at this end, or because the second one acknowledges more.",
            "The host was told to shrink windows (net.ipv4.tcp_shrink_window of Linux), or has \
             run out of memory: that is still what the RFC advises against.",
            "A middlebox between the ends rewrites windows to slow a sender down: then it is not \
             the receiver that shrinks them.",
        ],
    },
    wakes_on: Observations::WINDOW_SHRUNK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let shrunk = case.watch(side).window.offered.shrunk();
        if shrunk.is_empty() || !super::windows_are_known(case, side) {
            continue;
        }
        let mut unproven = false;
        let mut proven = false;
        for example in shrunk {
            let Some(noted) = case.packet(example.packet) else {
                continue;
            };
            let sound = |n: &Noted| closing::fits_connection(n) && !forgery::is_marked(case, n);
            let first = case.packet(example.before.by.packet);
            let one_host = noted.ttl == example.before.ttl;
            if !one_host || !sound(noted) || !first.is_none_or(sound) {
                continue;
            }
            if is_in_order(case, noted, example) {
                proven = true;
                let verdict = verdict(noted, example);
                let doubtful = may_be_scaled_anew(case, noted, example)
                    || !case.emitted_in_order(side, &example.before.by, &noted.emission())
                        && are_far_apart(example.before.by.ip_id, noted.ip_id);
                verdicts.say(if doubtful {
                    verdict.certainty(Certainty::Likely)
                } else {
                    verdict
                });
            } else {
                unproven = true;
            }
        }
        if unproven && !proven {
            verdicts.withhold(Need::OrderProof);
        }
    }
}

/// `noted` was provably sent after the segment with the further edge.
fn is_in_order(case: &Case<'_>, noted: &Noted, example: &Shrunk) -> bool {
    let (before, later) = (&example.before, noted.emission());
    let stored_late =
        before.by.is_stamped_after(&later) || counts_back(before.by.ip_id, later.ip_id);
    case.emitted_in_order(noted.side, &before.by, &later)
        || noted.ack.after(before.ack) && !stored_late
}

/// Identifications that no host which counts them up gives to two segments of one
/// connection: where no timestamp does, nothing shows then that one host sent both.
fn are_far_apart(earlier: Option<u16>, later: Option<u16>) -> bool {
    let counted = |id: &u16| *id != 0;
    let ids = earlier.filter(counted).zip(later.filter(counted));
    ids.is_some_and(|(earlier, later)| later.wrapping_sub(earlier) > FAR_IDS)
}

/// The windows at the start of the connection were many times larger than what is left.
fn may_be_scaled_anew(case: &Case<'_>, noted: &Noted, example: &Shrunk) -> bool {
    let (own, peer) = (case.end(noted.side), case.end(noted.side.peer()));
    let scaled = own.window_shift(peer).is_some_and(|shift| shift > 0);
    let before = example.before.edge.offset_from(noted.ack);
    let left = example.edge.offset_from(noted.ack);
    scaled && left > 0 && example.before.early && before / SCALED_ANEW >= left
}

fn verdict(noted: &Noted, example: &Shrunk) -> Verdict {
    let before = &example.before;
    Verdict::about(
        noted,
        format!(
            "{} takes back {} octets of its window: it had offered room up to {} (packet {}), and \
             now offers it only up to {}.",
            the_capital(noted.side),
            before.edge.offset_from(example.edge),
            before.edge - 1,
            named(before.by.packet),
            example.edge - 1,
        ),
    )
    .related([before.by.packet])
    .expected(
        Numbers::default()
            .ack(noted.ack)
            .window(before.edge.offset_from(noted.ack)),
    )
    .observed(
        Numbers::default()
            .ack(noted.ack)
            .window(example.edge.offset_from(noted.ack)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifications_tell_hosts_apart_where_both_are_counted() {
        assert!(are_far_apart(Some(101), Some(40_000)));
        assert!(are_far_apart(Some(40_000), Some(101)), "counted back");
        assert!(!are_far_apart(Some(65_000), Some(1000)), "counted on");
        assert!(!are_far_apart(Some(0), Some(40_000)), "not counted");
        assert!(!are_far_apart(None, None));
    }
}
