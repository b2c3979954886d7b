//! One connection in full: how it went, and the states of both ends.

use std::io;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement};

use super::clock;
use crate::finding::{Finding, Role, Severity};
use crate::machine::state::{State, StateSet};
use crate::report::model::{
    Closing, ConnectionReport, EndpointStats, Opening, Party, Report, RolesFrom, StateRow,
};
use crate::report::page::{self, Page};
use crate::report::{style, words};

/// Writes the card.
pub fn write(
    report: &Report,
    connection: &ConnectionReport,
    page: &mut Page<'_>,
) -> io::Result<()> {
    page.blank()?;
    let ConnectionReport {
        id, client, server, ..
    } = connection;
    page.heading(
        style::HEAD,
        &format!("Connection {id}: client {client}, server {server}"),
    )?;
    let stats = &connection.stats;
    let lines = [
        ("opened", opening(connection)),
        ("closed", closing(connection)),
        ("captured", place(report, connection)),
        ("client", sent(&stats.client)),
        ("server", sent(&stats.server)),
    ];
    for (what, text) in lines {
        page.hang(2, &format!("{what:<10}"), style::PLAIN, &text)?;
    }
    for (field, reason) in &connection.undetermined {
        if !matches!(*field, "opening" | "closing") {
            page.hang(2, "unknown   ", style::PLAIN, &format!("{field}: {reason}"))?;
        }
    }
    timeline(report, connection, page)?;
    let possible = &connection.possible_final_states;
    let nominal = &connection.final_state;
    at_the_end(Role::Client, nominal.client, possible.client, page)?;
    at_the_end(Role::Server, nominal.server, possible.server, page)
}

fn opening(connection: &ConnectionReport) -> String {
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

fn closing(connection: &ConnectionReport) -> String {
    let first = match connection.closed_by {
        None => String::new(),
        Some(Party::Both) => ", both ends at once".to_owned(),
        some => format!(", {} first", words::party(some)),
    };
    match connection.closing {
        Closing::FourWay => format!("with four segments: FIN, ACK, FIN, ACK{first}"),
        Closing::ThreeWay => format!("with three segments: FIN, FIN-ACK, ACK{first}"),
        Closing::Simultaneous => "by both ends at once (simultaneous close)".to_owned(),
        Closing::Reset => format!("with a RST by {}", words::party(connection.reset_by)),
        Closing::HalfClosed => match connection.closed_by {
            None => "by one end only (half-closed)".to_owned(),
            some => format!("by {} only (half-closed)", words::party(some)),
        },
        Closing::Unfinished => format!("not to the end: a FIN was not acknowledged{first}"),
        Closing::None => "not within the capture".to_owned(),
        Closing::Undetermined => undetermined(connection, "closing"),
    }
}

fn undetermined(connection: &ConnectionReport, field: &str) -> String {
    match connection.undetermined.get(field) {
        Some(reason) => format!("cannot be told: {reason}"),
        None => "cannot be told".to_owned(),
    }
}

fn place(report: &Report, connection: &ConnectionReport) -> String {
    let file = match report.captures.len() {
        0 | 1 => String::new(),
        _ => format!(" of {}", connection.capture),
    };
    format!(
        "{}; packets {} to {}{file}, {} s",
        words::vantage(connection.vantage),
        connection.first_packet,
        connection.last_packet,
        connection.duration_s
    )
}

fn sent(stats: &EndpointStats) -> String {
    let mut parts = vec![format!(
        "{} with {} of data",
        words::count(stats.segments, "segment"),
        words::count(stats.bytes, "octet")
    )];
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
fn timeline(report: &Report, connection: &ConnectionReport, page: &mut Page<'_>) -> io::Result<()> {
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
    for row in &connection.states {
        let packet = row
            .packet
            .map_or_else(|| "-".to_owned(), |packet| packet.to_string());
        let time = clock(report, &row.capture, row.time).unwrap_or_default();
        let state = |role| {
            if row.endpoint == role {
                row.to.as_str()
            } else {
                ""
            }
        };
        let (client, server) = (state(Role::Client), state(Role::Server));
        let worst = worst_at(report, connection, row);
        let mark = worst.map_or_else(String::new, |finding| format!(" <- {}", finding.rule));
        let event = format!("{}{mark}", row.event);
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
fn worst_at<'a>(
    report: &'a Report,
    connection: &ConnectionReport,
    row: &StateRow,
) -> Option<&'a Finding> {
    let packet = row.packet?;
    let here = report.findings.iter().filter(|finding| {
        finding.connection == Some(connection.id)
            && finding.packet == Some(packet)
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

/// Says so where the states at the end are not certain.
fn at_the_end(
    role: Role,
    nominal: Option<State>,
    possible: StateSet,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let others = possible.iter().filter(|state| Some(*state) != nominal);
    let others: Vec<&str> = others.map(State::as_str).collect();
    if others.is_empty() {
        return Ok(());
    }
    let others = words::list(&others, "or");
    let text = match nominal {
        Some(state) => format!("{state} by the book, but perhaps {others}"),
        None => others,
    };
    page.hang(
        2,
        &format!("{} at the end: ", role.as_str()),
        style::PLAIN,
        &text,
    )
}
