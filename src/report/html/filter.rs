//! What narrows the tables: the only part of the page that needs its script, and so is
//! hidden until that runs.

use maud::{Markup, html};

use super::pick::Picked;
use super::shared::title;
use crate::finding::Severity;

pub fn form(picked: &Picked) -> Markup {
    html! {
        form id="filter" hidden role="search" aria-label="Filter findings and connections" {
            div.field {
                label for="filter-text" { "Search" }
                input id="filter-text" type="search" autocomplete="off"
                    placeholder="address, port, words";
            }
            div.field {
                label for="filter-severity" { "Severity" }
                select id="filter-severity" {
                    option value="0" { "all" }
                    @for severity in Severity::ALL.iter().rev().filter(|s| **s >= picked.show) {
                        option value=(weight(Some(*severity))) {
                            (severity.as_str())
                            @if *severity != Severity::Error { " and worse" }
                        }
                    }
                }
            }
            div.field {
                label for="filter-rule" { "Rule" }
                select id="filter-rule" {
                    option value="" { "all" }
                    @for code in picked.by_rule.keys() {
                        option value=(code) { (code) " " (title(code, "")) }
                    }
                }
            }
            button type="reset" { "Show all" }
            p id="filter-shown" role="status" {}
        }
    }
}

/// A severity as a number by which the script compares; 0 where nothing is said.
pub const fn weight(severity: Option<Severity>) -> u8 {
    match severity {
        None => 0,
        Some(Severity::Info) => 1,
        Some(Severity::Notice) => 2,
        Some(Severity::Warning) => 3,
        Some(Severity::Error) => 4,
    }
}
