//! What is counted of segments sent again.

use crate::segment::{Segment, Timestamp};
use crate::seq::SeqNo;

/// What made an end send something again, as far as it can be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A SYN without ACK.
    Syn,
    /// A SYN-ACK.
    SynAck,
    /// The retransmission timer, and what it brings in its train.
    Timeout,
    /// Duplicate ACKs or SACK, and what they bring in their train.
    Fast,
    /// A tail loss probe: the last segment, before the timer ran out (RFC 8985, 7).
    Probe,
    /// The peer had acknowledged all of it.
    Spurious,
    /// An ICMP error that said that it was too big, and what that brings in its train.
    TooBig,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Kind; 7] = [
        Kind::Syn,
        Kind::SynAck,
        Kind::Timeout,
        Kind::Fast,
        Kind::Probe,
        Kind::Spurious,
        Kind::TooBig,
    ];
}

/// A segment that was sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sample {
    /// Its packet.
    pub packet: u64,
    /// When.
    pub time: Timestamp,
    /// SEG.SEQ.
    pub seq: SeqNo,
    /// SEG.LEN.
    pub len: u32,
    /// The copy before it, where that is known: its packet, and how long before.
    pub previous: Option<(u64, i64)>,
}

impl Sample {
    /// Of `segment`, whose last copy was `previous`.
    #[must_use]
    pub fn of(segment: &Segment<'_>, previous: &Option<(u64, Timestamp)>) -> Sample {
        Sample {
            packet: segment.packet,
            time: segment.time,
            seq: segment.seq,
            len: segment.len(),
            previous: previous.map(|(packet, time)| (packet, segment.time.since(time))),
        }
    }
}

/// How often something was sent again, and where the first copies were lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How often.
    pub count: u32,
    /// The first copy was captured, and the peer's duplicate ACKs or SACKs say that it had not
    /// arrived when later octets had: lost between the monitor and the peer.
    pub behind: u32,
    /// The first copy was not captured: lost before the monitor, or missed by the capture.
    pub before: u32,
    /// The first of them.
    pub first: Sample,
}

/// Why an end must know that octets are acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Proof {
    /// The ACK passed the monitor long before.
    Time,
    /// The segment acknowledges octets that came with the ACK, or echoes its timestamp: proven
    /// if the capture holds every segment of the peer.
    Implied,
    /// It echoes a timestamp newer than the ACK's: proven whatever the capture has lost.
    Echoed,
}

/// Data sent again although its sender must have known better.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Acked {
    /// How often.
    pub count: u32,
    /// The first with the best proof, and when the peer's latest ACK before it had passed.
    pub best: Option<(Proof, Sample, Timestamp)>,
}

impl Acked {
    /// Another one; whether it is the best so far.
    pub fn add(&mut self, proof: Proof, sample: Sample, acked_at: Timestamp) -> bool {
        self.count = self.count.saturating_add(1);
        let better = self.best.is_none_or(|(best, ..)| proof > best);
        if better {
            self.best = Some((proof, sample, acked_at));
        }
        better
    }
}
