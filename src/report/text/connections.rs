//! The connections: each on a card while they are few, in a table when many.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use comfy_table::CellAlignment;
use unicode_width::UnicodeWidthStr;

use super::tunnels::{Legend, Shared};
use super::{Look, card, ladder};
use crate::finding::{Finding, Severity};
use crate::machine::state::State;
use crate::report::archive::{About, Told};
use crate::report::brief::{Badness, Brief, Tally};
use crate::report::model::{Closing, ConnectionReport, Opening, Report};
use crate::report::page::{self, Page};
use crate::report::rows::Sums;
use crate::report::{clean, style, words};

/// Connections that get a card each, if there are no more.
pub const MAX_CARDS: usize = 3;
/// Rows of the table: a screenful, with what stands around it.
pub const ROWS: usize = 20;
/// Blanks between columns.
const GAP: usize = 2;

/// The worst of what is said of a connection, if it is worth a colour.
fn worst(tally: Tally) -> Option<(Severity, u64)> {
    let (errors, warnings, notices) = tally.badness();
    let counts = [
        (Severity::Error, errors),
        (Severity::Warning, warnings),
        (Severity::Notice, notices),
    ];
    counts.into_iter().find(|(_, count)| *count > 0)
}

fn told(tally: Tally) -> String {
    let (errors, warnings, notices) = tally.badness();
    match worst(tally) {
        None => "-".to_owned(),
        Some((severity, count)) => {
            let rest = errors + warnings + notices - count;
            let rest = if rest > 0 {
                format!(" +{}", words::number(rest))
            } else {
                String::new()
            };
            format!("{}{rest}", words::count(count, severity.as_str()))
        }
    }
}

/// A row of the table.
struct Row {
    brief: Brief,
    tally: Tally,
    /// To be drawn below the table.
    drawn: Option<Drawn>,
}

/// A connection with its findings.
type Drawn = (ConnectionReport, Vec<Finding>);

impl Row {
    fn order(&self) -> Order {
        order(self.tally, self.brief.id)
    }
}

type Order = (Reverse<Badness>, u64);

/// The worst first, and of equals the first.
fn order(tally: Tally, id: u64) -> Order {
    (Reverse(tally.badness()), id)
}

/// What is told of the connections, however many they are.
#[derive(Default)]
pub struct Overview {
    /// Those of the table are to be drawn.
    ladders: bool,
    listed: u64,
    /// Something was found in one of them.
    any_bad: bool,
    openings: BTreeMap<&'static str, u64>,
    closings: BTreeMap<&'static str, u64>,
    tunnels: Shared,
    /// The first few, with their findings.
    first: Vec<Drawn>,
    /// The worst, in order.
    worst: Vec<Row>,
}

impl Overview {
    pub fn new(look: &Look) -> Overview {
        Overview {
            ladders: look.ladder,
            ..Overview::default()
        }
    }

    pub fn add(&mut self, record: Told<'_>) -> io::Result<()> {
        let mut tally = Tally::default();
        if record.about == About::Connection {
            record
                .findings
                .iter()
                .for_each(|finding| tally.add(finding.severity));
        }
        self.any_bad |= worst(tally).is_some();
        let Some(gist) = &record.gist else {
            return Ok(());
        };
        self.tunnels.add(&gist.tunnels);
        self.count(gist.opening, gist.closing, 1);
        let is_first = self.first.len() < MAX_CARDS;
        let has_room = self.has_room(tally, record.id.unwrap_or_default());
        if !is_first && !has_room {
            return Ok(());
        }
        let Some(entry) = record.entry()? else {
            return Ok(());
        };
        if has_room {
            let brief = Brief::from(&entry);
            let drawn = || (entry.clone(), record.findings.clone());
            self.list(Row {
                brief,
                tally,
                drawn: self.ladders.then(drawn),
            });
        }
        if is_first {
            self.first.push((entry, record.findings));
        }
        Ok(())
    }

    /// Takes in the connections that are only counted, and the worst of them. (None of them runs in
    /// a tunnel.)
    pub fn add_counted(&mut self, sums: &Sums, listed: Vec<Brief>) {
        for ((opening, closing), count) in &sums.ways {
            self.count(*opening, *closing, *count);
        }
        for brief in listed {
            self.tunnels.add(&brief.tunnels);
            let tally = brief.tally();
            self.any_bad |= worst(tally).is_some();
            if self.has_room(tally, brief.id) {
                self.list(Row {
                    brief,
                    tally,
                    drawn: None,
                });
            }
        }
    }

    fn count(&mut self, opening: Opening, closing: Closing, count: u64) {
        self.listed += count;
        let (opening, closing) = (words::opening(opening), words::closing(closing));
        *self.openings.entry(opening).or_default() += count;
        *self.closings.entry(closing).or_default() += count;
    }

    /// Whether the table has a row for a connection, for now.
    fn has_room(&self, tally: Tally, id: u64) -> bool {
        let last = self.worst.last();
        self.worst.len() < ROWS || last.is_none_or(|last| order(tally, id) < last.order())
    }

    fn list(&mut self, row: Row) {
        let place = self
            .worst
            .partition_point(|other| other.order() <= row.order());
        self.worst.truncate(ROWS - 1);
        self.worst.insert(place, row);
    }

    /// The connections of the report.
    pub fn write(self, report: &Report, look: &Look, page: &mut Page<'_>) -> io::Result<()> {
        if self.listed == 0 {
            return Ok(());
        }
        // All that there are, or all that are asked for.
        let total = match report.narrowed {
            Some(_) => self.listed,
            None => report.summary.connections,
        };
        if total <= MAX_CARDS as u64 {
            for (connection, findings) in &self.first {
                card::write(report, connection, findings, look, page)?;
            }
            return if look.ladder {
                ladder_key(page)
            } else {
                Ok(())
            };
        }
        page.blank()?;
        let count = words::count(total, "connection");
        let order = if self.any_bad {
            ", the worst first"
        } else {
            ""
        };
        page.heading(style::HEAD, &format!("{count}{order}"))?;
        self.ways(total, page)?;
        self.tunnels.write(page)?;
        page.blank()?;
        let rows = &self.worst;
        let styles: Vec<Style> = rows
            .iter()
            .map(|row| worst(row.tally).map_or(style::PLAIN, |(severity, _)| style::of(severity)))
            .collect();
        let legend = Legend::of(&self.tunnels, rows.iter().map(|row| &*row.brief.tunnels));
        let columns = columns(report, rows, &legend, page.width() - 2);
        let headings: Vec<&str> = columns.iter().map(|column| column.heading).collect();
        let mut table = page::table(&headings);
        for number in 0..rows.len() {
            let cells = columns
                .iter()
                .map(|column| column.cells.get(number).cloned().unwrap_or_default());
            table.add_row(cells.collect::<Vec<String>>());
        }
        if let Some(first) = table.column_mut(0) {
            first.set_cell_alignment(CellAlignment::Right);
        }
        page.table(2, &table, |number| {
            styles.get(number).copied().unwrap_or_default()
        })?;

        legend.write(page)?;
        let left_out = total.saturating_sub(rows.len() as u64);
        if left_out > 0 {
            let unlisted = report
                .summary
                .connections
                .saturating_sub(report.summary.connections_listed);
            let more = match unlisted {
                0 => "; --format json lists all".to_owned(),
                some => format!(
                    "; --format json lists all but {}, which are only counted",
                    words::number(some)
                ),
            };
            page.paragraph(2, &format!("and {} more{more}", words::number(left_out)))?;
        }
        if look.ladder {
            ladders(report, rows, left_out, look, page)?;
        }
        Ok(())
    }

    /// How they were opened and closed, in one sentence each.
    fn ways(&self, total: u64, page: &mut Page<'_>) -> io::Result<()> {
        let of = if self.listed < total {
            format!("of the {} kept in full, ", words::number(self.listed))
        } else {
            String::new()
        };
        for (lead, counts) in [("opened: ", &self.openings), ("closed: ", &self.closings)] {
            let mut counts: Vec<_> = counts.iter().collect();
            counts.sort_by_key(|(name, count)| (Reverse(**count), **name));
            let parts = counts
                .iter()
                .map(|(name, count)| format!("{} {name}", words::number(**count)));
            page.hang(
                2,
                lead,
                style::PLAIN,
                &format!("{of}{}", parts.collect::<Vec<_>>().join(", ")),
            )?;
        }
        Ok(())
    }
}

/// Draws the connections of the table.
fn ladders(
    report: &Report,
    rows: &[Row],
    left_out: u64,
    look: &Look,
    page: &mut Page<'_>,
) -> io::Result<()> {
    for (connection, findings) in rows.iter().filter_map(|row| row.drawn.as_ref()) {
        page.blank()?;
        page.heading(style::HEAD, &card::heading(connection))?;
        card::ladder(report, connection, findings, look, page)?;
    }
    ladder_key(page)?;
    if left_out > 0 {
        let more = words::count(left_out, "connection");
        let text = format!("{more} more not drawn; --connection N draws one by its number.");
        page.faint(0, &text)?;
    }
    Ok(())
}

/// What the arrows mean.
fn ladder_key(page: &mut Page<'_>) -> io::Result<()> {
    page.blank()?;
    page.drawn(0, &[(style::FAINT, ladder::KEY)])
}

struct Column {
    heading: &'static str,
    cells: Vec<String>,
}

impl Column {
    fn new(heading: &'static str, rows: &[Row], cell: impl Fn(&Brief) -> String) -> Column {
        let cells = rows.iter().map(|row| cell(&row.brief)).collect();
        Column { heading, cells }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.width());
        cells.max().unwrap_or(0).max(self.heading.width()) + GAP
    }

    fn shorten(&mut self, width: usize) {
        for cell in &mut self.cells {
            *cell = page::shorten(cell, width);
        }
    }
}

/// The columns that fit: the first four (and the tunnel) always, with the addresses shortened
/// if need be, of the others as many as there is room for.
fn columns(report: &Report, rows: &[Row], legend: &Legend<'_>, room: usize) -> Vec<Column> {
    let number = Column::new("#", rows, |c| c.id.to_string());
    let findings = Column {
        heading: "Findings",
        cells: rows.iter().map(|row| told(row.tally)).collect(),
    };
    let mut client = Column::new("Client", rows, |c| c.client.to_string());
    let mut server = Column::new("Server", rows, |c| c.server.to_string());
    let tunnel = Column::new("Tunnel", rows, |c| legend.name(c));
    let tunnel = (!legend.is_empty()).then_some(tunnel);
    let opening = Column::new("Opened", rows, |c| words::opening(c.opening).to_owned());
    let closing = Column::new("Closed", rows, |c| words::closing(c.closing).to_owned());
    let states = Column::new("Final states", rows, |c| {
        let name = |state: Option<State>| state.map_or("?", State::as_str);
        format!(
            "{} / {}",
            name(c.final_state.client),
            name(c.final_state.server)
        )
    });
    let packets = Column::new("From packet", rows, |c| c.first_packet.to_string());
    let folder = common_folder(report);
    let capture = Column::new("Capture", rows, |c| {
        let name = c.capture.get(folder..).unwrap_or(&c.capture);
        page::shorten(&clean::line(name), 24)
    });

    // How it was opened and closed says more than the middle of an address.
    let fixed = [&number, &findings, &opening, &closing].map(Column::width);
    let fixed: usize = fixed
        .iter()
        .chain(&tunnel.as_ref().map(Column::width))
        .sum();
    let addresses = room.saturating_sub(fixed);
    if client.width() + server.width() > addresses {
        let (client_width, server_width) = (client.width() - GAP, server.width() - GAP);
        let both = addresses.saturating_sub(2 * GAP).max(2 * 12);
        let for_server = server_width
            .min(both / 2)
            .max(both.saturating_sub(client_width));
        server.shorten(for_server);
        client.shorten(both.saturating_sub(for_server));
    }
    let mut columns = vec![number, client, server];
    columns.extend(tunnel);
    columns.push(findings);
    let mut left = room.saturating_sub(columns.iter().map(Column::width).sum());
    let several = report.captures.len() > 1;
    let optional = [
        several.then_some(capture),
        Some(opening),
        Some(closing),
        Some(states),
        Some(packets),
    ];
    for column in optional.into_iter().flatten() {
        match left.checked_sub(column.width()) {
            Some(rest) => left = rest,
            None => break,
        }
        columns.push(column);
    }
    columns
}

/// Length of the folder (with its slash) that all captures lie in.
fn common_folder(report: &Report) -> usize {
    let folder = |path: &str| path.rfind('/').map_or(0, |slash| slash + 1);
    let mut paths = report.captures.iter().map(|capture| &*capture.path);
    let Some(first) = paths.next() else {
        return 0;
    };
    let mut length = folder(first);
    for path in paths {
        while first.get(..length) != path.get(..length) {
            length = first.get(..length.saturating_sub(1)).map_or(0, folder);
        }
    }
    length
}
