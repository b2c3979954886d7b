//! OP010: an echo on a segment without ACK.
//!
//! RFC 7323, 3.2: TSecr is valid only with ACK, and should be zero without. One
//! header shows it. Linux copies the last timestamp of the connection before
//! into a SYN that reopens its sockets out of TIME-WAIT.

use super::common::{counted, more};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP010",
    name: "timestamp-echo-without-ack",
    title: "Non-zero echo on a segment without ACK",
    group: Group::OP,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 3.2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The echo of a timestamp has a meaning only on a segment with ACK. Without ACK, as \
               on the first SYN, the field should be zero; here it is not.",
        why: "Nothing breaks: the receiver must not look at the field. It tells that the sender \
              left something behind in it, perhaps from an earlier connection, and so gives away \
              a little of its memory.",
        exchange: &["A > B  SYN  seq=1000 ts=500/77    <- 77 echoes nothing"],
        excuses: &[
            "Hosts that reopen the same sockets out of TIME-WAIT may leave the last timestamp of \
             the old connection in the SYN.",
            "Firewalls that answer in place of a host may write marks of their own there.",
        ],
    },
    wakes_on: Observations::ECHO_WITHOUT_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::ECHO_WITHOUT_ACK;
    for noted in case.with(what) {
        let Some((_, tsecr)) = noted.options.timestamps() else {
            continue;
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} echoes the timestamp {tsecr} on a segment without ACK, where the field \
                 should be zero.{}",
                noted.side.name(),
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default()
            .seq(noted.seq)
            .flags(noted.flags)
            .options(format!("TSecr {tsecr}"));
        verdicts.say(
            verdict
                .expected(Numbers::default().options("TSecr 0"))
                .observed(counted(case, noted, what, observed)),
        );
    }
}
