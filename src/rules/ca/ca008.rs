//! CA008: the capture, or the connection, ends without a close.
//!
//! Condition: neither acknowledged FINs of both ends, nor a RST as the last
//! word of an end. The states still possible at either end are named, from the
//! seven facts of the machine.

use super::remark::about_connection;
use crate::machine::state::{State, StateSet};
use crate::rules::prelude::*;
use crate::segment::Flags;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA008",
    name: "incomplete-end",
    title: "Capture or connection ends without a close",
    group: Group::CA,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "When the capture ended (or the same ports were used anew) the connection was not \
               yet closed from both sides, nor reset.",
        why: "What would have come later is unknown, so nobody can be blamed for it. The finding \
              names every state in which the two ends may have been. If the connection should \
              have been closed by then, look at who has not sent its FIN.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=10",
            "B > A  ACK      seq=5001 ack=1011",
            "(end of the capture)",
        ],
        excuses: &["Long-lived connections are simply still open."],
    },
    wakes_on: Observations::ENDED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let connection = case.connection;
    if connection.self_connect {
        return;
    }
    let ends = &connection.ends;
    let acked = |side| case.end(side).fin.is_some_and(|fin| fin.acked_by.is_some());
    let closed = acked(Side::Client) && acked(Side::Server);
    let last_word = |side| {
        let last = case.end(side).last;
        last.is_some_and(|last| last.flags.contains(Flags::RST))
    };
    let reset = last_word(Side::Client) || last_word(Side::Server);
    if closed || reset || !(ends.client.was_seen() && ends.server.was_seen()) {
        return;
    }
    let states = format!(
        "the client may be in {}, the server in {}.",
        list(connection.possible_states(Side::Client)),
        list(connection.possible_states(Side::Server)),
    );
    let message = match case.followed_by {
        Some((packet, _)) => format!(
            "A new connection on the same sockets (packet {packet}) follows before this one was \
             closed: {states}",
            packet = named(packet)
        ),
        None => format!("The capture ends before the connection is closed: {states}"),
    };
    let mut verdict = about_connection(connection.last.1, message);
    verdict.packet = Some(connection.last.0);
    verdicts.say(verdict);
}

/// `ESTABLISHED`, `FIN-WAIT-1 or FIN-WAIT-2`, `A, B or C`.
fn list(states: StateSet) -> String {
    let names: Vec<&str> = states.iter().map(State::as_str).collect();
    match names.split_last() {
        None => "no state that RFC 9293 knows".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_listed_as_in_a_sentence() {
        let of = |states: &[State]| list(StateSet::of(states));
        assert_eq!(of(&[State::Closing]), "CLOSING");
        assert_eq!(
            of(&[State::FinWait1, State::FinWait2, State::TimeWait]),
            "FIN-WAIT-1, FIN-WAIT-2 or TIME-WAIT"
        );
    }
}
