//! The report as lines, each a flat object of JSON: first the summary and the captures, then each
//! connection with its findings behind it. All objects of a kind have all columns of their kind,
//! in one order, whatever is known: so that DuckDB, pandas and jq read them without help.

use std::io::{self, Write};

use super::flat::{CAPTURE, CONNECTION, Column, ConnectionRow, Ends, FINDING, FindingRow, SUMMARY};
use super::model::Report;

/// Octets that are written in one go.
const BLOCK: usize = 1 << 16;

/// Writes the report as it goes: no more than a block of it is ever in memory.
///
/// # Errors
/// Those of `out`, and of the temporary file that holds a large report.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines {
        out,
        octets: Vec::with_capacity(BLOCK + BLOCK / 4),
    };
    lines.add("summary", SUMMARY, report)?;
    for capture in &report.captures {
        lines.add("capture", CAPTURE, capture)?;
    }
    report.records().each(|record| {
        let entry = record.entry()?;
        let ends = entry.as_ref().map(Ends::from);
        if let Some(entry) = entry {
            let row = ConnectionRow::new(entry, &record.findings);
            lines.add("connection", CONNECTION, &row)?;
        }
        for finding in record.findings {
            lines.add("finding", FINDING, &FindingRow { finding, ends })?;
        }
        Ok(())
    })?;
    lines.out.write_all(&lines.octets)
}

/// Where lines go.
struct Lines<'o> {
    out: &'o mut dyn Write,
    /// What is still to be written.
    octets: Vec<u8>,
}

impl Lines<'_> {
    /// Names of kinds and columns are words of the program: none needs an escape.
    fn add<R>(&mut self, kind: &str, columns: &[Column<R>], row: &R) -> io::Result<()> {
        self.octets.extend_from_slice(b"{\"kind\":\"");
        self.octets.extend_from_slice(kind.as_bytes());
        self.octets.push(b'"');
        for column in columns {
            self.octets.extend_from_slice(b",\"");
            self.octets.extend_from_slice(column.name.as_bytes());
            self.octets.extend_from_slice(b"\":");
            (column.cell)(row).put_json(&mut self.octets);
        }
        self.octets.extend_from_slice(b"}\n");
        if self.octets.len() >= BLOCK {
            self.out.write_all(&self.octets)?;
            self.octets.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;
    use crate::report::clean;
    use crate::report::model::Loaded;
    use crate::report::sample;

    fn written(report: Loaded) -> String {
        let mut out = Vec::new();
        write(&sample::set_aside(report), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn all_objects_of_a_kind_have_the_same_columns() {
        let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for report in sample::all() {
            let expected =
                1 + report.captures.len() + report.connections.len() + report.findings.len();
            let text = written(report);
            assert_eq!(text.lines().count(), expected);
            for line in text.lines() {
                let object: BTreeMap<String, Value> = serde_json::from_str(line).unwrap();
                let kind = object["kind"].as_str().unwrap().to_owned();
                assert!(
                    object
                        .values()
                        .all(|value| !value.is_object() && !value.is_array())
                );
                let columns: Vec<String> = object.into_keys().collect();
                assert_eq!(
                    *known.entry(kind).or_insert_with(|| columns.clone()),
                    columns
                );
            }
        }
        let kinds: Vec<&str> = known.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["capture", "connection", "finding", "summary"]);
    }

    #[test]
    fn it_says_what_the_json_says() {
        for report in sample::all() {
            let full = serde_json::to_value(sample::set_aside(report.clone())).unwrap();
            let lines: Vec<Value> = written(report)
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let of = |kind: &'static str| lines.iter().filter(move |line| line["kind"] == kind);
            let sorted = |rows: Vec<String>| {
                let mut rows = rows;
                rows.sort();
                rows
            };
            let same = |row: &Value, names: &[&str]| -> String {
                names.iter().map(|name| format!("{}|", row[name])).collect()
            };
            let names = [
                "rule",
                "name",
                "case",
                "severity",
                "certainty",
                "connection",
                "capture",
                "endpoint",
                "blames",
                "packet",
                "time",
                "message",
                "followers",
                "display_filter",
            ];
            let flat = sorted(of("finding").map(|row| same(row, &names)).collect());
            let nested = full["findings"].as_array().unwrap().iter();
            assert_eq!(flat, sorted(nested.map(|row| same(row, &names)).collect()));
            let names = [
                "capture",
                "first_packet",
                "last_packet",
                "last_capture",
                "start",
                "roles_from",
                "opening",
                "closing",
                "opened_by",
                "closed_by",
                "reset_by",
                "vantage",
            ];
            let flat: Vec<_> = of("connection").map(|row| same(row, &names)).collect();
            let nested = full["connections"].as_array().unwrap().iter();
            assert_eq!(
                flat,
                nested.map(|row| same(row, &names)).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn it_reads_line_by_line() {
        insta::assert_snapshot!("one_error", written(sample::one_error()));
        insta::assert_snapshot!("incomplete", written(sample::incomplete()));
        let several = written(sample::several());
        assert!(!several.replace('\n', "").contains(clean::is_unsafe));
    }
}
