//! The tables of findings and connections.

use maud::{Markup, html};

use super::filter::weight;
use super::pick::{Picked, Place, Row};
use super::shared::{badge, cell, connection, rule, table_head, title, verdict};
use crate::finding::{Blames, Severity};
use crate::machine::state::State;
use crate::report::model::Report;
use crate::report::text::ladder::amounts;
use crate::report::text::numbers;
use crate::report::words;

/// The findings, the worst first.
pub fn findings(report: &Report, picked: &Picked) -> Markup {
    let left_out = picked.found().saturating_sub(picked.findings.len() as u64);
    let several = report.captures.len() > 1;
    html! {
        section id="findings" {
            h2 { "Findings" }
            @if picked.findings.is_empty() {
                p { "Nothing was found" @if picked.hidden > 0 { " that is bad enough to be listed" } "." }
            } @else {
                table.filtered role="table" {
                    caption.hidden { "Findings, the worst first" }
                    (table_head(&["Severity", "Rule", "Where", "What"]))
                    tbody role="rowgroup" {
                        @for place in &picked.findings { (finding_row(place, several, picked)) }
                    }
                }
            }
            @if left_out > 0 {
                p.left-out {
                    "Only the worst are listed; left out: " (words::count(left_out, "finding"))
                    ". The formats json and csv have all."
                }
            }
            @if picked.hidden > 0 {
                p.faint {
                    (words::count(picked.hidden, "finding")) " below " (picked.show.as_str())
                    " not listed; " code { "--show info" } " lists all."
                }
            }
        }
    }
}

fn finding_row(place: &Place, several: bool, picked: &Picked) -> Markup {
    let finding = &place.finding;
    let weight = weight(Some(finding.severity));
    html! {
        tr role="row" data-weight=(weight) data-rules=(finding.rule) {
            (cell("Severity", "", &verdict(finding.severity, finding.certainty)))
            (cell("Rule", "", &html! {
                (rule(finding.rule)) " " (title(finding.rule, finding.name))
                @if let Some(case) = finding.case { " " span.faint { "(" (case) ")" } }
            }))
            (cell("Where", "", &whereabouts(place, several, picked)))
            (cell("What", "", &html! {
                (finding.message)
                (figures(finding))
                @if finding.known { " " span.badge { "known" } }
            }))
        }
    }
}

/// What was expected and what was seen.
pub fn figures(finding: &crate::finding::Finding) -> Markup {
    let lines = [
        ("expected", &finding.expected),
        ("observed", &finding.observed),
    ];
    html! {
        @for (lead, numbers) in lines {
            @if !numbers.is_empty() {
                span.figures { span.faint { (lead) } " " (numbers::line(numbers)) }
            }
        }
    }
}

fn whereabouts(place: &Place, several: bool, picked: &Picked) -> Markup {
    let finding = &place.finding;
    let mut parts: Vec<Markup> = Vec::new();
    if let Some(packet) = finding.packet {
        parts.push(html! { "packet " (packet) });
    }
    if let Some(id) = finding.connection {
        parts.push(html! { "connection " (connection(id, picked)) });
    }
    if let Some(role) = finding.endpoint {
        let whom = match finding.blames {
            Blames::ThirdParty => "somebody in the name of the ",
            Blames::Endpoint | Blames::Nobody => "",
        };
        let socket = place.ends.map(|ends| match role {
            crate::finding::Role::Client => ends.client,
            crate::finding::Role::Server => ends.server,
        });
        parts.push(html! {
            (whom) (role.as_str())
            @if let Some(socket) = socket { " " span.address { (socket) } }
        });
    }
    if let Some(subject) = finding.subject {
        let about = match subject.port {
            0 => subject.ip.to_string(),
            _ => subject.to_string(),
        };
        parts.push(html! { "about " span.address { (about) } });
    }
    if several {
        parts.push(html! { span.address { (finding.capture) } });
    }
    html! {
        @for (number, part) in parts.iter().enumerate() {
            @if number > 0 { ", " }
            (part)
        }
    }
}

/// The connections, the worst first.
pub fn connections(report: &Report, picked: &Picked) -> Markup {
    let several = report.captures.len() > 1;
    let left_out = picked.connections.saturating_sub(picked.rows.len() as u64);
    let drawn = picked.drawn().count();
    let mut columns = vec![
        "No.",
        "Client",
        "Server",
        "Findings",
        "Opened",
        "Closed",
        "Final states",
        "Data",
        "Time",
    ];
    columns.extend(several.then_some("Capture"));
    html! {
        section id="connections" {
            h2 { "Connections" }
            @if picked.rows.is_empty() {
                p { "No connection is listed." }
            } @else {
                table.filtered role="table" {
                    caption.hidden { "Connections, the worst first" }
                    (table_head(&columns))
                    tbody role="rowgroup" {
                        @for row in &picked.rows { (connection_row(row, several)) }
                    }
                }
            }
            @if left_out > 0 {
                p.left-out {
                    "Only the worst are listed; left out: " (words::count(left_out, "connection"))
                    ". " code { "--connection" } ", " code { "--host" } ", " code { "--port" } " and "
                    code { "--rule" } " choose others."
                }
            }
            @if drawn < picked.rows.len() {
                p.left-out {
                    "Told in full and drawn below: the first " (drawn) " of these. "
                    code { "--connection N" } " draws one by its number."
                }
            }
        }
    }
}

fn connection_row(row: &Row, several: bool) -> Markup {
    let brief = &row.brief;
    let codes: Vec<&str> = row.rules.iter().copied().collect();
    let state = |state: Option<State>| state.map_or("?", State::as_str);
    let states = html! {
        (state(brief.final_state.client)) " / " (state(brief.final_state.server))
    };
    let number = html! {
        @if row.is_drawn() { a href={ "#connection-" (brief.id) } { (brief.id) } }
        @else { (brief.id) }
    };
    let data = row.amounts.as_ref().map(|amounts| {
        let octets = &amounts.octets;
        html! {
            (amounts::octets(octets.client)) " to the server, "
            (amounts::octets(octets.server)) " to the client"
            @if amounts.again > 0 { ", " (words::number(amounts.again)) " sent again" }
        }
    });
    let time = row
        .amounts
        .as_ref()
        .map(|amounts| amounts::time(amounts.duration.0));
    html! {
        tr role="row" data-weight=(weight(row.worst)) data-rules=(codes.join(" ")) {
            (cell("No.", "number", &number))
            (cell("Client", "address", &html! { (brief.client) }))
            (cell("Server", "address", &html! { (brief.server) }))
            (cell("Findings", "", &found(row)))
            (cell("Opened", "", &html! { (words::opening(brief.opening)) }))
            (cell("Closed", "", &html! { (words::closing(brief.closing)) }))
            (cell("Final states", "states", &states))
            (cell("Data", "", &data.unwrap_or_default()))
            (cell("Time", "", &html! { (time.unwrap_or_default()) }))
            @if several { (cell("Capture", "address", &html! { (brief.capture) })) }
        }
    }
}

/// How many findings of which severity, and by which rules.
fn found(row: &Row) -> Markup {
    let (errors, warnings, notices) = row.tally.badness();
    let counts = [
        (Severity::Error, errors),
        (Severity::Warning, warnings),
        (Severity::Notice, notices),
    ];
    html! {
        @if row.worst.is_none() { span.faint { "none" } }
        @for (severity, count) in counts {
            @if count > 0 { (words::number(count)) " " (badge(severity)) " " }
        }
        @for code in &row.rules { (rule(code)) " " }
    }
}
