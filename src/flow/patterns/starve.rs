//! AT010: connections that are completed and then left to starve.
//!
//! One source, or several of a network (/24, for IPv6 /64), opens at least 50
//! connections to one service within 60 s, and then
//! * keeps its window shut for 30 s or more, from the first segment behind its
//!   SYN or from its request on (`zero-window`): the server must hold
//!   what it wants to send, and ask again and again; or
//! * sends nothing for 30 s or more, and gets no more than a greeting (`silent`).
//!
//! A download that is paused had an open window before, so it does not count.
//! Who sends nothing until the capture ends counts only where the capture
//! was running all the time.
//!
//! A slot is 10 s, so the 60 s begin at full tens of seconds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use super::window::{sliding, slot};
use crate::finding::Numbers;
use crate::flow::attempt::Attempt;
use crate::limits;
use crate::machine::surroundings::CaptureFacts;
use crate::segment::{NS_PER_S, Socket, Timestamp};
use crate::tunnel::Within;

/// A slot.
const SLOT_NS: i64 = 10 * NS_PER_S;
/// Slots in 60 s.
const WINDOW: i64 = 6;
/// Connections.
const MANY: u64 = 50;
/// How long they starve.
const STARVED_NS: i64 = 30 * NS_PER_S;

/// Network and service.
type Pair = (IpAddr, Within<Socket>);

/// Starving connections of one kind in one slot.
#[derive(Clone, Copy, Debug)]
struct Count {
    connections: u64,
    /// The smallest and largest address that opened one.
    sources: (IpAddr, IpAddr),
    /// Time and packet of the first SYN.
    first: (Timestamp, u64),
}

impl Weight for Count {
    fn weight(&self) -> u64 {
        self.connections
    }
}

/// Starving connections by kind (with a shut window or not), pair and slot.
#[derive(Debug)]
pub struct Starving {
    slots: Bounded<(bool, Pair, i64), Count>,
}

impl Default for Starving {
    fn default() -> Starving {
        Starving {
            slots: Bounded::new(limits::PATTERN_STARVED_SLOTS),
        }
    }
}

impl Starving {
    /// Takes in one attempt.
    pub fn add(&mut self, attempt: &Attempt) {
        let Some(starved) = attempt.starved else {
            return;
        };
        let until = starved.closed.unwrap_or(attempt.until);
        if until.since(starved.since) < STARVED_NS {
            return;
        }
        let source = attempt.client.ip;
        let this = (attempt.time, attempt.packet);
        let pair = (network(source), attempt.service());
        let key = (starved.zero_window, pair, slot(attempt.time, SLOT_NS));
        let count = self.slots.entry(key, || Count {
            connections: 0,
            sources: (source, source),
            first: this,
        });
        count.connections += 1;
        let (low, high) = count.sources;
        count.sources = (low.min(source), high.max(source));
        count.first = count.first.min(this);
    }

    /// Slots that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.slots.given_up()
    }

    /// What there is to say.
    #[must_use]
    pub fn findings(&self, capture: &CaptureFacts) -> Vec<PatternFinding> {
        let was_running = |at: i64| {
            let due = Timestamp((at + 1).saturating_mul(SLOT_NS)).plus(STARVED_NS);
            capture.was_running(due, limits::PAUSE_NS + STARVED_NS)
        };
        let mut slots: Vec<((bool, Pair), (i64, Count))> = self
            .slots
            .iter()
            .filter(|((_, _, at), _)| was_running(*at))
            .map(|((zero_window, pair, at), count)| ((*zero_window, *pair), (*at, *count)))
            .collect();
        slots.sort_unstable_by_key(|(group, (at, _))| (*group, *at));
        slots
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|chunk| {
                let ((zero_window, pair), _) = chunk.first()?;
                let slots: Vec<(i64, Count)> = chunk.iter().map(|(_, slot)| *slot).collect();
                finding(*zero_window, *pair, &slots)
            })
            .collect()
    }
}

/// The /24 of an address, for IPv6 the /64.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & !0xff).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

fn finding(
    zero_window: bool,
    (network, service): Pair,
    slots: &[(i64, Count)],
) -> Option<PatternFinding> {
    let sum = |window: &[(i64, Count)]| -> u64 { window.iter().map(|(_, s)| s.connections).sum() };
    let first = sliding(slots, WINDOW).find(|window| sum(window) >= MANY)?;
    let most = sliding(slots, WINDOW).map(sum).max()?;
    let low = slots.iter().map(|(_, s)| s.sources.0).min()?;
    let high = slots.iter().map(|(_, s)| s.sources.1).max()?;
    let (subject, who) = if low == high {
        (low, low.to_string())
    } else {
        let length = if network.is_ipv4() { 24 } else { 64 };
        let who = format!("{low}, {high} and perhaps others of {network}/{length}");
        (network, who)
    };
    let (case, does, innocent) = if zero_window {
        (
            "zero-window",
            "kept the window at 0 from the beginning, for 30 s or more",
            "The server must keep what it wants to send, and probe; programs that read late look \
             alike, but not so many at once.",
        )
    } else {
        (
            "silent",
            "sent nothing for 30 s or more",
            "Pools of connections, browsers that connect in advance and health checks do the same; \
             a connection flood is made of them too.",
        )
    };
    let packets = first.iter().map(|(_, slot)| slot.first.1).collect();
    Some(PatternFinding {
        code: "AT010",
        case: Some(case),
        subject: Socket {
            ip: subject,
            port: 0,
        },
        tunnel: service.tunnel,
        time: first.first()?.1.first.0,
        packets,
        message: format!(
            "{who} completed {most} connections to {service} within 60 s, and then {does} on each. \
             {innocent}"
        ),
        expected: Numbers::default(),
        observed: Numbers::default().count(most).time(WINDOW * SLOT_NS),
        certainty: None,
        followers: 0,
    })
}
