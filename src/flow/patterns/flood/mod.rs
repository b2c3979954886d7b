//! AT001: a SYN flood.
//!
//! For one address and port, within 10 s: at least 100 SYNs of different
//! connections, of which less than a tenth became connections, and 50 more
//! half-open ones than before. What the catalogue's condition leaves open:
//!
//! * A victim with a short queue and no SYN cookies answers only the first
//!   few SYNs and drops the rest, so half-open connections never rise by 50.
//!   There the dropped SYNs count, if they were not sent again (clients of an
//!   overloaded server send theirs again; forged ones are sent once) and the
//!   few that were answered were mostly answered again.
//! * A capture of one direction, or of SYNs only, shows no completion for
//!   anybody. So the victim's SYN-ACKs must be there, and either somebody in
//!   the capture completes a handshake, or the victim's SYN-ACKs are mostly
//!   repeated: it is not only us who have not seen the ACKs.
//! * At the end of the capture everybody is half-open for a round trip. So at
//!   least 20 must have been half-open for half a second, and less than a tenth of
//!   those that old may have completed.
//! * Connections that were reset count as SYNs, not as half-open. A port scan
//!   and a closed port therefore make no flood.
//!
//! All counts are sums per victim and quarter of a second, so the order of
//! adding does not matter. A connection counts at the time of its first SYN.

mod cookies;
mod finding;
mod sums;

use hashbrown::HashMap;

use self::cookies::{Answers, Cookies};
use self::finding::finding;
use self::sums::Sums;
use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use super::sketch::{Distinct, of_ip, of_network, short};
use super::window::{is_within, sliding, slot};
use crate::flow::attempt::{Attempt, Outcome};
use crate::limits;
use crate::segment::{NS_PER_S, Socket, Timestamp};
use crate::tunnel::Within;

/// A slot of time.
pub const SLOT_NS: i64 = NS_PER_S / SLOTS_PER_S;
const SLOTS_PER_S: i64 = 4;
/// The window of 10 s.
const WINDOW: i64 = 10 * SLOTS_PER_S;
/// SYNs of different connections within the window.
const MIN_SYNS: u64 = 100;
/// Of these, at most one in so many completes.
const COMPLETED_ONE_IN: u64 = 10;
/// Half-open connections (or dropped SYNs) that the window adds.
const HALF_OPEN_RISE: u64 = 50;
/// Of these, so many have had time to complete.
const RIPE: u64 = 20;
/// Time to complete: more than the round trip of all but satellite paths.
const RIPE_NS: i64 = NS_PER_S / 2;
/// How long a half-open connection is held: Linux gives up after 63 s.
const HELD: i64 = 63 * SLOTS_PER_S;
/// Windows of one flood are no farther apart.
const PAUSE: i64 = 60 * SLOTS_PER_S;
/// First SYNs that are named.
const NAMED: usize = 5;

/// What happened at one victim within one slot.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    syns: u32,
    completed: u32,
    half_open: u32,
    /// Of the half-open ones, those whose SYN-ACK was repeated.
    answered_again: u32,
    unanswered: u32,
    /// Of the unanswered ones, those whose SYN was sent once.
    sent_once: u32,
    syn_acks: u32,
    /// The smallest and largest hash of an address that was answered.
    answered: Option<(u32, u32)>,
    /// Time and packet of the first SYN that never completed.
    first: Option<(Timestamp, u64)>,
    /// What the SYN-ACKs look like.
    answers: Answers,
}

impl Weight for Slot {
    fn weight(&self) -> u64 {
        u64::from(self.syns)
    }
}

/// One address and port that SYNs were sent to. Sources are those of attempts
/// that never completed.
#[derive(Clone, Debug)]
struct Victim {
    number: u32,
    incomplete: u64,
    sources: Distinct,
    networks: Distinct,
    /// Times to live, one bit each.
    ttls: [u64; 4],
}

impl Weight for Victim {
    fn weight(&self) -> u64 {
        self.incomplete
    }
}

/// One flood.
#[derive(Debug)]
struct Flood {
    victim: Within<Socket>,
    /// First and last slot of each burst.
    bursts: Vec<(i64, i64)>,
    sums: Sums,
    /// Most SYNs within a second.
    peak_syns: u64,
    /// Most half-open connections at once.
    peak_half_open: u64,
    named: Vec<(Timestamp, u64)>,
    /// What speaks for SYN cookies.
    cookies: Option<Cookies>,
}

/// All services that SYNs were sent to.
#[derive(Debug)]
pub struct Floods {
    victims: Bounded<Within<Socket>, Victim>,
    slots: Bounded<(u32, i64), Slot>,
    /// Number for the next victim.
    next: u32,
    /// Connections of the capture that completed their handshake.
    completed: u64,
    /// Time of the latest segment of any attempt.
    latest: Timestamp,
}

impl Default for Floods {
    fn default() -> Floods {
        Floods {
            victims: Bounded::new(limits::PATTERN_SERVICES),
            slots: Bounded::new(limits::PATTERN_SLOTS),
            next: 0,
            completed: 0,
            latest: Timestamp(i64::MIN),
        }
    }
}

impl Floods {
    /// Takes in one attempt.
    #[inline(always)]
    pub fn add(&mut self, attempt: &Attempt) {
        let next = self.next;
        let victim = self.victims.entry(attempt.service(), || Victim {
            number: next,
            incomplete: 0,
            sources: Distinct::default(),
            networks: Distinct::default(),
            ttls: [0; 4],
        });
        if victim.number == next {
            self.next = next.wrapping_add(1);
        }
        let source = of_ip(attempt.client.ip);
        let half_open = attempt.is_half_open();
        if half_open {
            victim.incomplete += 1;
            victim.sources.add(source);
            victim.networks.add(of_network(attempt.client.ip));
            if let Some(bits) = victim.ttls.get_mut(usize::from(attempt.ttl >> 6)) {
                *bits |= 1 << (attempt.ttl & 63);
            }
        }
        let key = (victim.number, slot(attempt.time, SLOT_NS));
        let in_slot = self.slots.entry(key, Slot::default);
        in_slot.syns += 1;
        in_slot.syn_acks = in_slot.syn_acks.saturating_add(attempt.syn_acks);
        in_slot.answers.add(attempt);
        match attempt.outcome {
            Outcome::Completed => {
                in_slot.completed += 1;
                self.completed += 1;
            }
            Outcome::HalfOpen => {
                in_slot.half_open += 1;
                in_slot.answered_again += u32::from(attempt.syn_acks > 1);
            }
            Outcome::Unanswered => {
                in_slot.unanswered += 1;
                in_slot.sent_once += u32::from(attempt.syns == 1);
            }
            Outcome::Refused | Outcome::AbortedAtOnce => {}
        }
        if attempt.server_isn.is_some() {
            let own = short(source);
            let (min, max) = in_slot.answered.unwrap_or((own, own));
            in_slot.answered = Some((min.min(own), max.max(own)));
        }
        if half_open {
            let this = (attempt.time, attempt.packet);
            in_slot.first = Some(in_slot.first.map_or(this, |first| first.min(this)));
        }
        self.latest = self.latest.max(attempt.last).max(attempt.time);
    }

    /// Whether `service` answered somebody else than the address with this
    /// hash between two times (rounded out to whole slots).
    #[must_use]
    pub fn answered_others(
        &self,
        service: Within<Socket>,
        source: u64,
        from: Timestamp,
        to: Timestamp,
    ) -> bool {
        let Some(victim) = self.victims.get(&service) else {
            return false;
        };
        let own = short(source);
        (slot(from, SLOT_NS)..=slot(to, SLOT_NS)).any(|at| {
            self.slots
                .get(&(victim.number, at))
                .and_then(|second| second.answered)
                .is_some_and(|(min, max)| min != own || max != own)
        })
    }

    /// Services, and slots of time, that were forgotten for the limits.
    #[must_use]
    pub const fn given_up(&self) -> (u64, u64) {
        (self.victims.given_up(), self.slots.given_up())
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.victims.len() + self.slots.len()
    }

    /// The bursts of every flood: address, first and last slot.
    #[must_use]
    pub fn bursts(&self) -> HashMap<Within<Socket>, Vec<(i64, i64)>> {
        self.floods()
            .into_iter()
            .map(|flood| (flood.victim, flood.bursts))
            .collect()
    }

    /// What there is to say.
    #[must_use]
    pub fn findings(&self) -> Vec<PatternFinding> {
        let floods = self.floods();
        floods
            .iter()
            .filter_map(|flood| {
                let cookies = flood.cookies.as_ref().map(|cookies| cookies.finding(flood));
                let flood = finding(flood, self.victims.get(&flood.victim)?);
                Some([Some(flood), cookies])
            })
            .flatten()
            .flatten()
            .collect()
    }

    fn floods(&self) -> Vec<Flood> {
        let mut slots: Vec<(u32, (i64, Slot))> = self
            .slots
            .iter()
            .map(|((victim, at), slot)| (*victim, (*at, *slot)))
            .collect();
        slots.sort_unstable_by_key(|(victim, (at, _))| (*victim, *at));
        let names: HashMap<u32, Within<Socket>> = self
            .victims
            .iter()
            .map(|(socket, victim)| (victim.number, *socket))
            .collect();
        slots
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|chunk| {
                let victim = names.get(&chunk.first()?.0)?;
                let slots: Vec<(i64, Slot)> = chunk.iter().map(|(_, slot)| *slot).collect();
                self.flood_of(*victim, &slots)
            })
            .collect()
    }

    fn flood_of(&self, victim: Within<Socket>, slots: &[(i64, Slot)]) -> Option<Flood> {
        let all = Sums::of(slots);
        let again = all.mostly_answered_again();
        let sees_both_ways = all.syn_acks > 0 && (self.completed > 0 || again);
        if all.syns < MIN_SYNS || !sees_both_ways {
            return None;
        }
        let ripe_until = slot(self.latest.plus(-RIPE_NS), SLOT_NS);
        let mut bursts: Vec<(i64, i64)> = Vec::new();
        for window in sliding(slots, WINDOW) {
            let sums = Sums::of(window);
            let ripe = Sums::of(window.iter().filter(|(at, _)| *at < ripe_until));
            let flooded = sums.syns >= MIN_SYNS
                && sums.comes_to_nothing()
                && sums.left_open(again) >= HALF_OPEN_RISE
                && ripe.comes_to_nothing()
                && ripe.left_open(again) >= RIPE;
            let (Some((from, _)), Some((to, _)), true) = (window.first(), window.last(), flooded)
            else {
                continue;
            };
            match bursts.last_mut() {
                Some((_, end)) if *from <= end.saturating_add(PAUSE) => *end = *to,
                _ => bursts.push((*from, *to)),
            }
        }
        bursts.first()?;
        let flooded: Vec<(i64, Slot)> = slots
            .iter()
            .copied()
            .filter(|(at, _)| is_within(&bursts, *at))
            .collect();
        let syns =
            |window: &[(i64, Slot)]| -> u64 { window.iter().map(|(_, s)| u64::from(s.syns)).sum() };
        let open = |window: &[(i64, Slot)]| -> u64 {
            window.iter().map(|(_, s)| u64::from(s.half_open)).sum()
        };
        Some(Flood {
            victim,
            sums: Sums::of(&flooded),
            peak_syns: sliding(&flooded, SLOTS_PER_S).map(syns).max()?,
            peak_half_open: sliding(slots, HELD).map(open).max()?,
            named: flooded
                .iter()
                .filter_map(|(_, s)| s.first)
                .take(NAMED)
                .collect(),
            cookies: Cookies::of(slots, &flooded, self.latest),
            bursts,
        })
    }
}
