//! Text from captures and file names, made safe to print.

use std::borrow::Cow;

/// The text on one line, with control characters and those that turn the
/// direction of writing spelled out: none of them reaches a terminal.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            clean.extend(character.escape_default());
        } else {
            clean.push(character);
        }
    }
    Cow::Owned(clean)
}

/// Whether a terminal may take the character for a command, or write it and what follows
/// somewhere else. All such characters have at most 16 bits.
#[must_use]
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// The same with line ends left as they are.
#[must_use]
pub fn lines(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(line("a\x1b[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(line("gpj\u{202e}.pcap"), "gpj\\u{202e}.pcap");
        assert!(matches!(line("測試.pcap"), Cow::Borrowed("測試.pcap")));
        assert_eq!(line("a\u{9b}2Jb\x7f"), "a\\u{9b}2Jb\\u{7f}");
        assert_eq!(lines("a\x1b\nb\r\n"), "a\\u{1b}\nb\\r\n");
    }

    #[test]
    fn what_is_unsafe_has_sixteen_bits() {
        assert!(!('\u{10000}'..=char::MAX).any(is_unsafe));
    }
}
