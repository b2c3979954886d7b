//! Limits that were reached, in words: what that means for the report.

use std::ops::AddAssign;

use crate::capture::CaptureInfo;
use crate::decode::Decoder;
use crate::flow::patterns::Patterns;
use crate::flow::table::Table;
use crate::limits;
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::surroundings::CaptureFacts;
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
    /// Acknowledged ranges that were not captured and found no room.
    pub missing_dropped: u64,
    /// Damaged segments with data that found no room.
    pub damaged_dropped: u64,
    /// Changes of state that found no room.
    pub steps_dropped: u64,
    /// SYN-ACKs of services that found no room.
    pub listeners_dropped: u64,
}

impl Counts {
    /// Adds what a connection that is over found no room for.
    pub fn add_dropped(&mut self, connection: &Connection) {
        self.noted_dropped += connection.noted_dropped();
        self.steps_dropped += connection.timeline.dropped();
        self.damaged_dropped += connection.damaged_dropped();
        self.icmp_dropped += connection.icmp.dropped();
        for side in Side::BOTH {
            let stream = connection.ends.of(side).stream.as_ref();
            self.islands_dropped += stream.map_or(0, |stream| stream.islands_dropped());
            self.missing_dropped += stream.map_or(0, |stream| stream.missing_dropped());
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        self.folded += more.folded;
        self.noted_dropped += more.noted_dropped;
        self.icmp_dropped += more.icmp_dropped;
        self.islands_dropped += more.islands_dropped;
        self.missing_dropped += more.missing_dropped;
        self.damaged_dropped += more.damaged_dropped;
        self.steps_dropped += more.steps_dropped;
        self.listeners_dropped += more.listeners_dropped;
    }
}

/// The limits that were reached while reading one capture; `of_tables` sums up over its tables.
pub fn of_the_capture(
    of_tables: impl Fn(fn(&Table) -> u64) -> u64,
    counts: Counts,
) -> Vec<LimitReached> {
    let reached = [
        limit(
            "half-open-segments",
            limits::HALF_OPEN_SEGMENTS,
            of_tables(Table::dropped),
            |n, limit| {
                let connections = words::count(n, "half-open connection");
                format!(
                    "{connections} given up, those that had waited longest first, to keep at \
                     most {limit} SYNs and SYN-ACKs; counted, not listed"
                )
            },
        ),
        limit(
            "connections",
            limits::CONNECTIONS,
            of_tables(Table::evicted),
            |n, limit| {
                let connections = words::count(n, "open connection");
                format!(
                    "{connections} given up to keep at most {limit}, idle ones first; judged by \
                     what was captured until then, the half-open ones only counted"
                )
            },
        ),
        limit(
            "connection-octets",
            limits::CONNECTION_OCTETS,
            of_tables(Table::outweighed),
            |n, limit| {
                let connections = words::count(n, "open connection");
                format!(
                    "{connections} given up to remember all of them in at most {limit} octets, \
                     idle ones first; judged by what was captured until then, the half-open ones \
                     only counted"
                )
            },
        ),
        limit(
            "closed-connections",
            limits::CLOSED_CONNECTIONS,
            of_tables(Table::forgotten),
            |n, limit| {
                let connections = words::count(n, "closed connection");
                format!(
                    "{connections} forgotten early, to remember at most {limit}; all were judged, \
                     but a segment that came late would stand as a connection of its own"
                )
            },
        ),
        limit(
            "drawn-octets",
            limits::DRAWN_OCTETS,
            of_tables(Table::reduced),
            |n, limit| {
                let connections = words::count(n, "connection");
                format!(
                    "{connections} drawn in few segments, to keep all drawings in at most {limit} \
                     octets; judged like all others"
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
        limit(
            "missing-ranges",
            limits::MISSING_RANGES,
            counts.missing_dropped,
            |n, limit| {
                let ranges = words::count(n, "range");
                format!(
                    "{ranges} of data that was acknowledged and not captured only counted, beyond \
                     the first {limit} of a direction"
                )
            },
        ),
        limit(
            "damaged-segments",
            limits::DAMAGED_SEGMENTS,
            counts.damaged_dropped,
            |n, limit| {
                let segments = words::count(n, "damaged segment");
                format!(
                    "{segments} taken as never sent, beyond {limit} of a direction that wait for \
                     their octets to come in good order"
                )
            },
        ),
        limit(
            "timeline-steps",
            limits::TIMELINE_STEPS,
            counts.steps_dropped,
            |n, limit| {
                let steps = words::count(n, "change");
                format!(
                    "{steps} of state not listed, on connections with more than {limit} of them"
                )
            },
        ),
    ];
    reached.into_iter().flatten().collect()
}

/// The limits of what is remembered of the capture as a whole.
pub fn of_the_facts(facts: &CaptureFacts, counts: Counts) -> Vec<LimitReached> {
    let reached = [
        limit(
            "listeners",
            limits::LISTENERS,
            counts.listeners_dropped,
            |n, limit| {
                let answers = words::count(n, "SYN-ACK");
                format!(
                    "{answers} of services beyond the first {limit} that answered; for those it \
                     is not remembered that they listen"
                )
            },
        ),
        limit(
            "pauses",
            limits::PAUSES,
            facts.pauses_dropped,
            |n, limit| {
                let pauses = words::count(n, "pause");
                format!(
                    "{pauses} of the capture not remembered, beyond the first {limit}; after those \
                 nothing is said about what an endpoint failed to send"
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

/// The limits of what is kept of the file itself.
pub fn of_the_file(info: &CaptureInfo) -> Vec<LimitReached> {
    let left_out = info
        .comment_count
        .saturating_sub(info.comments.len() as u64);
    let comments = limit("comments", limits::COMMENTS, left_out, |n, limit| {
        let comments = words::count(n, "comment");
        format!("{comments} in the file left out: {limit} are kept at most")
    });
    comments.into_iter().collect()
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
                     to keep at most {limit} (and {} MiB, and {} pieces of one)",
                    limits::FRAGMENT_OCTETS / (1024 * 1024),
                    words::number(limits::FRAGMENT_PIECES as u64)
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

/// `None` where it was not reached; `message` is given both numbers.
pub fn limit(
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
