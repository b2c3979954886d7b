//! Packets that a message names.
//!
//! Whoever writes a message knows a packet by its running number, which orders the events of
//! all files of a run. The reader knows files and frame numbers. So a message holds a mark in place
//! of each number ([`Mention`]), and whoever puts the report together has it replaced ([`resolve`]).

use std::fmt::{self, Write as _};

/// Before and behind the running number. Unicode keeps both for such use inside of a
/// program; no text has them.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// The number of a packet in a message: what stands behind the word "packet".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mention(pub u64);

impl fmt::Display for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}{CLOSE}", self.0)
    }
}

/// `message` with what `name` says in place of each mark.
pub fn resolve<N: fmt::Display>(message: &str, mut name: impl FnMut(u64) -> N) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, marked)) = rest.split_once(OPEN) {
        let Some((number, behind)) = marked.split_once(CLOSE) else {
            break;
        };
        text.push_str(before);
        if let Ok(number) = number.parse() {
            // Writing to a string does not fail.
            let _ = write!(text, "{}", name(number));
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_is_replaced_and_nothing_else() {
        let message = format!("packets {} and {}, 12 octets", Mention(12), Mention(7));
        let name = |n| format!("{} of b.pcap", n - 5);
        assert_eq!(
            resolve(&message, name),
            "packets 7 of b.pcap and 2 of b.pcap, 12 octets"
        );
        assert_eq!(resolve("without any", name), "without any");
        assert_eq!(resolve("\u{fdd0}no end", name), "\u{fdd0}no end");
    }
}
