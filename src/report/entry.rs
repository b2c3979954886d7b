//! A connection's entry in the report: how it was opened and closed, by whom,
//! and where both ends are at the end.

use std::collections::BTreeMap;

use super::drawing::drawing;
use super::model::{
    Closing, EndpointStats, Entry, Field, Opening, Party, PerRole, RolesFrom, StateRow,
    VantageReport, Withheld,
};
use super::places::Places;
use crate::finding::{CaptureNumber, Role, Span};
use crate::machine::connection::{Connection, RolesFrom as MachineRoles};
use crate::machine::end::End;
use crate::machine::knowledge;
use crate::machine::side::Side;
use crate::machine::surroundings::Vantage;
use crate::machine::timeline::{Cause, Step};
use crate::machine::transition::Event;
use crate::observation::Observations;
use crate::segment::NS_PER_US;
use crate::tunnel::Tunnels;

/// What the machine calls a side is a role in the report.
#[must_use]
pub const fn role(side: Side) -> Role {
    match side {
        Side::Client => Role::Client,
        Side::Server => Role::Server,
    }
}

const fn party(side: Side) -> Party {
    match side {
        Side::Client => Party::Client,
        Side::Server => Party::Server,
    }
}

fn parties(client: bool, server: bool) -> Option<Party> {
    match (client, server) {
        (true, true) => Some(Party::Both),
        (true, false) => Some(Party::Client),
        (false, true) => Some(Party::Server),
        (false, false) => None,
    }
}

/// An end acknowledged what was not captured, and nothing after it tells what that was.
const LOST_AT_THE_END: &str = "the capture lost segments at the end";

/// Reasons why fields cannot be told.
type Undetermined = BTreeMap<Field, String>;

/// The entry for `connection`. `lost`: the capture lost something of it;
/// `tunnels` knows their names.
#[must_use]
pub fn entry(
    connection: &Connection,
    vantage: Vantage,
    places: &Places,
    lost: bool,
    withheld: Vec<Withheld>,
    tunnels: &Tunnels,
) -> Entry {
    let (file, first_packet) = places.find(connection.first.0);
    let (last_file, last_packet) = places.find(connection.last.0);
    let mut undetermined = Undetermined::new();
    let possible_final_states = PerRole {
        client: connection.possible_states(Side::Client),
        server: connection.possible_states(Side::Server),
    };
    let reset_by = parties(
        reset(connection, Side::Client),
        reset(connection, Side::Server),
    );
    let opening = opening(connection, &mut undetermined);
    let closing = closing(connection, reset_by.is_some(), lost, &mut undetermined);
    let closed_by = closed_by(connection, closing, &mut undetermined);
    let chain = tunnels.chain(connection.tunnel).to_vec();
    if connection.tunnel != 0 && chain.is_empty() {
        let reason = "more tunnels were captured than are kept by name";
        undetermined.insert(Field::Tunnels, reason.to_owned());
    }
    let states = connection
        .timeline
        .steps()
        .iter()
        .map(|step| row(step, places, file));
    let possible = |side: Side| match side {
        Side::Client => possible_final_states.client,
        Side::Server => possible_final_states.server,
    };
    let final_state = |side: Side, field, undetermined: &mut Undetermined| {
        let state = connection.timeline.state(side);
        let who = role(side).as_str();
        let reason = if state.is_none() && connection.ends.of(side).was_seen() {
            format!("what the {who} sent is part of no connection")
        } else if state.is_none() {
            format!("nothing of the {who} was captured")
        } else if early_end(connection) {
            LOST_AT_THE_END.to_owned()
        } else if let Some(state) = state
            && !possible(side).contains(state)
        {
            // As when its peer's answer was captured, and did not arrive.
            format!("what was captured later shows that the {who} is not in {state}")
        } else {
            return state;
        };
        undetermined.insert(field, reason);
        None
    };
    Entry {
        id: 0,
        capture: places.number(file),
        client: connection.sockets.client,
        server: connection.sockets.server,
        tunnels: chain,
        first_packet,
        last_packet,
        last_capture: places.number(last_file),
        start: places.moment(file, connection.first.1),
        duration_s: Span(connection.last.1.since(connection.first.1)),
        roles_from: match connection.roles_from {
            MachineRoles::Syn => RolesFrom::Syn,
            MachineRoles::SynAck => RolesFrom::SynAck,
            MachineRoles::Port => RolesFrom::Port,
            MachineRoles::FirstSender => RolesFrom::FirstSender,
        },
        opening,
        closing,
        opened_by: opened_by(connection),
        closed_by,
        reset_by,
        vantage: vantage_report(vantage),
        final_state: PerRole {
            client: final_state(Side::Client, Field::ClientState, &mut undetermined),
            server: final_state(Side::Server, Field::ServerState, &mut undetermined),
        },
        undetermined,
        possible_final_states,
        states: states.collect(),
        stats: PerRole {
            client: stats(connection, Side::Client),
            server: stats(connection, Side::Server),
        },
        withheld,
        drawing: drawing(connection, places),
    }
}

/// `file`: that with the connection's first packet, for what has no packet.
fn row(step: &Step, places: &Places, file: usize) -> StateRow<CaptureNumber> {
    let place = step.packet.map(|packet| places.find(packet));
    let file = place.map_or(file, |(file, _)| file);
    StateRow {
        packet: place.map(|(_, packet)| packet),
        capture: places.number(file),
        time: places.moment(file, step.time),
        endpoint: role(step.side),
        from: step.from,
        to: step.to,
        event: step.event,
        possible: step.possible,
    }
}

fn stats(connection: &Connection, side: Side) -> EndpointStats {
    let end = connection.ends.of(side);
    let to_here = *connection.handshake_ns.of(side);
    EndpointStats {
        segments: end.counts.segments,
        bytes: end.counts.bytes,
        retransmissions: end.counts.retransmissions,
        out_of_order: end.counts.out_of_order,
        duplicate_acks: end.counts.duplicate_acks,
        zero_windows: end.counts.zero_windows,
        duplicate_frames: u64::from(end.traces.duplicates),
        bad_checksums: u64::from(end.traces.bad_checksums),
        rtt_us: to_here.and_then(|ns| u64::try_from(ns / NS_PER_US).ok()),
    }
}

fn vantage_report(vantage: Vantage) -> VantageReport {
    match (vantage.at.client, vantage.at.server) {
        (Some(true), Some(true)) => VantageReport::Both,
        (Some(true), _) => VantageReport::Client,
        (_, Some(true)) => VantageReport::Server,
        (Some(false), Some(false)) => VantageReport::Middle,
        _ => VantageReport::Unknown,
    }
}

fn opened_by(connection: &Connection) -> Option<Party> {
    if connection.self_connect {
        return Some(Party::Both);
    }
    let (client, server) = (&connection.ends.client, &connection.ends.server);
    match (client.sent_bare_syn, server.sent_bare_syn) {
        // A SYN-ACK alone shows as well who was asked to open.
        (false, false) => server.sent_syn_ack.then_some(Party::Client),
        (client, server) => parties(client, server),
    }
}

fn opening(connection: &Connection, undetermined: &mut Undetermined) -> Opening {
    let (client, server) = (&connection.ends.client, &connection.ends.server);
    let mut unknown = |reason: &str| {
        undetermined.insert(Field::Opening, reason.to_owned());
        Opening::Undetermined
    };
    if connection.self_connect {
        return Opening::Simultaneous;
    }
    if connection.mid_stream {
        return Opening::MidStream;
    }
    if client.syn.is_none() {
        return unknown("the SYN was not captured");
    }
    if client.sent_bare_syn && server.sent_bare_syn {
        return if answered_in_parts(connection) {
            Opening::Split
        } else {
            Opening::Simultaneous
        };
    }
    let Some(syn_ack) = server.syn else {
        return match (server.rst, server.sent_after_syn) {
            (Some(_), _) if !client.sent_after_syn => Opening::Refused,
            (_, true) if client.ack_max.is_none() => {
                unknown("the answer to the SYN carries another connection's numbers")
            }
            (None, false) if !client.sent_after_syn => {
                if connection.icmp.rejects(Side::Client) {
                    Opening::Rejected
                } else {
                    Opening::Unanswered
                }
            }
            _ => unknown("the SYN-ACK was not captured"),
        };
    };
    let took_data = client
        .syn
        .zip(syn_ack.ack)
        .is_some_and(|(syn, ack)| syn.payload_len > 0 && ack.after(syn.iss + 1));
    if took_data {
        return Opening::FastOpen;
    }
    if client.sent_after_syn && server.syn_acked {
        Opening::ThreeWay
    } else {
        Opening::Incomplete
    }
}

/// The server acknowledged the client's SYN before it sent its own: the two
/// did not cross, the SYN-ACK came in two segments (RFC 9293, 3.5).
fn answered_in_parts(connection: &Connection) -> bool {
    let client_syn = connection.ends.client.iss();
    let mut acknowledged = false;
    for noted in connection.noted() {
        if noted.side != Side::Server || noted.is_void() {
            continue;
        }
        if noted.is_bare_syn() {
            return acknowledged;
        }
        acknowledged |= noted.is_pure_ack() && client_syn.is_some_and(|iss| noted.ack == iss + 1);
    }
    false
}

/// Whether a RST of `side` ended the connection for either end, and was not
/// taken back by what followed.
fn reset(connection: &Connection, side: Side) -> bool {
    if !connection.seen.contains(Observations::RST) {
        return false;
    }
    let steps = connection.timeline.steps();
    let goes_on = |step: &Step| step.side == side && step.event == Cause::GoesOn;
    let ends_it = |step: &Step| {
        let Cause::Event(event) = step.event else {
            return false;
        };
        match event {
            Event::SendRst => step.side == side,
            Event::ReceiveRst | Event::ReceiveRstPassive => step.side != side,
            _ => false,
        }
    };
    let closed = fins_acknowledged(connection);
    let taken_back = steps.iter().rposition(goes_on).map_or(0, |at| at + 1);
    steps.iter().skip(taken_back).any(|step| {
        ends_it(step)
            && step
                .packet
                .is_none_or(|packet| closed.is_none_or(|fins| packet < fins))
    })
}

/// The packet by which both FINs were acknowledged.
fn fins_acknowledged(connection: &Connection) -> Option<u64> {
    let acked = |end: &End| {
        end.fin
            .and_then(|fin| fin.acked_by)
            .map(|(packet, _)| packet)
    };
    Some(acked(&connection.ends.client)?.max(acked(&connection.ends.server)?))
}

/// `was_reset`: a RST ended it; `lost`: the capture lost something of it.
fn closing(
    connection: &Connection,
    was_reset: bool,
    lost: bool,
    undetermined: &mut Undetermined,
) -> Closing {
    let (client, server) = (&connection.ends.client, &connection.ends.server);
    let mut unknown = |reason: &str| {
        undetermined.insert(Field::Closing, reason.to_owned());
        Closing::Undetermined
    };
    if connection.self_connect {
        return unknown("both ends are the same socket");
    }
    let was_open = connection.mid_stream || client.sent_after_syn || server.syn.is_some();
    if was_reset {
        // A refused SYN never was a connection that could be closed.
        return if was_open {
            Closing::Reset
        } else {
            Closing::None
        };
    }
    let one_way =
        (client.fin.is_some() || server.fin.is_some()) && !(client.was_seen() && server.was_seen());
    if one_way {
        return unknown("only one direction was captured");
    }
    match (client.fin, server.fin) {
        (Some(_), Some(_)) if fins_acknowledged(connection).is_some() => {
            close_of_both(connection, lost, undetermined)
        }
        (Some(_), Some(_)) => Closing::Unfinished,
        (None, None) => {
            if client.distant_fin.is_some() || server.distant_fin.is_some() || early_end(connection)
            {
                return unknown(LOST_AT_THE_END);
            }
            Closing::None
        }
        (closer, _) => {
            let side = if closer.is_some() {
                Side::Client
            } else {
                Side::Server
            };
            let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
            if connection.mid_stream && peer.counts.bytes == 0 {
                return unknown("the capture starts mid-stream: the other FIN may lie before it");
            }
            if early_end(connection) {
                return unknown(LOST_AT_THE_END);
            }
            let acked = own.fin.is_some_and(|fin| fin.acked_by.is_some());
            if acked {
                Closing::HalfClosed
            } else {
                Closing::Unfinished
            }
        }
    }
}

/// An end acknowledged something at the end that was not captured: data or a FIN.
fn early_end(connection: &Connection) -> bool {
    Side::BOTH
        .iter()
        .any(|side| connection.ends.of(*side).early_ack.is_some())
}

/// Both FINs were sent and acknowledged.
fn close_of_both(connection: &Connection, lost: bool, undetermined: &mut Undetermined) -> Closing {
    let (client, server) = (&connection.ends.client, &connection.ends.server);
    let client_first = knowledge::sent_fin_first(client, server);
    let server_first = knowledge::sent_fin_first(server, client);
    let (first, second) = match (client_first, server_first) {
        (true, true) => return Closing::Simultaneous,
        (true, false) => (client, server),
        (false, true) => (server, client),
        (false, false) => {
            undetermined.insert(
                Field::Closing,
                "the first copies of both FINs are missing".to_owned(),
            );
            return Closing::Undetermined;
        }
    };
    let merged = first
        .fin
        .and_then(|fin| fin.acked_by)
        .zip(second.fin)
        .is_some_and(|((packet, _), fin)| packet == fin.packet);
    if merged && lost {
        // A lost ACK makes four segments look like three.
        undetermined.insert(Field::Closing, "the capture lost segments".to_owned());
        return Closing::Undetermined;
    }
    if merged {
        Closing::ThreeWay
    } else {
        Closing::FourWay
    }
}

fn closed_by(
    connection: &Connection,
    closing: Closing,
    undetermined: &mut Undetermined,
) -> Option<Party> {
    let (client, server) = (&connection.ends.client, &connection.ends.server);
    // Its FIN was sent behind data that is missing here.
    let ahead = |end: &End| end.fin.is_none() && end.distant_fin.is_some();
    if ahead(client) || ahead(server) {
        let reason = "a FIN came whose data in front of it is missing";
        undetermined.insert(Field::ClosedBy, reason.to_owned());
        return None;
    }
    let first = match (client.fin.is_some(), server.fin.is_some()) {
        (true, true) => parties(
            knowledge::sent_fin_first(client, server),
            knowledge::sent_fin_first(server, client),
        ),
        (true, false) => Some(party(Side::Client)),
        (false, true) => Some(party(Side::Server)),
        (false, false) => None,
    };
    if closing == Closing::Undetermined && !(client.fin.is_some() && server.fin.is_some()) {
        if let Some(reason) = undetermined.get(&Field::Closing).cloned() {
            undetermined.insert(Field::ClosedBy, reason);
        }
        return None;
    }
    first
}
