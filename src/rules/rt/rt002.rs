//! RT002: the retransmission timer does not grow.
//!
//! RFC 6298, 5.5, required by RFC 9293, 3.8.1 (MUST-19): with each timeout RTO <- RTO * 2. E sends the
//! segment at SND.UNA (or its SYN) again at least four times, with no segment of P between, and for
//! three successive pairs of gaps g(i+1) < 1.5 * g(i), each g(i) below 60 s (RFC 6298, 2.5 lets the
//! timer stop there). "Successive" is taken to the letter: a repetition lost before the monitor makes
//! two gaps one, and then one pair may look flat, but never two in a row.
//!
//! What P sends restarts the timer, so gaps are counted from P's latest segment on. It is an act, but
//! an ACK that only the capture missed would explain it: needs a capture without loss, and is never
//! more than likely. The first five gaps between SYNs are not judged: several systems space them
//! evenly and back off then (the BSDs for long, Linux since 6.5). Not judged: repetitions against a
//! closed window, keepalives and window probes, which have schedules of their own, gaps below
//! 10 ms, which are one frame doubled on the way, and gaps in which an ICMP error came: it takes the
//! timer back (RFC 6069), or asks for smaller segments.
//!
//! The catalogue needs both directions; unanswered SYNs have but one. It is enough here that P could
//! have been heard.

use super::resent::{about, by_end, could_be_heard, seconds};
use crate::machine::watch::retransmit::{Series, Steady};
use crate::rules::prelude::*;
use crate::segment::NS_PER_S;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT002",
    name: "rto-not-backed-off",
    title: "Retransmission timer not backed off",
    group: Group::RT,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::Clock, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 6298 5.5",
        "RFC 9293 3.8.1 (MUST-18)",
        "RFC 9293 3.8.2 (MUST-19)",
        "RFC 9293 3.8.6.1 (SHLD-30)",
    ],
    folds: &[],
    thresholds: &[
        ("flat_pairs", Series::STEADY as u64),
        ("linear_syns", Series::LINEAR_SYNS as u64),
        ("largest_rto_s", (Series::LARGEST_RTO_NS / NS_PER_S) as u64),
    ],
    text: Explanation {
        what: "One segment was sent again and again without any word from the other side, and the \
               pauses between did not grow. After each timeout the sender has to wait twice as \
               long as before.",
        why: "Silence often means that the path is overloaded. Senders that keep their pace then \
              keep it overloaded: doubling the pause is what lets a congested network recover at \
              all.",
        exchange: &[
            "A > B  seq=1001 len=100    t=0",
            "A > B  seq=1001 len=100    t=1",
            "A > B  seq=1001 len=100    t=2    <- 2 s were due, 3 s in all",
            "A > B  seq=1001 len=100    t=3    <- 4 s",
            "A > B  seq=1001 len=100    t=4    <- 8 s",
        ],
        excuses: &[
            "The first SYNs of many systems come at even distances; the first five gaps are \
             passed over.",
            "Linux can be told not to back off on connections with little data (thin streams), \
             for up to six repetitions.",
            "An ICMP error showed that the path was down, not congested: then the timer may be \
             taken back (RFC 6069).",
            "A timer that has reached 60 s need not grow any more.",
            "Keepalives and probes of a closed window keep times of their own and are not meant.",
        ],
    },
    wakes_on: Observations::TIMER_STEADY,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for (side, again) in by_end(case) {
        let Some(steady) = again.steady else { continue };
        if could_be_heard(case, side) {
            verdicts.say(verdict(case, side, &steady));
        } else {
            verdicts.withhold(Need::BothDirections);
        }
    }
}

fn verdict(case: &Case<'_>, side: Side, steady: &Steady) -> Verdict {
    let [before @ .., last] = steady.gaps;
    let gaps: Vec<String> = steady.gaps.iter().map(|gap| seconds(*gap)).collect();
    let expected = before.last().map_or(0, |gap| gap.saturating_mul(2));
    let message = format!(
        "The {} sent the same segment (packet {}) again {} times without any answer, lastly after \
         {}; each wait should be twice the one before.",
        side.name(),
        named(steady.first),
        steady.times,
        gaps.join(", "),
    );
    about(case, side, &steady.at, message)
        .related([steady.first])
        .expected(Numbers::default().time(expected))
        .observed(
            Numbers::default()
                .seq(steady.at.seq)
                .len(steady.at.len)
                .count(u64::from(steady.times))
                .time(last),
        )
}
