//! HS009: a SYN is never answered.
//!
//! RFC 9293, 3.8.3 and 3.10.8. The condition: the connection consists of bare
//! SYNs of one end and nothing else, and its sockets were watched for 63 s
//! after the first (five repetitions with doubling timeouts from 1 s take
//! that long). Definite when the capture lost nothing, as no answer exists.
//! The guard against captures that hold one direction only: some connection of
//! the capture must show both, else it is withheld. An ICMP error that says why
//! the SYN did not arrive is an answer (CA009).

use crate::rules::prelude::*;
use crate::rules::words::{the_capital, times};

/// How long to wait for an answer after the first SYN.
const WAIT_S: u16 = 63;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS009",
    name: "syn-unanswered",
    title: "SYN never answered",
    group: Group::HS,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::NoCaptureLoss, Need::Time(WAIT_S)],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.8.3 (MUST-22)", "RFC 9293 3.10.8"],
    folds: &[],
    thresholds: &[("wait_s", WAIT_S as u64)],
    text: Explanation {
        what: "The client sent its SYN, perhaps several times, and nothing ever came back: no \
               SYN-ACK, no RST, for at least 63 seconds.",
        why: "A closed port answers with a RST at once, so silence means something else: the host \
              is down or does not exist, a filter drops the segments without a word, or the \
              queue of the server's listening socket is full. The program that connects sees a \
              timeout.",
        exchange: &[
            "A > B  SYN  seq=1000    t=0",
            "A > B  SYN  seq=1000    t=1",
            "A > B  SYN  seq=1000    t=3    (and so on, without an answer)",
        ],
        excuses: &[
            "The capture holds one direction only: without any connection that shows both, \
             nothing is said.",
            "The capture ended before the answer: it must go on for 63 seconds.",
            "A scanner that tries addresses at random gets no answer from most of them.",
            "An ICMP error said why (a router, or a filter): then CA009 tells it, and this is not \
             reported.",
        ],
    },
    wakes_on: Observations::SYN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let mut firsts = Side::BOTH.iter().filter_map(|side| case.syns(*side).next());
    let Some(first) = firsts.next() else { return };
    let (side, connection) = (first.side, case.connection);
    let only_syns = case.noted().iter().all(|noted| noted.is_bare_syn());
    let nothing_else = !case.end(side.peer()).was_seen() && connection.noted_dropped() == 0;
    if !only_syns || !nothing_else || connection.self_connect {
        return;
    }
    if connection.icmp.explains_silence(side) {
        return;
    }
    if !case.capture_is_two_way() {
        verdicts.withhold(Need::BothDirections);
        return;
    }
    if !verdicts.waited(case, first.time, WAIT_S) {
        return;
    }
    let copies = u64::from(case.end(side).syn.map_or(1, |syn| syn.copies));
    let silence = case.until.since(first.time);
    verdicts.say(
        Verdict::omission(
            side,
            first.time,
            format!(
                "{} sent its SYN (packet {}) {} and received neither SYN-ACK nor RST.",
                the_capital(side),
                named(first.packet),
                times(copies),
            ),
        )
        .related(case.syns(side).take(8).map(|syn| syn.packet))
        .expected(Numbers::default().flags_text("SYN,ACK or RST"))
        .observed(Numbers::default().count(copies).time(silence)),
    );
}
