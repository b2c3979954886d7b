//! All rules, for `tcpcheck rules`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::json::lines;
use super::page::Page;
use super::{style, words};
use crate::finding::{Blames, Certainty, Severity};
use crate::rules::Rule;
use crate::rules::rule::Group;

/// A rule as JSON shows it.
#[derive(Debug, Serialize)]
struct Entry {
    code: &'static str,
    name: &'static str,
    title: &'static str,
    group: &'static str,
    severity: Severity,
    cases: BTreeMap<&'static str, Severity>,
    certainty: Certainty,
    certainty_if_loss_unknown: Option<Certainty>,
    evidence: &'static str,
    sound_from: &'static str,
    needs: Vec<&'static str>,
    blames: Blames,
    textbook: bool,
    rfc: &'static [&'static str],
    thresholds: BTreeMap<&'static str, u64>,
    status: &'static str,
}

impl Entry {
    fn of(rule: &Rule) -> Entry {
        Entry {
            code: rule.code,
            name: rule.name,
            title: rule.title,
            group: rule.code.get(..2).unwrap_or_default(),
            severity: rule.severity,
            cases: rule.cases.iter().copied().collect(),
            certainty: rule.certainty,
            certainty_if_loss_unknown: rule.certainty_if_loss_unknown,
            evidence: rule.evidence.as_str(),
            sound_from: rule.sound_from.as_str(),
            needs: rule.needs.iter().map(|need| need.as_str()).collect(),
            blames: rule.blames,
            textbook: rule.textbook,
            rfc: rule.rfc,
            thresholds: rule.thresholds.iter().copied().collect(),
            status: "stable",
        }
    }
}

/// Writes the catalogue as a list of objects, a rule a line.
pub fn json(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let entries: Vec<Entry> = rules.iter().map(|rule| Entry::of(rule)).collect();
    lines(&entries, out)
}

/// Writes the catalogue as tables, one for each group.
pub fn text(rules: &[&Rule], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, width);
    let mut groups: BTreeMap<Group, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        groups.entry(rule.group).or_default().push(rule);
    }
    for (group, rules) in groups {
        page.heading(style::HEAD, group.title())?;
        for rule in rules {
            let (severity, certainty) = (rule.severity.as_str(), rule.certainty.as_str());
            let lead = format!("{}  {severity:<7}  {certainty:<8}  ", rule.code);
            page.hang(
                2,
                &lead,
                style::PLAIN,
                &format!("{} ({})", rule.title, rule.name),
            )?;
        }
        page.blank()?;
    }
    let count = words::count(rules.len() as u64, "rule");
    page.paragraph(
        0,
        &format!("{count}; `tcpcheck explain CODE` tells all about one."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::RULES;

    #[test]
    fn all_rules_are_listed() {
        let mut table = Vec::new();
        text(RULES, 80, &mut table).unwrap();
        let table = String::from_utf8(table).unwrap();
        insta::assert_snapshot!("table", anstream::adapter::strip_str(&table));

        let mut list = Vec::new();
        json(RULES, &mut list).unwrap();
        insta::assert_snapshot!("json", String::from_utf8(list).unwrap());
    }
}
