//! What has to be remembered of an end over many segments, a file a subject.
//!
//! Each watch keeps a few counts and the first example of what it looks for. It is shown every
//! sound segment before the books are brought up to date (so `step.own` and `step.peer` are those
//! from before it), states what is notable about it, and rules read the rest when the connection
//! ends. A watch judges nothing.

pub mod acks;
pub mod beyond;
pub mod burst;
pub mod closed;
pub mod ecn;
pub mod host;
pub mod keepalive;
pub mod offered;
pub mod probe;
pub mod retransmit;
pub mod sack;
pub mod segment_size;
pub mod silly_window;
pub mod stamps;
pub mod window;
pub mod zero_window;

use super::end::End;
use super::observe::Relative;
use super::side::Side;
use crate::observation::Observations;
use crate::segment::Segment;

/// One segment, seen by the watches of both ends.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The segment.
    pub segment: &'a Segment<'a>,
    /// Who sent it.
    pub side: Side,
    /// The books of its sender before it.
    pub own: &'a End,
    /// The books of its receiver.
    pub peer: &'a End,
    /// What else was observed on it.
    pub saw: Observations,
    /// The connection began with something else than a SYN or SYN-ACK.
    pub mid_stream: bool,
    /// Round-trip time of the path, from the handshake, in nanoseconds.
    pub rtt_ns: Option<i64>,
}

/// The watches of one end.
#[derive(Clone, Debug, Default)]
pub struct Watches {
    /// When and how often an end acknowledged data.
    pub acks: acks::Acks,
    /// How much an end sent before anything of it was acknowledged.
    pub burst: burst::Burst,
    /// What an end says and hears of congestion (RFC 3168, RFC 9768).
    pub ecn: ecn::Ecn,
    /// By what an end's packets are known: hop count, identification, options.
    pub host: host::Host,
    /// Keepalive probes of an end, and whether they were answered.
    pub keepalive: keepalive::Keepalive,
    /// What an end sent again, when, and after what.
    pub retransmit: retransmit::Retransmit,
    /// What an end reported by SACK (RFC 2018, RFC 2883).
    pub sack: sack::Sack,
    /// The timestamps of an end (RFC 7323).
    pub stamps: stamps::Stamps,
    /// The windows that an end offered, and what it did with those offered to it.
    pub window: window::Window,
}

impl Watches {
    /// This end sends `step.segment`; what is notable about that goes to `notes`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        self.acks.sent(step, notes);
        self.burst.sent(step, notes);
        self.ecn.sent(step, notes);
        self.host.sent(step, notes);
        self.keepalive.sent(step, notes);
        self.retransmit.sent(step, notes);
        self.sack.sent(step, notes);
        self.stamps.sent(step, notes);
        self.window.sent(step, notes);
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        self.acks.passed(step);
        self.burst.passed(step);
        self.ecn.passed(step);
        self.host.passed(step);
        self.keepalive.passed(step);
        self.retransmit.passed(step);
        self.sack.passed(step);
        self.stamps.passed(step);
        self.window.passed(step);
    }
}
