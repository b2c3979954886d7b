//! A connection in full: how it went, what is said of it, and its drawings.

use maud::{Markup, html};

use super::filter::weight;
use super::pick::{Drawn, Picked};
use super::shared::{cell, rule, scroll, table_head, title, verdict};
use super::tables::figures;
use super::{graph, ladder};
use crate::finding::{Finding, Role};
use crate::report::model::{ConnectionReport, Report};
use crate::report::text::ladder::Scene;
use crate::report::text::{self, card};
use crate::report::words;

/// So many are unfolded from the beginning.
const OPEN: usize = 3;
/// Rows of a timeline and of a list, at the most.
const ROWS: usize = 200;

/// What stands before the connections.
pub fn intro(picked: &Picked) -> Markup {
    let drawn = picked.drawn().count();
    html! {
        @if drawn > 0 {
            section id="drawn" {
                h2 { "Connections in full" }
                p {
                    "Times are seconds since the first packet of the capture, packet numbers those of Wireshark, sequence \
                     numbers relative to each end's initial one."
                }
                (how_to_read())
                @if drawn > OPEN {
                    p.buttons hidden {
                        button type="button" data-open="true" { "Unfold all" } " "
                        button type="button" data-open="false" { "Fold all" }
                    }
                }
            }
        }
    }
}

fn how_to_read() -> Markup {
    html! {
        details.card {
            summary { h3 { "How to read the drawings" } }
            div.body {
                p {
                    "In the " strong { "ladder" } " time runs down. Each arrow is a segment: thick ones carry data, broken ones \
                     were sent before, one with a cross at its end changed nothing. States stand beside the segment that leads to \
                     them; they are nominal, as if each segment arrived. What is found stands below its segment, with a dot in \
                     the colour of its severity."
                }
                p {
                    "In a " strong { "graph" } " time runs to the right, and sequence numbers of one end upwards: its slope is the \
                     throughput. A bar is a segment with data, as tall as its data is long. The solid steps below are what the other end \
                     has acknowledged: the distance to the left of a bar's number on them is the round trip. The broken steps above are the edge of \
                     the window that the other end offers; bars never cross it. Bars that begin below the top of earlier ones were sent again, and \
                     what the other end reports to have by SACK stands beside. Where all three touch, nothing is on the way."
                }
            }
        }
    }
}

/// What stands behind them.
pub fn outro(picked: &Picked) -> Markup {
    let left_out = picked
        .connections
        .saturating_sub(picked.drawn().count() as u64);
    html! {
        @if left_out > 0 && picked.drawn().next().is_some() {
            p.left-out { "Not drawn: " (words::count(left_out, "connection")) "." }
        }
    }
}

/// A connection.
pub fn section(report: &Report, drawn: &Drawn, picked: &Picked) -> Markup {
    let Drawn { entry, findings } = drawn;
    let open = picked
        .drawn()
        .take(OPEN)
        .any(|first| first.entry.id == entry.id);
    let worst = findings.iter().map(|finding| finding.severity).max();
    let mut codes: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    codes.sort_unstable();
    codes.dedup();
    let capture = report.captures.iter().find(|c| c.path == entry.capture);
    let start = capture
        .and_then(|capture| capture.start)
        .unwrap_or(entry.start)
        .at;
    let scene = Scene {
        connection: entry,
        findings,
        start,
        alone: true,
    };
    html! {
        details.card.connection open[open] data-weight=(weight(worst)) data-rules=(codes.join(" ")) {
            summary {
                h3 { (card::heading(entry)) }
                @if let Some(severity) = worst { " " (super::shared::badge(severity)) }
            }
            // The target of links: a browser unfolds what it lies in.
            div.body id={ "connection-" (entry.id) } {
                div.story {
                    (facts(report, entry))
                    (found(findings))
                }
                div.drawings {
                    div { (ladder::figure(&scene)) }
                    div {
                        @for role in Role::BOTH { (graph::figure(&scene, role)) }
                        (timeline(report, entry, findings))
                        (withheld(entry))
                    }
                }
            }
        }
    }
}

fn facts(report: &Report, entry: &ConnectionReport) -> Markup {
    let facts = [
        ("tunnel", card::tunnel(entry)),
        ("opened", Some(card::opening(entry))),
        ("closed", card::closing(entry)),
        ("ended in", Some(card::ended(entry))),
        ("captured", Some(card::place(report, entry))),
        ("client", Some(card::sent(&entry.stats.client))),
        ("server", Some(card::sent(&entry.stats.server))),
    ];
    html! {
        dl.facts {
            @for (name, text) in facts {
                @if let Some(text) = text { dt { (name) } dd { (text) } }
            }
        }
    }
}

fn found(findings: &[Finding]) -> Markup {
    let left_out = findings.len().saturating_sub(ROWS) as u64;
    html! {
        @if findings.is_empty() { p.faint { "Nothing is said against it." } }
        @else {
            ul.findings {
                @for finding in findings.iter().take(ROWS) {
                    li class=(finding.severity.as_str()) {
                        (verdict(finding.severity, finding.certainty)) " "
                        (rule(finding.rule)) " " strong { (title(finding.rule, finding.name)) }
                        @if let Some(packet) = finding.packet { ", packet " (packet) }
                        @if let Some(role) = finding.endpoint { ", " (role.as_str()) }
                        ". " (finding.message) (figures(finding))
                        @match finding.followers {
                            0 => {}
                            n => p.faint { (words::count(n, "more finding")) " under it: what follows from it, and repetitions." }
                        }
                    }
                }
                @if left_out > 0 { li.left-out { "and " (words::count(left_out, "more finding")) } }
            }
        }
    }
}

/// The states of both ends, a row for each step.
fn timeline(report: &Report, entry: &ConnectionReport, findings: &[Finding]) -> Markup {
    if entry.states.is_empty() {
        return Markup::default();
    }
    let several = entry.states.iter().any(|row| row.capture != entry.capture);
    let left_out = entry.states.len().saturating_sub(ROWS) as u64;
    let first = |role| entry.states.iter().find(|row| row.endpoint == role);
    let begin = |role| first(role).map_or("", |row| row.from.as_str());
    let row = |packet: &str, time: &str, client: &str, server: &str, event: &Markup| {
        html! {
            tr role="row" {
                (cell("Packet", "number", &html! { (packet) }))
                (cell("Seconds", "number", &html! { (time) }))
                (cell("Client", "states", &html! { (client) }))
                (cell("Server", "states", &html! { (server) }))
                (cell("Event", "", event))
            }
        }
    };
    html! {
        details {
            summary { h4 { "States" } " " span.faint { (words::count(entry.states.len() as u64, "step")) } }
            table.timeline role="table" {
                caption.hidden { "Nominal states of both ends" }
                (table_head(&["Packet", "Seconds", "Client", "Server", "Event"]))
                tbody role="rowgroup" {
                    (row("", "", begin(Role::Client), begin(Role::Server), &html! { "before" }))
                    @for step in entry.states.iter().take(ROWS) {
                        @let packet = match step.packet {
                            None => String::new(),
                            Some(packet) if several => format!("{packet} of {}", words::file_name(&step.capture)),
                            Some(packet) => packet.to_string(),
                        };
                        @let time = text::clock(report, &entry.capture, step.time).unwrap_or_default();
                        @let state = |role| if step.endpoint == role { step.to.as_str() } else { "" };
                        @let event = html! {
                            (step.event.as_str())
                            @if let Some(finding) = card::worst_at(findings, step) { " \u{2190} " (rule(finding.rule)) }
                        };
                        (row(&packet, &time, state(Role::Client), state(Role::Server), &event))
                    }
                }
            }
            @if left_out > 0 { p.left-out { "and " (words::count(left_out, "more step")) } }
        }
    }
}

/// Checks that could not be made.
fn withheld(entry: &ConnectionReport) -> Markup {
    let mut by_need: std::collections::BTreeMap<&str, Vec<&str>> =
        std::collections::BTreeMap::new();
    for withheld in &entry.withheld {
        let rules = by_need.entry(words::need(withheld.need)).or_default();
        rules.push(withheld.rule);
    }
    html! {
        @if !by_need.is_empty() {
            details {
                summary {
                    h4 { "Withheld checks" } " "
                    span.faint { (words::count(entry.withheld.len() as u64, "check")) }
                }
                ul {
                    @for (need, rules) in &by_need {
                        li { "needs " (need) ": " (rules.join(", ")) }
                    }
                }
            }
        }
    }
}

/// A drawing that scrolls where it is wider than the window, with its words.
pub fn drawing(label: &str, picture: &Markup, caption: &Markup) -> Markup {
    html! { figure { figcaption { (caption) } (scroll(label, picture)) } }
}
