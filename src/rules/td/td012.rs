//! TD012: a FIN is acknowledged, but the connection is never closed.
//!
//! RFC 9293, 3.6, case 2, and RFC 2525, 2.16. E has proven receipt of P's FIN
//! (SEG.ACK = u+1) and from then, or from its last new octet, for at least 60
//! seconds until the capture ends or P resets, it sends neither FIN nor RST nor
//! new octets. An omission of E's application, whose intentions no capture
//! shows: likely. Excluded: an E that has octets outstanding (its FIN may wait
//! behind them), an E that P's window of 0 keeps from sending, and an E that may have sent
//! its FIN before the capture began.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::NS_PER_S;

/// Silent for so long.
pub(super) const SILENT_SECONDS: u16 = 60;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD012",
    name: "close-wait-stuck",
    title: "FIN acknowledged but the connection is never closed (CLOSE-WAIT)",
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
        Need::Time(SILENT_SECONDS),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6", "RFC 9293 3.10.4", "RFC 2525 2.16"],
    folds: &[("TD018", Scope::OtherEndpoint)],
    thresholds: &[("silent_seconds", SILENT_SECONDS as u64)],
    text: Explanation {
        what: "One end has closed, and the other has acknowledged its FIN. But the other \
               neither closes its own direction nor sends anything more for a minute: it sits in \
               CLOSE-WAIT.",
        why: "CLOSE-WAIT begins when the FIN arrives, and ends when the own FIN is sent. In between \
              TCP has done its part; it is the application that does not close its socket after \
              it has read the end of the stream. Such sockets last until the program ends. When \
              every connection ends like this, the program leaks them and will run out of file \
              descriptors.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1001",
            "(60 s: nothing from B)               <- no FIN, no RST, no data",
        ],
        excuses: &[
            "A half-close that is meant: the other side computes its answer for more than a \
             minute. The capture cannot tell, so this is never more than likely.",
            "The capture ends too soon, or it lost frames: then the check is not made.",
            "The peer offers no window, or has not acknowledged all data: then the silent end is \
             held up and not accused.",
        ],
    },
    wakes_on: Observations::FIRST_ACK_OF_FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let (own, peer) = (case.end(side), case.end(side.peer()));
        let Some((acked_in, acked_at)) = closing::acked_fin(case, side) else {
            continue;
        };
        let held_up =
            !closing::all_acked(case, side) || peer.rst.is_none() && peer.last_window == 0;
        // It may have given the connection up (RFC 9293, 3.9.2.2): then nobody is in CLOSE-WAIT.
        let may_be_gone = case.connection.icmp.may_end(side);
        if own.fin.is_some() || own.rst.is_some() || held_up || may_be_gone {
            continue;
        }
        // It may have closed before the capture began, unless it sent something new since.
        if own.syn.is_none() && closing::last_new(case, side).is_none() {
            verdicts.withhold(Need::SynSelf);
            continue;
        }
        let since = closing::last_new(case, side).map_or(acked_at, |new| new.max(acked_at));
        let until = peer.rst.map_or(case.until, |rst| rst.first.time);
        let silent = until.since(since);
        let long_enough = match peer.rst {
            Some(_) => silent >= i64::from(SILENT_SECONDS) * NS_PER_S,
            None => verdicts.waited(case, since, SILENT_SECONDS),
        };
        if !long_enough {
            continue;
        }
        verdicts.say(
            Verdict::omission(
                side,
                since,
                format!(
                    "{} acknowledged the FIN of its peer in packet {acked_in}, and has since \
                     neither closed nor sent anything new: it stays in CLOSE-WAIT.",
                    the_capital(side),
                    acked_in = named(acked_in),
                ),
            )
            .related(peer.fin.map(|fin| fin.packet).into_iter().chain([acked_in]))
            .expected(Numbers::default().flags_text("FIN,ACK"))
            .observed(Numbers::default().time(silent)),
        );
    }
}
