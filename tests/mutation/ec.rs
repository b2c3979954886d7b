//! Faults in congestion marks and checksums.

use super::{Mutator, Planted};
use crate::exchange::wire::Sum;
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::{AE, CWR, ECE, Packet, SYN};
use tcpcheck::finding::Certainty::{Definite, Likely};

fn no_ecn(plan: &mut Plan, _: &mut Random) {
    plan.ecn = false;
}

fn ecn(plan: &mut Plan, _: &mut Random) {
    plan.ecn = true;
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "EC001",
        "SYN-ACK agrees to ECN that was not offered",
        Definite,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].flags |= ECE;
            Planted::at(trace, at)
        },
    )
    .case("unsolicited")
    .prepare(no_ecn),
    Mutator::new(
        "EC002",
        "data marked ECN-capable without agreement",
        Definite,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            trace.packets[at].ecn = 2;
            Planted::at(trace, at)
        },
    )
    .prepare(no_ecn),
    Mutator::new("EC003", "a SYN marked ECN-capable", Definite, |trace, _| {
        trace.packets[0].ecn = 2;
        Planted::at(trace, 0)
    })
    .prepare(ecn),
    Mutator::new(
        "EC004",
        "a congestion mark that is not echoed",
        Likely,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            trace.packets[at].ecn = 3;
            let (end, by) = (trace.packets[at].end(), trace.packets[at].destination);
            let acks =
                |p: &Packet| p.source == by && !p.has(SYN) && (p.ack.wrapping_sub(end) as i32) >= 0;
            let echo = trace.all(acks).into_iter().find(|index| *index > at)?;
            Planted::at(trace, echo)
        },
    )
    .prepare(ecn),
    Mutator::new(
        "EC006",
        "a reserved combination in the SYN",
        Definite,
        |trace, _| {
            trace.packets[0].flags |= AE;
            Planted::at(trace, 0)
        },
    )
    .case("reserved")
    .prepare(no_ecn),
    Mutator::new("EC007", "CWR without ECN", Definite, |trace, random| {
        let at = trace.any(random, Packet::is_data)?;
        trace.packets[at].flags |= CWR;
        Planted::at(trace, at)
    })
    .prepare(no_ecn),
    Mutator::new("CS001", "a wrong checksum", Likely, |trace, random| {
        // A good copy follows, as from a sender that has waited in vain.
        let at = trace.any(random, Packet::is_data)?;
        let mut damaged = trace.packets[at].clone();
        damaged.sum = Sum::Bad;
        damaged.time_ns -= 1;
        let at = trace.insert_as_is(damaged);
        Planted::named(at)
    }),
    Mutator::new(
        "CS002",
        "a damaged segment is acknowledged",
        Likely,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            trace.packets[at].sum = Sum::Bad;
            Planted::by(trace.packets[at].destination)
        },
    ),
];
