//! What a rule means, for `tcpcheck explain`.

use std::io::{self, Write};

use super::page::Page;
use super::{style, words};
use crate::finding::{Blames, Certainty};
use crate::rules::Rule;
use crate::rules::rule::{Evidence, SoundFrom};

/// Writes all that there is to know about a rule.
pub fn write(rule: &Rule, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, width);
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

    section(page, "Why it matters")?;
    page.paragraph(2, rule.text.why)?;
    if !rule.text.exchange.is_empty() {
        section(page, "Example")?;
        for line in rule.text.exchange {
            page.pieces(2, &[(style::PLAIN, line)])?;
        }
    }
    if !rule.text.excuses.is_empty() {
        section(
            page,
            "What could excuse it, and how the check keeps clear of that",
        )?;
        for excuse in rule.text.excuses {
            page.hang(2, "- ", style::PLAIN, excuse)?;
        }
    }
    section(page, "Verdict")?;
    severity(rule, page)?;
    page.hang(2, "certainty  ", style::PLAIN, certainty(rule))?;
    page.hang(2, "evidence   ", style::PLAIN, evidence(rule))?;
    page.hang(2, "sound      ", style::PLAIN, sound_from(rule))?;
    page.hang(2, "blames     ", style::PLAIN, blames(rule))?;
    if !rule.needs.is_empty() {
        section(page, "What the check needs")?;
        for need in rule.needs {
            let token = need.as_str();
            page.hang(
                2,
                &format!("{token:<16} "),
                style::PLAIN,
                words::need(token),
            )?;
        }
    }
    if !rule.thresholds.is_empty() {
        section(page, "Figures")?;
        for (name, figure) in rule.thresholds {
            page.hang(
                2,
                &format!("{name} "),
                style::PLAIN,
                &words::number(*figure),
            )?;
        }
    }
    if !rule.rfc.is_empty() {
        section(page, "Clauses")?;
        for clause in rule.rfc {
            page.paragraph(2, clause)?;
        }
    }
    Ok(())
}

fn section(page: &mut Page<'_>, title: &str) -> io::Result<()> {
    page.blank()?;
    page.heading(style::HEAD, title)
}

fn severity(rule: &Rule, page: &mut Page<'_>) -> io::Result<()> {
    let textbook = if rule.textbook {
        "; at least warning in the profile textbook"
    } else {
        ""
    };
    if rule.cases.is_empty() {
        let text = format!("{}{textbook}", rule.severity.as_str());
        return page.hang(2, "severity   ", style::PLAIN, &text);
    }
    let text = format!("by case{textbook}");
    page.hang(2, "severity   ", style::PLAIN, &text)?;
    let width = rule
        .cases
        .iter()
        .map(|(case, _)| case.len())
        .max()
        .unwrap_or(0);
    for (case, severity) in rule.cases {
        let lead = format!("{case:<width$}  ");
        page.hang(13, &lead, style::of(*severity), severity.as_str())?;
    }
    Ok(())
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
            write(rule, 80, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            insta::assert_snapshot!(rule.code, anstream::adapter::strip_str(&text));
        }
    }
}
