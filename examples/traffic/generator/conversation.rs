//! What the applications at both ends do with a connection.

use super::side::Side;

/// How a connection opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// SYN, SYN-ACK, ACK.
    ThreeWay,
    /// The client's data comes with the third segment.
    DataOnThird,
    /// Data on the SYN, with a cookie (RFC 7413).
    Fast,
    /// Both ends open (RFC 9293, 3.5, figure 8).
    Simultaneous,
    /// The first SYN is lost behind the monitor.
    SynLost,
    /// Nobody listens.
    Refused,
}

/// How it closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closing {
    /// This side first; the other one takes its time.
    FourWay(Side),
    /// This side first; the other one closes as soon as it hears of it.
    ThreeWay(Side),
    /// Both at once (RFC 9293, 3.6, figure 13).
    Simultaneous,
    /// The client closes behind its first words, and the server still answers.
    HalfClose,
    /// Who was spoken to last aborts.
    Abort,
}

/// Who speaks next.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub from: Side,
    /// How much; where it is endless, until the capture is long enough.
    pub octets: u64,
    /// Octets of a segment at most; `u32::MAX` for full ones.
    pub largest: u32,
    /// How long it hesitates, in nanoseconds.
    pub pause: u64,
}

/// More than any capture holds.
pub const ENDLESS: u64 = u64::MAX / 4;

/// A conversation.
#[derive(Clone, Copy, Debug)]
pub struct Conversation {
    pub opening: Opening,
    pub closing: Closing,
    /// How often somebody speaks; `u32::MAX` until the capture is long enough.
    pub turns: u32,
    /// The nth of them.
    pub turn: fn(n: u32, rng: &mut fastrand::Rng) -> Turn,
}
