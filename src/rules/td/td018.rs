//! TD018: the closer waits in FIN-WAIT-2 although the peer is alive.
//!
//! RFC 9293, 3.10.7.4: FIN-WAIT-2 has no timer in the standard. E sent a FIN
//! at u, an ACK of u+1 passed the monitor at t0, and for at least 60 seconds P
//! sends no FIN, no RST and no new octet, E sends no RST; P showed itself alive
//! more than 30 seconds after t0. So no FIN was lost: P's host is up and its
//! application keeps the connection. The same picture as TD012, seen from the
//! other end, so it goes under that where it holds. Nobody's fault.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_S;

/// Waited for so long.
const WAITED_SECONDS: u16 = 60;
/// The peer was heard of so long after its ACK.
const ALIVE_SECONDS: i64 = 30;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD018",
    name: "fin-wait-2-stuck",
    title: "Closer waits in FIN-WAIT-2 although the peer is alive",
    group: Group::TD,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::FinSelf,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Time(WAITED_SECONDS),
    ],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[
        "RFC 9293 3.6",
        "RFC 9293 3.6.1",
        "RFC 9293 3.10.7.4",
        "RFC 1122 4.2.2.13",
    ],
    folds: &[],
    thresholds: &[
        ("waited_seconds", WAITED_SECONDS as u64),
        ("alive_seconds", ALIVE_SECONDS as u64),
    ],
    text: Explanation {
        what: "An end has closed, its FIN is acknowledged, and it waits for the other's FIN. That \
               end still answers (keepalives, for instance), but for a minute it neither closes \
               nor sends anything.",
        why: "The standard sets no limit for this wait, so both ends keep state: FIN-WAIT-2 here, \
              CLOSE-WAIT there. Many systems give up on FIN-WAIT-2 after a while without a word, \
              and what the other end sends later meets a RST.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000    t=0",
            "B > A  ACK      seq=5000 ack=1001    t=0",
            "A > B  ACK      seq=1000 ack=5000    t=45    (keepalive)",
            "B > A  ACK      seq=5000 ack=1001    t=45    <- alive, but no FIN until t=60",
        ],
        excuses: &[
            "A half-close that is meant, whose other side takes its time.",
            "The FIN of the other end was lost by the capture: the closer's ACK of it would show \
             that.",
        ],
    },
    wakes_on: Observations::FIRST_ACK_OF_FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let peer = case.end(side.peer());
        let Some((acked_in, acked_at)) = closing::acked_fin(case, side.peer()) else {
            continue;
        };
        let alive = peer
            .last
            .is_some_and(|last| last.time.since(acked_at) > ALIVE_SECONDS * NS_PER_S);
        let held_up = peer.fin.is_some()
            || closing::is_reset(case)
            || !closing::all_acked(case, side.peer())
            || case.end(side).last_window == 0;
        let since = closing::last_new(case, side.peer()).map_or(acked_at, |new| new.max(acked_at));
        if !alive || held_up || !verdicts.waited(case, since, WAITED_SECONDS) {
            continue;
        }
        verdicts.say(
            Verdict::omission(
                side,
                since,
                format!(
                    "{} has closed and waits in FIN-WAIT-2: {} acknowledged its FIN in packet \
                     {acked_in} and still answers, but does not close.",
                    the_capital(side),
                    the(side.peer()),
                    acked_in = named(acked_in),
                ),
            )
            .related(case.end(side).fin.map(|fin| fin.packet))
            .related([acked_in])
            .observed(Numbers::default().time(case.until.since(since))),
        );
    }
}
