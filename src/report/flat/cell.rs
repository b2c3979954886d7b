//! What stands in a table.

use std::borrow::Cow;
use std::io::Write as _;
use std::net::IpAddr;

use crate::finding::{CaptureName, Moment, Span};
use crate::report::{clean, json};

/// What the cells of a column hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A decimal number.
    Number,
    /// A time, RFC 3339 in UTC.
    Time,
    /// `true` or `false`.
    Boolean,
}

impl Kind {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Time => "time",
            Kind::Boolean => "boolean",
        }
    }
}

/// A cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell<'r> {
    /// Nothing to be said.
    Empty,
    /// Words, as they came.
    Text(Cow<'r, str>),
    /// A whole number.
    Integer(i64),
    /// Seconds.
    Seconds(Span),
    /// A time.
    Time(Moment),
    /// Yes or no.
    Boolean(bool),
}

impl Cell<'_> {
    /// Appends the cell as a value of JSON.
    pub fn put_json(&self, octets: &mut Vec<u8>) {
        match self {
            Cell::Empty => octets.extend_from_slice(b"null"),
            Cell::Text(text) => {
                octets.push(b'"');
                json::put_text(octets, text);
                octets.push(b'"');
            }
            Cell::Time(time) => {
                octets.push(b'"');
                put(octets, time);
                octets.push(b'"');
            }
            _ => self.put_plain(octets),
        }
    }

    /// Appends the cell as it reads, safe to print.
    pub fn put_plain(&self, octets: &mut Vec<u8>) {
        match self {
            Cell::Empty => {}
            Cell::Text(text) => octets.extend_from_slice(clean::line(text).as_bytes()),
            Cell::Integer(number) => {
                octets.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes());
            }
            // Exact, as no binary fraction would be.
            Cell::Seconds(span) => put(octets, span),
            Cell::Time(time) => put(octets, time),
            Cell::Boolean(truth) => put(octets, truth),
        }
    }
}

fn put(octets: &mut Vec<u8>, value: &impl std::fmt::Display) {
    // Writing to memory does not fail.
    let _ = write!(octets, "{value}");
}

impl<'r, T: Into<Cell<'r>>> From<Option<T>> for Cell<'r> {
    fn from(value: Option<T>) -> Cell<'r> {
        value.map_or(Cell::Empty, Into::into)
    }
}

impl<'r> From<&'r str> for Cell<'r> {
    fn from(text: &'r str) -> Cell<'r> {
        Cell::Text(Cow::Borrowed(text))
    }
}

impl<'r> From<&'r CaptureName> for Cell<'r> {
    fn from(name: &'r CaptureName) -> Cell<'r> {
        Cell::from(&**name)
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Text(Cow::Owned(text))
    }
}

impl From<IpAddr> for Cell<'_> {
    fn from(ip: IpAddr) -> Self {
        Cell::from(ip.to_string())
    }
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        // No count of packets is so large.
        Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Cell::Integer(number.into())
    }
}

impl From<u16> for Cell<'_> {
    fn from(number: u16) -> Self {
        Cell::Integer(number.into())
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Cell::Integer(number)
    }
}

impl From<Span> for Cell<'_> {
    fn from(span: Span) -> Self {
        Cell::Seconds(span)
    }
}

impl From<Moment> for Cell<'_> {
    fn from(time: Moment) -> Self {
        Cell::Time(time)
    }
}

impl From<bool> for Cell<'_> {
    fn from(truth: bool) -> Self {
        Cell::Boolean(truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_safe_in_both_formats() {
        let json = |cell: Cell<'_>| {
            let mut octets = Vec::new();
            cell.put_json(&mut octets);
            String::from_utf8(octets).unwrap()
        };
        let plain = |cell: Cell<'_>| {
            let mut octets = Vec::new();
            cell.put_plain(&mut octets);
            String::from_utf8(octets).unwrap()
        };
        let odd = "a\"\x1b[2J\n\u{202e}";
        assert_eq!(json(odd.into()), r#""a\"\u001b[2J\n\u202e""#);
        assert_eq!(plain(odd.into()), r#"a"\u{1b}[2J\n\u{202e}"#);
        assert_eq!(json(Cell::from(None::<u64>)), "null");
        assert_eq!(plain(Cell::Empty), "");
        assert_eq!(json(Span(-1_500_000_001).into()), "-1.500000001");
        assert_eq!(json(true.into()), "true");
        assert_eq!(json((-7_i64).into()), "-7");
    }
}
