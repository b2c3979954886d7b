//! TW006: TIME-WAIT is ended early by a reset.
//!
//! RFC 1337, 1 to 3: in TIME-WAIT E answers a segment with unacceptable
//! numbers by <SEQ=FINSEQ(E)+1><ACK=FINSEQ(P)+1>; P, which is CLOSED, answers
//! that ACK with a RST whose SEQ is that ack, and the RST deletes TIME-WAIT. All
//! of it is seen, within 2 MSL of E's first ACK of P's FIN. Case
//! new-syn-follows: the sockets are used anew within 2 MSL, and are without
//! protection. A repeated FIN is no old duplicate (TIME-WAIT is there for it).
//! A SYN that P sends on purpose draws the same ACK and RST (RFC 9293, 3.5.1),
//! so behind a SYN it stays a notice whatever follows. Nobody is blamed.

use super::reuse::seconds;
use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::the;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW006",
    name: "time-wait-assassination",
    title: "TIME-WAIT ended early by a reset",
    group: Group::TW,
    severity: Severity::Warning,
    cases: &[
        ("plain", Severity::Notice),
        ("new-syn-follows", Severity::Warning),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf, Need::FinPeer, Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 1337 1", "RFC 1337 2", "RFC 1337 3"],
    folds: &[],
    thresholds: &[("two_msl_seconds", 60)],
    text: Explanation {
        what: "A late segment of the old connection reaches the end in TIME-WAIT, which answers \
               with an ACK. The other end is closed, does not know the connection, and answers \
               with a RST, and the RST ends TIME-WAIT before its time.",
        why: "This is the TIME-WAIT assassination of RFC 1337. Every host did what the standard \
              says; still the protection against old duplicates is gone. If the ports are used \
              anew right away, old segments can get into the new connection. A stack can ignore \
              resets in TIME-WAIT to be safe.",
        exchange: &[
            "(A is in TIME-WAIT: its FIN was 100, the FIN of B 300)",
            "B > A  ACK  seq=255 ack=33      (old duplicate)",
            "A > B  ACK  seq=101 ack=301     (TIME-WAIT answers)",
            "B > A  RST  seq=301             <- ends it",
        ],
        excuses: &[
            "The late segment may have been forged to bring this about.",
            "A stack with the protection of RFC 1337 ignores the RST; no capture shows that.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for rst in case.with(Observations::RST) {
        let side = rst.side.peer();
        let (Some(own), Some(theirs)) = (case.end(side).fin, case.end(rst.side).fin) else {
            continue;
        };
        let Some((acked_in, acked_at)) = closing::acked_fin(case, side) else {
            continue;
        };
        let Some(answer) = rst
            .before
            .peer_last
            .and_then(|last| case.packet(last.packet))
        else {
            continue;
        };
        let answers = answer.is_pure_ack()
            && answer.packet > acked_in
            && answer.seq == own.seq + 1
            && answer.ack == theirs.seq + 1;
        let stale = answer
            .about
            .filter(|_| answer.saw(Observations::AFTER_PROVOCATION))
            .and_then(|packet| case.packet(packet));
        let Some(stale) = stale.filter(|n| !n.is_fin() && !n.is_rst()) else {
            continue;
        };
        let soon = |time: crate::segment::Timestamp| {
            (0..case.settings.two_msl_ns()).contains(&time.since(acked_at))
        };
        if !closing::closed_first(case, side)
            || !answers
            || closing::is_corrupt(rst)
            || rst.seq != answer.ack
            // An answer to a segment with ACK has none (3.5.2); this is an abort.
            || rst.is_ack()
            || !soon(rst.time)
        {
            continue;
        }
        let reopened = case
            .followed_by
            .filter(|(_, time)| soon(*time) && !stale.is_syn());
        let verdict = Verdict::about(
            rst,
            format!(
                "The RST of {} ends the TIME-WAIT of {} {} after it began: it answers the ACK in \
                 packet {}, which answered the late segment in packet {}.",
                the(rst.side),
                the(side),
                seconds(rst.time.since(acked_at)),
                named(answer.packet),
                named(stale.packet),
            ),
        );
        verdicts.say(
            verdict
                .endpoint(None)
                .case(if reopened.is_some() {
                    "new-syn-follows"
                } else {
                    "plain"
                })
                .related([stale.packet, answer.packet])
                .related(reopened.map(|(packet, _)| packet))
                .observed(
                    Numbers::default()
                        .seq(rst.seq)
                        .flags(rst.flags)
                        .time(rst.time.since(acked_at)),
                ),
        );
    }
}
