//! TD013: a service's connections pile up in CLOSE-WAIT.
//!
//! At least 10 connections with the same address and port of a server that
//! acknowledged its client's FIN and then, for 60 s and until the capture
//! ends, sent neither FIN nor RST nor anything new (as TD012 says of one). All that are stuck
//! are stuck to the end, so they are stuck at the same instant.
//!
//! Only servers are looked at: a client's ports differ, and pools of
//! client connections that notice the server's FIN only when they use the
//! connection next are common and harmless.

use std::collections::BinaryHeap;

use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use crate::finding::Numbers;
use crate::flow::attempt::Attempt;
use crate::limits;
use crate::segment::{NS_PER_S, Socket, Timestamp};
use crate::tunnel::Within;

/// Connections that make a pile.
const MIN_STUCK: usize = 10;
/// How long each has been silent.
const SILENT_NS: i64 = 60 * NS_PER_S;
/// Connections of a service that are kept, those that were stuck first.
const KEPT: usize = 256;
/// First SYNs that are named.
const NAMED: usize = 10;

/// When connections of a service went to CLOSE-WAIT for good, with the packet
/// of their SYN: the earliest ones, the latest of them on top.
#[derive(Clone, Debug, Default)]
struct Service {
    stuck: BinaryHeap<(Timestamp, u64)>,
    /// Some were given up.
    more: bool,
}

impl Weight for Service {
    fn weight(&self) -> u64 {
        u64::try_from(self.stuck.len()).unwrap_or(u64::MAX)
    }
}

/// The services with connections in CLOSE-WAIT.
#[derive(Debug)]
pub struct CloseWaits {
    services: Bounded<Within<Socket>, Service>,
}

impl Default for CloseWaits {
    fn default() -> CloseWaits {
        CloseWaits {
            services: Bounded::new(limits::PATTERN_CLOSE_WAIT_SERVICES),
        }
    }
}

impl CloseWaits {
    /// Takes in one attempt.
    pub fn add(&mut self, attempt: &Attempt) {
        let Some(since) = attempt.server_close_wait else {
            return;
        };
        let service = self.services.entry(attempt.service(), Service::default);
        service.stuck.push((since, attempt.packet));
        if service.stuck.len() > KEPT {
            service.stuck.pop();
            service.more = true;
        }
    }

    /// Services that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.services.given_up()
    }

    /// What there is to say of a capture that ends at `end`.
    #[must_use]
    pub fn findings(&self, end: Timestamp) -> Vec<PatternFinding> {
        self.services
            .iter()
            .filter_map(|(socket, service)| finding(*socket, service, end))
            .collect()
    }
}

fn finding(socket: Within<Socket>, service: &Service, end: Timestamp) -> Option<PatternFinding> {
    let mut stuck: Vec<(Timestamp, u64)> = service.stuck.iter().copied().collect();
    stuck.retain(|(since, _)| end.since(*since) >= SILENT_NS);
    stuck.sort_unstable();
    let (tenth, _) = stuck.get(MIN_STUCK - 1)?;
    let (first, _) = stuck.first()?;
    let n = stuck.len();
    let at_least = if service.more { "at least " } else { "" };
    Some(PatternFinding {
        code: "TD013",
        case: None,
        subject: socket.addr,
        tunnel: socket.tunnel,
        time: tenth.plus(SILENT_NS),
        packets: stuck
            .iter()
            .take(NAMED)
            .map(|(_, packet)| *packet)
            .collect(),
        message: format!(
            "{at_least}{n} connections of {socket} are in CLOSE-WAIT when the capture ends, each for \
             60 s or more: it has acknowledged the client's FIN and sent nothing since, neither data nor \
             FIN nor RST. This is consistent with a program that does not close its sockets at \
             end-of-file; one that computes for long and answers on half-closed connections looks alike."
        ),
        expected: Numbers::default(),
        observed: Numbers::default()
            .count(u64::try_from(n).unwrap_or(u64::MAX))
            .time(end.since(*first)),
        certainty: None,
        followers: 0,
    })
}
