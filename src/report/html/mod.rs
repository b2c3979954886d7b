//! The report as one page of HTML that needs nothing beside it: no network, no other file, and for
//! reading no script.
//!
//! The page is bounded however large the report is: it lists the worst connections and findings,
//! draws the worst of these, and says how many are left out. All records are read once.

mod captures;
mod connection;
mod filter;
mod graph;
mod head;
mod ladder;
mod pick;
mod rules;
mod shared;
mod sheet;
mod tables;

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use self::pick::Picked;
use super::clean;
use super::model::Report;
use crate::finding::Severity;

/// Connections in the table.
pub const LISTED: usize = 500;
/// Of these, so many are told in full and drawn.
pub const DRAWN: usize = 50;
/// Findings in the table.
pub const FINDINGS: usize = 1_000;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing is loaded from anywhere, whatever the page may say; what runs is in the page itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      base-uri 'none'; form-action 'none'";

/// Writes the page; `show` is the least severity of a finding that is told.
///
/// # Errors
/// Those of `out`, and of the temporary file that holds a large report.
pub fn write(report: &Report, show: Severity, out: &mut dyn Write) -> io::Result<()> {
    let picked = Picked::of(report, show)?;
    write_picked(report, &picked, out)
}

fn write_picked(report: &Report, picked: &Picked, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<!DOCTYPE html>\n<html lang=\"en\">\n")?;
    put(out, &page_head(report, picked))?;
    out.write_all(b"<body>\n")?;
    put(out, &head::header(report, picked))?;
    out.write_all(b"<main id=\"main\">\n")?;
    put(out, &head::narrowed(report))?;
    put(out, &captures::section(report, picked))?;
    put(out, &filter::form(picked))?;
    put(out, &tables::findings(report, picked))?;
    put(out, &tables::connections(report, picked))?;
    put(out, &connection::intro(picked))?;
    // One by one: they are the bulk of the page.
    for drawn in picked.drawn() {
        put(out, &connection::section(report, drawn, picked))?;
    }
    put(out, &connection::outro(picked))?;
    put(out, &head::withheld(report))?;
    put(out, &head::settled(report))?;
    put(out, &rules::section(picked))?;
    out.write_all(b"</main>\n")?;
    put(out, &head::footer(report))?;
    out.write_all(b"<script>\n")?;
    out.write_all(SCRIPT.as_bytes())?;
    out.write_all(b"</script>\n</body>\n</html>\n")
}

/// Writes a piece of the page. Whatever came from a capture was escaped when it was put into the
/// piece; here control characters and those that turn the direction of writing are spelled out.
fn put(out: &mut dyn Write, piece: &Markup) -> io::Result<()> {
    out.write_all(clean::lines(&piece.0).as_bytes())?;
    out.write_all(b"\n")
}

fn page_head(report: &Report, picked: &Picked) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            meta name="generator" content={ (report.tool.name) " " (report.tool.version) };
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            title { (picked.verdict) " - tcpcheck" }
            style { (PreEscaped(STYLE)) }
        }
    }
}

#[cfg(test)]
mod tests;
