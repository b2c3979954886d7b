//! RT001: a SYN is sent again sooner than after one second.
//!
//! RFC 6298, 2.1: until a round trip has been measured, RTO <- 1 s; RFC 9293, 3.8.1 (MUST-18) asks
//! for that algorithm. Two SYNs (or two SYN-ACKs) of E with one ISS, the second the very next segment
//! of E, no segment of P between, and less than 0.9 s apart (a tenth is left for clocks that tick and
//! for the time that the network adds or takes away). Only the first gap is judged: later ones are
//! RT002's.
//!
//! It is an act, but the timer is not seen, so never more than likely. Excluded: what P may have
//! provoked (a RST that a client takes for "try again", a repeated SYN that is answered again): any
//! segment of P between, also one of the incarnation before, whose end may have answered the SYN, and
//! captures in which P could not have been heard; a second SYN that differs (without Fast Open data, or
//! with another MSS), which follows an error, not a timer; a frame that the network has doubled (the same
//! identification and timestamp, within 100 ms); the SYN-ACK of a simultaneous open, which has the SYN's
//! number and is no repetition, and its repetition, for which the timer of that SYN runs; a first SYN that was held up before the monitor, which the sender's own
//! clock shows (TSval). Without that, nothing is said from a capture that was taken elsewhere for sure.

use super::resent::{could_be_heard, seconds};
use crate::rules::prelude::*;
use crate::segment::{NS_PER_MS, NS_PER_S};
use crate::seq::SeqNo;

/// A tenth less than RFC 6298 asks for.
const LEAST_NS: i64 = 900 * NS_PER_MS;
/// The longest initial timeout in use, and a half.
const LATEST_NS: i64 = 4500 * NS_PER_MS;
/// A network does not hold the copy of a packet back longer.
const DOUBLED_NS: i64 = 100 * NS_PER_MS;
/// So long a span shows how fast a timestamp clock ticks.
const CALIBRATION_NS: i64 = 500 * NS_PER_MS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT001",
    name: "initial-rto-too-short",
    title: "SYN retransmitted sooner than 1 s",
    group: Group::RT,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 6298 2.1", "RFC 9293 3.8.1", "RFC 9293 3.8.3 (MUST-22)"],
    folds: &[],
    thresholds: &[("least_ms", (LEAST_NS / NS_PER_MS) as u64)],
    text: Explanation {
        what: "Before the first answer a host cannot know how long the way is, so it has to wait \
               a full second for it. This one repeated its SYN (or SYN-ACK) sooner, although \
               nothing had come from the other side.",
        why: "On a slow path the answer is still under way when the repetition leaves. If many \
              clients do so, a link or a server that is only busy gets twice the load just when \
              it can bear least.",
        exchange: &[
            "A > B  SYN  seq=1000    t=0",
            "A > B  SYN  seq=1000    t=0.3    <- the answer may take a second",
        ],
        excuses: &[
            "The frame was doubled on the way or by the capture: copies have the same \
             identification and timestamp, and are not counted.",
            "Within a data centre the initial timeout is often set lower on purpose.",
            "A RST or another segment of the peer lay between the two: then the repetition \
             answers it, and is not meant.",
            "The capture was taken far from the sender, and the first SYN was held up on the way.",
        ],
    },
    wakes_on: Observations::SYN_REPEATED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        for answers in [false, true] {
            let mut syns = case
                .of(side)
                .filter(|n| n.is_syn() && n.is_ack() == answers && !n.is_rst() && !n.is_void());
            let Some((first, second)) = syns.next().zip(syns.next()) else {
                continue;
            };
            if !is_by_timer(case, first, second) {
                continue;
            }
            let (gap, confirmed) = apart(case, first, second);
            if !(0..LEAST_NS).contains(&gap) {
                continue;
            }
            if !could_be_heard(case, side) {
                verdicts.withhold(Need::BothDirections);
            } else if case.vantage.proven && !case.vantage.is_at(side) && !confirmed {
                verdicts.withhold(Need::AtSelf);
            } else {
                verdicts.say(verdict(first, second, gap));
            }
        }
    }
}

/// Nothing but a timer explains that `second` follows `first`.
fn is_by_timer(case: &Case<'_>, first: &Noted, second: &Noted) -> bool {
    let same = first.seq == second.seq
        && first.payload_len == second.payload_len
        && first.options.mss() == second.options.mss()
        && second.saw(Observations::SYN_REPEATED);
    let next = second
        .before
        .own_last
        .is_some_and(|last| last.packet == first.packet);
    let alone = second
        .before
        .peer_last
        .is_none_or(|heard| heard.packet < first.packet);
    // What the incarnation before still said may have been about this SYN.
    let over = case
        .previous
        .is_none_or(|previous| previous.last_packet < first.packet);
    // Each of several SYNs is answered.
    let asked = case
        .syns(first.side.peer())
        .filter(|syn| syn.packet < second.packet)
        .count();
    // In a simultaneous open the timer of the bare SYN runs on (RFC 6298, 5.1).
    let runs_on = first.is_ack()
        && case
            .syns(first.side)
            .any(|syn| syn.seq == first.seq && syn.packet < second.packet);
    same && next && alone && over && asked < 2 && !runs_on && !is_doubled(first, second)
}

fn verdict(first: &Noted, second: &Noted, gap: i64) -> Verdict {
    let name = if second.is_ack() { "SYN-ACK" } else { "SYN" };
    let message = format!(
        "The {} repeats its {name} (packet {}) after {}, although nothing had come from the {}; \
         the first timeout is one second.",
        second.side.name(),
        named(first.packet),
        seconds(gap),
        second.side.peer().name(),
    );
    Verdict::about(second, message)
        .related([first.packet])
        .expected(Numbers::default().time(NS_PER_S))
        .observed(Numbers::default().seq(second.seq).time(gap))
}

/// How far apart the two were sent, and whether their sender's own clock says so: the first may have
/// been held up on its way to the monitor.
fn apart(case: &Case<'_>, first: &Noted, second: &Noted) -> (i64, bool) {
    let captured = second.time.since(first.time);
    let stamps = |a: &Noted, b: &Noted| {
        let (from, to) = a.options.timestamps().zip(b.options.timestamps())?;
        let ticks = i64::from(SeqNo(to.0).distance_from(SeqNo(from.0)));
        (ticks > 0).then_some(ticks)
    };
    let Some(ticks) = stamps(first, second) else {
        return (captured, false);
    };
    let later = case
        .of(second.side)
        .filter(|n| n.time.since(second.time) >= CALIBRATION_NS)
        .filter_map(|n| Some((n.time.since(second.time), stamps(second, n)?)))
        .last();
    if let Some((time, passed)) = later {
        let by_stamps = ticks.saturating_mul(time / passed);
        return (captured.max(by_stamps), true);
    }
    // Nothing tells the length of a tick: 1 ms is frequent, 4 and 10 ms occur.
    let may_be_late = [4, 10]
        .iter()
        .any(|ms| (LEAST_NS..LATEST_NS).contains(&ticks.saturating_mul(ms * NS_PER_MS)));
    let by_ms = ticks.saturating_mul(NS_PER_MS);
    let agrees = by_ms.saturating_sub(captured).saturating_abs() < captured / 5;
    if may_be_late && !agrees {
        return (LEAST_NS, false);
    }
    (captured, agrees)
}

/// Nothing tells the two apart that their sender would have counted on, and they are close: one packet,
/// seen twice.
fn is_doubled(first: &Noted, second: &Noted) -> bool {
    let id = |n: &Noted| n.ip_id.filter(|id| *id != 0);
    let ids = id(first).zip(id(second));
    let stamps = first.options.timestamps().zip(second.options.timestamps());
    let differ = ids.is_some_and(|(a, b)| a != b) || stamps.is_some_and(|(a, b)| a.0 != b.0);
    second.time.since(first.time) < DOUBLED_NS && !differ
}
