//! The checks that could not be made, and what was missing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::{style, words};

/// Codes named for one reason.
const MAX_CODES: usize = 12;

/// The reasons, the most frequent first.
pub fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let mut needs: Vec<_> = report.summary.withheld.iter().collect();
    if needs.is_empty() {
        return Ok(());
    }
    needs.sort_by_key(|(need, count)| (Reverse(**count), **need));
    let mut codes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for withheld in report
        .connections
        .iter()
        .flat_map(|connection| &connection.withheld)
    {
        codes
            .entry(withheld.need)
            .or_default()
            .insert(withheld.rule);
    }
    page.blank()?;
    page.heading(
        style::HEAD,
        "Checks that could not be made, and what they need",
    )?;
    for (need, count) in needs {
        let codes = codes.get(need).map(|codes| {
            let mut named: Vec<&str> = codes.iter().copied().take(MAX_CODES).collect();
            if codes.len() > MAX_CODES {
                named.push("...");
            }
            format!(": {}", named.join(", "))
        });
        let text = format!("{}{}", words::need(need), codes.unwrap_or_default());
        let lead = format!("{:>6}  ", words::number(*count));
        page.hang(0, &lead, style::PLAIN, &text)?;
    }
    Ok(())
}
