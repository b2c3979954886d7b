//! Limits that were reached, in words: what that means for the report.

use crate::flow::patterns::Patterns;
use crate::flow::table::Table;
use crate::limits::{self, ReportLimits};
use crate::report::model::LimitReached;
use crate::report::words;

/// What else than the table reaches limits, counted by it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Attempts that are counted in a flood's finding and not listed.
    pub folded: u64,
    /// Noteworthy segments that found no room.
    pub noted_dropped: u64,
    /// ICMP errors that found no room.
    pub icmp_dropped: u64,
    /// Ranges beyond a hole that found no room.
    pub islands_dropped: u64,
}

/// The limits that were reached while reading one capture.
pub fn of_the_capture(table: &Table, counts: Counts) -> Vec<LimitReached> {
    let reached = [
        limit(
            "lone-syns",
            limits::LONE_SYNS as u64,
            table.dropped(),
            |n, limit| {
                let syns = words::count(n, "SYN");
                format!(
                    "{syns} that waited for an answer given up, the oldest first, to keep at most \
                     {limit}; counted, not listed as connections"
                )
            },
        ),
        limit(
            "connections",
            limits::CONNECTIONS as u64,
            table.evicted(),
            |n, limit| {
                let connections = words::count(n, "open connection");
                format!(
                    "{connections} given up to keep at most {limit}, idle ones first; judged by \
                     what was captured until then, the half-open ones only counted"
                )
            },
        ),
        limit(
            "closed-connections",
            limits::CLOSED_CONNECTIONS as u64,
            table.forgotten(),
            |n, limit| {
                let connections = words::count(n, "closed connection");
                format!(
                    "{connections} forgotten early, to remember at most {limit}; all were judged, \
                     but a segment that came late would stand as a connection of its own"
                )
            },
        ),
        limit("flood-attempts", 0, counts.folded, |n, _| {
            let attempts = words::count(n, "attempt");
            format!("{attempts} counted in the finding about a flood, not listed as connections")
        }),
        limit(
            "events",
            limits::EVENTS as u64,
            counts.noted_dropped,
            |n, limit| {
                let segments = words::count(n, "unusual segment");
                format!(
                    "{segments} not judged one by one, on connections with more than {limit} of \
                     them"
                )
            },
        ),
        limit(
            "icmp-kinds",
            limits::ICMP_KINDS as u64,
            counts.icmp_dropped,
            |n, limit| {
                let errors = words::count(n, "ICMP error");
                format!("{errors} left out, on connections with more than {limit} kinds of them")
            },
        ),
        limit(
            "out-of-order-ranges",
            limits::OUT_OF_ORDER_RANGES as u64,
            counts.islands_dropped,
            |n, limit| {
                let ranges = words::count(n, "range");
                format!(
                    "{ranges} of data beyond a gap not kept, more than {limit} at a time; some \
                     retransmissions count as new data"
                )
            },
        ),
    ];
    reached.into_iter().flatten().collect()
}

/// The limits of what is counted over many connections. What was forgotten
/// counted least, so only small patterns can have been missed.
pub fn of_the_patterns(patterns: &Patterns) -> Vec<LimitReached> {
    patterns
        .forgotten()
        .into_iter()
        .filter_map(|(name, value, forgotten)| {
            limit(name, value as u64, forgotten, |n, limit| {
                let entries = words::count(n, "small count");
                format!(
                    "{entries} over many connections forgotten, to keep at most {limit}; a small \
                     or slow pattern (a flood, a scan, a pile-up) may have been missed"
                )
            })
        })
        .collect()
}

/// Why something is counted and not listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The report holds as many as it may.
    Limit,
    /// There was no room to set it aside.
    NoRoom,
}

/// How many are not listed, by cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LeftOut {
    limit: u64,
    no_room: u64,
}

impl LeftOut {
    /// Counts `count` more.
    pub const fn add(&mut self, count: u64, cause: Cause) {
        match cause {
            Cause::Limit => self.limit += count,
            Cause::NoRoom => self.no_room += count,
        }
    }
}

/// What of one capture is not listed in the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Unlisted {
    /// Connections.
    pub connections: LeftOut,
    /// Findings.
    pub findings: LeftOut,
}

/// The limits of the report that were reached by one capture. `listed`:
/// connections and findings listed so far; `failure`: why there is no room.
pub fn of_the_report(
    unlisted: Unlisted,
    limits: ReportLimits,
    listed: [u64; 2],
    failure: Option<&str>,
) -> Vec<LimitReached> {
    let [connections, findings] = listed;
    let kinds = [
        (
            "connections-listed",
            "connection",
            unlisted.connections,
            limits.connections,
            connections,
        ),
        (
            "findings-listed",
            "finding",
            unlisted.findings,
            limits.findings,
            findings,
        ),
    ];
    let mut reached = Vec::new();
    for (name, thing, left_out, most, listed) in kinds {
        let number = |n| {
            format!(
                "{} judged and counted, but not listed",
                words::count(n, thing)
            )
        };
        reached.extend(limit(name, most, left_out.limit, |n, limit| {
            format!("{}: {limit} are listed at most", number(n))
        }));
        let why = failure.unwrap_or("it is full");
        reached.extend(limit(name, listed, left_out.no_room, |n, _| {
            format!(
                "{}: there was no room to set them aside (temporary file: {why})",
                number(n)
            )
        }));
    }
    reached
}

/// `None` where it was not reached; `message` is given both numbers.
fn limit(
    name: &'static str,
    value: u64,
    reached: u64,
    message: impl FnOnce(u64, String) -> String,
) -> Option<LimitReached> {
    (reached > 0).then(|| LimitReached {
        limit: name,
        value,
        reached,
        message: message(reached, words::number(value)),
    })
}
