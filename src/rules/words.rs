//! Words that messages share.

use crate::machine::side::Side;
use crate::mention::Mention;

/// An end within a sentence.
pub const fn the(side: Side) -> &'static str {
    match side {
        Side::Client => "the client",
        Side::Server => "the server",
    }
}

/// An end at the start of a sentence.
pub const fn the_capital(side: Side) -> &'static str {
    match side {
        Side::Client => "The client",
        Side::Server => "The server",
    }
}

/// `times(1)` is "once", `times(3)` is "3 times".
pub fn times(count: impl Into<u64>) -> String {
    match count.into() {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// A packet's number in a message: `packet {}`. Numbers are never written bare, for where
/// several files are judged as one, the reader counts the packets of each.
pub const fn named(packet: u64) -> Mention {
    Mention(packet)
}
