//! RS009: an open connection is reset because of a segment that does not fit.
//!
//! RFC 9293, 3.5.2, group 3: in a synchronized state any unacceptable segment
//! is answered with an empty ACK, "and the connection remains in the same
//! state". Condition: E is synchronized and alive (it sent something within a
//! round trip, at least 200 ms, before); nobody has sent FIN or RST; P's
//! segment s is unacceptable (its octets all below ACKMAX(E), its number beyond
//! WEDGE(E), or its ack beyond SMAX(E)); and E's next segment, within a round
//! trip, is a RST without ACK numbered SEG.ACK of s, or, in a capture taken at
//! E, a RST,ACK within 10 ms.
//!
//! The first form is what an end without a connection sends; an application
//! that aborts makes its stack send RST,ACK. In the opening (SYN-RECEIVED) that
//! RST is right, and the machine calls nothing unacceptable there. An ack
//! beyond SMAX(E) answered so by a living end is not taken for capture loss.

use crate::rules::needs::{Standing, standing};
use crate::rules::prelude::*;
use crate::segment::{Flags, NS_PER_MS};

/// Least time within which an end counts as alive.
const ALIVE_NS: i64 = 200 * NS_PER_MS;

/// Least time that counts as one round trip.
const LEAST_RTT_NS: i64 = 10 * NS_PER_MS;

/// An answer given by the stack itself takes no longer than this.
const AT_ONCE_NS: i64 = 10 * NS_PER_MS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS009",
    name: "reset-on-unacceptable-segment",
    title: "Live connection reset because of an unacceptable segment",
    group: Group::RS,
    severity: Severity::Warning,
    cases: &[],
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
    rfc: &["RFC 9293 3.5.2", "RFC 9293 3.10.7.4"],
    folds: &[("RS005", Scope::SamePacket), ("HS021", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "A segment that does not fit an open connection (old data again, a number outside \
               the window, an acknowledgment of data never sent) was answered with a RST. The \
               answer should be an empty ACK, and the connection stays.",
        why: "Old duplicates are everyday guests in a network. A stack that resets on them loses \
              connections whenever an ACK gets lost and data is repeated, and anybody who can \
              guess a port number can cut its connections with a single segment.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "B > A  ACK      seq=5001 ack=1101",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100   (again: the ACK was lost)",
            "B > A  RST      seq=5001                    <- ACK 1101 is due",
        ],
        excuses: &[
            "The application aborted at that very moment: its RST carries ACK as a rule, so such \
             a one counts only at once after the segment and in a capture taken at that host.",
            "The host had lost its state and says so: it must have sent something just before.",
            "A firewall answers in its name: compare the TTL.",
            "It had closed, and its FIN was not captured: an ack of one number more than was seen \
             is judged only where it is known that nothing was lost.",
            "The segment that does not fit may be forged: then the reset is still the wrong answer.",
        ],
    },
    wakes_on: Observations::AFTER_PROVOCATION,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let resets = |noted: &&Noted| noted.is_rst() && !noted.is_syn();
    for rst in case.with(Observations::AFTER_PROVOCATION).filter(resets) {
        let to = rst.about.and_then(|packet| case.packet(packet));
        let Some(to) = to.filter(|to| !to.is_rst() && !to.is_syn()) else {
            continue;
        };
        if closing_before(case, rst) || !alive(case, rst) || !answers(case, rst, to) {
            continue;
        }
        // The ack of a FIN that the capture has lost; a host that has closed refuses late
        // data with a RST of that very number.
        let of_lost_fin = to.before.peer_next.is_some_and(|next| to.ack == next + 1);
        let lossless = standing(Need::NoCaptureLoss, case, rst.side) == Standing::Met;
        if of_lost_fin && !lossless {
            verdicts.withhold(Need::NoCaptureLoss);
            continue;
        }
        let who = rst.side.name();
        let verdict = Verdict::about(
            rst,
            format!(
                "The {who} resets the open connection because of packet {}, {}; it must answer \
                 with an empty ACK and keep the connection.",
                named(to.packet),
                misfit(to),
            ),
        );
        let mut due = Numbers::default().flags(Flags::ACK);
        if let Some(next) = rst.before.own_next {
            due = due.seq(next);
        }
        if let Some(ack) = rst.before.own_ack {
            due = due.ack(ack);
        }
        verdicts.say(
            verdict
                .related([to.packet])
                .expected(due)
                .observed(Numbers::default().seq(rst.seq).flags(rst.flags)),
        );
    }
}

/// What is wrong with the segment that was answered.
fn misfit(to: &Noted) -> String {
    let before = &to.before;
    match (before.peer_next, before.peer_ack) {
        (Some(next), _) if to.ack.after(next) => {
            format!("which acknowledges {}, never sent", to.ack)
        }
        (_, Some(ack)) if !to.is_empty() && to.end().at_or_before(ack) => {
            "which holds nothing but old octets".to_owned()
        }
        _ => format!("whose number {} lies outside the window", to.seq),
    }
}

fn closing_before(case: &Case<'_>, rst: &Noted) -> bool {
    Side::BOTH.iter().any(|side| {
        let end = case.end(*side);
        let fin = end.fin.or(end.distant_fin);
        let closed = fin.is_some_and(|fin| fin.packet < rst.packet);
        let reset = end.rst.is_some_and(|first| first.first.packet < rst.packet);
        closed || reset
    })
}

fn alive(case: &Case<'_>, rst: &Noted) -> bool {
    let limit = case.rtt_or_default_ns().max(ALIVE_NS);
    rst.before
        .own_last
        .is_some_and(|last| !last.flags.contains(Flags::RST) && rst.time.since(last.time) <= limit)
}

fn answers(case: &Case<'_>, rst: &Noted, to: &Noted) -> bool {
    let after = rst.time.since(to.time);
    if rst.is_ack() {
        case.vantage.is_at(rst.side) && after <= AT_ONCE_NS
    } else {
        rst.seq == to.ack && after <= case.rtt_or_default_ns().max(LEAST_RTT_NS)
    }
}
