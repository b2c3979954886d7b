//! The formats of a report: which one a file's name asks for, and who writes it.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::report::model::Report;
use crate::report::text::{self, Look};
use crate::report::{csv, github, html, json, junit, markdown, ndjson, sarif};

/// Formats of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: everything, in one object
    Json,
    /// For tables: a line with a flat object for each connection and finding
    Ndjson,
    /// For spreadsheets: a table of the findings
    Csv,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For test reports: JUnit XML, a case for each connection and group of rules
    Junit,
    /// For GitHub Actions: annotations
    Github,
    /// For step summaries and comments
    Markdown,
    /// For a browser: one page with tables, ladders and time-sequence graphs
    Html,
}

/// Which ending of a file's name asks for which format, the longer of two first.
const ENDINGS: [(&str, Format); 9] = [
    (".sarif.json", Format::Sarif),
    (".txt", Format::Text),
    (".json", Format::Json),
    (".ndjson", Format::Ndjson),
    (".csv", Format::Csv),
    (".sarif", Format::Sarif),
    (".xml", Format::Junit),
    (".md", Format::Markdown),
    (".html", Format::Html),
];

impl Format {
    /// The format that goes by the ending of a name.
    pub fn by_ending(name: &str) -> Option<Format> {
        let name = name.to_ascii_lowercase();
        let asks_for = |ending: &str| {
            let stem = name.strip_suffix(ending);
            stem.is_some_and(|stem| !stem.is_empty() && !stem.ends_with(std::path::is_separator))
        };
        let found = ENDINGS.into_iter().find(|(ending, _)| asks_for(ending));
        found.map(|(_, format)| format)
    }

    /// All endings that ask for a format, for a message.
    pub fn endings() -> String {
        ENDINGS.map(|(ending, _)| ending).join(" ")
    }

    /// Writes a report in this format; text with its styles.
    pub fn write(self, report: &Report, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Format::Text => text::write(report, look, out),
            Format::Json => json::write(report, out),
            Format::Ndjson => ndjson::write(report, out),
            Format::Csv => csv::write(report, out),
            Format::Sarif => sarif::write(report, out),
            Format::Junit => junit::write(report, out),
            Format::Github => github::write(report, look.show, out),
            Format::Markdown => markdown::write(report, look.show, out),
            Format::Html => html::write(report, look.show, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_asks_for_a_format_by_its_end() {
        assert_eq!(Format::by_ending("a/b.JSON"), Some(Format::Json));
        assert_eq!(Format::by_ending("a.ndjson"), Some(Format::Ndjson));
        assert_eq!(Format::by_ending("a.sarif.json"), Some(Format::Sarif));
        assert_eq!(Format::by_ending("a.xml"), Some(Format::Junit));
        for none in ["", "json", ".json", "a/.json", "a.json/", "a.xlsx"] {
            assert_eq!(Format::by_ending(none), None, "{none}");
        }
    }
}
