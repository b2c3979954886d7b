//! What the rules mean that have found something.

use maud::{Markup, html};

use super::pick::Picked;
use super::shared::{badge, scroll};
use crate::report::explain::{Body, sections};
use crate::report::words;
use crate::rules::{self, Rule};

pub fn section(picked: &Picked) -> Markup {
    let mut found: Vec<_> = picked.by_rule.iter().collect();
    found.sort_by_key(|(code, (severity, _))| (std::cmp::Reverse(*severity), **code));
    html! {
        @if !found.is_empty() {
            section id="rules" {
                h2 { "The rules behind the findings" }
                @for (code, (severity, count)) in found {
                    @if let Some(rule) = rules::find(code) {
                        details.card {
                            summary {
                                h3 { span.code { (rule.code) } " " (rule.title) } " " (badge(*severity)) " "
                                span.faint { (words::count(*count, "finding")) }
                            }
                            div.body id={ "rule-" (code) } { (explanation(rule)) }
                        }
                    }
                }
            }
        }
    }
}

fn explanation(rule: &Rule) -> Markup {
    html! {
        p { (rule.text.what) }
        @for part in sections(rule) {
            h4 { (part.heading) }
            @match part.body {
                Body::Text(text) => p { (text) },
                Body::Exchange(lines) => (scroll(part.heading, &html! { pre { (lines.join("\n")) } })),
                Body::Drawing(lines) => (scroll(part.heading, &html! { pre { (lines.join("\n")) } })),
                Body::List(items) => ul { @for item in items { li { (item) } } },
                Body::Terms(terms) => dl.facts { @for (term, text) in terms { dt { (term) } dd { (text) } } },
            }
        }
    }
}
