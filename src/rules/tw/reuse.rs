//! What the rules about a pair of sockets that is used anew have in common.

use crate::machine::side::Side;
use crate::rules::case::Case;
use crate::segment::Timestamp;
use crate::seq::SeqNo;

/// An end that was in TIME-WAIT (or CLOSING) by its own segments when the
/// connection that is judged began.
pub struct Waiting {
    /// Which end, by the roles of the connection that is judged.
    pub side: Side,
    /// The packet in which it first acknowledged the other's FIN.
    pub packet: u64,
    /// When.
    pub since: Timestamp,
    /// FINSEQ of the other end.
    pub peer_fin: SeqNo,
    /// SMAX of the end.
    pub own_next: SeqNo,
    /// Highest TSval of the end.
    pub own_tsval: Option<u32>,
    /// Highest TSval of the other end.
    pub peer_tsval: Option<u32>,
}

/// `side` in the incarnation before, if it closed first there, acknowledged
/// the other's FIN, and nobody reset anything.
pub fn waiting(case: &Case<'_>, side: Side) -> Option<Waiting> {
    let previous = case.previous.filter(|previous| !previous.reset)?;
    let (own, peer) = (previous.ends.of(side), previous.ends.of(side.peer()));
    let (packet, since) = own.acked_fin.filter(|_| own.closed_first)?;
    Some(Waiting {
        side,
        packet,
        since,
        peer_fin: peer.fin?,
        own_next: own.snd_next?,
        own_tsval: own.tsval_max,
        peer_tsval: peer.tsval_max,
    })
}

impl Waiting {
    /// Nanoseconds from the ACK of the FIN to `time`, if that is within TIME-WAIT.
    pub fn within(&self, case: &Case<'_>, time: Timestamp) -> Option<i64> {
        let after = time.since(self.since);
        (0..case.settings.two_msl_ns())
            .contains(&after)
            .then_some(after)
    }
}

/// A length of time in a sentence: seconds with up to three decimals.
pub fn seconds(ns: i64) -> String {
    let ms = ns / 1_000_000;
    format!("{}.{:03} s", ms / 1000, ms % 1000)
}
