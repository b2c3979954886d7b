//! What the captures are worth.

use maud::{Markup, html};

use super::pick::Picked;
use super::shared::rule;
use crate::report::model::{CaptureReport, Report};
use crate::report::page::shorten;
use crate::report::text::captures::{contents, is_flawless};
use crate::report::words;

/// So many are shown without being asked for.
const FEW: usize = 3;
/// Of more, those that could not be read whole, at the most.
const FAILED: usize = 20;
/// Others that are described, those with notes first.
const CAPTURES: usize = 100;
/// Comments shown of a capture, and columns of each.
const COMMENTS: usize = 20;
const COMMENT_WIDTH: usize = 400;

pub fn section(report: &Report, picked: &Picked) -> Markup {
    let all = &report.captures;
    let few = all.len() <= FEW;
    let mut captures: Vec<&CaptureReport> = all.iter().collect();
    captures.sort_by_key(|capture| (!has_failed(capture), is_flawless(capture)));
    // Of many, those that failed are shown, and the others behind a fold.
    let shown = match few {
        true => captures.len(),
        false => captures
            .iter()
            .take_while(|c| has_failed(c))
            .count()
            .min(FAILED),
    };
    let (first, others) = captures.split_at(shown.min(captures.len()));
    let others = others.get(..CAPTURES.min(others.len())).unwrap_or_default();
    let left_out = captures.len().saturating_sub(first.len() + others.len()) as u64;
    html! {
        section id="captures" {
            h2 { "Captures" }
            @for capture in first { (card(capture, few, picked)) }
            @if !others.is_empty() {
                details.card {
                    summary { h3 { (words::count(others.len() as u64, if first.is_empty() { "capture" } else { "other capture" })) } }
                    div.body { @for capture in others { (card(capture, false, picked)) } }
                }
            }
            @if left_out > 0 {
                p.left-out { "Not described here: " (words::count(left_out, "capture")) "." }
            }
            @if report.summary.skipped_files > 0 {
                p {
                    (words::count(report.summary.skipped_files, "file"))
                    " found in directories skipped: no captures."
                }
            }
        }
    }
}

const fn has_failed(capture: &CaptureReport) -> bool {
    !capture.complete || capture.error.is_some()
}

fn card(capture: &CaptureReport, open: bool, picked: &Picked) -> Markup {
    html! {
        details.card open[open] {
            summary { h3 { (name(capture)) } (state(capture)) }
            (describe(capture, picked))
        }
    }
}

fn name(capture: &CaptureReport) -> &str {
    match &*capture.path {
        "-" => "Standard input",
        path => path,
    }
}

/// Whether it can be relied on, in a few words.
fn state(capture: &CaptureReport) -> Markup {
    let (class, text) = match capture {
        c if has_failed(c) => ("error", "not read whole"),
        c if !is_flawless(c) => ("notice", "read whole, with notes"),
        _ => ("good", "read whole"),
    };
    html! { " " span class={ "badge " (class) } { (text) } }
}

fn describe(capture: &CaptureReport, picked: &Picked) -> Markup {
    let comments = capture.comments.iter().take(COMMENTS);
    let more = capture.comments.len().saturating_sub(COMMENTS) as u64;
    html! {
        div.body {
            @if capture.packets > 0 { p { (contents(capture)) "." } }
            @if let Some(error) = &capture.error { p.error-text { (error) } }
            @if !capture.notes.is_empty() || !capture.limits.is_empty() {
                ul {
                    @for note in &capture.notes {
                        li {
                            @if picked.by_rule.contains_key(note.rule) { (rule(note.rule)) } @else { span.code { (note.rule) } }
                            " " (note.message)
                            @if note.count > 1 { " (" (words::number(note.count)) " times)" }
                        }
                    }
                    @for limit in &capture.limits { li { (limit.message) } }
                }
            }
            @if is_flawless(capture) && capture.tcp_segments > 0 {
                p.faint { "Nothing in it weakens a verdict." }
            }
            @if !capture.comments.is_empty() {
                h4 { "Comments in the file" }
                ul {
                    @for comment in comments {
                        li {
                            @if let Some(packet) = comment.packet { "packet " (packet) ": " }
                            (comment_text(&comment.text))
                        }
                    }
                    @if more > 0 { li.left-out { "and " (words::count(more, "more comment")) } }
                }
            }
        }
    }
}

fn comment_text(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    shorten(&words.join(" "), COMMENT_WIDTH)
}
