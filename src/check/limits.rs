//! Limits that were reached, in words: what that means for the report.

use crate::decode::Decoder;
use crate::flow::patterns::Patterns;
use crate::flow::table::Table;
use crate::limits;
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
            limits::LONE_SYNS,
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
            limits::CONNECTIONS,
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
            limits::CLOSED_CONNECTIONS,
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
            limits::EVENTS,
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
            limits::ICMP_KINDS,
            counts.icmp_dropped,
            |n, limit| {
                let errors = words::count(n, "ICMP error");
                format!("{errors} left out, on connections with more than {limit} kinds of them")
            },
        ),
        limit(
            "out-of-order-ranges",
            limits::OUT_OF_ORDER_RANGES,
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
            limit(name, value, forgotten, |n, limit| {
                let entries = words::count(n, "small count");
                format!(
                    "{entries} over many connections forgotten, to keep at most {limit}; a small \
                     or slow pattern (a flood, a scan, a pile-up) may have been missed"
                )
            })
        })
        .collect()
}

/// The limits of taking frames apart.
pub fn of_the_decoder(decoder: &Decoder) -> Vec<LimitReached> {
    let (fragments, tunnels) = (decoder.fragments(), decoder.tunnels());
    let reached = [
        limit(
            "fragmented-packets",
            limits::FRAGMENTED_PACKETS,
            fragments.given_up(),
            |n, limit| {
                let packets = words::count(n, "packet");
                format!(
                    "{packets} in fragments given up before all of it had come, the oldest first, \
                     to keep at most {limit} (and {} MiB)",
                    limits::FRAGMENT_OCTETS / (1024 * 1024)
                )
            },
        ),
        limit(
            "fragment-overlaps",
            limits::FRAGMENT_OVERLAPS,
            fragments.overlaps_unlisted(),
            |n, limit| {
                let packets = words::count(n, "packet");
                format!(
                    "{packets} with overlapping fragments not told, to name at most {limit} pairs \
                     of addresses"
                )
            },
        ),
        limit("tunnels", limits::TUNNELS, tunnels.unnamed(), |n, limit| {
            let chains = words::count(n, "change");
            format!(
                "{chains} into a tunnel that has no name in the report, to keep at most {limit} \
                 names; connections in them are told apart all the same"
            )
        }),
    ];
    reached.into_iter().flatten().collect()
}

/// The limits of the report that were reached by one capture.
pub fn of_the_report(connections: u64, findings: u64) -> Vec<LimitReached> {
    let left_out = |n, limit, thing| {
        format!(
            "{} judged and counted, but not listed: {limit} are listed at most",
            words::count(n, thing)
        )
    };
    let reached = [
        limit(
            "connections-listed",
            limits::CONNECTIONS_LISTED,
            connections,
            |n, limit| left_out(n, limit, "connection"),
        ),
        limit("findings-listed", limits::FINDINGS, findings, |n, limit| {
            left_out(n, limit, "finding")
        }),
    ];
    reached.into_iter().flatten().collect()
}

/// `None` where it was not reached; `message` is given both numbers.
fn limit(
    name: &'static str,
    value: usize,
    reached: u64,
    message: impl FnOnce(u64, String) -> String,
) -> Option<LimitReached> {
    let value = value as u64;
    (reached > 0).then(|| LimitReached {
        limit: name,
        value,
        reached,
        message: message(reached, words::number(value)),
    })
}
