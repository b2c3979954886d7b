//! By what an end's packets are known: hop count, identification, options.
//!
//! The habits are those of its ordinary segments. A RST or FIN is compared
//! with them and never counted, since those are what is forged.

use super::Step;
use crate::machine::habit::Habit;
use crate::machine::observe::Relative;
use crate::machine::stretch::manner::Manner;
use crate::machine::stretch::tally::Tally;
use crate::observation::Observations;
use crate::segment::{Direction, Flags, NS_PER_US, Timestamp};
use crate::seq::SeqNo;

/// Hop counts of one path differ by less than this: a router more or less.
pub const HOPS_APART: u8 = 2;

/// Neighbouring identifications of a host that counts them lie closer than this.
const ID_STEP: u16 = 1024;

/// So many steps of that size show that it counts.
const STEPS: u32 = 2;

/// Segments with an odd hop count that are noted for that alone.
const ODD_HOPS: u8 = 4;

/// Two readings of a clock of 1 kHz this many ticks apart lie 17 minutes apart.
const TICKS: i64 = 1 << 20;

/// The identifications of ordinary segments, those of 0 left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids {
    first: Option<u16>,
    last: u16,
    near: u32,
    far: u32,
    of_peer: bool,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Hop counts.
    pub hops: Habit,
    /// "Don't fragment", as 0 and 1.
    pub fragment: Habit,
    /// The class of service.
    pub dscp: Habit,
    /// Identifications.
    pub ids: Ids,
    odd_hops: u8,
}

impl Host {
    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let noted = notes.saw - Observations::RETRANSMISSION;
        if !noted.is_empty() {
            self.compare(step, notes);
        }
        if segment.has(Flags::RST | Flags::FIN) {
            return;
        }
        let ip = &segment.ip;
        if self.hops.is_far(ip.ttl, HOPS_APART) && self.odd_hops < ODD_HOPS {
            self.odd_hops += 1;
            notes.saw |= Observations::OTHER_HOP_COUNT;
        }
        self.hops.count(ip.ttl);
        self.dscp.count(ip.dscp);
        if let (Some(id), Some(whole)) = (ip.id, ip.dont_fragment) {
            self.fragment.count(u8::from(whole));
            if id != 0 && !segment.has(Flags::SYN) {
                self.ids.count(id, peers_id(step));
            }
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, _step: &Step<'_>) {}

    /// This end sends the orderly segments of `tally`, in the manner that it had first.
    pub fn sent_orderly(&mut self, manner: &Manner, tally: &Tally) {
        let times = tally.segments();
        self.hops.count_first(times);
        self.dscp.count_first(times);
        if manner.is_numbered() {
            self.fragment.count_first(times);
            self.ids = tally.ids;
        }
    }

    /// What tells this segment from those before it.
    fn compare(&self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let closes = segment.has(Flags::RST | Flags::FIN);
        if closes && segment.direction == Direction::Outbound {
            notes.saw |= Observations::SENT_HERE;
        }
        if let Some(id) = segment.ip.id.filter(|id| *id != 0) {
            if self.ids.is_off(id) {
                notes.saw |= Observations::ID_OFF_COUNT;
            }
            if closes && peers_id(step) == Some(id) && !self.ids.near_last(id) {
                notes.saw |= Observations::ID_OF_PEER;
            }
        }
        let last = step.own.last.map(|last| last.time);
        if let (Some((tsval, _)), Some(newest)) = (segment.options.timestamps(), step.own.tsval_max)
            && last.is_some_and(|last| is_other_clock(newest, last, tsval, segment.time))
        {
            notes.saw |= Observations::OTHER_CLOCK;
        }
    }

    /// It copies identifications from what it receives, as others count them.
    #[must_use]
    pub const fn copies_ids(&self) -> bool {
        self.ids.of_peer
    }

    /// Whether `id` is near the first one of an ordinary segment.
    #[must_use]
    pub fn is_near_first_id(&self, id: u16) -> bool {
        self.ids
            .first
            .is_some_and(|first| apart(first, id) < ID_STEP)
    }
}

impl Ids {
    /// None so far.
    pub const NONE: Ids = Ids {
        first: None,
        last: 0,
        near: 0,
        far: 0,
        of_peer: false,
    };

    /// One more, of an ordinary segment; the peer's latest one had `of_peer`.
    pub fn count(&mut self, id: u16, of_peer: Option<u16>) {
        if self.near_last(id) {
            self.near = self.near.saturating_add(1);
        } else {
            self.far = self.far.saturating_add(u32::from(self.first.is_some()));
            self.of_peer |= of_peer == Some(id);
        }
        self.first.get_or_insert(id);
        self.last = id;
    }

    fn near_last(&self, id: u16) -> bool {
        self.first.is_some() && apart(self.last, id) < ID_STEP
    }

    fn is_off(&self, id: u16) -> bool {
        self.near >= STEPS && self.far <= self.near / 8 && !self.near_last(id)
    }
}

fn apart(a: u16, b: u16) -> u16 {
    a.wrapping_sub(b).min(b.wrapping_sub(a))
}

fn peers_id(step: &Step<'_>) -> Option<u16> {
    step.peer.last.and_then(|last| last.ip_id)
}

/// Whether one clock cannot have shown `first` and, later, `second`: behind by
/// a lot, or ahead by more than ticks of 1 µs would make of the time between.
#[must_use]
pub fn is_other_clock(first: u32, at: Timestamp, second: u32, later: Timestamp) -> bool {
    let ticks = i64::from(SeqNo(second).distance_from(SeqNo(first)));
    let most = later.since(at).max(0) / NS_PER_US;
    !(-TICKS..=most.saturating_add(TICKS)).contains(&ticks)
}

#[cfg(test)]
mod tests;
