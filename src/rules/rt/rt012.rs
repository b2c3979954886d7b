//! RT012: keepalives that nobody answered, or a connection given up after one of them.
//!
//! RFC 9293, 3.8.4: an answer to a keepalive is an ACK, which TCP does not deliver reliably;
//! one answer that fails to come must not be taken for a dead connection (MUST-29). What a
//! keepalive is, RT010 says.
//!
//! Case `peer-silent`, about P: three keepalives of E, each followed by the next one, by E's
//! RST or by a second of capture, and nothing of P in between. Case `gave-up-after-one`,
//! against E: a RST of E when exactly one keepalive was unanswered, 0.9 s or more after it. An
//! omission of P (its answers may be lost anywhere before the monitor), or an act of E whose
//! reason is not seen (a program may abort just then): likely at most. Neither is said where an ICMP
//! error tells of a keepalive, or of another segment of E, that it could not be delivered.

use crate::finding::Span;
use crate::machine::watch::keepalive::{ANSWER_NS, Log, PAUSE_NS, Row};
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::{NS_PER_S, Timestamp};

/// So many without an answer.
const PROBES: u32 = 3;
/// The last of them is given so long.
const ANSWER_SECONDS: u16 = (ANSWER_NS / NS_PER_S) as u16;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT012",
    name: "keepalive-unanswered",
    title: "Keepalives not answered, or connection dropped after one",
    group: Group::RT,
    severity: Severity::Warning,
    cases: &[
        ("peer-silent", Severity::Warning),
        ("gave-up-after-one", Severity::Warning),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.4 (MUST-29)", "RFC 2525 2.9"],
    folds: &[("SQ012", Scope::SameEndpoint)],
    thresholds: &[
        ("probes", PROBES as u64),
        ("answer_seconds", ANSWER_SECONDS as u64),
    ],
    text: Explanation {
        what: "Whoever receives a keepalive answers it with an ACK. Here several in a row got \
               none (case peer-silent), or the end that asked gave up and reset the connection \
               after a single one without an answer (case gave-up-after-one).",
        why: "Silence means that the other host has crashed, has lost its network, or is cut off \
              by a firewall or address translator that has forgotten the connection. A host \
              that runs but no longer knows the connection would answer with a RST. One missing \
              answer proves nothing: keepalives and their answers get lost like all other \
              segments, and nobody repeats an ACK.",
        exchange: &[
            "A > B  ACK  seq=1000 ack=5001   t=7200",
            "A > B  ACK  seq=1000 ack=5001   t=7275",
            "A > B  ACK  seq=1000 ack=5001   t=7350",
            "A > B  RST  seq=1001            t=7425",
        ],
        excuses: &[
            "A firewall or address translator dropped the connection after a time without \
             traffic; the host itself may be well.",
            "The answers were lost on the way to the capture.",
            "A program that ends its connection just after a keepalive resets it as well: so \
             gave-up-after-one is never more than likely.",
        ],
    },
    wakes_on: Observations::KEEPALIVE,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(log) = case.watch(side).keepalive.log() else {
            continue;
        };
        if case.connection.icmp.explains_silence(side) {
            continue;
        }
        if let Some((row, packet, time)) = log.gave_up
            && row.count == 1
            && time.since(row.latest) >= PAUSE_NS
        {
            gave_up(case, side, &row, packet, verdicts);
        }
        if let Some(row) = unanswered(case, log, verdicts) {
            silent(side.peer(), &row, verdicts);
        }
    }
}

/// The longest row of keepalives that stayed without an answer, if it is long enough.
fn unanswered(case: &Case<'_>, log: &Log, verdicts: &mut Verdicts) -> Option<Row> {
    let mut waiting = log.waiting;
    let ended = log.gave_up.is_some_and(|(row, ..)| row == waiting);
    if waiting.count == PROBES && !ended && !verdicts.waited(case, waiting.latest, ANSWER_SECONDS) {
        waiting.count -= 1;
    }
    let longest = if waiting.count > log.longest.count {
        waiting
    } else {
        log.longest
    };
    (longest.count >= PROBES).then_some(longest)
}

fn silent(side: Side, row: &Row, verdicts: &mut Verdicts) {
    let lasted = row.latest.since(row.since);
    let message = format!(
        "{} answered none of {} keepalives of {} that were sent in {} s: it, or the path to it, is \
         gone.",
        the_capital(side),
        row.count,
        the(side.peer()),
        Span(lasted),
    );
    let due: Timestamp = row.since;
    verdicts.say(
        Verdict::omission(side, due, message)
            .case("peer-silent")
            .related(row.packets())
            .expected(Numbers::default().count(row.count.into()))
            .observed(Numbers::default().count(0).time(lasted)),
    );
}

fn gave_up(case: &Case<'_>, side: Side, row: &Row, packet: u64, verdicts: &mut Verdicts) {
    let Some(rst) = case.packet(packet).filter(|rst| rst.is_rst()) else {
        return;
    };
    let waited = rst.time.since(row.latest);
    let message = format!(
        "{} reset the connection {} s after a single keepalive that {} had not answered; one \
         answer may always get lost.",
        the_capital(side),
        Span(waited),
        the(side.peer()),
    );
    verdicts.say(
        Verdict::about(rst, message)
            .case("gave-up-after-one")
            .related(row.packets())
            .observed(
                Numbers::default()
                    .seq(rst.seq)
                    .flags(rst.flags)
                    .time(waited)
                    .count(1),
            ),
    );
}
