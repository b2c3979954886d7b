//! What tcpcheck says of the captures, held against what happened.

use std::fmt::Write as _;
use std::io::Cursor;

use fastrand::Rng;
use smoltcp::socket::tcp::State as Stack;
use tcpcheck::check::Checker;
use tcpcheck::finding::{Certainty, Role, Severity};
use tcpcheck::machine::state::State;
use tcpcheck::report::model::{Closing, ConnectionReport, Opening, Party, Report};
use tcpcheck::settings::{Settings, VantageChoice};

use crate::capture::{Capture, Monitor};
use crate::packet::{self, FIN, Packet, RST, SYN};
use crate::scenario::{self, Scenario};
use crate::side::{Both, Side};
use crate::simulation::{Outcome, TWO_MSL};
use crate::truth::{self, Lives};
use crate::waivers::{self, Found, Tally};

/// How a capture is given to tcpcheck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// It is left to find out where the capture was taken.
    Auto,
    /// It is told.
    Told,
    /// It is told, and that nothing is missing.
    ToldLossless,
}

/// Everything that is wrong with the reports on `outcome`.
pub fn faults(
    scenario: &Scenario,
    outcome: &Outcome,
    rng: &mut Rng,
    tally: &mut Tally,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut reports = Vec::new();
    for capture in &outcome.captures {
        if capture.frames.is_empty() {
            continue;
        }
        let whole = capture.frames.len();
        for way in [Way::Auto, Way::Told, Way::ToldLossless] {
            let name = format!("{} {way:?}", capture.monitor);
            let report = report(scenario, capture, whole, way);
            accusations(&name, &report, capture, outcome, tally, &mut faults);
            if way == Way::Told {
                states(&name, &report, capture, whole, &outcome.lives, &mut faults);
                timelines(&name, &report, capture, &outcome.lives, &mut faults);
                summaries(&name, &report, capture, &outcome.lives, &mut faults);
                reports.push((capture, report));
            }
        }
        let count = rng.usize(1..=whole);
        let name = format!("{} up to {count}", capture.monitor);
        let report = report(scenario, capture, count, Way::Told);
        accusations(&name, &report, capture, outcome, tally, &mut faults);
        states(&name, &report, capture, count, &outcome.lives, &mut faults);
    }
    contradictions(&reports, &outcome.lives, &mut faults);
    faults
}

fn report(scenario: &Scenario, capture: &Capture, count: usize, way: Way) -> Report {
    let crossing = scenario
        .rounds
        .iter()
        .any(|round| matches!(round.opening, scenario::Opening::Simultaneous(_)));
    let vantage = match (way, capture.monitor) {
        (Way::Auto, _) => VantageChoice::Auto,
        (_, Monitor::Middle) => VantageChoice::Middle,
        // Who is the client there depends on whose SYN the monitor saw first.
        (_, Monitor::At(side)) if crossing => VantageChoice::Host(scenario.ip(side)),
        (_, Monitor::At(Side::A)) => VantageChoice::Client,
        (_, Monitor::At(Side::B)) => VantageChoice::Server,
    };
    let mut checker = Checker::new(Settings {
        vantage,
        msl_ns: TWO_MSL * 1000 / 2,
        lossless: way == Way::ToldLossless,
        ..Settings::default()
    });
    checker.check("-", Box::new(Cursor::new(capture.to_pcap(count))));
    checker.finish()
}

/// Nobody is accused but of what the table of waivers has.
fn accusations(
    name: &str,
    report: &Report,
    capture: &Capture,
    outcome: &Outcome,
    tally: &mut Tally,
    faults: &mut Vec<String>,
) {
    for finding in &report.findings {
        if finding.severity < Severity::Warning {
            continue;
        }
        let connection = report
            .connections
            .iter()
            .find(|connection| Some(connection.id) == finding.connection);
        let round = connection.map_or(0, |connection| round_of(connection, capture));
        let sides = connection.map(sides);
        let found = Found {
            finding,
            monitor: capture.monitor,
            round,
            side: sides.and_then(|roles| named(&roles, finding.endpoint)),
            lives: &outcome.lives,
        };
        let guess = finding.certainty < Certainty::Definite;
        if guess && truth::is_entangled(&outcome.lives, round) {
            continue;
        }
        if waivers::covers(&found, tally) {
            continue;
        }
        let (rule, packet, message) = (finding.rule, finding.packet, &finding.message);
        let certainty = finding.certainty.as_str();
        faults.push(format!(
            "{name}: {rule} {certainty} at {packet:?}: {message}"
        ));
    }
}

/// The round of a connection: of its SYN, where that passed the monitor. What
/// is left of the round before may come ahead of it.
fn round_of(connection: &ConnectionReport, capture: &Capture) -> usize {
    let at = |packet: u64| usize::try_from(packet).unwrap() - 1;
    let frames = &capture.frames[at(connection.first_packet)..=at(connection.last_packet)];
    let opening = frames.iter().find(|frame| frame.packet.has(SYN));
    opening.unwrap_or(&frames[0]).packet.round
}

/// Which host is the client.
fn sides(connection: &ConnectionReport) -> Both<Role> {
    // The address of A ends in 1, that of B in 2.
    let client_is_a = match connection.client.ip {
        std::net::IpAddr::V4(ip) => ip.octets()[3] == 1,
        std::net::IpAddr::V6(ip) => ip.octets()[15] == 1,
    };
    if client_is_a {
        Both {
            a: Role::Client,
            b: Role::Server,
        }
    } else {
        Both {
            a: Role::Server,
            b: Role::Client,
        }
    }
}

/// Two rounds that are told as one: the path lost the end of the first.
fn holds_two(connection: &ConnectionReport, capture: &Capture, round: usize) -> bool {
    let at = |packet: u64| usize::try_from(packet).unwrap() - 1;
    capture.frames[at(connection.first_packet)..=at(connection.last_packet)]
        .iter()
        .any(|frame| frame.packet.has(SYN) && frame.packet.round != round)
}

/// A connection that is another one for anybody who was not there: a RST that
/// gives up an attempt of which nothing else has come, an old SYN that comes when
/// all is over.
fn is_remainder(connection: &ConnectionReport, capture: &Capture) -> bool {
    let first = usize::try_from(connection.first_packet).unwrap() - 1;
    let packet = &capture.frames[first].packet;
    let number = packet::seq(&packet.octets);
    connection.opening == Opening::MidStream
        || capture.frames[..first].iter().any(|frame| {
            let earlier = &frame.packet;
            let again = earlier.has(SYN) && packet::seq(&earlier.octets) == number;
            let given_up = earlier.has(RST);
            earlier.from == packet.from && earlier.round == packet.round && (again || given_up)
        })
}

/// Which host a finding names.
fn named(roles: &Both<Role>, endpoint: Option<Role>) -> Option<Side> {
    let is = |side: &Side| Some(*roles.of(*side)) == endpoint;
    Side::BOTH.into_iter().find(is)
}

/// The connections with their rounds; a round has one connection.
fn connections<'a>(
    name: &str,
    report: &'a Report,
    capture: &Capture,
    lives: &Lives,
    faults: &mut Vec<String>,
) -> Vec<(usize, &'a ConnectionReport)> {
    let mut found: Vec<(usize, &ConnectionReport)> = Vec::new();
    for connection in &report.connections {
        let round = round_of(connection, capture);
        if truth::missed_each_other(&lives[round]) || truth::is_entangled(lives, round) {
            continue;
        }
        if holds_two(connection, capture, round) {
            continue;
        }
        let known = found.iter().any(|(other, _)| *other == round);
        let again = truth::listened_again(&lives[round]);
        if known && (again || is_remainder(connection, capture)) {
            continue;
        }
        if known {
            faults.push(format!("{name}: round {round} is told as two connections"));
            continue;
        }
        found.push((round, connection));
    }
    found
}

/// The states at the end agree with those of the stacks.
fn states(
    name: &str,
    report: &Report,
    capture: &Capture,
    count: usize,
    lives: &Lives,
    faults: &mut Vec<String>,
) {
    let connections = connections(name, report, capture, lives, faults);
    for (round, connection) in connections {
        let frames = &capture.frames[..count];
        let of_round = |frame: &crate::capture::Frame| frame.packet.round == round;
        let last = usize::try_from(connection.last_packet).unwrap() - 1;
        let last = last.max(frames.iter().rposition(of_round).unwrap_or(0));
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
            let expires = stack == State::TimeWait && nominal == Some(State::Closed);
            let stack = if expires { State::Closed } else { stack };
            let idle = same(stack, State::Closed) && possible.iter().any(|one| same(one, stack));
            if !possible.contains(stack) && !idle {
                faults.push(format!(
                    "{name}: round {round}: {side} was in {stack}, possible are {possible:?}"
                ));
            }
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
fn timelines(
    name: &str,
    report: &Report,
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

/// Who opened, closed and reset is as it was.
fn summaries(
    name: &str,
    report: &Report,
    capture: &Capture,
    lives: &Lives,
    faults: &mut Vec<String>,
) {
    for (round, connection) in connections(name, report, capture, lives, &mut Vec::new()) {
        let roles = sides(connection);
        let life = &lives[round];
        for side in Side::BOTH {
            let named = |party: Option<Party>| match party {
                Some(Party::Both) => true,
                Some(Party::Client) => *roles.of(side) == Role::Client,
                Some(Party::Server) => *roles.of(side) == Role::Server,
                None => false,
            };
            let own = life.of(side);
            let at = |packet: u64| usize::try_from(packet).unwrap() - 1;
            let range = at(connection.first_packet)..=at(connection.last_packet);
            let sent = |flags| {
                let mut frames = capture.frames[range.clone()].iter();
                frames.any(|frame| frame.packet.from == side && frame.packet.has(flags))
            };
            let mut expect = |what: &str, said: bool, allowed: bool| {
                if said && !allowed {
                    faults.push(format!(
                        "{name}: round {round}: {side} is said to have {what}"
                    ));
                }
            };
            expect(
                "opened",
                named(connection.opened_by),
                own.went_through(Stack::SynSent),
            );
            let first = own.went_through(Stack::FinWait1) && sent(FIN);
            expect("closed first", named(connection.closed_by), first);
            expect("reset", named(connection.reset_by), sent(RST));
        }
        let both_first = Side::BOTH
            .iter()
            .all(|side| life.of(*side).went_through(Stack::FinWait1));
        if connection.closing == Closing::Simultaneous && !both_first {
            faults.push(format!(
                "{name}: round {round} did not close on both sides at once"
            ));
        }
    }
}

/// Reports on captures that hold the same, in the same order, say the same.
fn contradictions(reports: &[(&Capture, Report)], lives: &Lives, faults: &mut Vec<String>) {
    for (at, (capture, report)) in reports.iter().enumerate() {
        for (other, against) in &reports[at + 1..] {
            for (round, one) in connections("", report, capture, lives, &mut Vec::new()) {
                let all = connections("", against, other, lives, &mut Vec::new());
                let Some((_, two)) = all.iter().find(|(other, _)| *other == round) else {
                    continue;
                };
                let same = |flags| passed(capture, round, flags) == passed(other, round, flags);
                let opened_alike = same(SYN);
                let closed_alike = opened_alike && same(FIN | RST);
                let reset_alike = closed_alike && same(0);
                let what = contradiction(one, two, [opened_alike, closed_alike, reset_alike]);
                if let Some(what) = what {
                    faults.push(format!(
                        "round {round}: {} and {} contradict each other: {what}",
                        capture.monitor, other.monitor
                    ));
                }
            }
        }
    }
}

/// What passed a monitor of a round from the first segment with any of `flags`
/// on; with SYN, only such segments and the first of either host behind them;
/// without flags all of it, in any order.
fn passed(capture: &Capture, round: usize, flags: u8) -> Vec<usize> {
    let mut packets = capture.frames.iter().map(|frame| &frame.packet);
    let of_round = |packet: &&Packet| packet.round == round;
    if flags == SYN {
        let mut seen = Both::default();
        return packets
            .filter(of_round)
            .filter(|packet| {
                let opens = packet.has(SYN) || packet.has(RST);
                opens || !std::mem::replace(seen.of_mut(packet.from), true)
            })
            .map(|packet| packet.id)
            .collect();
    }
    if flags == 0 {
        let mut all: Vec<usize> = packets.filter(of_round).map(|packet| packet.id).collect();
        all.sort_unstable();
        return all;
    }
    let first = packets
        .clone()
        .position(|packet| of_round(&packet) && packet.flags & flags != 0);
    packets
        .by_ref()
        .skip(first.unwrap_or(usize::MAX))
        .filter(of_round)
        .map(|packet| packet.id)
        .collect()
}

fn contradiction(
    one: &ConnectionReport,
    two: &ConnectionReport,
    [opened_alike, closed_alike, reset_alike]: [bool; 3],
) -> Option<String> {
    let swapped = one.client != two.client;
    let party = |party: Option<Party>| match party {
        Some(Party::Client) if swapped => Some(Party::Server),
        Some(Party::Server) if swapped => Some(Party::Client),
        other => other,
    };
    let determined =
        |field| !one.undetermined.contains_key(field) && !two.undetermined.contains_key(field);
    if one.opening != two.opening && opened_alike && determined("opening") {
        return Some(format!("opening {:?}, {:?}", one.opening, two.opening));
    }
    if one.closing != two.closing && closed_alike && determined("closing") {
        return Some(format!("closing {:?}, {:?}", one.closing, two.closing));
    }
    [
        ("opened_by", one.opened_by, two.opened_by, opened_alike),
        ("closed_by", one.closed_by, two.closed_by, closed_alike),
        ("reset_by", one.reset_by, two.reset_by, reset_alike),
    ]
    .into_iter()
    .find(|(field, a, b, alike)| *alike && *a != party(*b) && determined(field))
    .map(|(field, a, b, _)| format!("{field} {a:?}, {:?}", party(b)))
}
