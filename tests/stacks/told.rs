//! Which of the rounds a connection of a report is about.

use tcpcheck::finding::Role;
use tcpcheck::report::model::{ConnectionReport, Loaded, Opening};

use crate::capture::Capture;
use crate::life::{self, Lives};
use crate::packet::{self, RST, SYN};
use crate::side::{Both, Side};

/// The round of a connection: of its SYN, where that passed the monitor. What
/// is left of the round before may come ahead of it.
pub fn round_of(connection: &ConnectionReport, capture: &Capture) -> usize {
    let at = |packet: u64| usize::try_from(packet).unwrap() - 1;
    let frames = &capture.frames[at(connection.first_packet)..=at(connection.last_packet)];
    let opening = frames.iter().find(|frame| frame.packet.has(SYN));
    opening.unwrap_or(&frames[0]).packet.round
}

/// Which host is the client.
pub fn sides(connection: &ConnectionReport) -> Both<Role> {
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
pub fn named(roles: &Both<Role>, endpoint: Option<Role>) -> Option<Side> {
    let is = |side: &Side| Some(*roles.of(*side)) == endpoint;
    Side::BOTH.into_iter().find(is)
}

/// The connections with their rounds; a round has one connection.
pub fn connections<'a>(
    name: &str,
    report: &'a Loaded,
    capture: &Capture,
    lives: &Lives,
    faults: &mut Vec<String>,
) -> Vec<(usize, &'a ConnectionReport)> {
    let mut found: Vec<(usize, &ConnectionReport)> = Vec::new();
    for connection in &report.connections {
        let round = round_of(connection, capture);
        let apart = life::are_several(&lives[round]);
        if apart || life::is_entangled(lives, round) {
            continue;
        }
        if holds_two(connection, capture, round) {
            continue;
        }
        let known = found.iter().any(|(other, _)| *other == round);
        if known && is_remainder(connection, capture) {
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
