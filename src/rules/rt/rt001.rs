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
//! segment of P between, and captures in which P could not have been heard; a frame that the network
//! or the capture has doubled (the same identification and timestamp); the SYN-ACK of a simultaneous
//! open, which has the SYN's number and is no repetition.

use super::resent::{could_be_heard, seconds};
use crate::rules::prelude::*;
use crate::segment::NS_PER_MS;

/// A tenth less than RFC 6298 asks for.
const LEAST_NS: i64 = 900 * NS_PER_MS;

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
    rfc: &["RFC 6298 2.1", "RFC 9293 3.8.1"],
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
            let of_form = |n: &&Noted| n.is_syn() && n.is_ack() == answers;
            let mut syns = case
                .of(side)
                .filter(|n| !n.is_rst() && !n.is_void())
                .filter(of_form);
            let Some((first, second)) = syns.next().zip(syns.next()) else {
                continue;
            };
            if let Some(verdict) = too_soon(first, second) {
                if could_be_heard(case, side) {
                    verdicts.say(verdict);
                } else {
                    verdicts.withhold(Need::BothDirections);
                }
            }
        }
    }
}

fn too_soon(first: &Noted, second: &Noted) -> Option<Verdict> {
    let gap = second.time.since(first.time);
    let next = second
        .before
        .own_last
        .is_some_and(|last| last.packet == first.packet);
    let alone = second
        .before
        .peer_last
        .is_none_or(|heard| heard.packet < first.packet);
    let same = first.seq == second.seq && second.saw(Observations::SYN_REPEATED);
    if !(same && next && alone && (0..LEAST_NS).contains(&gap)) || is_doubled(first, second) {
        return None;
    }
    let name = if second.is_ack() { "SYN-ACK" } else { "SYN" };
    let message = format!(
        "The {} repeats its {name} (packet {}) after {}, although nothing had come from the {}; \
         the first timeout is one second.",
        second.side.name(),
        first.packet,
        seconds(gap),
        second.side.peer().name(),
    );
    Some(
        Verdict::about(second, message)
            .related([first.packet])
            .expected(Numbers::default().time(1000 * NS_PER_MS))
            .observed(Numbers::default().seq(second.seq).time(gap)),
    )
}

/// Nothing tells the two apart that their sender would have counted on: one packet, seen twice.
fn is_doubled(first: &Noted, second: &Noted) -> bool {
    let id = |n: &Noted| n.ip_id.filter(|id| *id != 0);
    let (ids, stamps) = (
        id(first).zip(id(second)),
        first.options.timestamps().zip(second.options.timestamps()),
    );
    match (ids, stamps) {
        (Some((a, b)), _) if a != b => false,
        (_, Some(((a, _), (b, _)))) if a != b => false,
        (None, None) => false,
        _ => true,
    }
}
