//! The findings as a table of comma-separated values (RFC 4180), a finding a row, a heading first.
//! What a terminal could take for a command is spelled out.

use std::io::{self, Write};

use csv::{ByteRecord, Terminator, WriterBuilder};

use super::flat::{Ends, FINDING, FindingRow};
use super::model::Report;

/// Writes the findings as they come.
///
/// # Errors
/// Those of `out`, and of the temporary file that holds a large report.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut table = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(out);
    table.write_record(FINDING.iter().map(|column| column.name))?;
    let (mut row, mut cell) = (ByteRecord::new(), Vec::new());
    report.records().each(|mut record| {
        let findings = std::mem::take(&mut record.findings);
        if findings.is_empty() {
            return Ok(());
        }
        let ends = record.entry()?.as_ref().map(Ends::from);
        for finding in findings {
            let finding = FindingRow { finding, ends };
            row.clear();
            for column in FINDING {
                cell.clear();
                (column.cell)(&finding).put_plain(&mut cell);
                row.push_field(&cell);
            }
            table.write_byte_record(&row)?;
        }
        Ok(())
    })?;
    table.flush()
}

#[cfg(test)]
mod tests {
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
    fn it_is_read_as_it_was_written() {
        for report in sample::all() {
            let findings = report.findings.len();
            let text = written(report);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let names: Vec<_> = FINDING.iter().map(|column| column.name).collect();
            assert_eq!(reader.headers().unwrap(), names);
            assert_eq!(reader.records().map(Result::unwrap).count(), findings);
        }
    }

    #[test]
    fn commas_quotation_marks_and_line_ends_stay_in_their_cell() {
        let mut report = sample::one_error();
        let message = "a, \"b\"\r\nc";
        report.findings[0].message = message.to_owned();
        let text = written(report);
        assert!(text.contains(r#","a, ""b""\r\nc","#), "{text}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let column = FINDING.iter().position(|column| column.name == "message");
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(&row[column.unwrap()], r#"a, "b"\r\nc"#);
    }

    #[test]
    fn it_reads_row_by_row() {
        insta::assert_snapshot!(
            "one_error",
            written(sample::one_error()).replace("\r\n", "\n")
        );
        insta::assert_snapshot!("flood", written(sample::flood()).replace("\r\n", "\n"));
        let several = written(sample::several());
        assert!(!several.replace("\r\n", "").contains(clean::is_unsafe));
    }
}
