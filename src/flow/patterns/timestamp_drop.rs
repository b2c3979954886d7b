//! HS023: a server drops SYNs whose timestamp is older than the last of the
//! same address.
//!
//! Within 60 s one address opens connections to one service. At least 3 of its
//! SYNs, from different ports, are never answered, although they are sent
//! again and the capture goes on for 3 s; at least 3 others are answered; and the TSvals of
//! all unanswered ones are below those of all answered ones. What it takes
//! beyond that not to be a chance:
//!
//! * The service answers somebody else meanwhile, so its queue is not full.
//! * The answered TSvals are no farther apart than one host's clock comes in that
//!   time. With an offset of its own for each connection (Linux since
//!   4.10, others before) TSvals are spread over the ring, and low ones are
//!   unanswered by chance.
//! * Some connection was answered before the last of the unanswered SYNs: else
//!   there was nothing for the server to remember.
//!
//! Counted in slots of 30 s, of which two make a window.

use std::net::IpAddr;

use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use super::flood::Floods;
use super::sketch::of_ip;
use super::sources::Try;
use super::window::{sliding, slot};
use crate::finding::Numbers;
use crate::flow::attempt::Outcome;
use crate::limits;
use crate::segment::{NS_PER_MS, NS_PER_S, Socket, Timestamp};
use crate::tunnel::Within;

/// A slot.
const SLOT_NS: i64 = 30 * NS_PER_S;
/// Slots in 60 s.
const WINDOW: i64 = 2;
/// SYNs of either kind.
const TIMES: usize = 3;
/// The capture goes on so long behind an unanswered SYN.
const PATIENCE_NS: i64 = 3 * NS_PER_S;
/// Answered TSvals of one clock, which ticks at most so often per ms ...
const TICKS_PER_MS: i64 = 10;
/// ... and may be seen out of order by so many ticks.
const TICKS_OFF: i64 = 1000;
/// Unanswered SYNs that are kept per slot.
const KEPT: usize = 8;

/// Source and service.
type Pair = (IpAddr, Within<Socket>);

/// Smallest and largest TSval, as plain numbers. Where they are far apart
/// serial arithmetic says otherwise, and nothing is made of them.
#[derive(Clone, Copy, Debug)]
struct Span {
    count: u32,
    min: u32,
    max: u32,
    first: Timestamp,
    last: Timestamp,
}

impl Span {
    fn add(span: &mut Option<Span>, tsval: u32, time: Timestamp) {
        let one = Span {
            count: 1,
            min: tsval,
            max: tsval,
            first: time,
            last: time,
        };
        *span = Some(span.map_or(one, |span| span.with(&one)));
    }

    fn with(&self, other: &Span) -> Span {
        Span {
            count: self.count + other.count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

/// An unanswered SYN.
type Dropped = (Timestamp, u64, u16);

/// What a pair did in a slot.
#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    answered: Option<Span>,
    unanswered: Option<Span>,
    /// Time, packet and port of the earliest unanswered SYNs, in order.
    dropped: [Option<Dropped>; KEPT],
}

impl Weight for Tried {
    fn weight(&self) -> u64 {
        // Only with unanswered SYNs there is anything to find.
        u64::from(self.unanswered.map_or(0, |span| span.count))
    }
}

impl Tried {
    fn drop_one(&mut self, dropped: Dropped) {
        let mut carried = Some(dropped);
        for place in &mut self.dropped {
            match (*place, carried) {
                (Some(known), Some(new)) if known <= new => {}
                _ => std::mem::swap(place, &mut carried),
            }
            if carried.is_none() {
                return;
            }
        }
    }
}

/// SYNs with timestamps by source, service and slot.
#[derive(Debug)]
pub struct TimestampDrops {
    slots: Bounded<(Pair, i64), Tried>,
}

impl Default for TimestampDrops {
    fn default() -> TimestampDrops {
        TimestampDrops {
            slots: Bounded::new(limits::PATTERN_TIMESTAMP_SLOTS),
        }
    }
}

impl TimestampDrops {
    /// Takes in one attempt.
    pub fn add(&mut self, attempt: &Try) {
        let Some(tsval) = attempt.tsval else {
            return;
        };
        let answered = attempt.answered || attempt.outcome == Outcome::Completed;
        let unanswered = attempt.outcome == Outcome::Unanswered && attempt.again;
        if !answered && !unanswered {
            return;
        }
        let key = (
            (attempt.client.ip, attempt.service()),
            slot(attempt.time, SLOT_NS),
        );
        let tried = self.slots.entry(key, Tried::default);
        if answered {
            Span::add(&mut tried.answered, tsval, attempt.time);
        } else {
            Span::add(&mut tried.unanswered, tsval, attempt.time);
            tried.drop_one((attempt.time, attempt.packet, attempt.client.port));
        }
    }

    /// Slots that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.slots.given_up()
    }

    /// What there is to say of a capture that ends at `end`; `floods` knows whom
    /// services answered.
    #[must_use]
    pub fn findings(&self, end: Timestamp, floods: &Floods) -> Vec<PatternFinding> {
        let mut slots: Vec<(Pair, (i64, Tried))> = self
            .slots
            .iter()
            .map(|((pair, at), tried)| (*pair, (*at, *tried)))
            .collect();
        slots.sort_unstable_by_key(|(pair, (at, _))| (*pair, *at));
        slots
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|chunk| {
                let (pair, _) = chunk.first()?;
                let slots: Vec<(i64, Tried)> = chunk.iter().map(|(_, slot)| *slot).collect();
                sliding(&slots, WINDOW).find_map(|window| finding(*pair, window, end, floods))
            })
            .collect()
    }
}

fn finding(
    (source, service): Pair,
    window: &[(i64, Tried)],
    end: Timestamp,
    floods: &Floods,
) -> Option<PatternFinding> {
    let span = |of: fn(&Tried) -> Option<Span>| {
        window
            .iter()
            .filter_map(|(_, tried)| of(tried))
            .reduce(|a, b| a.with(&b))
    };
    let answered = span(|tried| tried.answered)?;
    let unanswered = span(|tried| tried.unanswered)?;
    let mut dropped: Vec<Dropped> = window
        .iter()
        .flat_map(|(_, tried)| tried.dropped.iter().flatten().copied())
        .filter(|(time, _, _)| end.since(*time) >= PATIENCE_NS)
        .collect();
    dropped.sort_unstable();
    let mut ports: Vec<u16> = dropped.iter().map(|(_, _, port)| *port).collect();
    ports.sort_unstable();
    ports.dedup();
    let (last, _, _) = dropped.last()?;
    let (third, _, _) = dropped.get(TIMES - 1)?;
    let apart = unanswered.max < answered.min && answered.max - unanswered.min < 1 << 31;
    let ticks = answered.last.since(answered.first) / NS_PER_MS * TICKS_PER_MS + TICKS_OFF;
    let one_clock = i64::from(answered.max - answered.min) <= ticks;
    let enough = ports.len() >= TIMES && usize::try_from(answered.count).ok()? >= TIMES;
    if !(apart && one_clock && enough && answered.first < *last) {
        return None;
    }
    let (from, _) = window.first()?;
    let from = Timestamp(from.saturating_mul(SLOT_NS));
    let to = from.plus(WINDOW * SLOT_NS - 1);
    if !floods.answered_others(service, of_ip(source), from, to) {
        return None;
    }
    Some(PatternFinding {
        code: "HS023",
        case: None,
        subject: service.addr,
        tunnel: service.tunnel,
        time: third.plus(PATIENCE_NS),
        packets: dropped.iter().map(|(_, packet, _)| *packet).collect(),
        message: format!(
            "{lost} SYNs of {source} to {service}, sent again in vain, have TSvals up to {high}; {won} SYNs \
             of the same address within the same minute have TSvals from {low} on and were all answered, and so were \
             other addresses. This is consistent with several hosts behind one address, and a server (or a balancer \
             before it) that takes a lower timestamp for an old one; a filter that drops some of the hosts \
             looks alike.",
            lost = unanswered.count,
            high = unanswered.max,
            won = answered.count,
            low = answered.min,
        ),
        expected: Numbers::default().options("timestamps compared within a connection only"),
        observed: Numbers::default()
            .count(u64::from(unanswered.count))
            .options(format!("TSval {} to {}", unanswered.min, unanswered.max)),
        certainty: None,
        followers: 0,
    })
}
