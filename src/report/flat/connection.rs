//! The table of connections.

use super::{Cell, Column, Kind, listed};
use crate::finding::{Finding, Severity};
use crate::machine::state::State;
use crate::report::model::{ConnectionReport, Field, Party};
use crate::report::words;

/// A connection, and how much is said of it.
#[derive(Clone, Debug)]
pub struct ConnectionRow {
    /// The connection.
    pub entry: ConnectionReport,
    /// Its findings by severity, the least first.
    found: [u64; 4],
}

impl ConnectionRow {
    /// A connection with its findings.
    #[must_use]
    pub fn new(entry: ConnectionReport, findings: &[Finding]) -> ConnectionRow {
        let of = |severity| {
            let found = findings
                .iter()
                .filter(|finding| finding.severity == severity);
            found.count() as u64
        };
        let found = [
            Severity::Info,
            Severity::Notice,
            Severity::Warning,
            Severity::Error,
        ]
        .map(of);
        ConnectionRow { entry, found }
    }

    fn of(&self, severity: Severity) -> Cell<'static> {
        let count = self.found.get(severity as usize);
        count.copied().into()
    }
}

/// The columns.
pub const CONNECTION: &[Column<ConnectionRow>] = &[
    Column {
        name: "connection",
        kind: Kind::Integer,
        about: "its number in this report, in order of first packet",
        cell: |row| row.entry.id.into(),
    },
    Column {
        name: "capture",
        kind: Kind::Text,
        about: "file with its first packet",
        cell: |row| (&row.entry.capture).into(),
    },
    Column {
        name: "client_ip",
        kind: Kind::Text,
        about: "address of who opened",
        cell: |row| row.entry.client.ip.into(),
    },
    Column {
        name: "client_port",
        kind: Kind::Integer,
        about: "its port",
        cell: |row| row.entry.client.port.into(),
    },
    Column {
        name: "server_ip",
        kind: Kind::Text,
        about: "address of the other end",
        cell: |row| row.entry.server.ip.into(),
    },
    Column {
        name: "server_port",
        kind: Kind::Integer,
        about: "its port",
        cell: |row| row.entry.server.port.into(),
    },
    Column {
        name: "tunnels",
        kind: Kind::Text,
        about: "list of tunnels around it, the outermost first",
        cell: |row| listed(&row.entry.tunnels),
    },
    Column {
        name: "first_packet",
        kind: Kind::Integer,
        about: "frame number of its first packet",
        cell: |row| row.entry.first_packet.into(),
    },
    Column {
        name: "last_packet",
        kind: Kind::Integer,
        about: "frame number of its last packet",
        cell: |row| row.entry.last_packet.into(),
    },
    Column {
        name: "last_capture",
        kind: Kind::Text,
        about: "file with its last packet: another one than `capture` only where captures are merged",
        cell: |row| (&row.entry.last_capture).into(),
    },
    Column {
        name: "start",
        kind: Kind::Time,
        about: "time of its first packet",
        cell: |row| row.entry.start.into(),
    },
    Column {
        name: "duration_s",
        kind: Kind::Number,
        about: "seconds from its first to its last packet",
        cell: |row| row.entry.duration_s.into(),
    },
    Column {
        name: "roles_from",
        kind: Kind::Text,
        about: "how it is known who is the client: `syn`, `syn-ack`, `port` or `first-sender`",
        cell: |row| row.entry.roles_from.as_str().into(),
    },
    Column {
        name: "opening",
        kind: Kind::Text,
        about: "`three-way`, `simultaneous`, `fast-open`, `split`, `refused`, `rejected`, `unanswered`, `incomplete`, `mid-stream` or `undetermined`",
        cell: |row| words::opening(row.entry.opening).into(),
    },
    Column {
        name: "closing",
        kind: Kind::Text,
        about: "`four-way`, `three-way`, `simultaneous`, `reset`, `half-closed`, `unfinished`, `none` or `undetermined`",
        cell: |row| row.entry.closing.as_str().into(),
    },
    Column {
        name: "opened_by",
        kind: Kind::Text,
        about: "who sent the opening SYN: `client`, `server` or `both`",
        cell: |row| row.entry.opened_by.map(Party::as_str).into(),
    },
    Column {
        name: "closed_by",
        kind: Kind::Text,
        about: "who closed first",
        cell: |row| row.entry.closed_by.map(Party::as_str).into(),
    },
    Column {
        name: "reset_by",
        kind: Kind::Text,
        about: "who reset it",
        cell: |row| row.entry.reset_by.map(Party::as_str).into(),
    },
    Column {
        name: "vantage",
        kind: Kind::Text,
        about: "where the capture was taken: `client`, `server`, `both`, `middle` or `unknown`",
        cell: |row| row.entry.vantage.as_str().into(),
    },
    Column {
        name: "client_state",
        kind: Kind::Text,
        about: "nominal state of the client at the end, as RFC 9293 spells it; empty where unknown",
        cell: |row| row.entry.final_state.client.map(State::as_str).into(),
    },
    Column {
        name: "server_state",
        kind: Kind::Text,
        about: "nominal state of the server at the end, as RFC 9293 spells it; empty where unknown",
        cell: |row| row.entry.final_state.server.map(State::as_str).into(),
    },
    Column {
        name: "client_possible_states",
        kind: Kind::Text,
        about: "list of all states of the client that the captured segments allow at the end",
        cell: |row| {
            listed(
                row.entry
                    .possible_final_states
                    .client
                    .iter()
                    .map(State::as_str),
            )
        },
    },
    Column {
        name: "server_possible_states",
        kind: Kind::Text,
        about: "list of all states of the server that the captured segments allow at the end",
        cell: |row| {
            listed(
                row.entry
                    .possible_final_states
                    .server
                    .iter()
                    .map(State::as_str),
            )
        },
    },
    Column {
        name: "undetermined",
        kind: Kind::Text,
        about: "list of columns that cannot be told, with the reason",
        cell: |row| undetermined(row),
    },
    Column {
        name: "client_segments",
        kind: Kind::Integer,
        about: "segments that the client sent",
        cell: |row| row.entry.stats.client.segments.into(),
    },
    Column {
        name: "client_bytes",
        kind: Kind::Integer,
        about: "octets of data that it sent, each counted once",
        cell: |row| row.entry.stats.client.bytes.into(),
    },
    Column {
        name: "client_retransmissions",
        kind: Kind::Integer,
        about: "its segments with data, SYN or FIN sent before",
        cell: |row| row.entry.stats.client.retransmissions.into(),
    },
    Column {
        name: "client_out_of_order",
        kind: Kind::Integer,
        about: "its segments that came to the monitor behind later ones",
        cell: |row| row.entry.stats.client.out_of_order.into(),
    },
    Column {
        name: "client_duplicate_acks",
        kind: Kind::Integer,
        about: "its pure ACKs that repeat the last number",
        cell: |row| row.entry.stats.client.duplicate_acks.into(),
    },
    Column {
        name: "client_zero_windows",
        kind: Kind::Integer,
        about: "its segments that offer no window",
        cell: |row| row.entry.stats.client.zero_windows.into(),
    },
    Column {
        name: "client_duplicate_frames",
        kind: Kind::Integer,
        about: "copies of its frames made by the capture; not counted above",
        cell: |row| row.entry.stats.client.duplicate_frames.into(),
    },
    Column {
        name: "client_bad_checksums",
        kind: Kind::Integer,
        about: "its segments with a wrong checksum; not judged",
        cell: |row| row.entry.stats.client.bad_checksums.into(),
    },
    Column {
        name: "client_rtt_us",
        kind: Kind::Integer,
        about: "round-trip time of the handshake between the monitor and the peer of the client, in microseconds",
        cell: |row| row.entry.stats.client.rtt_us.into(),
    },
    Column {
        name: "server_segments",
        kind: Kind::Integer,
        about: "segments that the server sent",
        cell: |row| row.entry.stats.server.segments.into(),
    },
    Column {
        name: "server_bytes",
        kind: Kind::Integer,
        about: "octets of data that it sent, each counted once",
        cell: |row| row.entry.stats.server.bytes.into(),
    },
    Column {
        name: "server_retransmissions",
        kind: Kind::Integer,
        about: "its segments with data, SYN or FIN sent before",
        cell: |row| row.entry.stats.server.retransmissions.into(),
    },
    Column {
        name: "server_out_of_order",
        kind: Kind::Integer,
        about: "its segments that came to the monitor behind later ones",
        cell: |row| row.entry.stats.server.out_of_order.into(),
    },
    Column {
        name: "server_duplicate_acks",
        kind: Kind::Integer,
        about: "its pure ACKs that repeat the last number",
        cell: |row| row.entry.stats.server.duplicate_acks.into(),
    },
    Column {
        name: "server_zero_windows",
        kind: Kind::Integer,
        about: "its segments that offer no window",
        cell: |row| row.entry.stats.server.zero_windows.into(),
    },
    Column {
        name: "server_duplicate_frames",
        kind: Kind::Integer,
        about: "copies of its frames made by the capture; not counted above",
        cell: |row| row.entry.stats.server.duplicate_frames.into(),
    },
    Column {
        name: "server_bad_checksums",
        kind: Kind::Integer,
        about: "its segments with a wrong checksum; not judged",
        cell: |row| row.entry.stats.server.bad_checksums.into(),
    },
    Column {
        name: "server_rtt_us",
        kind: Kind::Integer,
        about: "round-trip time of the handshake between the monitor and the peer of the server, in microseconds",
        cell: |row| row.entry.stats.server.rtt_us.into(),
    },
    Column {
        name: "errors",
        kind: Kind::Integer,
        about: "its listed findings of severity error",
        cell: |row| row.of(Severity::Error),
    },
    Column {
        name: "warnings",
        kind: Kind::Integer,
        about: "its listed findings of severity warning",
        cell: |row| row.of(Severity::Warning),
    },
    Column {
        name: "notices",
        kind: Kind::Integer,
        about: "its listed findings of severity notice",
        cell: |row| row.of(Severity::Notice),
    },
    Column {
        name: "infos",
        kind: Kind::Integer,
        about: "its listed findings of severity info",
        cell: |row| row.of(Severity::Info),
    },
    Column {
        name: "checks_withheld",
        kind: Kind::Integer,
        about: "checks that could not be made on it",
        cell: |row| (row.entry.withheld.len() as u64).into(),
    },
    Column {
        name: "withheld",
        kind: Kind::Text,
        about: "list of those checks: code of the rule and what was missing",
        cell: |row| withheld(row),
    },
];

fn undetermined(row: &ConnectionRow) -> Cell<'static> {
    let fields = row.entry.undetermined.iter();
    listed(fields.map(|(field, reason)| format!("{}: {reason}", column_of(*field))))
}

/// The column of a field that has another name in JSON.
const fn column_of(field: Field) -> &'static str {
    match field {
        Field::ClientState => "client_state",
        Field::ServerState => "server_state",
        other => other.as_str(),
    }
}

fn withheld(row: &ConnectionRow) -> Cell<'static> {
    let checks = row.entry.withheld.iter();
    listed(checks.map(|check| format!("{}: {}", check.rule, check.need)))
}
