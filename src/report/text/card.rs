//! One connection in full: how it went, and the states of both ends.

use std::io;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement};

use super::ladder::{self, Scene};
use super::{Look, clock, seconds};
use crate::finding::{Finding, Role, Severity};
use crate::machine::state::{State, StateSet};
use crate::report::model::{
    Closing, ConnectionReport, EndpointStats, Opening, Party, Report, RolesFrom, StateRow,
};
use crate::report::page::{self, Page};
use crate::report::{style, words};

/// Writes the card of a connection with these findings.
pub fn write(
    report: &Report,
    connection: &ConnectionReport,
    findings: &[Finding],
    look: &Look,
    page: &mut Page<'_>,
) -> io::Result<()> {
    page.blank()?;
    page.heading(style::HEAD, &heading(connection))?;
    let stats = &connection.stats;
    let lines = [
        ("tunnel", tunnel(connection)),
        ("opened", Some(opening(connection))),
        ("closed", closing(connection)),
        ("ended in", Some(ended(connection))),
        ("captured", Some(place(report, connection))),
        ("client", Some(sent(&stats.client))),
        ("server", Some(sent(&stats.server))),
    ];
    for (what, text) in lines {
        if let Some(text) = text {
            page.hang(2, &format!("{what:<10}"), style::PLAIN, &text)?;
        }
    }
    if look.ladder {
        // It shows the states as well.
        page.blank()?;
        return ladder(report, connection, findings, look, page);
    }
    timeline(report, connection, findings, page)
}

/// Which connection it is.
pub fn heading(connection: &ConnectionReport) -> String {
    let ConnectionReport {
        id, client, server, ..
    } = connection;
    format!("Connection {id}: client {client}, server {server}")
}

/// Draws a connection.
pub fn ladder(
    report: &Report,
    connection: &ConnectionReport,
    findings: &[Finding],
    look: &Look,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let mut captures = report.captures.iter();
    let capture = captures.find(|capture| capture.path == connection.capture);
    let start = capture.and_then(|capture| capture.start);
    let scene = Scene {
        connection,
        findings,
        start: start.unwrap_or(connection.start).at,
        alone: match &report.narrowed {
            Some(narrowed) => narrowed.connections_shown == 1,
            None => report.summary.connections == 1,
        },
    };
    ladder::write(scene, look, page)
}

/// `None` where there is none.
pub fn tunnel(connection: &ConnectionReport) -> Option<String> {
    if connection.undetermined.contains_key("tunnels") {
        return Some(undetermined(connection, "tunnels"));
    }
    let in_one = !connection.tunnels.is_empty();
    in_one.then(|| words::tunnels(&connection.tunnels))
}

pub fn opening(connection: &ConnectionReport) -> String {
    let by = match connection.opened_by {
        None => String::new(),
        some => format!("by {}, ", words::party(some)),
    };
    let how = match connection.opening {
        Opening::ThreeWay => "with three segments: SYN, SYN-ACK, ACK",
        Opening::Simultaneous => "each with a SYN of its own (simultaneous open)",
        Opening::FastOpen => "with data in the SYN (Fast Open)",
        Opening::Split => "with the SYN-ACK split into ACK and SYN",
        Opening::Refused => "but refused: a RST answered the SYN",
        Opening::Rejected => "but rejected: an ICMP error answered the SYN",
        Opening::Unanswered => "but nothing answered the SYN",
        Opening::Incomplete => "but never completed: no ACK followed the SYN-ACK",
        Opening::MidStream => "before the capture began",
        Opening::Undetermined => return undetermined(connection, "opening"),
    };
    let roles = match connection.roles_from {
        RolesFrom::Syn => "",
        RolesFrom::SynAck => " (who is the client is told by the SYN-ACK)",
        RolesFrom::Port => " (who is the client is guessed by the ports)",
        RolesFrom::FirstSender => " (who is the client is guessed by who sent first)",
    };
    format!("{by}{how}{roles}")
}

/// `None` where there was nothing to close.
pub fn closing(connection: &ConnectionReport) -> Option<String> {
    let first = match connection.closed_by {
        None => String::new(),
        Some(Party::Both) => ", both ends at once".to_owned(),
        some => format!(", {} first", words::party(some)),
    };
    Some(match connection.closing {
        Closing::FourWay => format!("with four segments: FIN, ACK, FIN, ACK{first}"),
        Closing::ThreeWay => format!("with three segments: FIN, FIN-ACK, ACK{first}"),
        Closing::Simultaneous => "by both ends at once (simultaneous close)".to_owned(),
        Closing::Reset => format!("with a RST by {}", words::party(connection.reset_by)),
        Closing::HalfClosed => match connection.closed_by {
            None => "by one end only (half-closed)".to_owned(),
            some => format!("by {} only (half-closed)", words::party(some)),
        },
        Closing::Unfinished => format!("not to the end: a FIN was not acknowledged{first}"),
        Closing::None => match connection.opening {
            Opening::Refused | Opening::Rejected | Opening::Unanswered => return None,
            _ => "not within the capture".to_owned(),
        },
        Closing::Undetermined => undetermined(connection, "closing"),
    })
}

/// The states at the end, and what they are instead where the last segments
/// did not arrive.
pub fn ended(connection: &ConnectionReport) -> String {
    let (nominal, possible) = (&connection.final_state, &connection.possible_final_states);
    let client = ended_in(connection, Role::Client, nominal.client, possible.client);
    let server = ended_in(connection, Role::Server, nominal.server, possible.server);
    if connection.final_state.client.is_none()
        && connection.final_state.server.is_none()
        && let Some(reason) = connection.undetermined.get("final_state.client")
        && connection.undetermined.get("final_state.server") == Some(reason)
    {
        return format!("client {client}; server {server}: {reason}");
    }
    if client == server && connection.undetermined.is_empty() {
        return format!("{client} at both ends");
    }
    let why = |field| match connection.undetermined.get(field) {
        Some(reason) => format!(" ({reason})"),
        None => String::new(),
    };
    format!(
        "client {client}{}; server {server}{}",
        why("final_state.client"),
        why("final_state.server")
    )
}

/// How many states there are.
const STATES: usize = State::ALL.len();

fn ended_in(
    connection: &ConnectionReport,
    role: Role,
    nominal: Option<State>,
    possible: StateSet,
) -> String {
    let list = |states: &[State]| {
        let names: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        words::list(&names, "or")
    };
    let Some(state) = nominal else {
        let possible: Vec<State> = possible.iter().collect();
        return match possible.len() {
            // Any state, told one by one, would tell no more.
            0 | STATES => "unknown".to_owned(),
            _ => list(&possible),
        };
    };
    // Only what it was told last can be in doubt, not what it did itself: of
    // the possible states those that it was in before.
    let own = || connection.states.iter().filter(|row| row.endpoint == role);
    let told = own().next_back().filter(|row| row.to == state);
    let Some(told) = told.and_then(|row| row.event.as_str().strip_prefix("receive ")) else {
        return state.to_string();
    };
    let before = |state: &State| own().any(|row| row.from == *state);
    let others: Vec<State> = possible
        .iter()
        .filter(|other| *other != state && before(other))
        .collect();
    if others.is_empty() {
        return state.to_string();
    }
    let what = match told {
        "ACK of FIN" => "last ACK",
        "ACK of SYN" => "ACK",
        _ => told.split_once(", send").map_or(told, |(what, _)| what),
    };
    format!("{state} ({} if the {what} was lost)", list(&others))
}

fn undetermined(connection: &ConnectionReport, field: &str) -> String {
    match connection.undetermined.get(field) {
        Some(reason) => format!("cannot be told: {reason}"),
        None => "cannot be told".to_owned(),
    }
}

pub fn place(report: &Report, connection: &ConnectionReport) -> String {
    let file = match report.captures.len() {
        0 | 1 => String::new(),
        _ => format!(" of {}", connection.last_capture),
    };
    // Only where captures are merged.
    let first_file = if connection.capture == connection.last_capture {
        String::new()
    } else {
        format!(" of {}", connection.capture)
    };
    format!(
        "{}; packets {}{first_file} to {}{file}, {} s",
        words::vantage(connection.vantage),
        connection.first_packet,
        connection.last_packet,
        seconds(connection.duration_s.0, connection.start.digits)
    )
}

pub fn sent(stats: &EndpointStats) -> String {
    let segments = words::count(stats.segments, "segment");
    let mut parts = vec![match stats.bytes {
        0 if stats.segments == 0 => "no segment".to_owned(),
        0 => format!("{segments} without data"),
        bytes => format!("{segments} with {} of data", words::count(bytes, "octet")),
    }];
    let counts = [
        (stats.retransmissions, "retransmission"),
        (stats.out_of_order, "segment out of order"),
        (stats.duplicate_acks, "duplicate ACK"),
        (stats.zero_windows, "zero window"),
        (stats.duplicate_frames, "copy made by the capture"),
        (stats.bad_checksums, "wrong checksum"),
    ];
    for (count, thing) in counts {
        match (count, thing) {
            (0, _) => {}
            (1, thing) => parts.push(format!("1 {thing}")),
            (n, "segment out of order") => {
                parts.push(format!("{} segments out of order", words::number(n)))
            }
            (n, "copy made by the capture") => {
                parts.push(format!("{} copies made by the capture", words::number(n)));
            }
            (n, thing) => parts.push(words::count(n, thing)),
        }
    }
    if let Some(us) = stats.rtt_us {
        parts.push(format!(
            "handshake round trip {}.{:03} ms",
            us / 1000,
            us % 1000
        ));
    }
    parts.join(", ")
}

/// The states of both ends, a row for each moment at which one changed.
fn timeline(
    report: &Report,
    connection: &ConnectionReport,
    findings: &[Finding],
    page: &mut Page<'_>,
) -> io::Result<()> {
    if connection.states.is_empty() {
        return Ok(());
    }
    let mut table = page::table(&["Packet", "Seconds", "Client", "Server", "Event"]);
    let width = u16::try_from(page.width() - 2).unwrap_or(u16::MAX);
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    let before = |role| {
        let row = connection.states.iter().find(|row| row.endpoint == role);
        row.map_or("", |row| row.from.as_str())
    };
    table.add_row(["", "", before(Role::Client), before(Role::Server), ""]);
    let mut styles = vec![style::FAINT];
    // In merged captures each file counts its own packets.
    let several = (connection.states.iter()).any(|row| row.capture != connection.capture);
    for row in &connection.states {
        let packet = match row.packet {
            None => "-".to_owned(),
            Some(packet) if several => format!("{packet} of {}", words::file_name(&row.capture)),
            Some(packet) => packet.to_string(),
        };
        let time = clock(report, &connection.capture, row.time).unwrap_or_default();
        let state = |role| {
            if row.endpoint == role {
                row.to.as_str()
            } else {
                ""
            }
        };
        let (client, server) = (state(Role::Client), state(Role::Server));
        let worst = worst_at(findings, row);
        let mark = worst.map_or_else(String::new, |finding| format!(" <- {}", finding.rule));
        let event = format!("{}{mark}", row.event.as_str());
        table.add_row([&packet, &time, client, server, &event]);
        styles.push(worst.map_or(style::PLAIN, |finding| style::of(finding.severity)));
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        if number < 2 {
            column.set_cell_alignment(CellAlignment::Right);
        }
        if number < 4 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    page.blank()?;
    page.table(2, &table, |row| {
        styles.get(row).copied().unwrap_or_default()
    })
}

/// The worst error or warning against the sender of the packet of a row.
pub fn worst_at<'a>(findings: &'a [Finding], row: &StateRow) -> Option<&'a Finding> {
    let packet = row.packet?;
    let here = findings.iter().filter(|finding| {
        finding.packet == Some(packet)
            && finding.capture == row.capture
            && finding.endpoint == Some(row.endpoint)
            && finding.severity >= Severity::Warning
    });
    // The first of the worst.
    here.reduce(|worst, next| {
        if next.severity > worst.severity {
            next
        } else {
            worst
        }
    })
}
