//! Faults that show only over many connections: each a dialogue with others beside it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::tools::{MS, S, answer, four_way};
use super::{Mutator, Planted};
use crate::trace::dialogue::{Close, Plan};
use crate::trace::random::Random;
use crate::trace::{ACK, FIN, PSH, Packet, RST, SYN, Trace, URG, kind};
use tcpcheck::finding::Certainty::Likely;

/// The segments of the dialogue up to (and with) index `until`.
fn model(trace: &Trace, until: usize) -> Vec<Packet> {
    trace
        .all(|_| true)
        .iter()
        .take_while(|at| **at <= until)
        .map(|at| trace.packets[*at].clone())
        .collect()
}

/// An address that no other part of the capture uses.
fn host(like: IpAddr, number: u16) -> IpAddr {
    let [high, low] = number.to_be_bytes();
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(172, 16, high, low)),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, number, 0, 0, 0, 9)),
    }
}

/// The same conversation with another client socket and other numbers, `shift_ns` later.
fn copy(model: &[Packet], client: SocketAddr, isns: (u32, u32), shift_ns: i64) -> Vec<Packet> {
    let own = model[0].source;
    let iss = model.iter().find(|p| p.is_syn_ack()).map_or(0, |p| p.seq);
    let off = (isns.0.wrapping_sub(model[0].seq), isns.1.wrapping_sub(iss));
    let moved = |packet: &Packet| {
        let mut packet = packet.clone();
        packet.time_ns += shift_ns;
        let by_client = packet.source == own;
        let (seq, ack) = if by_client { off } else { (off.1, off.0) };
        packet.seq = packet.seq.wrapping_add(seq);
        if packet.has(ACK) {
            packet.ack = packet.ack.wrapping_add(ack);
        }
        for socket in [&mut packet.source, &mut packet.destination] {
            if *socket == own {
                *socket = client;
            }
        }
        packet
    };
    model.iter().map(moved).collect()
}

/// Puts packets among the others, in order of time.
fn add(trace: &mut Trace, more: Vec<Packet>) {
    trace.packets.extend(more);
    trace.packets.sort_by_key(|packet| packet.time_ns);
}

fn numbers(random: &mut Random) -> (u32, u32) {
    (random.within(0..u32::MAX), random.within(0..u32::MAX))
}

/// Who floods.
#[derive(Clone, Copy)]
enum Sources {
    /// A host of its own in a network of its own for each SYN.
    Everywhere,
    /// Many hosts of one network.
    OneNetwork,
    /// One host.
    One,
    /// One address with several distances.
    OneAddress,
}

impl Sources {
    fn address(self, like: IpAddr, number: u16) -> IpAddr {
        match (self, like) {
            (Sources::Everywhere, _) => host(like, number.wrapping_mul(263)),
            (Sources::OneNetwork, IpAddr::V4(_)) => host(like, 512 + number % 250),
            (Sources::OneNetwork, IpAddr::V6(_)) => {
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 1, 0, 0, 0, number))
            }
            (Sources::One | Sources::OneAddress, _) => host(like, 7),
        }
    }
}

/// So many SYNs to the server; its answers keep their options or lose them.
fn flood(
    trace: &mut Trace,
    random: &mut Random,
    sources: Sources,
    (count, from_s): (u16, i64),
    options: bool,
) -> Option<Planted> {
    let opening = model(trace, trace.first(Packet::is_syn_ack)?);
    let (first, like) = (trace.packets[0].time_ns, trace.client().ip());
    let mut more = Vec::new();
    for number in 0..count {
        let client = SocketAddr::new(sources.address(like, number), 2000 + number);
        let shift = from_s * S + i64::from(number) * 15 * MS;
        let mut pair = copy(&opening, client, numbers(random), shift);
        pair[1].time_ns = first + shift + MS;
        if matches!(sources, Sources::OneAddress) {
            pair[0].ttl = 40 + (number % 5) as u8 * 3;
        }
        if !options {
            pair[1].options.clear();
            pair[1].set_option(kind::MSS, &1400u16.to_be_bytes());
        }
        more.extend(pair);
    }
    add(trace, more);
    Planted::anywhere()
}

/// So many probes of one socket after the other.
fn scan(
    trace: &mut Trace,
    random: &mut Random,
    flags: u16,
    horizontal: bool,
    answered: bool,
) -> Option<Planted> {
    let scanner = SocketAddr::new(host(trace.client().ip(), 7), 45_195);
    let (seq, ack) = (random.within(0..u32::MAX), random.within(1..u32::MAX));
    let mut more = Vec::new();
    for number in 0..24 + random.within(0..10) as u16 {
        let server = trace.server().ip();
        let target = if horizontal {
            SocketAddr::new(host(server, 1000 + number), 22)
        } else {
            SocketAddr::new(server, 1000 + number)
        };
        let probe = Packet {
            source: scanner,
            destination: target,
            time_ns: trace.packets[0].time_ns + i64::from(number) * 50 * MS,
            seq,
            ack: if flags & ACK == 0 { 0 } else { ack },
            flags,
            window: 1024,
            options: Vec::new(),
            data: Vec::new(),
            ..trace.packets[0].clone()
        };
        if answered {
            let mut rst = answer(&probe, RST | ACK, MS);
            (rst.seq, rst.window) = (0, 0);
            if flags & ACK != 0 {
                (rst.flags, rst.seq, rst.ack) = (RST, ack, 0);
            }
            more.push(rst);
        }
        more.push(probe);
    }
    add(trace, more);
    Planted::anywhere()
}

/// The same, where a port that is open stays silent.
fn stealthy(trace: &mut Trace, random: &mut Random, flags: u16) -> Option<Planted> {
    let answered = random.one_in(2);
    scan(trace, random, flags, false, answered)
}

fn short(plan: &mut Plan, random: &mut Random) {
    four_way(plan, random);
    plan.turns = vec![(1, 1)];
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "AT001",
        "SYNs from everywhere, and no third segment",
        Likely,
        |trace, random| flood(trace, random, Sources::Everywhere, (130, 1), true),
    )
    .case("spoofed"),
    Mutator::new(
        "AT001",
        "SYNs from one network, and no third segment",
        Likely,
        |trace, random| flood(trace, random, Sources::OneNetwork, (130, 1), true),
    )
    .case("several-sources"),
    Mutator::new(
        "AT001",
        "SYNs from one host, and no third segment",
        Likely,
        |trace, random| flood(trace, random, Sources::One, (130, 1), true),
    )
    .case("single-source"),
    Mutator::new(
        "AT001",
        "SYNs from one address, but several distances",
        Likely,
        |trace, random| flood(trace, random, Sources::OneAddress, (130, 1), true),
    )
    .case("single-address-several-hosts"),
    Mutator::new(
        "AT002",
        "SYNs to one port after the other",
        Likely,
        |trace, random| scan(trace, random, SYN, false, true),
    )
    .case("vertical"),
    Mutator::new(
        "AT002",
        "SYNs to one host after the other",
        Likely,
        |trace, random| scan(trace, random, SYN, true, true),
    )
    .case("horizontal"),
    Mutator::new(
        "AT003",
        "segments without flags to one port after the other",
        Likely,
        |trace, random| stealthy(trace, random, 0),
    )
    .case("null"),
    Mutator::new(
        "AT003",
        "FINs to one port after the other",
        Likely,
        |trace, random| stealthy(trace, random, FIN),
    )
    .case("fin"),
    Mutator::new(
        "AT003",
        "FIN, PSH, URG to one port after the other",
        Likely,
        |trace, random| stealthy(trace, random, FIN | PSH | URG),
    )
    .case("xmas"),
    Mutator::new(
        "AT003",
        "SYN and FIN to one port after the other",
        Likely,
        |trace, random| stealthy(trace, random, SYN | FIN),
    )
    .case("syn-fin"),
    Mutator::new(
        "AT003",
        "FIN, ACK to one port after the other",
        Likely,
        |trace, random| stealthy(trace, random, FIN | ACK),
    )
    .case("maimon"),
    Mutator::new(
        "AT003",
        "ACKs to one port after the other",
        Likely,
        |trace, random| stealthy(trace, random, ACK),
    )
    .case("ack"),
    Mutator::new(
        "AT009",
        "answers lose their options when the queue is full",
        Likely,
        |trace, random| {
            flood(trace, random, Sources::Everywhere, (40, 1), true)?;
            flood(trace, random, Sources::Everywhere, (120, 2), false)
        },
    )
    .prepare(|plan, _| {
        (plan.sack, plan.window_scale) = (true, Some(7));
        (plan.timestamps, plan.ecn) = (false, false);
    }),
    Mutator::new(
        "HS020",
        "a scanner's ISNs in even steps",
        Likely,
        |trace, random| {
            let syn = model(trace, 0);
            let (isn, step) = (random.within(0..u32::MAX), random.within(2..3_000_000));
            let ip = host(trace.client().ip(), 7);
            let mut more = Vec::new();
            for number in 0..10u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                let own = isn.wrapping_add(step.wrapping_mul(u32::from(number)));
                let probe = copy(&syn, client, (own, 0), S + i64::from(number) * 200 * MS);
                let mut rst = answer(&probe[0], RST | ACK, MS);
                (rst.seq, rst.window) = (0, 0);
                more.extend(probe);
                more.push(rst);
            }
            add(trace, more);
            Planted::anywhere()
        },
    )
    .case("packet-generator"),
    Mutator::new(
        "AT010",
        "fifty connections whose window stays closed",
        Likely,
        |trace, random| {
            let third = trace.first(Packet::is_pure_ack)?;
            let opening = model(trace, third);
            let ip = host(trace.client().ip(), 7);
            let mut more = Vec::new();
            for number in 0..55u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                let mut few = copy(
                    &opening,
                    client,
                    numbers(random),
                    i64::from(number) * 100 * MS + S,
                );
                few[2].window = 0;
                more.extend(few);
            }
            add(trace, more);
            Planted::anywhere()
        },
    )
    .case("zero-window"),
    Mutator::new(
        "AT010",
        "fifty connections on which nothing is said",
        Likely,
        |trace, random| {
            let third = trace.first(Packet::is_pure_ack)?;
            let opening = model(trace, third);
            let ip = host(trace.client().ip(), 7);
            let mut more = Vec::new();
            for number in 0..55u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                let shift = i64::from(number) * 100 * MS + S;
                more.extend(copy(&opening, client, numbers(random), shift));
            }
            add(trace, more);
            Planted::anywhere()
        },
    )
    .case("silent"),
    Mutator::new(
        "HS020",
        "a client's ISNs in even steps",
        Likely,
        |trace, random| {
            let all = model(trace, trace.packets.len());
            let (isn, step) = (random.within(0..u32::MAX), random.within(2..3_000_000));
            let ip = host(trace.client().ip(), 7);
            let mut more = Vec::new();
            for number in 0..10u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                let own = isn.wrapping_add(step.wrapping_mul(u32::from(number)));
                let isns = (own, random.within(0..u32::MAX));
                more.extend(copy(&all, client, isns, i64::from(number) * 3 * S));
            }
            add(trace, more);
            Planted::anywhere()
        },
    )
    .case("plain")
    .prepare(short),
    Mutator::new(
        "HS023",
        "SYNs with older timestamps stay unanswered",
        Likely,
        |trace, random| {
            let opening = model(trace, trace.first(Packet::is_pure_ack)?);
            let ip = host(trace.client().ip(), 7);
            let newer = random.within(500_000..900_000);
            let older = random.within(1000..100_000);
            let mut more = Vec::new();
            for number in 0..4u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                let shift = i64::from(number) * 200 * MS;
                let mut few = copy(&opening, client, numbers(random), shift);
                for packet in &mut few {
                    let (tsval, echo) = packet.timestamps()?;
                    let from_client = packet.source == client;
                    let elapsed =
                        u32::try_from((packet.time_ns - opening[0].time_ns) / MS).unwrap();
                    if from_client {
                        packet.set_timestamps(newer + elapsed, echo);
                    } else {
                        packet.set_timestamps(tsval, newer + u32::from(number) * 200);
                    }
                }
                more.extend(few);
            }
            for number in 10..14u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                let syn = copy(
                    &opening[..1],
                    client,
                    numbers(random),
                    i64::from(number) * 100 * MS,
                );
                for pause in [0, 1, 3, 7] {
                    let mut again = syn[0].clone();
                    again.time_ns += pause * S;
                    let elapsed = u32::try_from((again.time_ns - opening[0].time_ns) / MS).unwrap();
                    again.set_timestamps(older + elapsed, 0);
                    more.push(again);
                }
            }
            add(trace, more);
            Planted::anywhere()
        },
    )
    .prepare(|plan, random| {
        short(plan, random);
        plan.timestamps = true;
    }),
    Mutator::new(
        "TD013",
        "a service closes none of a dozen connections",
        Likely,
        |trace, random| {
            let fin = super::tools::first_fin(trace)?;
            let some = model(trace, fin + 1);
            let ip = host(trace.client().ip(), 7);
            let mut more = Vec::new();
            for number in 0..12u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                more.extend(copy(&some, client, numbers(random), i64::from(number) * S));
            }
            add(trace, more);
            Planted::anywhere()
        },
    )
    .prepare(|plan, random| {
        short(plan, random);
        plan.close = Close::ByClient;
    }),
    Mutator::new(
        "TW007",
        "a thousand connections in a minute, closed by the client",
        Likely,
        |trace, random| {
            let all = model(trace, trace.packets.len());
            let ip = host(trace.client().ip(), 7);
            let mut more = Vec::new();
            for number in 0..1040u16 {
                let client = SocketAddr::new(ip, 2000 + number * 7);
                more.extend(copy(
                    &all,
                    client,
                    numbers(random),
                    i64::from(number) * 20 * MS,
                ));
            }
            add(trace, more);
            Planted::anywhere()
        },
    )
    .case("many")
    .rarely()
    .prepare(|plan, random| {
        short(plan, random);
        plan.turns.clear();
        plan.close = Close::ByClient;
    }),
];
