//! Words that messages share.

use crate::machine::side::Side;

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
