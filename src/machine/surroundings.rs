//! What is known around a connection when it is judged: where the capture was
//! taken, what the capture is worth, and what was on the same sockets before.

use std::net::IpAddr;

use super::side::{Pair, Side};
use crate::limits;
use crate::segment::{NS_PER_MS, Socket, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::Within;

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
    /// One of several files read as one could not be read to its end: what it held is missing,
    /// while the others go on.
    pub part_missing: bool,
    /// Frames were taken from the air: what the monitor did not hear is missing, and nothing
    /// says so.
    pub by_radio: bool,
    /// Some connection of the capture, outside of tunnels, shows both directions.
    pub two_way: bool,
    /// The same for chains of tunnels: a mirror or a redirection may pass one
    /// direction only.
    pub two_way_tunnels: hashbrown::HashSet<u64>,
    /// Sockets that have answered a SYN with SYN-ACK.
    pub listeners: hashbrown::HashSet<Within<Socket>>,
    // What follows only excuses; so it does not matter that addresses in
    // different tunnels are taken for one here.
    /// How many connections each listener has answered that were never completed.
    pub half_open: hashbrown::HashMap<Socket, u32>,
    /// Hosts with octets outstanding where a connection just stops (see
    /// [`Connection::breaks_off`](super::connection::Connection::breaks_off)).
    /// Several of them show that connections were cut out of a larger capture.
    pub broken_off: hashbrown::HashSet<IpAddr>,
    /// Hosts whose FIN is the last of a connection that was captured (see
    /// [`Connection::stops_at_last_fin`](super::connection::Connection::stops_at_last_fin)).
    /// Several of them show that the last ACKs were left out: there are tools for which a
    /// connection ends with its second FIN.
    pub stopped_at_fin: hashbrown::HashSet<IpAddr>,
    /// Times without any frame, at least [`limits::PAUSE_NS`] long: from, to.
    pub pauses: Vec<(Timestamp, Timestamp)>,
    /// Pauses that found no room.
    pub pauses_dropped: u64,
}

impl CaptureFacts {
    /// Takes in the time of the next frame.
    pub fn tick(&mut self, time: Timestamp) {
        let since = self.latest;
        if time.since(since) >= limits::PAUSE_NS {
            if self.pauses.len() < limits::PAUSES {
                self.pauses.push((since, time));
            } else {
                self.pauses_dropped += 1;
            }
        }
        self.latest = since.max(time);
    }

    /// Whether frames are known to be missing in the capture as a whole, or are to be expected so.
    #[must_use]
    pub fn lost_frames(&self) -> bool {
        self.part_missing || self.by_radio || self.drops.is_some_and(|drops| drops > 0)
    }

    /// Some connection in this chain of tunnels (0 for none) shows both directions.
    #[must_use]
    pub fn is_two_way(&self, tunnel: u64) -> bool {
        match tunnel {
            0 => self.two_way,
            _ => self.two_way_tunnels.contains(&tunnel),
        }
    }

    /// A connection in this chain of tunnels (0 for none) shows both directions.
    /// Beyond the limit this is forgotten, and nobody accused of being silent.
    pub fn add_two_way(&mut self, tunnel: u64) {
        if tunnel == 0 {
            self.two_way = true;
        } else if self.two_way_tunnels.len() < limits::TUNNELS {
            self.two_way_tunnels.insert(tunnel);
        }
    }

    /// Counts a connection that `listener` answered and nobody completed.
    pub fn add_half_open(&mut self, listener: Socket) {
        let room = self.half_open.len() < limits::LISTENERS;
        if room || self.half_open.contains_key(&listener) {
            let count = self.half_open.entry(listener).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// How many such connections `listener` has; as many as can be where it
    /// was not counted.
    #[must_use]
    pub fn half_open_at(&self, listener: Socket) -> u32 {
        let full = self.half_open.len() >= limits::LISTENERS;
        let uncounted = if full { u32::MAX } else { 0 };
        self.half_open.get(&listener).copied().unwrap_or(uncounted)
    }

    /// Whether frames show that the capture was running at `moment`: it does
    /// not lie in a pause longer than `longest_ns`. Files put together from
    /// several captures have pauses of hours and days.
    #[must_use]
    pub fn was_running(&self, moment: Timestamp, longest_ns: i64) -> bool {
        let next = self.pauses.partition_point(|(_, to)| *to <= moment);
        match self.pauses.get(next) {
            Some((from, to)) => *from > moment || to.since(*from) <= longest_ns,
            None => self.pauses.len() < limits::PAUSES,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::NS_PER_S;

    #[test]
    fn a_capture_was_not_running_in_a_long_pause() {
        let at = |seconds: i64| Timestamp(seconds * NS_PER_S);
        let mut facts = CaptureFacts {
            latest: at(0),
            ..CaptureFacts::default()
        };
        for seconds in [1, 50, 120, 100, 5000, 5001] {
            facts.tick(at(seconds));
        }
        assert_eq!(facts.pauses, [(at(50), at(120)), (at(120), at(5000))]);
        let minutes = |n: i64| n * 60 * NS_PER_S;
        assert!(facts.was_running(at(20), minutes(1)));
        assert!(!facts.was_running(at(60), minutes(1)));
        assert!(facts.was_running(at(60), minutes(2)));
        assert!(!facts.was_running(at(200), minutes(2)));
        assert!(facts.was_running(at(5000), minutes(1)));
    }
}
