//! HS010: a handshake is left half-open.
//!
//! RFC 9293, 3.5; RFC 4987, 2. The condition: B sent SYN-ACK (ISS y), and
//! neither a segment of A with ACK and SEG.ACK >= y+1 nor a RST of either end
//! follows for 30 s. It is an omission of A, and A may have sent its ACK on
//! another path, or never have received the SYN-ACK, so it is never more than
//! likely; where A goes on repeating its SYN the message says so. Data or a
//! FIN with that ack complete the handshake as well as the bare ACK.

use super::opening::is_behind_a_syn;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital, times};

/// How long to wait for the ACK after the first SYN-ACK.
const WAIT_S: u16 = 30;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS010",
    name: "half-open-never-completed",
    title: "Handshake left half-open (SYN-RECEIVED)",
    group: Group::HS,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Time(WAIT_S),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.5", "RFC 4987 2"],
    folds: &[],
    thresholds: &[("wait_s", WAIT_S as u64)],
    text: Explanation {
        what: "The server answered the SYN and waits in SYN-RECEIVED for the third segment. It \
               never came, nor did a RST.",
        why: "Each such opening holds a place in the server's queue until its timers give up. One \
              is an accident; many at once are a SYN flood, and then honest clients find the \
              queue full.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1001    t=0",
            "B > A  SYN,ACK  seq=5000 ack=1001    t=1",
            "B > A  SYN,ACK  seq=5000 ack=1001    t=3    (and so on)",
        ],
        excuses: &[
            "The SYN-ACK was lost on its way to the client, or the ACK on its way back: never \
             more than likely.",
            "The ACK took a path that the capture does not see.",
            "Data, or a FIN, may come in place of the bare ACK: they count as well.",
            "The capture ended too soon: it must go on for 30 seconds after the SYN-ACK.",
        ],
    },
    wakes_on: Observations::SYN_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for server in Side::BOTH {
        let client = server.peer();
        let Some(first) = case.syn_acks(server).next() else {
            continue;
        };
        let acked = case.of(client).any(|noted| {
            noted.is_ack() && !noted.is_rst() && is_behind_a_syn(case, server, noted.ack)
        });
        let acked_later = case
            .end(client)
            .ack_max
            .is_some_and(|ack| is_behind_a_syn(case, server, ack));
        let reset = Side::BOTH.iter().any(|side| case.end(*side).rst.is_some());
        // An error answered the SYN-ACK: it never arrived.
        let told_why = case.connection.icmp.explains_silence(server);
        if acked || acked_later || reset || told_why || !verdicts.waited(case, first.time, WAIT_S) {
            continue;
        }
        let copies = u64::try_from(case.syn_acks(server).count()).unwrap_or(u64::MAX);
        let syn_again = case.syns(client).any(|syn| syn.packet > first.packet);
        let hint = if syn_again {
            format!(
                ", and {} repeated its SYN, as if no SYN-ACK had arrived",
                the(client)
            )
        } else {
            String::new()
        };
        verdicts.say(
            Verdict::omission(
                client,
                first.time,
                format!(
                    "{} sent its SYN-ACK (packet {}) {}, but {} neither acknowledged it with {} \
                     nor reset it{hint}.",
                    the_capital(server),
                    named(first.packet),
                    times(copies),
                    the(client),
                    first.end(),
                ),
            )
            .related(case.syn_acks(server).take(8).map(|n| n.packet))
            .expected(Numbers::default().flags_text("ACK").ack(first.end()))
            .observed(
                Numbers::default()
                    .count(copies)
                    .time(case.until.since(first.time)),
            ),
        );
    }
}
