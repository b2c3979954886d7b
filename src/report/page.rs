//! Lines of text within a width.

use std::io::{self, Write};

use anstyle::Style;
use comfy_table::{Table, presets};
use unicode_width::UnicodeWidthStr;

use super::clean;
use super::glyphs::Glyphs;
use super::style::{FAINT, HEAD, PLAIN};

/// Text is never narrower than this, however narrow the terminal says it is.
const MIN_WIDTH: usize = 40;
/// Sentences are not spread wider than this, however wide the terminal is.
const MAX_SENTENCE: usize = 100;
/// Tables are.
const MAX_TABLE: usize = 200;

/// A page to write on.
pub struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    glyphs: Glyphs,
}

impl<'a> Page<'a> {
    pub fn new(out: &'a mut dyn Write, width: usize) -> Page<'a> {
        let width = width.clamp(MIN_WIDTH, MAX_TABLE);
        Page {
            out,
            width,
            glyphs: Glyphs::Unicode,
        }
    }

    /// The same; drawings are made with these characters.
    pub const fn with(self, glyphs: Glyphs) -> Page<'a> {
        Page { glyphs, ..self }
    }

    /// Columns for a table.
    pub const fn width(&self) -> usize {
        self.width
    }

    pub fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A paragraph in one style.
    pub fn heading(&mut self, style: Style, text: &str) -> io::Result<()> {
        self.lines(0, "", style, style, text)
    }

    /// A plain paragraph `indent` columns in.
    pub fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.lines(indent, "", PLAIN, PLAIN, text)
    }

    /// A plain paragraph beside `lead`, which has a style; all lines of the
    /// paragraph begin where the first one does.
    pub fn hang(&mut self, indent: usize, lead: &str, style: Style, text: &str) -> io::Result<()> {
        self.lines(indent, lead, style, PLAIN, text)
    }

    /// A faint paragraph `indent` columns in.
    pub fn faint(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.lines(indent, "", FAINT, FAINT, text)
    }

    fn lines(
        &mut self,
        indent: usize,
        lead: &str,
        lead_style: Style,
        style: Style,
        text: &str,
    ) -> io::Result<()> {
        let margin = indent + lead.width();
        let width = self.width.min(MAX_SENTENCE).saturating_sub(margin);
        let text = clean::line(text);
        for (number, line) in wrap(&text, width).into_iter().enumerate() {
            if number == 0 && !lead.is_empty() {
                write!(self.out, "{:indent$}{lead_style}{lead}{lead_style:#}", "")?;
            } else {
                write!(self.out, "{:margin$}", "")?;
            }
            writeln!(self.out, "{style}{line}{style:#}")?;
        }
        Ok(())
    }

    /// A line as it is, styled piece by piece, never wrapped.
    pub fn pieces(&mut self, indent: usize, pieces: &[(Style, &str)]) -> io::Result<()> {
        write!(self.out, "{:indent$}", "")?;
        for (style, text) in pieces {
            write!(self.out, "{style}{}{style:#}", clean::line(text))?;
        }
        self.blank()
    }

    /// A line of a drawing.
    pub fn drawn(&mut self, indent: usize, pieces: &[(Style, &str)]) -> io::Result<()> {
        write!(self.out, "{:indent$}", "")?;
        for (style, text) in pieces {
            let text = self.glyphs.draw(&clean::line(text));
            write!(self.out, "{style}{text}{style:#}")?;
        }
        self.blank()
    }

    /// A table with a heading; `style_of` is asked for each row by its number
    /// (and left alone where a row takes several lines).
    pub fn table(
        &mut self,
        indent: usize,
        table: &Table,
        style_of: impl Fn(usize) -> Style,
    ) -> io::Result<()> {
        let lines: Vec<String> = table.lines().collect();
        let one_line_each = lines.len() == table.row_count() + 1;
        for (number, line) in lines.iter().enumerate() {
            let style = match number.checked_sub(1) {
                None => HEAD,
                Some(row) if one_line_each => style_of(row),
                Some(_) => PLAIN,
            };
            writeln!(
                self.out,
                "{:indent$}{style}{}{style:#}",
                "",
                line.trim_end()
            )?;
        }
        Ok(())
    }
}

/// A table without lines, its columns two blanks apart.
pub fn table(heading: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(heading.to_vec());
    let last = heading.len().saturating_sub(1);
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if number < last { 2 } else { 0 }));
    }
    table
}

/// The text in lines of at most `width` columns. Words are kept whole, so that
/// paths and addresses can be copied.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// The text in at most `width` columns, shortened in its middle.
pub fn shorten(text: &str, width: usize) -> String {
    const GAP: &str = "...";
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(GAP.len());
    let head = take(text.chars(), room / 2);
    let tail: String = take(text.chars().rev(), room - room / 2)
        .chars()
        .rev()
        .collect();
    format!("{head}{GAP}{tail}")
}

fn take(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut taken = String::new();
    for character in characters {
        taken.push(character);
        if taken.width() > width {
            taken.pop();
            break;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_by_their_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("測試 測試 測試", 9), ["測試 測試", "測試"]);
        assert_eq!(wrap("averylongword b", 5), ["averylongword", "b"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn long_text_is_shortened_in_the_middle() {
        assert_eq!(shorten("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten("abcdefghijk", 10), "abc...hijk");
        assert_eq!(shorten("測試測試測試", 9), "測...試");
        assert_eq!(shorten("abcdef", 2), "...");
    }
}
