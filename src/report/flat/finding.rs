//! The table of findings.

use super::{Cell, Column, Kind, listed};
use crate::finding::{DisplayFilter, Finding, Numbers, Role, Value};
use crate::report::model::ConnectionReport;
use crate::report::text::numbers;
use crate::segment::Socket;

/// Both ends of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ends {
    /// Who opened.
    pub client: Socket,
    /// Who was asked.
    pub server: Socket,
}

impl Ends {
    /// The end with this part.
    #[must_use]
    pub const fn of(self, role: Role) -> Socket {
        match role {
            Role::Client => self.client,
            Role::Server => self.server,
        }
    }
}

impl From<&ConnectionReport> for Ends {
    fn from(connection: &ConnectionReport) -> Ends {
        Ends {
            client: connection.client,
            server: connection.server,
        }
    }
}

/// A finding, and the ends of its connection where that is listed.
#[derive(Clone, Debug)]
pub struct FindingRow {
    /// The finding.
    pub finding: Finding,
    /// Those of its connection.
    pub ends: Option<Ends>,
}

/// The columns.
pub const FINDING: &[Column<FindingRow>] = &[
    Column {
        name: "capture",
        kind: Kind::Text,
        about: "file in which `packet` is, as given on the command line",
        cell: |row| (&row.finding.capture).into(),
    },
    Column {
        name: "packet",
        kind: Kind::Integer,
        about: "frame number as in Wireshark; empty for omissions and patterns",
        cell: |row| row.finding.packet.into(),
    },
    Column {
        name: "time",
        kind: Kind::Time,
        about: "of the packet, or of the moment when it became true",
        cell: |row| row.finding.time.into(),
    },
    Column {
        name: "connection",
        kind: Kind::Integer,
        about: "the connection's number in this report; empty where it is about no single one",
        cell: |row| row.finding.connection.into(),
    },
    Column {
        name: "rule",
        kind: Kind::Text,
        about: "code of the rule, such as `HS001`",
        cell: |row| row.finding.rule.into(),
    },
    Column {
        name: "name",
        kind: Kind::Text,
        about: "name of the rule, such as `synack-ack-off`",
        cell: |row| row.finding.name.into(),
    },
    Column {
        name: "case",
        kind: Kind::Text,
        about: "which case of the rule, where it has several",
        cell: |row| row.finding.case.into(),
    },
    Column {
        name: "severity",
        kind: Kind::Text,
        about: "`error`, `warning`, `notice` or `info`",
        cell: |row| row.finding.severity.as_str().into(),
    },
    Column {
        name: "certainty",
        kind: Kind::Text,
        about: "`definite` or `likely`",
        cell: |row| row.finding.certainty.as_str().into(),
    },
    Column {
        name: "endpoint",
        kind: Kind::Text,
        about: "the end that it is about: `client` or `server`",
        cell: |row| row.finding.endpoint.map(Role::as_str).into(),
    },
    Column {
        name: "blames",
        kind: Kind::Text,
        about: "whom it speaks against: `endpoint`, `third-party` or `nobody`",
        cell: |row| row.finding.blames.as_str().into(),
    },
    Column {
        name: "client_ip",
        kind: Kind::Text,
        about: "address of who opened the connection",
        cell: |row| row.ends.map(|ends| ends.client.ip).into(),
    },
    Column {
        name: "client_port",
        kind: Kind::Integer,
        about: "its port",
        cell: |row| row.ends.map(|ends| ends.client.port).into(),
    },
    Column {
        name: "server_ip",
        kind: Kind::Text,
        about: "address of the other end",
        cell: |row| row.ends.map(|ends| ends.server.ip).into(),
    },
    Column {
        name: "server_port",
        kind: Kind::Integer,
        about: "its port",
        cell: |row| row.ends.map(|ends| ends.server.port).into(),
    },
    Column {
        name: "subject_ip",
        kind: Kind::Text,
        about: "address that a finding across connections is about",
        cell: |row| row.finding.subject.map(|subject| subject.ip).into(),
    },
    Column {
        name: "subject_port",
        kind: Kind::Integer,
        about: "its port; 0 where it is about the host as a whole",
        cell: |row| row.finding.subject.map(|subject| subject.port).into(),
    },
    Column {
        name: "message",
        kind: Kind::Text,
        about: "what happened, in a sentence",
        cell: |row| row.finding.message.as_str().into(),
    },
    Column {
        name: "expected",
        kind: Kind::Text,
        about: "what the RFC asks for, in words",
        cell: |row| in_words(&row.finding.expected),
    },
    Column {
        name: "observed",
        kind: Kind::Text,
        about: "what was seen, in words",
        cell: |row| in_words(&row.finding.observed),
    },
    Column {
        name: "observed_seq",
        kind: Kind::Integer,
        about: "sequence number seen; this and the next seven are empty where there is none, or a range",
        cell: |row| exact(row.finding.observed.seq),
    },
    Column {
        name: "observed_seq_relative",
        kind: Kind::Integer,
        about: "the same less the sender's initial number",
        cell: |row| exact(row.finding.observed.seq_relative),
    },
    Column {
        name: "observed_ack",
        kind: Kind::Integer,
        about: "acknowledgment number seen",
        cell: |row| exact(row.finding.observed.ack),
    },
    Column {
        name: "observed_ack_relative",
        kind: Kind::Integer,
        about: "the same less the peer's initial number",
        cell: |row| exact(row.finding.observed.ack_relative),
    },
    Column {
        name: "observed_len",
        kind: Kind::Integer,
        about: "octets of data seen",
        cell: |row| exact(row.finding.observed.len),
    },
    Column {
        name: "observed_window",
        kind: Kind::Integer,
        about: "window seen, in octets",
        cell: |row| exact(row.finding.observed.window),
    },
    Column {
        name: "observed_time_s",
        kind: Kind::Number,
        about: "time measured, in seconds",
        cell: |row| exact(row.finding.observed.time_s),
    },
    Column {
        name: "observed_count",
        kind: Kind::Integer,
        about: "how many of something were seen",
        cell: |row| exact(row.finding.observed.count),
    },
    Column {
        name: "rfc",
        kind: Kind::Text,
        about: "list of clauses, such as `RFC 9293 3.4.1`",
        cell: |row| listed(row.finding.rfc),
    },
    Column {
        name: "related_packets",
        kind: Kind::Text,
        about: "list of other packets that show it; `7 of b.pcap` for one in another file",
        cell: related,
    },
    Column {
        name: "display_filter",
        kind: Kind::Text,
        about: "Wireshark's display filter for its packets in `capture`",
        cell: |row| {
            let filter = DisplayFilter::of(&row.finding);
            filter.map(|filter| filter.to_string()).into()
        },
    },
    Column {
        name: "followers",
        kind: Kind::Integer,
        about: "findings that follow from it, or repeat it, and are not listed",
        cell: |row| row.finding.followers.into(),
    },
    Column {
        name: "fingerprint",
        kind: Kind::Text,
        about: "what it goes by from run to run; see [baseline.md](baseline.md)",
        cell: |row| row.finding.fingerprint.to_string().into(),
    },
    Column {
        name: "known",
        kind: Kind::Boolean,
        about: "whether it stands in the baseline",
        cell: |row| row.finding.known.into(),
    },
    Column {
        name: "fails",
        kind: Kind::Boolean,
        about: "whether it fails the run",
        cell: |row| row.finding.fails.into(),
    },
];

fn in_words(numbers: &Numbers) -> Cell<'static> {
    match numbers.is_empty() {
        true => Cell::Empty,
        false => numbers::line(numbers).into(),
    }
}

fn exact<'r, T: Into<Cell<'r>>>(value: Option<Value<T>>) -> Cell<'r> {
    match value {
        Some(Value::Exact(value)) => value.into(),
        _ => Cell::Empty,
    }
}

fn related(row: &FindingRow) -> Cell<'static> {
    let finding = &row.finding;
    listed(
        finding
            .related_packets
            .iter()
            .map(|related| match related.capture == finding.capture {
                true => related.packet.to_string(),
                false => format!("{} of {}", related.packet, related.capture),
            }),
    )
}
