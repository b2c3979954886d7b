//! Faults in resets.

use super::tools::{MS, S, answer, end_behind, last_ack, proven_vantage, slip, stays_open};
use super::{Mutator, Planted};
use crate::trace::dialogue::Monitor;
use crate::trace::random::Random;
use crate::trace::{ACK, Packet, RST, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};

/// The SYN is refused, with these faults of ack and seq.
fn refuse(trace: &mut Trace, ack_off: u32, seq: u32) -> Option<Planted> {
    let at = trace.first(Packet::is_syn_ack)?;
    end_behind(trace, at);
    let refused = &mut trace.packets[at];
    (refused.seq, refused.window) = (seq, 0);
    refused.ack = refused.ack.wrapping_add(ack_off);
    refused.flags = RST | ACK;
    refused.options.clear();
    Planted::at(trace, at)
}

/// A RST of the last segment's sender behind it, its number off by so much.
fn late_rst(trace: &mut Trace, off: u32, later_ns: i64) -> Option<usize> {
    let last = last_ack(trace)?;
    let mut rst = Packet {
        flags: RST,
        ack: 0,
        window: 0,
        time_ns: trace.packets[last].time_ns + later_ns,
        ..trace.packets[last].pure_ack_behind()
    };
    rst.seq = rst.seq.wrapping_add(off);
    Some(trace.insert(rst))
}

/// More data of the last segment's sender, so much later.
fn more_data(trace: &mut Trace, later_ns: i64) -> Option<usize> {
    let last = trace.last(|p| !p.has(RST))?;
    let time_ns = trace.packets[last_ack(trace)?].time_ns + later_ns;
    let more = Packet {
        data: vec![7; 100],
        time_ns,
        ..trace.packets[last].pure_ack_behind()
    };
    Some(trace.insert(more))
}

fn open_with_timestamps(plan: &mut crate::trace::dialogue::Plan, random: &mut Random) {
    stays_open(plan, random);
    plan.timestamps = true;
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "RS001",
        "a refusal acknowledges a wrong number",
        Definite,
        |trace, random| refuse(trace, slip(random), 0),
    )
    .case("wrong-ack")
    .real(),
    Mutator::new(
        "RS001",
        "a refusal has a number other than 0",
        Definite,
        |trace, random| refuse(trace, 0, random.within(1..u32::MAX)),
    )
    .case("seq-not-zero")
    .prepare(|plan, _| {
        // Elsewhere its SYN-ACK may have been lost on the way.
        plan.marked = true;
        plan.monitor = Monitor::Server;
    }),
    Mutator::new(
        "RS002",
        "a RST far outside the window",
        Likely,
        |trace, random| {
            let far = random.within(100_000_000..2_000_000_000);
            let at = late_rst(trace, far, 10 * MS)?;
            Planted::at(trace, at)
        },
    )
    .prepare(stays_open),
    Mutator::new("RS003", "RSTs answer RSTs", Likely, |trace, _| {
        let at = late_rst(trace, 0, 10 * MS)?;
        let ack = trace.packets[trace.last(|p| !p.has(RST))?].ack;
        let first = &mut trace.packets[at];
        (first.flags, first.ack) = (RST | ACK, ack);
        let first = first.clone();
        for round in 1..7 {
            let mut rst = first.clone();
            if round % 2 == 1 {
                rst = answer(&first, RST, 0);
                rst.seq = first.ack;
            }
            rst.time_ns = first.time_ns + round * MS;
            trace.insert(rst);
        }
        Planted::anywhere()
    })
    .prepare(stays_open),
    Mutator::new("RS004", "data behind the own RST", Likely, |trace, _| {
        let rst = late_rst(trace, 0, 10 * MS)?;
        more_data(trace, S)?;
        let by = trace.packets[rst].source;
        Planted::by(by)
    })
    .prepare(open_with_timestamps),
    Mutator::new("RS006", "a challenge ACK", Definite, |trace, _| {
        let rst = late_rst(trace, 500, 10 * MS)?;
        let sender = trace.packets[rst].source;
        let peer = trace.last(|p| p.source != sender)?;
        let challenge = Packet {
            time_ns: trace.packets[rst].time_ns + 100 * MS,
            ..trace.packets[peer].pure_ack_behind()
        };
        let challenge = Packet {
            ack: trace.packets[rst].seq.wrapping_sub(500),
            ..challenge
        };
        Planted::named(trace.insert(challenge))
    })
    .case("single")
    .prepare(stays_open),
    Mutator::new(
        "SQ002",
        "an acknowledgment goes back",
        Definite,
        |trace, random| {
            let last = last_ack(trace)?;
            let back = Packet {
                ack: trace.packets[last].ack.wrapping_sub(random.within(1..40)),
                time_ns: trace.packets[last].time_ns + S,
                ..trace.packets[last].pure_ack_behind()
            };
            let at = trace.insert(back);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, random| {
        proven_vantage(plan, random);
        open_with_timestamps(plan, random);
    }),
    Mutator::new(
        "SQ004",
        "the same numbers with other data",
        Definite,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            let mut again = trace.packets[at].clone();
            let octet = random.below(again.data.len());
            again.data[octet] ^= 0x55;
            again.time_ns += S / 2;
            let at = trace.insert(again);
            Planted::at(trace, at)
        },
    ),
    Mutator::new(
        "AT004",
        "source and destination are one socket",
        Definite,
        |trace, _| {
            let mut land = trace.packets[0].clone();
            land.source = land.destination;
            land.time_ns += S;
            Planted::named(trace.insert_as_is(land))
        },
    )
    .case("wire"),
    Mutator::new(
        "AT004",
        "a socket connects to itself",
        Definite,
        |trace, _| {
            let mut own = trace.packets[0].clone();
            let loopback = if own.source.is_ipv4() {
                std::net::IpAddr::from([127, 0, 0, 1])
            } else {
                std::net::Ipv6Addr::LOCALHOST.into()
            };
            own.source.set_ip(loopback);
            own.destination = own.source;
            own.time_ns += S;
            Planted::named(trace.insert_as_is(own))
        },
    )
    .case("loopback-self-connect")
    .real(),
];
