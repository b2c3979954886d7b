//! The states that a report tells, held against those of the stacks.

use std::fmt::Write as _;

use tcpcheck::finding::Role;
use tcpcheck::machine::state::State;
use tcpcheck::report::model::{Loaded, Opening};

use crate::capture::{Capture, Monitor};
use crate::life::Lives;
use crate::side::Side;
use crate::told::{connections, sides};
use crate::truth;

/// The states at the end agree with those of the stacks.
pub fn states(
    name: &str,
    report: &Loaded,
    capture: &Capture,
    lives: &Lives,
    faults: &mut Vec<String>,
) {
    let connections = connections(name, report, capture, lives, faults);
    for (round, connection) in connections {
        let last = usize::try_from(connection.last_packet).unwrap() - 1;
        let roles = sides(connection);
        for side in Side::BOTH {
            let role = *roles.of(side);
            let (nominal, possible) = match role {
                Role::Client => (
                    connection.final_state.client,
                    connection.possible_final_states.client,
                ),
                Role::Server => (
                    connection.final_state.server,
                    connection.possible_final_states.server,
                ),
            };
            let stack = truth::state_at(lives, round, side, capture, last);
            let here =
                capture.monitor == Monitor::At(side) && !lives[round].of(side).took_liberties;
            // A repeated FIN restarts TIME-WAIT, if it is still on.
            let here = here && !(lives[round].of(side).timed_out() && stack == State::Closed);
            let idle = same(stack, State::Closed) && possible.iter().any(|one| same(one, stack));
            let echoes = lives[round].of(side).echoes_rejected;
            if !possible.contains(stack) && !idle && !echoes {
                faults.push(format!(
                    "{name}: round {round}: {side} was in {stack}, possible are {possible:?}"
                ));
            }
            if nominal.is_some_and(|nominal| !possible.contains(nominal)) {
                faults.push(format!(
                    "{name}: round {round}: {side} ends in {nominal:?}, possible are {possible:?}"
                ));
            }
            let expires = stack == State::TimeWait && nominal == Some(State::Closed);
            let stack = if expires { State::Closed } else { stack };
            if here && nominal.is_some_and(|nominal| !same(nominal, stack)) {
                faults.push(format!(
                    "{name}: round {round}: {side} was in {stack}, the report says {}",
                    nominal.map_or("nothing", State::as_str)
                ));
            }
        }
    }
}

/// Before it has sent anything, an end that listens looks like one that does not.
fn same(nominal: State, stack: State) -> bool {
    let idle = |state| matches!(state, State::Closed | State::Listen);
    nominal == stack || idle(nominal) && idle(stack)
}

/// The timeline at a host is the one that its stack went through, each step at
/// the packet that brought it about.
pub fn timelines(
    name: &str,
    report: &Loaded,
    capture: &Capture,
    lives: &Lives,
    faults: &mut Vec<String>,
) {
    let Monitor::At(side) = capture.monitor else {
        return;
    };
    for (round, connection) in connections(name, report, capture, lives, &mut Vec::new()) {
        let unseen = connection.opening == Opening::MidStream;
        if unseen || lives[round].of(side).took_liberties {
            continue;
        }
        let role = *sides(connection).of(side);
        let told: Vec<(u64, State)> = connection
            .states
            .iter()
            .filter(|row| row.endpoint == role)
            .filter_map(|row| Some((row.packet?, row.to)))
            .collect();
        let real = truth::timeline(lives, round, side, capture);
        let (mut told, real) = (without_passing(&told), without_passing(&real));
        // What comes after TIME-WAIT draws a RST: only that shows its end.
        let end = [State::TimeWait, State::Closed];
        let shown = told.len() >= 2 && told[told.len() - 2..].iter().map(|row| row.1).eq(end);
        if lives[round].of(side).timed_out() && shown {
            told.pop();
        }
        if told != real {
            let mut text = format!("{name}: round {round}: {side} went through");
            for (title, rows) in [("", &real), ("; the report says", &told)] {
                text.push_str(title);
                for (packet, state) in rows {
                    write!(text, " {packet}:{state}").unwrap();
                }
            }
            faults.push(text);
        }
    }
}

/// Without states that last no longer than one packet: RFC 9293 goes through
/// FIN-WAIT-2 where stacks step over it.
fn without_passing(rows: &[(u64, State)]) -> Vec<(u64, State)> {
    rows.iter()
        .enumerate()
        .filter(|(at, (packet, _))| rows.get(at + 1).is_none_or(|(next, _)| next != packet))
        .map(|(_, row)| *row)
        .collect()
}
