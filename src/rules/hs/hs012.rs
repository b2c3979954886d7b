//! HS012: a SYN is refused with a RST.
//!
//! RFC 9293, 3.10.7.1: a CLOSED end answers a SYN with
//! `<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>`. The condition: A's SYN x, no
//! SYN of B before, then B's RST with ACK and SEG.ACK in [x+1, x+SEG.LEN]
//! (data and FIN counted). Whether its form is right is RS001's affair.

use super::opening::openings;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS012",
    name: "connection-refused",
    title: "SYN refused with RST",
    group: Group::HS,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.1", "RFC 9293 3.5.2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The SYN was answered with a RST that acknowledges it: nobody listens on that port. \
               The acknowledgment is what lets the client believe the RST.",
        why: "The program that connects sees \"connection refused\". The host is up and the path \
              works both ways; what is missing is the service, or its port is another one.",
        exchange: &["A > B  SYN      seq=1000", "B > A  RST,ACK  seq=0 ack=1001"],
        excuses: &[
            "A firewall on the way may refuse in the server's name.",
            "Some clients send their SYN again after a refusal; that is no violation.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        for rst in case.resets(side).filter(|rst| rst.is_ack()) {
            let refused = case
                .syns(side.peer())
                .filter(|syn| syn.packet < rst.packet)
                .find(|syn| rst.ack.within(syn.seq + 1, syn.end()));
            let Some(syn) = refused else { continue };
            let opened = openings(case, side).any(|syn| syn.packet < rst.packet);
            let in_use = rst.before.own_last.is_some_and(|last| !last.is_rst());
            if opened || in_use {
                continue;
            }
            verdicts.say(
                Verdict::about(
                    rst,
                    format!(
                        "{} refused the SYN (packet {}): nobody listens on port {}.",
                        the_capital(side),
                        named(syn.packet),
                        case.connection.sockets.of(side).port,
                    ),
                )
                .related([syn.packet])
                .observed(
                    Numbers::default()
                        .flags(rst.flags)
                        .seq(rst.seq)
                        .ack(rst.ack),
                ),
            );
        }
    }
}
