//! The checks that could not be made, and what was missing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::report::archive::Told;
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::{style, words};

/// Codes named for one reason; of more, the groups.
const MAX_CODES: usize = 6;

/// What was missing: how many checks, and of which rules.
#[derive(Default)]
struct Reason {
    checks: u64,
    rules: BTreeSet<&'static str>,
}

/// The rules that could not be applied, by what was missing in words.
#[derive(Default)]
pub struct Rules(BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Rules {
    pub fn add(&mut self, record: &Told<'_>) {
        for withheld in record.gist.iter().flat_map(|gist| &gist.withheld) {
            let rules = self.0.entry(missing(withheld.need)).or_default();
            rules.insert(withheld.rule);
        }
    }

    /// The reasons, the most frequent first. Needs that the same words stand for
    /// are one reason to whoever reads this.
    pub fn write(mut self, report: &Report, page: &mut Page<'_>) -> io::Result<()> {
        if report.summary.withheld.is_empty() {
            return Ok(());
        }
        let mut reasons: BTreeMap<&'static str, Reason> = BTreeMap::new();
        for (need, count) in &report.summary.withheld {
            let words = missing(need);
            let reason = reasons.entry(words).or_default();
            reason.checks += count;
            reason
                .rules
                .extend(self.0.remove(words).unwrap_or_default());
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(words, reason)| (Reverse(reason.checks), *words));
        page.blank()?;
        page.heading(
            style::HEAD,
            "Checks that could not be made, and what they need",
        )?;
        let width = reasons
            .iter()
            .map(|(_, reason)| words::number(reason.checks).len())
            .max()
            .unwrap_or_default();
        for (words, reason) in &reasons {
            let lead = format!("{:>width$}  ", words::number(reason.checks));
            let text = format!("{words}{}", rules(&reason.rules));
            page.hang(2, &lead, style::PLAIN, &text)?;
        }
        Ok(())
    }
}

/// What was missing, as far as the difference matters here.
fn missing(need: &str) -> &'static str {
    match need {
        "handshake" | "syn:self" | "syn:peer" => "the handshake (SYN and SYN-ACK)",
        // Withheld only where a loss shows, which nobody can state away.
        "no-capture-loss" => "a capture that lost nothing",
        _ => words::need(need),
    }
}

fn rules(codes: &BTreeSet<&str>) -> String {
    if codes.is_empty() {
        return String::new();
    }
    if codes.len() <= MAX_CODES {
        let codes: Vec<&str> = codes.iter().copied().collect();
        return format!(": {}", codes.join(", "));
    }
    let groups: BTreeSet<&str> = codes.iter().filter_map(|code| code.get(..2)).collect();
    let groups: Vec<&str> = groups.into_iter().collect();
    format!(
        ": {} of {}",
        words::count(codes.len() as u64, "rule"),
        words::list(&groups, "and")
    )
}
