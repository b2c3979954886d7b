//! TW001: the active closer answers a repeated FIN with a RST.
//!
//! RFC 9293, 3.6.1 (MUST-13) and 3.10.7.4: TIME-WAIT acknowledges a
//! retransmitted FIN and restarts its timer. E closed first and acknowledged
//! P's FIN at t0; P sends that FIN again at t1 and E answers with a RST (SEQ =
//! SEG.ACK of it); no RST of either end in between. The length of TIME-WAIT
//! is set by the engineer, so the case depends on t1-t0: below 1 s no MSL is
//! in use that would excuse it (error), up to 2 MSL as configured (warning),
//! beyond that up to 240 s (info). The RST is an act, but a box on the way or an
//! ABORT in TIME-WAIT (3.10.5) looks the same: likely.

use super::reuse::seconds;
use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::the_capital;
use crate::segment::NS_PER_S;

/// Shorter than any TIME-WAIT that was meant.
const SHORT_SECONDS: i64 = 1;
/// Twice the MSL of RFC 9293, 3.4.2.
const LONGEST_SECONDS: i64 = 240;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW001",
    name: "time-wait-missing-rst",
    title: "Active closer answered a repeated FIN with RST (no TIME-WAIT)",
    group: Group::TW,
    severity: Severity::Error,
    cases: &[
        ("below-1s", Severity::Error),
        ("below-2msl", Severity::Warning),
        ("beyond-2msl", Severity::Info),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::FinSelf,
        Need::FinPeer,
        Need::BothDirections,
        Need::Clock,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.6.1 (MUST-13)", "RFC 9293 3.10.7.4"],
    folds: &[("TD016", Scope::SameEndpoint)],
    thresholds: &[
        ("two_msl_seconds", 60),
        ("short_seconds", SHORT_SECONDS as u64),
        ("longest_seconds", LONGEST_SECONDS as u64),
    ],
    text: Explanation {
        what: "The end that closed first acknowledged the other's FIN. That ACK was lost, so the \
               FIN came again, and now it is answered with a RST: nobody is in TIME-WAIT any \
               more.",
        why: "TIME-WAIT exists so that the last ACK can be given again. Without it the other end, \
              which did everything right, sees \"connection reset\" at the end of a clean close. \
              Typical causes: a stack without TIME-WAIT, or an application that aborts the socket \
              after closing it.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  FIN,ACK  seq=5000 ack=1001",
            "A > B  ACK      seq=1001 ack=5001    t=0     (lost)",
            "B > A  FIN,ACK  seq=5000 ack=1001    t=0.3",
            "A > B  RST      seq=1001                     <- an ACK is expected",
        ],
        excuses: &[
            "The maximum segment lifetime is for the engineer to choose; 2 MSL of 30 s or less \
             are in use. The option --msl sets the figure, and the case says how soon it was.",
            "A NAT or firewall that dropped its state answered in the end's name.",
            "The system was short of memory for TIME-WAIT, or a RST that is not in the capture \
             ended it before.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for rst in case.with(Observations::RST) {
        let side = rst.side;
        let (own, peer) = (case.end(side), case.end(side.peer()));
        let (Some(theirs), Some((acked_in, acked_at))) = (peer.fin, closing::acked_fin(case, side))
        else {
            continue;
        };
        let Some(again) = rst
            .before
            .peer_last
            .and_then(|last| case.packet(last.packet))
        else {
            continue;
        };
        let repeated = again.saw(Observations::FIN_REPEATED)
            && again.data_end() == theirs.seq
            && again.packet > acked_in;
        let first_reset = own
            .rst
            .is_some_and(|first| first.first.packet == rst.packet)
            && peer.rst.is_none_or(|first| first.first.packet > rst.packet);
        // Where it acknowledged the repetition first, the RST answers nothing.
        let at_once = rst
            .before
            .own_last
            .is_none_or(|last| last.packet < again.packet);
        let after = again.time.since(acked_at);
        if !closing::closed_first(case, side)
            || !repeated
            || !first_reset
            || !at_once
            || rst.seq != again.ack
            || !(0..LONGEST_SECONDS * NS_PER_S).contains(&after)
        {
            continue;
        }
        let name = if after >= case.settings.two_msl_ns() {
            "beyond-2msl"
        } else if after >= SHORT_SECONDS * NS_PER_S {
            "below-2msl"
        } else {
            "below-1s"
        };
        let verdict = Verdict::about(
            rst,
            format!(
                "{} acknowledged the FIN in packet {acked_in} and, {} later, answers a repetition \
                 of it with a RST: it has no TIME-WAIT any more.",
                the_capital(side),
                seconds(after),
                acked_in = named(acked_in),
            ),
        );
        verdicts.say(
            verdict
                .case(name)
                .related([acked_in, again.packet])
                .expected(
                    Numbers::default()
                        .seq(again.ack)
                        .ack(theirs.seq + 1)
                        .flags_text("ACK"),
                )
                .observed(Numbers::default().seq(rst.seq).flags(rst.flags).time(after)),
        );
    }
}
