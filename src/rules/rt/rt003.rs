//! RT003: a retransmission by the timer sooner than after one second.
//!
//! RFC 6298, 2.4: RTO SHOULD be rounded up to 1 s. E sends the segment at SND.UNA again less than
//! 0.9 s after the copy before, with no segment of P between, P had reported no loss (by SACK or
//! three duplicate ACKs), and no ICMP error had said since that it was too big. Only wrong by the
//! textbook, and universal: one info per end, with the first example and the count. A tail loss probe
//! (RFC 8985, 7) of the only outstanding segment has the same form and is counted; the text says so.
//! SYNs are RT001's.

use super::resent::{about, by_end, could_be_heard, seconds};
use crate::machine::watch::retransmit::Series;
use crate::rules::prelude::*;
use crate::segment::{NS_PER_MS, NS_PER_S};

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT003",
    name: "rto-below-one-second",
    title: "Timeout retransmission sooner than 1 s",
    group: Group::RT,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 6298 2.4", "RFC 9293 3.8.1 (MUST-18)"],
    folds: &[],
    thresholds: &[("least_ms", (Series::EARLY_NS / NS_PER_MS) as u64)],
    text: Explanation {
        what: "A sender repeated data in less than a second without any hint of a loss: its timer \
               had run out. The standard asks for a timeout of at least one second, however short \
               the path is.",
        why: "A short timeout repeats data whose acknowledgment is only late. In practice nearly \
              every system uses 200 to 300 ms and repairs the few needless repetitions, so this is \
              remarkable by the textbook only.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100    t=0",
            "A > B  PSH,ACK  seq=1001 len=100    t=0.22    <- the textbook says 1 s",
        ],
        excuses: &[
            "Practically every system does it.",
            "A tail loss probe (RFC 8985) repeats the last segment on purpose before the timer \
             runs out; with one segment outstanding it looks the same.",
        ],
    },
    wakes_on: Observations::TIMER_EARLY,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for (side, again) in by_end(case) {
        let Some(early) = again.early else { continue };
        let Some((before, gap)) = early.previous else {
            continue;
        };
        if !could_be_heard(case, side) {
            verdicts.withhold(Need::BothDirections);
            continue;
        }
        let more = match again.early_count {
            0 | 1 => String::new(),
            count => format!(" That happened {count} times."),
        };
        let message = format!(
            "The {} repeats packet {before} after {} without a word from the {}; a timeout is one \
             second or more by the standard.{more}",
            side.name(),
            seconds(gap),
            side.peer().name(),
            before = named(before),
        );
        verdicts.say(
            about(case, side, &early, message)
                .related([before])
                .expected(Numbers::default().time(NS_PER_S))
                .observed(
                    Numbers::default()
                        .seq(early.seq)
                        .len(early.len)
                        .time(gap)
                        .count(u64::from(again.early_count)),
                ),
        );
    }
}
