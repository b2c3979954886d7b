//! The patterns on made-up attempts.

use std::net::{IpAddr, Ipv4Addr};

use super::sketch::{mix, of_ip};
use super::{PatternFinding, Patterns};
use crate::flow::attempt::{Attempt, Outcome};
use crate::machine::surroundings::CaptureFacts;
use crate::segment::{NS_PER_MS, NS_PER_S, OptionSet, Socket, Timestamp};
use crate::seq::SeqNo;
use crate::settings::Settings;

mod cookies;
mod flood;
mod isn;
mod piles;
mod scan;
mod starve;
mod stealth;
mod timestamp_drop;

/// A time of day, so that seconds do not begin at zero.
const START: i64 = 1_700_000_000 * NS_PER_S;

pub fn ip(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(number))
}

/// Host `n` of 10.0.0.0/8.
pub fn host(n: u32) -> IpAddr {
    ip(0x0a00_0000 + n)
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp(START + ms * NS_PER_MS)
}

/// An attempt from `client` at `ms`, with random ISNs, completed and still open.
pub fn attempt(client: (IpAddr, u16), server: (IpAddr, u16), ms: i64) -> Attempt {
    let seed = mix(mix(u64::from(client.1)) ^ u64::try_from(ms).unwrap()) ^ of_ip(server.0);
    let isn = |seed: u64| SeqNo(u32::try_from(mix(seed) >> 32).unwrap());
    Attempt {
        client: Socket {
            ip: client.0,
            port: client.1,
        },
        server: Socket {
            ip: server.0,
            port: server.1,
        },
        tunnel: 0,
        packet: u64::try_from(ms).unwrap() + 1,
        time: at(ms),
        isn: isn(seed),
        tsval: None,
        tsval_max: None,
        ttl: 64,
        syn_fin: false,
        syns: 1,
        syn_acks: 1,
        server_isn: Some(isn(!seed)),
        outcome: Outcome::Completed,
        answered: Some(at(ms + 1)),
        closed: None,
        server_close_wait: None,
        client_close_wait: None,
        last: at(ms + 50),
        until: at(ms + 50),
        cut_short: false,
        offered: OptionSet::empty(),
        granted: Some(OptionSet::empty()),
        server_isn_moved: false,
        starved: None,
    }
}

/// The same, with another end.
pub fn ending(outcome: Outcome, mut attempt: Attempt) -> Attempt {
    attempt.outcome = outcome;
    if matches!(outcome, Outcome::Unanswered | Outcome::Refused) {
        (attempt.syn_acks, attempt.server_isn, attempt.answered) = (0, None, None);
        attempt.last = attempt.time;
    }
    attempt
}

pub fn take_in(attempts: &[Attempt]) -> Patterns {
    let mut patterns = Patterns::default();
    attempts.iter().for_each(|attempt| patterns.add(attempt));
    patterns
}

/// Findings for a capture that ends with the last of `attempts`.
pub fn findings(attempts: &[Attempt]) -> Vec<PatternFinding> {
    let facts = CaptureFacts {
        latest: attempts.iter().map(|a| a.last.max(a.time)).max().unwrap(),
        two_way: true,
        ..CaptureFacts::default()
    };
    findings_in(attempts, &facts)
}

/// Findings in the capture `facts`, the same in whatever order.
pub fn findings_in(attempts: &[Attempt], facts: &CaptureFacts) -> Vec<PatternFinding> {
    let settings = Settings::default();
    let (in_order, _) = take_in(attempts).findings(facts, &settings);
    let mut shuffled = attempts.to_vec();
    for round in 0..3 {
        shuffled.sort_by_key(|a| mix(a.packet ^ mix(round) ^ u64::from(a.client.port) << 40));
        let (other, _) = take_in(&shuffled).findings(facts, &settings);
        assert_eq!(other, in_order, "another order gives other findings");
    }
    in_order
}

/// Codes and cases.
pub fn codes(attempts: &[Attempt]) -> Vec<(&'static str, Option<&'static str>)> {
    findings(attempts)
        .iter()
        .map(|f| (f.code, f.case))
        .collect()
}
