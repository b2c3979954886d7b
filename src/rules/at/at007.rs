//! AT007: somebody guesses the numbers of a connection.
//!
//! RFC 5961, 1.2, 3, 4 and 5; RFC 9293, 3.10.7.4. On a synchronized connection come at least
//! five segments in the name of one end E within 60 s, all with different SEQs that are mostly
//! outside of the window or a constant step apart:
//! - RSTs at a number that is neither E's (from 2^24 below SMAX) nor was acknowledged by P, as a
//!   RST that copies an ack has;
//! - SYNs with another ISN than E's;
//! - data whose SEQ and ACK are both more than 2^24 away from where the connection stands.
//!
//! What else looks like this, and is left out:
//! - another connection on the same sockets, whose opening was not captured: data that continues
//!   where the guess before ended, and anything but RSTs that P answers with RST;
//! - a client that lost its connection and tries to open anew, with a new ISN each time: SYNs
//!   (and data) count only if E itself went on at its own numbers, or if the SYNs march by a
//!   constant, which no clock does;
//! - octets or ACKs that the capture has lost: RSTs less than 2^24 ahead of SMAX count only if
//!   they march and nothing was lost, or if E went on behind them.
//!
//! Who did it cannot be seen, only that it was hardly E: the end named is the one whose address
//! was used.

use crate::machine::watch::guesses::{ENOUGH, Series, WITHIN_S};
use crate::rules::needs;
use crate::rules::prelude::*;
use crate::rules::words::the;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT007",
    name: "blind-attack",
    title: "Blind RST, SYN or data guessing",
    group: Group::AT,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::ThirdParty,
    textbook: false,
    rfc: &[
        "RFC 5961 1.2",
        "RFC 5961 3",
        "RFC 5961 4",
        "RFC 5961 5",
        "RFC 9293 3.10.7.4 (MAY-12)",
    ],
    folds: &[
        ("RS002", Scope::SameEndpoint),
        ("RS004", Scope::SameEndpoint),
        ("RS006", Scope::OtherEndpoint),
        ("RS007", Scope::OtherEndpoint),
        ("HS021", Scope::SameEndpoint),
        ("SQ003", Scope::SameEndpoint),
        ("SQ012", Scope::OtherEndpoint),
        ("WN001", Scope::SameEndpoint),
    ],
    thresholds: &[("segments", ENOUGH as u64), ("seconds", WITHIN_S as u64)],
    text: Explanation {
        what: "Within a minute, several resets, SYNs or data segments came in the name of one end, \
               each with another sequence number, and none of them one that this end would use. \
               Somebody who cannot see the connection seems to be trying numbers until one fits.",
        why: "One reset that hits the window of an old TCP, or the exact number of a newer one, \
              ends the connection; one data segment that fits is taken for what the peer said. \
              TCPs that follow RFC 5961 answer near misses with an ACK and go on. The guesser must \
              know addresses and ports, so look for long connections between known ports, such as \
              those of routers (BGP).",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "A > B  RST      seq=10000                  (not from A, which stands at 1101)",
            "A > B  RST      seq=75535",
            "A > B  RST      seq=141070                 (and so on, in steps of 65535)",
        ],
        excuses: &[
            "Resets that answer old segments carry acks of these as numbers: numbers that the \
             other end acknowledged do not count.",
            "A host that tries to open anew on the same ports has a new number each time: SYNs \
             count only when the old connection goes on beside them, or when they march by a \
             constant.",
            "Another connection on the same ports, whose opening was not captured: a stream of \
             data does not count.",
        ],
    },
    wakes_on: Observations::GUESSES,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let series = case.watch(side).guesses.series();
        let Some(series) = series.filter(|s| s.count >= ENOUGH && s.looks_guessed()) else {
            continue;
        };
        let only_resets = series.resets == series.count;
        let only_syns = series.syns == series.count;
        let far = series.far.saturating_mul(2) >= series.count;
        let marches = series.step.is_some();
        if !only_resets && series.refused {
            continue;
        }
        if !series.went_on {
            let speaks = if only_resets {
                far || marches
            } else {
                only_syns && marches
            };
            if !speaks {
                continue;
            }
            if !far && needs::lost_something(case) {
                verdicts.withhold(Need::NoCaptureLoss);
                continue;
            }
        }
        verdicts.say(tell(side, series));
    }
}

fn tell(side: Side, series: &Series) -> Verdict {
    let what = match (series.resets, series.syns) {
        (resets, _) if resets == series.count => "RSTs",
        (_, syns) if syns == series.count => "SYNs",
        (0, 0) => "data segments",
        _ => "segments",
    };
    let how = series.step.map_or_else(
        || "each with another number".to_owned(),
        |step| format!("with numbers {} apart", step.cast_signed().unsigned_abs()),
    );
    let outcome = match (series.went_on, series.held > 0) {
        (true, _) => format!(", and {} went on as if it had sent none of them", the(side)),
        (false, true) => format!(", and {} keeps to the old numbers", the(side.peer())),
        (false, false) => String::new(),
    };
    let message = format!(
        "{} {what} in the name of {} from packet {} on, {how}; {} of them are outside of the \
         window{outcome}. Somebody seems to be guessing numbers.",
        series.count,
        the(side),
        named(series.first.0),
        series.outside,
    );
    let mut verdict = Verdict::omission(side, series.first.1, message);
    verdict.packet = Some(series.first.0);
    let edge = series.edge.unwrap_or(series.next);
    verdict
        .related([series.last.0])
        .expected(Numbers::default().seq_range(series.next, edge.later(series.next)))
        .observed(
            Numbers::default()
                .seq(series.first_seq())
                .count(series.count.into())
                .time(series.last.1.since(series.first.1)),
        )
}
