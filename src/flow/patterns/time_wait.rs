//! TW007: TIME-WAIT connections pile up at a client.
//!
//! Within 60 s at least 1000 connections from one address to one service end
//! with FINs of which the client's was first, so that the client holds
//! TIME-WAIT for each (case `many`); or 80 % of the ports that Linux gives out
//! by default, or ports that are taken again within that time (case
//! `near-port-limit`). Connections that end with RST leave no TIME-WAIT.
//!
//! Ports that are taken again are counted on one port in 64, to keep a slot small; so nothing is said before about a thousand were.
//! A slot is 10 s, so the 60 s begin at full tens of seconds.

use std::net::IpAddr;

use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use super::window::{sliding, slot};
use crate::finding::Numbers;
use crate::flow::attempt::Attempt;
use crate::limits;
use crate::segment::{NS_PER_S, Socket, Timestamp};
use crate::tunnel::Within;

/// A slot.
const SLOT_NS: i64 = 10 * NS_PER_S;
/// Slots in 60 s.
const WINDOW: i64 = 6;
/// Closed connections for the case `many`.
const MANY: u64 = 1000;
/// Closed connections for `near-port-limit`: 80 % of the 28232 ports from
/// 32768 to 60999.
const NEAR_LIMIT: u64 = 22_585;
/// Sampled ports that were taken again.
const REUSED: u64 = 16;
/// One port in so many is sampled.
const SAMPLED: u64 = 64;

/// Source and service.
type Pair = (IpAddr, Within<Socket>);

/// What a pair closed in a slot.
#[derive(Clone, Copy, Debug)]
struct Closed {
    closed: u64,
    /// Of these, on sampled ports.
    sampled: u64,
    /// The sampled ports, one bit each.
    ports: [u64; 16],
    /// When the first was closed, and the packet of its SYN.
    first: (Timestamp, u64),
}

impl Weight for Closed {
    fn weight(&self) -> u64 {
        self.closed
    }
}

/// Closed connections by source, service and slot.
#[derive(Debug)]
pub struct TimeWaits {
    slots: Bounded<(Pair, i64), Closed>,
}

impl Default for TimeWaits {
    fn default() -> TimeWaits {
        TimeWaits {
            slots: Bounded::new(limits::PATTERN_TIME_WAIT_SLOTS),
        }
    }
}

impl TimeWaits {
    /// Takes in one attempt.
    pub fn add(&mut self, attempt: &Attempt) {
        let Some((time, true)) = attempt.closed else {
            return;
        };
        let this = (time, attempt.packet);
        let key = ((attempt.client.ip, attempt.service()), slot(time, SLOT_NS));
        let closed = self.slots.entry(key, || Closed {
            closed: 0,
            sampled: 0,
            ports: [0; 16],
            first: this,
        });
        closed.closed += 1;
        closed.first = closed.first.min(this);
        if let Some(place) = sampled(attempt.client.port) {
            closed.sampled += 1;
            if let Some(bits) = closed.ports.get_mut(usize::from(place / 64)) {
                *bits |= 1 << (place % 64);
            }
        }
    }

    /// Slots that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.slots.given_up()
    }

    /// What there is to say, when TIME-WAIT lasts `two_msl_ns`.
    #[must_use]
    pub fn findings(&self, two_msl_ns: i64) -> Vec<PatternFinding> {
        let mut slots: Vec<(Pair, (i64, Closed))> = self
            .slots
            .iter()
            .map(|((pair, at), closed)| (*pair, (*at, *closed)))
            .collect();
        slots.sort_unstable_by_key(|(pair, (at, _))| (*pair, *at));
        slots
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|chunk| {
                let (pair, _) = chunk.first()?;
                let slots: Vec<(i64, Closed)> = chunk.iter().map(|(_, slot)| *slot).collect();
                finding(*pair, &slots, two_msl_ns)
            })
            .collect()
    }
}

/// A place of its own, below 1024, for each sampled port.
fn sampled(port: u16) -> Option<u16> {
    // A permutation of all ports; programs prefer even ones, or a range.
    let spread = (port ^ (port >> 7)).wrapping_mul(0x9e37);
    let spread = spread ^ (spread >> 9);
    (spread < 1024).then_some(spread)
}

/// Sampled ports that were taken again within the window.
fn reused(window: &[(i64, Closed)]) -> u64 {
    let sampled: u64 = window.iter().map(|(_, slot)| slot.sampled).sum();
    let bits = window.iter().fold([0_u64; 16], |mut all, (_, slot)| {
        for (bits, more) in all.iter_mut().zip(slot.ports) {
            *bits |= more;
        }
        all
    });
    let different: u64 = bits.iter().map(|b| u64::from(b.count_ones())).sum();
    sampled.saturating_sub(different)
}

fn finding(pair: Pair, slots: &[(i64, Closed)], two_msl_ns: i64) -> Option<PatternFinding> {
    let (source, service) = pair;
    let closed = |window: &[(i64, Closed)]| -> u64 { window.iter().map(|(_, s)| s.closed).sum() };
    let first = sliding(slots, WINDOW).find(|window| closed(window) >= MANY)?;
    let most = sliding(slots, WINDOW).map(closed).max()?;
    // What is taken again after the end of TIME-WAIT is fine.
    let in_time = two_msl_ns >= WINDOW * SLOT_NS;
    let reuse = sliding(slots, WINDOW).map(reused).max()?;
    let reuses = in_time && reuse >= REUSED;
    let near = most >= NEAR_LIMIT || reuses;
    let ports = if reuses {
        format!(
            " About {} of their ports were taken again within the same minute.",
            super::words::rounded(reuse * SAMPLED)
        )
    } else {
        String::new()
    };
    let effect = if near {
        "It is near the end of its ports for this service, or past it."
    } else {
        "Of the ports that Linux gives out by default there are 28232."
    };
    let packets = first.iter().map(|(_, slot)| slot.first.1).collect();
    let (_, last) = first.last()?;
    Some(PatternFinding {
        code: "TW007",
        case: Some(if near { "near-port-limit" } else { "many" }),
        subject: Socket {
            ip: source,
            port: 0,
        },
        tunnel: service.tunnel,
        time: last.first.0,
        packets,
        message: format!(
            "{source} closed {most} connections to {service} first within 60 s, and holds each in TIME-WAIT \
             for twice the MSL.{ports} {effect} Load generators do this on purpose; behind an address \
             translator there may be many hosts with ports of their own."
        ),
        expected: Numbers::default(),
        observed: Numbers::default().count(most).time(WINDOW * SLOT_NS),
        certainty: None,
        followers: 0,
    })
}
