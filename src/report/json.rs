//! The report as JSON: members of the report and elements of its lists stand
//! on lines of their own, so that a connection or a finding is one line for
//! `diff` and `grep`; what is inside them is compact. JSON is printed to terminals
//! too: what they could take for a command is escaped.

mod serializer;
mod string;

use std::io::{self, Write};

use serde::Serialize;

use self::serializer::Json;
pub(super) use self::string::put as put_text;
use super::model::Report;

/// Writes the report as it goes: no more than a block of it is ever in memory.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    lines(report, out)
}

/// Writes a value with line breaks in its outermost object or list, and in the lists that it holds.
pub(super) fn lines(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    broken(value, 1, out)
}

/// Writes a value with line breaks in so many objects and lists around each other, and in the
/// lists that these hold. At each line break, what has been written may leave memory.
pub(super) fn broken(value: &impl Serialize, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out, depth);
    value.serialize(&mut json).map_err(|failure| failure.0)?;
    json.end()
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
    fn the_layout_changes_nothing_but_white_space() {
        for report in sample::all() {
            let compact = serde_json::to_string(&sample::set_aside(report.clone())).unwrap();
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
        undetermined.insert(crate::report::model::Field::Opening, name.to_owned());
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
