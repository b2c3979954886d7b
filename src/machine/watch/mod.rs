//! What has to be remembered of an end over many segments, a file a subject.
//!
//! Each watch keeps a few counts and the first example of what it looks for. It is shown every
//! sound segment before the books are brought up to date (so `step.own` and `step.peer` are those
//! from before it), states what is notable about it, and rules read the rest when the connection
//! ends. A watch judges nothing.

pub mod acks;
pub mod answers;
pub mod beyond;
pub mod burst;
pub mod closed;
pub mod ecn;
pub mod guesses;
pub mod host;
pub mod keepalive;
pub mod off_by_one;
pub mod offered;
pub mod options;
pub mod order;
mod orderly;
pub mod probe;
pub mod receipt;
pub mod retransmit;
pub mod sack;
pub mod segment_size;
pub mod silly_window;
pub mod stamps;
pub mod storm;
pub mod window;
pub mod zero_window;

pub use orderly::is_orderly;

use super::end::End;
use super::observe::Relative;
use super::side::{Pair, Side};
use crate::observation::Observations;
use crate::segment::{Flags, OptionSet, Segment};

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
    /// Nothing about it is odd (see [`is_orderly`]).
    pub orderly: bool,
}

impl<'a> Step<'a> {
    /// `segment` of `side`, by the books of `ends` from before it.
    #[must_use]
    pub fn new(
        segment: &'a Segment<'a>,
        side: Side,
        ends: &'a Pair<End>,
        saw: Observations,
        mid_stream: bool,
        rtt_ns: Option<i64>,
    ) -> Step<'a> {
        Step {
            segment,
            side,
            own: ends.of(side),
            peer: ends.of(side.peer()),
            saw,
            mid_stream,
            rtt_ns,
            orderly: false,
        }
    }
}

impl Step<'_> {
    /// The segment's ACK is one of this connection: both SYNs are known, and it
    /// acknowledges the peer's or more, as far as that is known to have sent.
    /// What another connection on the same sockets left behind does not.
    #[must_use]
    pub fn acknowledges_syn(&self) -> bool {
        let (Some(_), Some(_)) = (self.own.syn, self.peer.syn) else {
            return false;
        };
        // How far ISS lies back is known in full, also beyond 2^31.
        self.segment.flags.contains(Flags::ACK)
            && (self.peer.snd_next).is_some_and(|next| {
                u64::from(next.offset_from(self.segment.ack)) <= self.peer.advanced
            })
    }
}

/// The watches of one end.
///
/// Some measure what is usual and see every segment. The others look for something odd, and
/// are shown an orderly segment only while one of them is waiting for what comes next.
#[derive(Clone, Debug, Default)]
pub struct Watches {
    /// A watch is waiting for something, as of the latest segment that they were shown.
    waiting: bool,
    /// When and how often an end acknowledged data.
    pub acks: acks::Acks,
    /// Whether an end answers segments that it cannot use.
    pub answers: answers::Answers,
    /// How much an end sent before anything of it was acknowledged.
    pub burst: burst::Burst,
    /// What an end says and hears of congestion (RFC 3168, RFC 9768).
    pub ecn: ecn::Ecn,
    /// Segments of an end whose numbers look guessed.
    pub guesses: guesses::Guesses,
    /// By what an end's packets are known: hop count, identification, options.
    pub host: host::Host,
    /// Keepalive probes of an end, and whether they were answered.
    pub keepalive: keepalive::Keepalive,
    /// Which options an end's SYNs had, and whether it kept to that.
    pub options: options::OptionUse,
    /// Acknowledgments one short of the end of a segment.
    pub off_by_one: off_by_one::OffByOne,
    /// Segments that were overtaken on the way to the monitor.
    pub order: order::Order,
    /// What an end is proven to have processed of its peer's segments.
    pub receipt: receipt::Receipt,
    /// What an end sent again, when, and after what.
    pub retransmit: retransmit::Retransmit,
    /// What an end reported by SACK (RFC 2018, RFC 2883).
    pub sack: sack::Sack,
    /// The timestamps of an end (RFC 7323).
    pub stamps: stamps::Stamps,
    /// Empty ACKs that both ends answer each other without end.
    pub storm: storm::Storm,
    /// The windows that an end offered, and what it did with those offered to it.
    pub window: window::Window,
}

impl Watches {
    /// Octets of memory that the large parts take which stand in boxes. Small ones are a
    /// hundred octets or less, a few at most.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.answers.octets()
            + self.guesses.octets()
            + self.keepalive.octets()
            + self.retransmit.octets()
            + self.sack.octets()
            + self.window.octets()
    }

    /// This end sends `step.segment`; what is notable about that goes to `notes`.
    ///
    /// Of the watches that look for something odd, one that comes before `host` may draw its
    /// attention to the segment.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let odd =
            self.waiting || !step.orderly || !self.options.is_usual(step.segment.options.present);
        self.acks.sent(step, notes);
        self.burst.sent(step, notes);
        if odd {
            self.answers.sent(step, notes);
            self.ecn.sent(step, notes);
            self.guesses.sent(step, notes);
        }
        self.host.sent(step, notes);
        self.receipt.sent(step);
        self.stamps.sent(step, notes);
        self.window.sent(step, notes);
        if odd {
            self.keepalive.sent(step, notes);
            self.options.sent(step, notes);
            self.off_by_one.sent(step, notes);
            self.order.sent(step, notes);
            self.retransmit.sent(step, &self.receipt, notes);
            self.sack.sent(step, notes);
            self.storm.sent(step, notes);
            self.window.look(step, notes);
            self.waiting = self.is_waiting();
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        self.acks.passed(step);
        self.burst.passed(step);
        self.receipt.passed(step);
        self.retransmit.passed(step);
        self.stamps.passed(step);
        if self.waiting || !step.orderly {
            self.answers.passed(step);
            self.ecn.passed(step);
            self.guesses.passed(step);
            self.keepalive.passed(step);
            self.options.passed(step);
            self.off_by_one.passed(step);
            self.sack.passed(step);
            self.window.passed(step);
            self.waiting = self.is_waiting();
        }
    }

    /// This end sends a SYN that the tracker of incarnations keeps out of the connection.
    pub fn aside(&mut self, step: &Step<'_>, notes: &mut Relative) {
        self.guesses.sent(step, notes);
        self.waiting = self.is_waiting();
    }

    /// The peer sends one; this end may have gone by it.
    pub fn passed_aside(&mut self, step: &Step<'_>) {
        self.options.passed(step);
        self.stamps.passed(step);
        self.waiting = self.is_waiting();
    }

    /// No watch is waiting for anything, and of those that see every segment none has found
    /// what makes it look closer; options as `present` are usual.
    #[must_use]
    pub fn is_calm(&self, present: OptionSet) -> bool {
        !self.waiting
            && self.options.is_usual(present)
            && self.retransmit.is_calm()
            && self.stamps.watches_no_old_data()
            && self.window.offered.is_calm()
    }

    fn is_waiting(&self) -> bool {
        self.answers.is_waiting()
            || self.ecn.is_waiting()
            || self.guesses.is_waiting()
            || self.keepalive.is_waiting()
            || self.off_by_one.is_waiting()
            || self.sack.is_waiting()
            || self.storm.is_waiting()
            || self.window.is_waiting()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::connection::Connection;
    use crate::machine::noted::Noted;

    /// Tens of thousands of connections are in memory at a time: what few of them need stands
    /// in boxes.
    #[test]
    fn the_state_of_a_connection_stays_small() {
        assert!(size_of::<Watches>() <= 928, "{}", size_of::<Watches>());
        assert!(size_of::<End>() <= 688, "{}", size_of::<End>());
        assert!(size_of::<Noted>() <= 304, "{}", size_of::<Noted>());
        assert!(
            size_of::<Connection>() <= 3600,
            "{}",
            size_of::<Connection>()
        );
    }
}
