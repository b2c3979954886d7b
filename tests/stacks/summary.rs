//! Who opened, closed and reset, as a report tells it: held against what
//! happened, and against the other reports.

use smoltcp::socket::tcp::State as Stack;
use tcpcheck::finding::Role;
use tcpcheck::report::model::{Closing, ConnectionReport, Loaded, Party};

use crate::capture::Capture;
use crate::life::Lives;
use crate::packet::{FIN, Packet, RST, SYN};
use crate::side::{Both, Side};
use crate::told::{connections, sides};

/// Who opened, closed and reset is as it was.
pub fn summaries(
    name: &str,
    report: &Loaded,
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
pub fn contradictions(reports: &[(&Capture, Loaded)], lives: &Lives, faults: &mut Vec<String>) {
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
