//! Arrows between the lifelines.

use unicode_width::UnicodeWidthStr;

use crate::finding::Role;
use crate::report::page;

/// How an arrow looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stroke {
    /// It carries data.
    pub heavy: bool,
    /// It was sent before.
    pub again: bool,
    /// It arrives, and changes something there.
    pub arrives: bool,
}

impl Stroke {
    const fn line(self) -> char {
        match (self.heavy, self.again) {
            (true, true) => '╍',
            (true, false) => '━',
            (false, true) => '╌',
            (false, false) => '─',
        }
    }

    /// The text on an arrow of so many columns, near to where it comes from.
    pub fn arrow(self, sender: Role, text: &str, width: usize) -> String {
        let line = self.line();
        let text = page::shorten(text, width.saturating_sub(7));
        let shaft = width.saturating_sub(text.width() + 5);
        let near: String = [line; 2].iter().collect();
        let far: String = std::iter::repeat_n(line, shaft).collect();
        let head = match (self.arrives, sender) {
            (false, _) => '×',
            (true, Role::Client) => '►',
            (true, Role::Server) => '◄',
        };
        match sender {
            Role::Client => format!("{near} {text} {far}{head}"),
            Role::Server => format!("{head}{far} {text} {near}"),
        }
    }
}
