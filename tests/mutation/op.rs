//! Faults in options.

use super::tools::{MS, S, end_behind, last_ack, stays_open};
use super::{Mutator, Planted};
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::{ACK, Packet, SYN, Trace, kind};
use tcpcheck::finding::Certainty::{Definite, Likely};

/// A segment behind the opening with room for one more option.
fn any(trace: &Trace, random: &mut Random) -> Option<usize> {
    const FULL: usize = 28;
    trace.any(random, |p| !p.has(SYN) && p.options.len() <= FULL)
}

fn with_timestamps(plan: &mut Plan, _: &mut Random) {
    plan.timestamps = true;
}

fn without_timestamps(plan: &mut Plan, _: &mut Random) {
    plan.timestamps = false;
}

fn without_sack(plan: &mut Plan, _: &mut Random) {
    plan.sack = false;
    plan.timestamps = false;
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "OP001",
        "an option of length 0",
        Definite,
        |trace, random| {
            let at = any(trace, random)?;
            trace.packets[at].options = vec![30, 0, 0, 0];
            Planted::at(trace, at)
        },
    )
    .prepare(without_timestamps),
    Mutator::new(
        "OP001",
        "an option longer than the header",
        Definite,
        |trace, random| {
            let at = any(trace, random)?;
            trace.packets[at].options = vec![1, 1, 254, 9];
            Planted::at(trace, at)
        },
    )
    .prepare(without_timestamps),
    Mutator::new(
        "OP002",
        "an MSS option of three octets",
        Definite,
        |trace, _| {
            let syn = trace.first(Packet::is_syn)?;
            trace.packets[syn].remove_option(kind::MSS);
            trace.packets[syn].options.extend([2, 3, 5]);
            Planted::at(trace, syn)
        },
    )
    .real(),
    Mutator::new(
        "OP003",
        "MSS on a segment without SYN",
        Definite,
        |trace, random| {
            let at = any(trace, random)?;
            trace.packets[at].set_option(kind::MSS, &1460u16.to_be_bytes());
            Planted::at(trace, at)
        },
    )
    .case("mss-or-sack-permitted")
    .real(),
    Mutator::new(
        "OP003",
        "window scale on a segment without SYN",
        Definite,
        |trace, random| {
            let at = any(trace, random)?;
            trace.packets[at].set_option(kind::WINDOW_SCALE, &[7]);
            Planted::at(trace, at)
        },
    )
    .case("ws-or-tfo")
    .real(),
    Mutator::new(
        "OP004",
        "SYN-ACK with a window scale that was not offered",
        Definite,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].set_option(kind::WINDOW_SCALE, &[7]);
            Planted::at(trace, at)
        },
    )
    .case("ws-or-ts")
    .prepare(|plan, _| plan.window_scale = None),
    Mutator::new(
        "OP004",
        "SYN-ACK permits SACK that was not offered",
        Definite,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].set_option(kind::SACK_PERMITTED, &[]);
            Planted::at(trace, at)
        },
    )
    .case("sack-permitted")
    .prepare(|plan, _| plan.sack = false),
    Mutator::new(
        "OP004",
        "SYN-ACK with MPTCP that was not offered",
        Definite,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            // MP_CAPABLE of version 1 with the server's key (RFC 8684, 3.1).
            let mut body = vec![0x01, 0x01];
            body.extend([7; 8]);
            trace.packets[at].set_option(kind::MPTCP, &body);
            Planted::at(trace, at)
        },
    )
    .case("mptcp")
    .real(),
    Mutator::new("OP013", "a SYN without MSS", Definite, |trace, _| {
        trace.packets[0].remove_option(kind::MSS);
        end_behind(trace, trace.first(Packet::is_pure_ack)?);
        Planted::at(trace, 0)
    })
    .case("mss-missing")
    .real(),
    Mutator::new(
        "OP013",
        "an MSS below what all networks carry",
        Definite,
        |trace, random| {
            let mss = random.within(64..536) as u16;
            trace.packets[0].set_option(kind::MSS, &mss.to_be_bytes());
            end_behind(trace, trace.first(Packet::is_pure_ack)?);
            Planted::at(trace, 0)
        },
    )
    .case("mss-small")
    .real(),
    Mutator::new(
        "OP005",
        "a window scale above 14",
        Definite,
        |trace, random| {
            let at = trace.first(Packet::is_syn)?;
            let shift = u8::try_from(random.within(15..256)).unwrap();
            trace.packets[at].set_option(kind::WINDOW_SCALE, &[shift]);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| plan.window_scale = Some(7))
    .real(),
    Mutator::new(
        "OP006",
        "data without the timestamps agreed on",
        Definite,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            trace.packets[at].remove_option(kind::TIMESTAMPS);
            Planted::at(trace, at)
        },
    )
    .prepare(with_timestamps),
    Mutator::new(
        "OP007",
        "timestamps that were not agreed on",
        Definite,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            trace.packets[at].set_timestamps(random.within(1..u32::MAX), 0);
            Planted::at(trace, at)
        },
    )
    .prepare(without_timestamps),
    Mutator::new(
        "OP008",
        "a timestamp that goes back",
        Likely,
        |trace, random| {
            let last = last_ack(trace)?;
            let mut data = Packet {
                data: vec![7; 100],
                time_ns: trace.packets[last].time_ns + S,
                ..trace.packets[last].pure_ack_behind()
            };
            let (tsval, echo) = data.timestamps()?;
            data.set_timestamps(tsval.wrapping_sub(random.within(100..5000)), echo);
            data.id = data.id.wrapping_add(1);
            let at = trace.insert_as_is(data);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, random| {
        stays_open(plan, random);
        with_timestamps(plan, random);
        // More than a timer could have made of it.
        plan.rtt_ns = plan.rtt_ns.min(80 * MS);
        plan.episode = None;
    }),
    Mutator::new(
        "OP009",
        "an echo of a timestamp never sent",
        Definite,
        |trace, random| {
            let at = trace.any(random, |p| p.is_pure_ack())?;
            let (tsval, echo) = trace.packets[at].timestamps()?;
            let ahead = random.within(100_000..1_000_000_000);
            trace.packets[at].set_timestamps(tsval, echo.wrapping_add(ahead));
            Planted::at(trace, at)
        },
    )
    .prepare(with_timestamps)
    .real(),
    Mutator::new("OP010", "a SYN with an echo", Definite, |trace, random| {
        let at = trace.first(Packet::is_syn)?;
        let (tsval, _) = trace.packets[at].timestamps()?;
        trace.packets[at].set_timestamps(tsval, random.within(1..u32::MAX));
        Planted::at(trace, at)
    })
    .prepare(with_timestamps)
    .real(),
    Mutator::new(
        "OP011",
        "SACK that was not permitted",
        Definite,
        |trace, _| {
            let at = trace.last(Packet::is_pure_ack)?;
            let ack = trace.packets[at].ack;
            // A duplicate report, so that nothing else is wrong with it.
            trace.packets[at].set_sack(&[(ack.wrapping_sub(2), ack.wrapping_sub(1))]);
            Planted::at(trace, at)
        },
    )
    .prepare(without_sack),
    Mutator::new(
        "OP012",
        "octets behind the end of the options",
        Definite,
        |trace, random| {
            let at = any(trace, random)?;
            trace.packets[at].options.extend([0, 0, 7]);
            Planted::at(trace, at)
        },
    )
    .real(),
    Mutator::new(
        "OP013",
        "an MSS of a few octets",
        Definite,
        |trace, random| {
            let at = trace.first(Packet::is_syn)?;
            let mss = u16::try_from(random.within(0..64)).unwrap();
            trace.packets[at].set_option(kind::MSS, &mss.to_be_bytes());
            end_behind(trace, at);
            Planted::at(trace, at)
        },
    )
    .case("mss-tiny")
    .real(),
    Mutator::new(
        "OP014",
        "two kinds of signature on a segment",
        Definite,
        |trace, random| {
            let at = any(trace, random)?;
            trace.packets[at].options.clear();
            trace.packets[at].set_option(kind::MD5, &[1; 16]);
            trace.packets[at].set_option(kind::AO, &[1; 14]);
            Planted::at(trace, at)
        },
    )
    .prepare(without_timestamps),
    Mutator::new(
        "OP015",
        "data with an outdated timestamp is taken in",
        Definite,
        |trace, _| {
            let last = last_ack(trace)?;
            let sender = trace.packets[last].source;
            let peer = trace.packets[last].destination;
            let echoed = trace
                .all(|p| p.source == peer && p.timestamps().is_some())
                .last()
                .copied()?;
            let (_, echo) = trace.packets[echoed].timestamps()?;
            let mut data = Packet {
                data: vec![7; 100],
                time_ns: trace.packets[last].time_ns + S,
                id: trace.packets[last].id.wrapping_add(1),
                ..trace.packets[last].pure_ack_behind()
            };
            let (_, its_echo) = data.timestamps()?;
            data.set_timestamps(echo.wrapping_sub(5), its_echo);
            let before = trace.packets[trace.last(|p| p.source == peer)?].clone();
            let ack = Packet {
                time_ns: data.time_ns + 100 * MS,
                ack: data.end(),
                seq: before.end(),
                flags: ACK,
                data: Vec::new(),
                ..before
            };
            assert_eq!(data.source, sender);
            trace.insert_as_is(data);
            let at = trace.insert(ack);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, random| {
        stays_open(plan, random);
        with_timestamps(plan, random);
    }),
];
