//! Keepalive probes of an end, and whether they were answered.

use super::Step;
use super::probe::{self, Probe};
use crate::machine::observe::Relative;
use crate::machine::update;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, NS_PER_S, Timestamp};

/// Keepalives come after a pause; the shortest that common stacks allow is one second, by
/// timers that are not exact.
pub const PAUSE_NS: i64 = 900 * NS_PER_MS;
/// What is sent sooner after the other end's segment may be an answer to that.
const REACTION_NS: i64 = 200 * NS_PER_MS;
/// A window below this may be too small for what a sender has to send: it probes for a larger
/// one (RFC 9293, 3.8.6.2.1). The smallest MSS that a sender assumes.
const ROOM: u32 = 536;
/// What the peer sends within this time answers a keepalive.
pub const ANSWER_NS: i64 = NS_PER_S;
/// Probes that are noted; the rest is counted.
const NOTED: u32 = 4;
/// Packets kept of a row of unanswered probes.
const PACKETS: usize = 4;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Keepalive {
    /// The peer has closed its window since this end last sent something new: what looks like
    /// a keepalive may ask for room.
    was_closed: bool,
    log: Option<Box<Log>>,
}

/// What is known of the keepalives of an end that sent any.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Keepalives sent.
    pub probes: u32,
    /// Those sent while octets were outstanding, which count nowhere else.
    pub too_early: u32,
    /// The shortest time from the peer's latest segment to a keepalive.
    pub idle_ns: Option<i64>,
    /// The shortest time between two keepalives with nothing of the peer in between.
    pub interval_ns: Option<i64>,
    /// Keepalives since the peer's latest segment.
    pub waiting: Row,
    /// The longest row of keepalives without an answer before that, the one answered left out.
    pub longest: Row,
    /// A RST of this end after so many keepalives without an answer: the row, packet and time.
    pub gave_up: Option<(Row, u64, Timestamp)>,
}

/// Keepalives with nothing of the peer in between.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// How many.
    pub count: u32,
    /// The first of them.
    packets: [u64; PACKETS],
    /// When the first one was sent.
    pub since: Timestamp,
    /// When the latest one was sent.
    pub latest: Timestamp,
}

impl Row {
    /// Frame numbers of the first of them.
    pub fn packets(&self) -> impl Iterator<Item = u64> + use<> {
        let count = usize::try_from(self.count).unwrap_or(PACKETS);
        self.packets.into_iter().take(count)
    }

    fn add(&mut self, packet: u64, time: Timestamp) {
        if self.count == 0 {
            self.since = time;
        }
        let place = usize::try_from(self.count).unwrap_or(PACKETS);
        if let Some(slot) = self.packets.get_mut(place) {
            *slot = packet;
        }
        self.latest = time;
        self.count = self.count.saturating_add(1);
    }
}

impl Keepalive {
    /// Octets of memory that it takes in boxes.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.log.as_deref().map_or(0, size_of_val)
    }

    /// What is known of its keepalives, if it sent any.
    #[must_use]
    pub fn log(&self) -> Option<&Log> {
        self.log.as_deref()
    }

    /// The next new octets, or the peer's next word, will matter.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.was_closed || self.log().is_some_and(|log| log.waiting.count > 0)
    }

    /// This end sends `step.segment`.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if self.was_closed && step.own.snd_next.is_some_and(|n| segment.end().after(n)) {
            self.was_closed = false;
        }
        let below = step.own.snd_next == Some(segment.seq + 1);
        if segment.payload_len <= 1 && (below || segment.has(Flags::RST)) {
            self.look(step, notes);
        }
    }

    fn look(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if segment.has(Flags::RST) {
            if let Some(log) = &mut self.log
                && log.waiting.count > 0
                && log.gave_up.is_none()
            {
                log.gave_up = Some((log.waiting, segment.packet, segment.time));
            }
            return;
        }
        if probe::form(step) != Some(Probe::Below) || self.was_closed || !is_open(step) {
            return;
        }
        let paused = |since_ns: i64| {
            let after = |last: Option<Timestamp>| {
                last.is_some_and(|last| segment.time.since(last) >= since_ns)
            };
            after(step.own.last.map(|last| last.time))
                && after(step.peer.last.map(|last| last.time))
        };
        let all_acked = step
            .own
            .snd_next
            .zip(step.peer.ack_max)
            .is_some_and(|(next, acked)| acked.at_or_after(next));
        if all_acked {
            if paused(PAUSE_NS) && !repeats_an_octet(step) {
                self.add(step, notes);
            }
        } else if paused(REACTION_NS) && is_too_early(step) {
            let log = self.log.get_or_insert_default();
            log.too_early = log.too_early.saturating_add(1);
            if log.too_early <= NOTED {
                notes.saw |= Observations::KEEPALIVE_TOO_EARLY;
            }
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    #[inline]
    pub fn passed(&mut self, step: &Step<'_>) {
        if step.segment.window == 0 && !step.segment.has(Flags::RST) {
            self.was_closed = true;
        }
        if let Some(log) = &mut self.log
            && log.waiting.count > 0
        {
            let mut row = std::mem::take(&mut log.waiting);
            let answered = step.segment.time.since(row.latest) < ANSWER_NS;
            row.count -= u32::from(answered);
            if row.count > log.longest.count {
                log.longest = row;
            }
        }
    }

    fn add(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let log = self.log.get_or_insert_default();
        let shorter = |slot: &mut Option<i64>, ns: i64| {
            *slot = Some(slot.map_or(ns, |known| known.min(ns)));
        };
        if let Some(last) = step.peer.last {
            shorter(&mut log.idle_ns, segment.time.since(last.time));
        }
        if log.waiting.count > 0 {
            shorter(&mut log.interval_ns, segment.time.since(log.waiting.latest));
        }
        log.waiting.add(segment.packet, segment.time);
        log.probes = log.probes.saturating_add(1);
        if log.probes <= NOTED {
            notes.saw |= Observations::KEEPALIVE;
        }
    }
}

/// The connection is open, and the peer has room for what this end might send.
fn is_open(step: &Step<'_>) -> bool {
    let shift = step.peer.window_shift(step.own).unwrap_or(0);
    let room = u32::from(step.peer.last_window) << shift;
    step.own.sent_after_syn
        && step.peer.was_seen()
        && room >= ROOM
        && step.own.rst.is_none()
        && step.peer.rst.is_none()
}

/// One octet that may be its latest one again, because the ACK of it was lost.
fn repeats_an_octet(step: &Step<'_>) -> bool {
    let segment = step.segment;
    segment.payload_len > 0
        && step.own.recent.back().is_some_and(|sent| {
            sent.start == segment.seq
                && (sent.content == 0 || sent.content == update::content(segment))
        })
}

/// An empty segment at SMAX-1 that is none of those which stacks send in answer to something,
/// nor one that was overtaken by an octet or a FIN at its number.
fn is_too_early(step: &Step<'_>) -> bool {
    step.segment.is_empty()
        && step.own.syn_acked
        && step.own.any_fin().is_none()
        && step.peer.provoked.is_none()
}

#[cfg(test)]
mod tests;
