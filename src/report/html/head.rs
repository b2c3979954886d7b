//! What the report says as a whole: verdict, counts, withheld checks.

use maud::{Markup, html};

use super::pick::Picked;
use super::shared::{badge, cell, table_head};
use crate::finding::Severity;
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::text;
use crate::report::words;

/// Columns of text that is taken over from the text report.
const WIDTH: usize = 100;

/// Verdict, counts, and where to go from here.
pub fn header(report: &Report, picked: &Picked) -> Markup {
    let summary = &report.summary;
    let tone = match summary {
        s if s.errors > 0 => "error",
        s if s.warnings > 0 || s.exit_status > 0 => "warning",
        _ => "good",
    };
    let found = [
        (Severity::Error, summary.errors),
        (Severity::Warning, summary.warnings),
        (Severity::Notice, summary.notices),
        (Severity::Info, summary.infos),
    ];
    let withheld: u64 = summary.withheld.values().sum();
    html! {
        a.skip href="#main" { "Skip to the report" }
        header class={ "verdict " (tone) } {
            p.tool { "tcpcheck " (report.tool.version) ", profile " (report.profile) }
            h1 { (picked.verdict) }
            dl.counts {
                div { dt { "captures" } dd { (words::number(summary.captures)) } }
                div { dt { "connections" } dd { (words::number(summary.connections)) } }
                @for (severity, count) in found {
                    div class=[(count > 0).then_some(severity.as_str())] {
                        dt { (severity.as_str()) "s" } dd { (words::number(count)) }
                    }
                }
                div { dt { "checks withheld" } dd { (words::number(withheld)) } }
                div { dt { "exit status" } dd { (summary.exit_status) } }
            }
        }
        nav aria-label="Parts of the report" {
            a href="#captures" { "Captures" }
            a href="#findings" { "Findings" }
            a href="#connections" { "Connections" }
            @if picked.drawn().next().is_some() { a href="#drawn" { "Drawings" } }
            @if withheld > 0 { a href="#withheld" { "Withheld checks" } }
            @if !picked.by_rule.is_empty() { a href="#rules" { "Rules" } }
        }
    }
}

/// That less is shown than there is.
pub fn narrowed(report: &Report) -> Markup {
    plain(|page| text::narrowed::write(report, page))
}

/// Configuration, baseline, expectations, if there are any.
pub fn settled(report: &Report) -> Markup {
    let told = plain(|page| text::settled::write(report, page));
    html! {
        @if !told.0.is_empty() {
            section id="settled" { h2 { "Settled before the run" } (told) }
        }
    }
}

/// What the text report says, taken over as it is.
fn plain(write: impl FnOnce(&mut Page<'_>) -> std::io::Result<()>) -> Markup {
    let mut text = Vec::new();
    // Memory takes everything.
    let written = write(&mut Page::new(&mut text, WIDTH));
    let text = String::from_utf8_lossy(&text);
    let text = anstream::adapter::strip_str(&text).to_string();
    let text = text.trim_matches('\n');
    html! {
        @if written.is_ok() && !text.is_empty() { pre.wrapped { (text) } }
    }
}

/// The checks that could not be made, by what was missing.
pub fn withheld(report: &Report) -> Markup {
    let withheld = &report.summary.withheld;
    html! {
        @if !withheld.is_empty() {
            section id="withheld" {
                h2 { "Checks that could not be made" }
                p { "What a capture cannot show is held against nobody. Each connection that is told in full names \
                     the rules." }
                table role="table" {
                    caption.hidden { "Checks withheld, by what they need" }
                    (table_head(&["Checks", "What was missing"]))
                    tbody role="rowgroup" {
                        @for (need, count) in withheld {
                            tr role="row" {
                                (cell("Checks", "number", &html! { (words::number(*count)) }))
                                (cell("What was missing", "", &html! { (words::need(need)) }))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the verdicts rest on.
pub fn footer(report: &Report) -> Markup {
    html! {
        footer {
            @if report.summary.errors + report.summary.warnings + report.summary.notices > 0 {
                p { "Definite rests on: " (report.assumptions.join("; ")) "." }
            }
            p {
                "Severities: " (badge(Severity::Error)) " a MUST of the RFC is violated, "
                (badge(Severity::Warning)) " a SHOULD, or something is stuck or an attack, "
                (badge(Severity::Notice)) " legal but worth knowing, " (badge(Severity::Info)) " an event."
            }
            p { (text::verdict::counts(report)) }
        }
    }
}
