//! TD017: a FIN is never acknowledged.
//!
//! RFC 9293, 3.10.7.4, eighth: an acknowledgment is sent for the FIN. P's FIN
//! at u passed the monitor, E had shown itself alive before, no segment of E
//! with SEG.ACK >= u+1 and no RST of either end follows, while the sockets are
//! watched for at least three seconds. An omission of E: the ACK may have been
//! lost before the monitor, or E's host gone, so likely. Excluded: an E that
//! goes on to acknowledge less than u (it misses data before the FIN, and the
//! FIN cannot be acknowledged then), a FIN whose place is in dispute, one behind
//! which the connection stops where the same happens to other hosts (RT014), and a P
//! that an ICMP error told that a segment could not be delivered. One
//! FIN without an answer is one finding: this goes under TD002, TD010 and
//! RT014 where one of them holds.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// Watched for so long.
const WATCHED_SECONDS: u16 = 3;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD017",
    name: "fin-never-acknowledged",
    title: "A FIN is never acknowledged",
    group: Group::TD,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::FinPeer,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Time(WATCHED_SECONDS),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 9293 3.10.7.4"],
    folds: &[],
    thresholds: &[("watched_seconds", WATCHED_SECONDS as u64)],
    text: Explanation {
        what: "A FIN was sent, and the end that it was sent to never acknowledges it, though it \
               had answered before and nobody reset the connection.",
        why: "The sender of the FIN cannot finish: it stays in FIN-WAIT-1, or in LAST-ACK when it \
              closed second, and repeats the FIN until it gives up. Where the missing segment is \
              the last ACK, the end that should have sent it never showed TIME-WAIT.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  FIN,ACK  seq=5000 ack=1001",
            "(nothing more from A)                <- ACK 5001 expected",
        ],
        excuses: &[
            "The ACK was lost before the monitor, or the capture lost it.",
            "The host or program died, or a firewall dropped its state.",
            "The capture ends too soon: then only a missing observation is reported.",
        ],
    },
    wakes_on: Observations::FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let sender = side.peer();
        let Some(fin) = case.end(sender).fin else {
            continue;
        };
        let alive = case
            .packet(fin.packet)
            .is_some_and(|n| n.before.peer_ack.is_some());
        if !alive
            || closing::is_reset(case)
            || closing::has_acked_fin(case, side)
            || closing::acked_early(case, sender)
            || case.connection.icmp.explains_silence(sender)
            || misses_data(case, side)
            || !closing::fin_is_undisputed(case, sender)
            || !verdicts.waited(case, fin.time, WATCHED_SECONDS)
        {
            continue;
        }
        if closing::last_ack_left_out(case, sender) {
            verdicts.withhold(Need::NoCaptureLoss);
            continue;
        }
        let last_ack = closing::has_acked_fin(case, sender);
        verdicts.say(
            Verdict::omission(
                side,
                fin.last_time,
                format!(
                    "{} never acknowledges the FIN in packet {}, number {}{}.",
                    the_capital(side),
                    named(fin.packet),
                    fin.seq,
                    if last_ack {
                        "; it closed first, and without this last ACK it never showed TIME-WAIT"
                    } else {
                        ""
                    },
                ),
            )
            .related([fin.packet])
            .expected(Numbers::default().ack(fin.seq + 1))
            .observed(
                Numbers::default()
                    .count(fin.copies.into())
                    .time(case.until.since(fin.time)),
            ),
        );
    }
}

/// `side` goes on after the FIN, and acknowledges less than what was sent
/// before it: it waits for octets.
fn misses_data(case: &Case<'_>, side: Side) -> bool {
    let Some(fin) = case.end(side.peer()).fin else {
        return false;
    };
    let behind = case.end(side).ack_max.is_none_or(|ack| ack.before(fin.seq));
    let went_on = case
        .end(side)
        .last
        .is_some_and(|last| last.packet > fin.packet);
    behind && went_on
}
