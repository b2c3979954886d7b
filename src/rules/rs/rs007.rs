//! RS007: the peer goes on after a RST that should have reached it.
//!
//! RFC 9293, 3.5.3: who receives a valid RST ends the connection. Condition:
//! E's RST at SMAX(E) (so it fits exactly) passed the monitor; more than two
//! round trips later P sends new octets, and E stays silent from then on (a
//! RST in answer would explain itself, and data of E would mean that the RST
//! was not its own: AT005). Nobody is blamed: the RST may have been lost behind
//! the monitor, or P may have good reason to ignore it.

use crate::rules::prelude::*;

/// Round trips that the RST is given to arrive and P's last segments to pass.
const ROUND_TRIPS: i64 = 2;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS007",
    name: "traffic-after-peer-rst",
    title: "Peer goes on after receiving a RST",
    group: Group::RS,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.5.3", "RFC 5961 3", "RFC 9293 3.4 (MUST-66)"],
    folds: &[],
    thresholds: &[("round_trips", ROUND_TRIPS as u64)],
    text: Explanation {
        what: "One endpoint reset the connection with a RST that fits, and well after that the \
               other one still sends new data, to which nobody answers.",
        why: "The other side has not noticed that the connection is gone. Most often the RST got \
              lost behind the point of capture, or a firewall dropped it (and drops the answers as \
              well); then this side talks into the void until its retransmissions time out.",
        exchange: &[
            "B > A  RST      seq=5001",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=10   (1 s later; no answer)",
        ],
        excuses: &[
            "Data that was under way when the RST came: it has two round trips to arrive.",
            "A RST that does not fit exactly is rightly ignored and not counted.",
            "If the resetting endpoint goes on as well, the RST was not its own.",
        ],
    },
    wakes_on: Observations::AFTER_PEER_RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let grace = case.rtt_or_default_ns().saturating_mul(ROUND_TRIPS);
    for segment in case.with(Observations::AFTER_PEER_RST) {
        let new_octets = segment.payload_len > 0
            && segment
                .before
                .own_next
                .is_some_and(|next| segment.end().after(next));
        let fits = |rst: &&Noted| {
            let late = segment.time.since(rst.time) > grace;
            late && rst.packet < segment.packet && rst.before.own_next == Some(rst.seq)
        };
        let resetter = segment.side.peer();
        let silent = case
            .end(resetter)
            .last
            .is_some_and(|last| last.packet < segment.packet);
        let Some(rst) = case.resets(resetter).find(fits) else {
            continue;
        };
        if !new_octets || !silent {
            continue;
        }
        let elapsed = crate::finding::Span(segment.time.since(rst.time));
        let verdict = Verdict::about(
            segment,
            format!(
                "The {} still sends new data {elapsed} s after the {}'s RST (packet {}), and gets \
                 no answer: it seems not to have received the RST.",
                segment.side.name(),
                resetter.name(),
                named(rst.packet),
            ),
        );
        verdicts.say(
            verdict.related([rst.packet]).observed(
                Numbers::default()
                    .seq(segment.seq)
                    .len(segment.payload_len)
                    .time(segment.time.since(rst.time)),
            ),
        );
    }
}
