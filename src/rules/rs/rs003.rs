//! RS003: a RST is answered with a RST.
//!
//! RFC 9293, 3.10.7.1: "An incoming segment containing a RST is discarded."
//! Condition: between two segments of E, P sent nothing but one RST, so E's RST
//! that follows within a round trip can answer only that; its SEQ is the ack
//! field of P's RST or repeats E's own RST before. This at least twice.
//!
//! Once may be two aborts that crossed. Several RSTs of E in a row after data
//! in flight do not count: of them at most the first follows a segment of E
//! that is older than P's RST, and P's data stands between.

use crate::machine::noted::Brief;
use crate::rules::prelude::*;
use crate::segment::{Flags, NS_PER_MS};

/// How often before it is said.
const TIMES: usize = 2;

/// Least time that counts as one round trip.
const LEAST_RTT_NS: i64 = 10 * NS_PER_MS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS003",
    name: "rst-in-reply-to-rst",
    title: "RST answered with RST",
    group: Group::RS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::BothDirections, Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.1", "RFC 9293 3.5.2"],
    folds: &[],
    thresholds: &[("times", TIMES as u64)],
    text: Explanation {
        what: "A host answers resets with resets. A RST says that there is no connection (any \
               more); the one who gets it discards it and says nothing.",
        why: "If both sides did this, two hosts without any connection would go on resetting each \
              other for ever and as fast as the network carries it. It is a common fault in \
              self-made stacks and in firewalls that \"reject\" whatever does not match.",
        exchange: &[
            "A > B  RST,ACK  seq=1101 ack=5001",
            "B > A  RST      seq=5001            <- silence is due",
            "A > B  RST,ACK  seq=1101 ack=5001",
            "B > A  RST      seq=5001            <- and again",
        ],
        excuses: &[
            "Both applications abort at the same moment and the resets cross: once proves nothing, \
             it must happen twice.",
            "Several resets in a row answer several data segments that were under way: only a RST \
             with nothing but a RST before it counts.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let answers: Vec<(&Noted, &Noted)> = case
            .resets(side)
            .filter_map(|rst| Some((rst, answered(case, rst)?)))
            .collect();
        let (Some((first, to)), true) = (answers.first(), answers.len() >= TIMES) else {
            continue;
        };
        let verdict = Verdict::about(
            first,
            format!(
                "The {} answers a RST with a RST (packet {} with packet {}), {} times in all; a \
                 RST is discarded in silence.",
                side.name(),
                named(to.packet),
                named(first.packet),
                answers.len(),
            ),
        );
        let others = answers
            .iter()
            .skip(1)
            .flat_map(|(r, t)| [t.packet, r.packet]);
        verdicts.say(
            verdict
                .related([to.packet])
                .related(others.take(16))
                .expected(Numbers::default().count(0))
                .observed(
                    Numbers::default()
                        .seq(first.seq)
                        .flags(first.flags)
                        .count(answers.len() as u64),
                ),
        );
    }
}

/// The RST of the peer that `rst` can only be an answer to.
fn answered<'a>(case: &Case<'a>, rst: &Noted) -> Option<&'a Noted> {
    let of_peer = rst.before.peer_last?;
    let own_before = rst.before.own_last?;
    let is_rst = |brief: &Brief| brief.flags.contains(Flags::RST);
    if !is_rst(&of_peer) || own_before.packet > of_peer.packet {
        return None;
    }
    let to = case.packet(of_peer.packet)?;
    // Whatever the peer sent before its RST came before the own segment.
    let alone = to
        .before
        .own_last
        .is_none_or(|earlier| earlier.packet < own_before.packet);
    let copies_ack = rst.seq == to.ack;
    let repeats = is_rst(&own_before) && own_before.seq == rst.seq;
    let soon = rst.time.since(to.time) <= case.rtt_or_default_ns().max(LEAST_RTT_NS);
    (alone && soon && (copies_ack || repeats)).then_some(to)
}
