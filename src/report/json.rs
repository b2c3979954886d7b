//! The report as JSON: members of the report and elements of its lists stand
//! on lines of their own, so that a connection or a finding is one line for
//! `diff` and `grep`; what is inside them is compact.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::clean::is_unsafe;
use super::model::Report;

/// Writes the report as it goes; nothing is built up in memory.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Lines::default());
    report.serialize(&mut serializer).map_err(io::Error::from)?;
    writeln!(out)
}

/// Breaks lines in the outermost object and in the lists that it holds.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The objects (`false`) and lists (`true`) around the current place.
    around: Vec<bool>,
    /// The innermost of them holds something.
    filled: bool,
}

impl Lines {
    fn breaks(&self) -> bool {
        matches!(self.around.as_slice(), [_] | [_, true])
    }

    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, list: bool) -> io::Result<()> {
        self.around.push(list);
        self.filled = false;
        out.write_all(if list { b"[" } else { b"{" })
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, list: bool) -> io::Result<()> {
        if self.filled && self.breaks() {
            out.write_all(b"\n")?;
        }
        self.around.pop();
        self.filled = true;
        out.write_all(if list { b"]" } else { b"}" })
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(match (first, self.breaks()) {
            (true, true) => b"\n",
            (true, false) => b"",
            (false, true) => b",\n",
            (false, false) => b",",
        })
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, true)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, true)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, false)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, false)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    /// JSON itself asks only for the first 32 characters to be escaped; others move
    /// the cursor of a terminal, too.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for piece in fragment.split_inclusive(is_unsafe) {
            let last = piece.chars().next_back().filter(|last| is_unsafe(*last));
            let safe = last.map_or(piece, |last| piece.trim_end_matches(last));
            out.write_all(safe.as_bytes())?;
            if let Some(last) = last {
                // None of them needs more than four digits.
                write!(out, "\\u{:04x}", u32::from(last))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Loaded;
    use crate::report::sample;

    fn written(report: Loaded) -> String {
        let mut out = Vec::new();
        write(&sample::set_aside(report), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_layout_changes_nothing_but_white_space() {
        for report in [sample::empty(), sample::one_error(), sample::incomplete()] {
            let compact = serde_json::to_string(&report).unwrap();
            assert_eq!(written(report).replace('\n', ""), compact);
        }
    }

    #[test]
    fn nothing_raw_reaches_the_terminal() {
        let mut report = sample::clean();
        let path = "a\u{9b}2J\u{7f}\u{202e}b\x1b\u{1f600}";
        report.captures[0].path = path.into();
        let text = written(report);
        assert!(
            text.contains("a\\u009b2J\\u007f\\u202eb\\u001b\u{1f600}"),
            "{text}"
        );
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["captures"][0]["path"], path);
    }

    #[test]
    fn a_report_reads_line_by_line() {
        insta::assert_snapshot!(written(sample::one_error()));
        insta::assert_snapshot!("empty", written(sample::empty()));
    }
}
