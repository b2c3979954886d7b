//! SQ003: a segment is numbered below its sender's ISN.
//!
//! RFC 9293, 3.4.1 and 3.10.7.4, first step: the SYN has the lowest number of
//! the connection. Condition: not SYN and not RST, and lt(SEG.SEQ, ISS(E)).
//! ISS itself is allowed: a keepalive before any data has it. Old duplicates of
//! the incarnation before have been sorted out by then. Likely: an old duplicate
//! whose incarnation was not captured looks alike. Where the first segment of
//! the handshake misses by little, HS004 speaks.
//!
//! A number may also have come round, in a long stream of which the capture
//! holds little: that is assumed where P's latest ACK is close by, or where the
//! number lies more than 2^30 below the ISN (so, less than 3 GiB above it).

use crate::rules::prelude::*;
use crate::segment::Flags;

/// A miss of the first segment by no more than this is HS004's.
const NEAR: i32 = 1024;

/// Further below the ISN a number may as well be far above it.
const MAY_WRAP: i32 = 1 << 30;

/// A number so close to the peer's latest ACK is known to the peer.
const NEAR_ACK: u32 = 1 << 20;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ003",
    name: "seq-below-isn",
    title: "Segment numbered below its own ISN",
    group: Group::SQ,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::SynSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4.1", "RFC 9293 3.10.7.4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The SYN fixes the first number of a connection; everything after it is numbered \
               higher. This segment has a number below its sender's SYN.",
        why: "No octet of this connection has that number, so the receiver drops the segment. It \
              belongs to an earlier connection on the same ports, or was made by somebody who \
              does not know the numbers, or its sender miscounts.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "A > B  PSH,ACK  seq=700 ack=5001 len=10   <- 1001 is the first",
        ],
        excuses: &[
            "A keepalive on a connection that has carried no data has the SYN's own number: \
             allowed.",
            "Segments of the connection before on the same ports are recognised by their numbers, \
             if that connection is in the capture.",
            "Numbers that have come round after 4 GiB, also where the capture holds few of them, are not \
             judged.",
        ],
    },
    wakes_on: Observations::SEQ_BELOW_ISN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let below = case
            .with(Observations::SEQ_BELOW_ISN)
            .filter(|noted| noted.side == side);
        for noted in below {
            if !judge(case, noted, verdicts) {
                break;
            }
        }
    }
}

/// False where numbers have come round: then nothing more can be said.
fn judge(case: &Case<'_>, noted: &Noted, verdicts: &mut Verdicts) -> bool {
    let Some(iss) = case.end(noted.side).iss() else {
        return false;
    };
    let below = iss.distance_from(noted.seq);
    let acked = noted.before.peer_last.is_some_and(|last| {
        last.flags.contains(Flags::ACK)
            && last.ack.distance_from(noted.seq).unsigned_abs() < NEAR_ACK
            && last.ack.before(iss)
    });
    if below > MAY_WRAP || acked {
        return false;
    }
    let first = noted.saw.contains(Observations::FIRST_AFTER_SYN) && noted.is_empty();
    // The SYN that counts may have been chosen after this segment.
    if below <= 0 || first && below <= NEAR {
        return true;
    }
    let verdict = Verdict::about(
        noted,
        format!(
            "The {} sent a segment numbered {}, {below} below its own SYN ({iss}).",
            noted.side.name(),
            noted.seq,
        ),
    );
    let end = case.end(noted.side);
    let due = Numbers::default();
    let due = match end.snd_next {
        Some(next) => due.seq_range(iss + 1, next),
        None => due.seq(iss + 1),
    };
    verdicts.say(
        verdict
            .related(end.syn.map(|syn| syn.packet))
            .expected(due)
            .observed(
                Numbers::default()
                    .seq(noted.seq)
                    .len(noted.payload_len)
                    .flags(noted.flags),
            ),
    );
    true
}
