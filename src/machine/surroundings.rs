//! What is known around a connection when it is judged: where the capture was
//! taken, what the capture is worth, and what was on the same sockets before.

use super::side::{Pair, Side};
use crate::segment::{NS_PER_MS, Socket, Timestamp};
use crate::seq::SeqNo;

/// Where the capture was taken, seen from a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vantage {
    /// The capture was taken at this end; `None` where it cannot be told.
    pub at: Pair<Option<bool>>,
    /// Marks in the capture (or the user) say so; else it is an estimate from
    /// the times of the handshake, which makes nothing definite.
    pub proven: bool,
}

impl Vantage {
    /// Nothing is known.
    pub const UNKNOWN: Vantage = Vantage {
        at: Pair {
            client: None,
            server: None,
        },
        proven: false,
    };

    /// It is proven that the capture was taken at `side`.
    #[must_use]
    pub fn is_proven_at(&self, side: Side) -> bool {
        self.proven && *self.at.of(side) == Some(true)
    }

    /// The capture was taken at `side`, proven or estimated.
    #[must_use]
    pub fn is_at(&self, side: Side) -> bool {
        *self.at.of(side) == Some(true)
    }
}

/// What is known of the capture as a whole.
#[derive(Clone, Debug, Default)]
pub struct CaptureFacts {
    /// Time of the latest frame so far.
    pub latest: Timestamp,
    /// The largest step back in time, in nanoseconds; 0 for none (CA007).
    pub step_back_ns: i64,
    /// Frames that the capturing host says it dropped; `None` if it says nothing.
    pub drops: Option<u64>,
    /// Some connection of the capture shows both directions.
    pub two_way: bool,
    /// Sockets that have answered a SYN with SYN-ACK.
    pub listeners: hashbrown::HashSet<Socket>,
}

/// A clock that is adjusted steps back by less than this.
const CLOCK_SLACK_NS: i64 = 100 * NS_PER_MS;

impl CaptureFacts {
    /// Times of the capture can be compared (no CA007).
    #[must_use]
    pub const fn clock_is_sane(&self) -> bool {
        self.step_back_ns <= CLOCK_SLACK_NS
    }
}

/// The incarnation before, on the same two sockets, as far as rules of
/// TIME-WAIT need it.
#[derive(Clone, Debug)]
pub struct Previous {
    /// Its ends, by the roles of the connection that is judged now.
    pub ends: Pair<PreviousEnd>,
    /// When its last segment was captured.
    pub last: Timestamp,
    /// Number of that segment.
    pub last_packet: u64,
    /// A RST of either end was captured.
    pub reset: bool,
    /// It began with something else than a SYN or SYN-ACK.
    pub mid_stream: bool,
}

/// One end of the incarnation before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PreviousEnd {
    /// FINSEQ.
    pub fin: Option<SeqNo>,
    /// It sent its FIN without having seen the other's (the active closer).
    pub closed_first: bool,
    /// It sent a segment that is neither SYN nor RST.
    pub sent_after_syn: bool,
    /// SMAX.
    pub snd_next: Option<SeqNo>,
    /// ACKMAX.
    pub ack_max: Option<SeqNo>,
    /// Highest TSval.
    pub tsval_max: Option<u32>,
    /// When it acknowledged the other's FIN first, and in which packet.
    pub acked_fin: Option<(u64, Timestamp)>,
}
