//! The report as JSON: members of the report and elements of its lists stand
//! on lines of their own, so that a connection or a finding is one line for
//! `diff` and `grep`; what is inside them is compact. JSON is printed to terminals
//! too: what they could take for a command is escaped.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::clean;
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
    /// JSON itself asks for escapes below U+0020 only.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Both look at many octets at a time.
        if fragment.is_ascii() && !fragment.as_bytes().contains(&0x7f) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(place) = rest.find(clean::is_unsafe) {
            let (safe, behind) = rest.split_at(place);
            out.write_all(safe.as_bytes())?;
            let mut behind = behind.chars();
            for character in behind.by_ref().take(1) {
                write!(out, "\\u{:04x}", u32::from(character))?;
            }
            rest = behind.as_str();
        }
        out.write_all(rest.as_bytes())
    }

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
    fn what_a_terminal_would_obey_is_escaped() {
        let name = "測試 \x1b[2J \u{9b}2J \u{202e}gpj\u{2066} \x7f.\u{85}é\u{10ffff}";
        let mut report = sample::clean();
        report.captures[0].path = name.into();
        report.connections[0].capture = name.into();
        let undetermined = &mut report.connections[0].undetermined;
        undetermined.insert("opening", name.to_owned());
        let written = written(report);
        assert!(!written.replace('\n', "").contains(clean::is_unsafe));
        assert!(written.contains(r"\u001b[2J \u009b2J \u202egpj\u2066 \u007f.\u0085é"));
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["captures"][0]["path"], name);
        assert_eq!(read["connections"][0]["undetermined"]["opening"], name);
    }

    #[test]
    fn a_report_reads_line_by_line() {
        insta::assert_snapshot!(written(sample::one_error()));
        insta::assert_snapshot!("empty", written(sample::empty()));
    }
}
