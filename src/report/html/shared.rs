//! What several parts of the page are made with.

use maud::{Markup, html};

use super::pick::Picked;
use crate::finding::{Certainty, Severity};
use crate::rules;

/// A severity as a coloured word.
pub fn badge(severity: Severity) -> Markup {
    let name = severity.as_str();
    html! { span class={ "badge " (name) } { (name) } }
}

/// A severity, and how sure it is.
pub fn verdict(severity: Severity, certainty: Certainty) -> Markup {
    html! { (badge(severity)) " " span.faint { (certainty.as_str()) } }
}

/// A rule by its code, which leads to its explanation.
pub fn rule(code: &str) -> Markup {
    html! { a.code href={ "#rule-" (code) } { (code) } }
}

/// What a rule says, in a line.
pub fn title(code: &str, otherwise: &'static str) -> &'static str {
    rules::find(code).map_or(otherwise, |rule| rule.title)
}

/// A connection by its number, which leads to where it is told, if it is.
pub fn connection(id: u64, picked: &Picked) -> Markup {
    let is_told = picked.drawn().any(|drawn| drawn.entry.id == id);
    html! {
        @if is_told { a href={ "#connection-" (id) } { (id) } } @else { (id) }
    }
}

/// A cell, which names its column where the table has become a list of cards.
pub fn cell(column: &str, class: &str, content: &Markup) -> Markup {
    html! {
        td class=[(!class.is_empty()).then_some(class)] role="cell" data-label=(column) {
            span { (content) }
        }
    }
}

/// The head of such a table.
pub fn table_head(columns: &[&str]) -> Markup {
    html! {
        thead role="rowgroup" {
            tr role="row" {
                @for column in columns {
                    th scope="col" role="columnheader" { (column) }
                }
            }
        }
    }
}

/// A part that scrolls sideways where the window is narrow, also by the keyboard.
pub fn scroll(label: &str, content: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (content) } }
}
