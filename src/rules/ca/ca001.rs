//! CA001: the capture starts in the middle of the connection.
//!
//! Condition: the first captured segment of the incarnation is no SYN. Where
//! it is a SYN-ACK, only the client's half of what was agreed is unknown.

use super::remark::about_connection;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA001",
    name: "midstream-start",
    title: "Capture starts in the middle of the connection",
    group: Group::CA,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.9.1.1 (MUST-45)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The first packet of the connection in this capture is not the SYN, so the \
               connection was open before the capture began (or its SYN got lost).",
        why: "The handshake agrees the initial numbers, the window scale, the MSS, time stamps \
              and SACK. Without it windows cannot be computed and half of the checks have nothing \
              to measure against: the report counts them as withheld. To check a connection \
              whole, start the capture before it is opened.",
        exchange: &[
            "A > B  PSH,ACK  seq=123456 ack=654321 len=100   (first packet of the capture)",
        ],
        excuses: &[
            "A stray segment without a connection (a scan, an old duplicate) looks the same.",
        ],
    },
    wakes_on: Observations::ENDED.union(Observations::MID_STREAM),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let connection = case.connection;
    if connection.self_connect {
        return;
    }
    let client_syn = connection.ends.client.syn.is_some();
    let message = if connection.mid_stream {
        "The capture of this connection begins in the middle: what the handshake agreed (initial \
         numbers, window scale, MSS, options) is unknown."
    } else if !client_syn {
        "The capture of this connection begins with the SYN-ACK: the client's SYN, with its \
         options, is not in it."
    } else {
        return;
    };
    let mut verdict = about_connection(connection.first.1, message);
    verdict.packet = Some(connection.first.0);
    verdicts.say(verdict);
}
