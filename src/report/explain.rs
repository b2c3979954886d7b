//! What a rule means, for `tcpcheck explain`.

mod ladders;

use std::io::{self, Write};

use super::glyphs::Glyphs;
use super::page::Page;
use super::{style, words};
use crate::finding::{Blames, Certainty, Severity};
use crate::rules::Rule;
use crate::rules::rule::{Evidence, SoundFrom};

/// A part of the explanation, with its heading.
pub(super) struct Section {
    pub heading: &'static str,
    pub body: Body,
}

pub(super) enum Body {
    Text(&'static str),
    /// Lines to be shown as they are.
    Exchange(&'static [&'static str]),
    /// The same of a drawing.
    Drawing(Vec<&'static str>),
    List(&'static [&'static str]),
    /// Terms with what is to be said of them.
    Terms(Vec<(String, String)>),
}

impl Body {
    fn is_empty(&self) -> bool {
        match self {
            Body::Text(text) => text.is_empty(),
            Body::Exchange(lines) | Body::List(lines) => lines.is_empty(),
            Body::Drawing(lines) => lines.is_empty(),
            Body::Terms(terms) => terms.is_empty(),
        }
    }
}

/// Everything behind the title, in order.
pub(super) fn sections(rule: &Rule) -> Vec<Section> {
    let section = |heading, body| Section { heading, body };
    let mut sections = vec![
        section("Why it matters", Body::Text(rule.text.why)),
        section("Example", Body::Exchange(rule.text.exchange)),
        section(
            "An exchange in which it speaks, as --ladder draws it",
            Body::Drawing(ladders::of(rule.code)),
        ),
        section(
            "What could excuse it, and how the check keeps clear of that",
            Body::List(rule.text.excuses),
        ),
        section("Verdict", Body::Terms(verdict(rule))),
    ];
    let needs = rule.needs.iter().map(|need| need.as_str());
    let needs = needs.map(|need| (need.to_owned(), words::need(need).to_owned()));
    let figures = rule.thresholds.iter();
    let figures = figures.map(|(name, figure)| ((*name).to_owned(), words::number(*figure)));
    sections.extend([
        section("What the check needs", Body::Terms(needs.collect())),
        section("Figures", Body::Terms(figures.collect())),
        section("Clauses", Body::List(rule.rfc)),
    ]);
    sections.retain(|section| !section.body.is_empty());
    sections
}

fn verdict(rule: &Rule) -> Vec<(String, String)> {
    let textbook = if rule.textbook {
        "; at least warning in the profile textbook"
    } else {
        ""
    };
    let severity = if rule.cases.is_empty() {
        rule.severity.as_str().to_owned()
    } else {
        let case = |(case, severity): &(&str, Severity)| format!("{} ({case})", severity.as_str());
        let cases: Vec<String> = rule.cases.iter().map(case).collect();
        cases.join(", ")
    };
    [
        ("severity", format!("{severity}{textbook}")),
        ("certainty", certainty(rule).to_owned()),
        ("evidence", evidence(rule).to_owned()),
        ("sound", sound_from(rule).to_owned()),
        ("blames", blames(rule).to_owned()),
    ]
    .map(|(term, text)| (term.to_owned(), text))
    .into()
}

/// Writes all that there is to know about a rule, for a terminal.
pub fn write(rule: &Rule, width: usize, glyphs: Glyphs, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, width).with(glyphs);
    let page = &mut page;
    let code = style::of(rule.severity);
    page.pieces(
        0,
        &[
            (code, rule.code),
            (style::PLAIN, " "),
            (style::HEAD, rule.name),
        ],
    )?;
    page.paragraph(0, rule.title)?;
    page.blank()?;
    page.paragraph(0, rule.text.what)?;
    for section in sections(rule) {
        page.blank()?;
        page.heading(style::HEAD, section.heading)?;
        match section.body {
            Body::Text(text) => page.paragraph(2, text)?,
            Body::Exchange(lines) => {
                for line in lines {
                    page.pieces(2, &[(style::PLAIN, line)])?;
                }
            }
            Body::Drawing(lines) => {
                for line in lines {
                    let speaks = line.contains(rule.code);
                    let style = if speaks { code } else { style::PLAIN };
                    page.drawn(2, &[(style, line)])?;
                }
            }
            Body::List(items) => {
                for item in items {
                    page.hang(2, "- ", style::PLAIN, item)?;
                }
            }
            Body::Terms(terms) => {
                let width = terms.iter().map(|(term, _)| term.len()).max();
                for (term, text) in &terms {
                    let lead = format!("{term:<width$}  ", width = width.unwrap_or(0));
                    page.hang(2, &lead, style::PLAIN, text)?;
                }
            }
        }
    }
    Ok(())
}

/// The same as a page of `docs/rules`.
#[must_use]
pub fn markdown(rule: &Rule) -> String {
    let mut page = format!(
        "# {}: {}\n\n{}.\n\n{}\n",
        rule.code, rule.name, rule.title, rule.text.what
    );
    for section in sections(rule) {
        page.push_str(&format!("\n## {}\n\n", section.heading));
        match section.body {
            Body::Text(text) => page.push_str(&format!("{text}\n")),
            Body::Exchange(lines) => {
                page.push_str(&format!("```text\n{}\n```\n", lines.join("\n")));
            }
            Body::Drawing(lines) => {
                page.push_str(&format!("```text\n{}\n```\n", lines.join("\n")));
            }
            Body::List(items) => items
                .iter()
                .for_each(|item| page.push_str(&format!("- {item}\n"))),
            Body::Terms(terms) => terms
                .iter()
                .for_each(|(term, text)| page.push_str(&format!("- **{term}**: {text}\n"))),
        }
    }
    page
}

const fn certainty(rule: &Rule) -> &'static str {
    match (rule.certainty, rule.certainty_if_loss_unknown) {
        (Certainty::Likely, _) => "likely at most",
        (Certainty::Definite, Some(Certainty::Likely)) => {
            "definite if the capture is known to be lossless (--lossless), else likely"
        }
        (Certainty::Definite, _) => "definite where its needs are met",
    }
}

const fn evidence(rule: &Rule) -> &'static str {
    match rule.evidence {
        Evidence::Act => "an endpoint sent something",
        Evidence::Omission => "an endpoint did not send what was due",
        Evidence::Pattern => "many segments or connections together",
        Evidence::Capture => "the capture itself",
    }
}

const fn sound_from(rule: &Rule) -> &'static str {
    match rule.sound_from {
        SoundFrom::AnyVantage => "wherever the capture was taken, even if it lost packets",
        SoundFrom::AnyVantageLossless => {
            "wherever the capture was taken, if it lost nothing that matters"
        }
        SoundFrom::OrderProof => "once it is proven which of two segments was sent first",
        SoundFrom::EndpointVantage => "if captured at the endpoint; elsewhere likely at most",
        SoundFrom::Heuristic => "never beyond doubt",
    }
}

const fn blames(rule: &Rule) -> &'static str {
    match rule.blames {
        Blames::Endpoint => "the endpoint named",
        Blames::ThirdParty => "somebody else, who used the endpoint's address",
        Blames::Nobody => "nobody",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::RULES;

    #[test]
    fn a_rule_is_explained() {
        for rule in RULES {
            let mut out = Vec::new();
            write(rule, 80, Glyphs::Unicode, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            insta::assert_snapshot!(rule.code, anstream::adapter::strip_str(&text));
        }
    }
}
