//! Faults in SACK blocks and acknowledgments.

use super::tools::{S, last_ack, stays_open};
use super::{Mutator, Planted};
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::{Packet, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};

fn sack(plan: &mut Plan, random: &mut Random) {
    stays_open(plan, random);
    plan.sack = true;
    plan.timestamps = false;
}

/// The last ACK once more, half a second later, with blocks at these
/// distances from its number.
fn report(trace: &mut Trace, blocks: &[(i32, i32)]) -> Option<Planted> {
    let last = last_ack(trace)?;
    let mut ack = Packet {
        time_ns: trace.packets[last].time_ns + S / 2,
        ..trace.packets[last].pure_ack_behind()
    };
    let number = |off: i32| ack.ack.wrapping_add(off as u32);
    let blocks: Vec<_> = blocks
        .iter()
        .map(|(left, right)| (number(*left), number(*right)))
        .collect();
    ack.set_sack(&blocks);
    let at = trace.insert(ack);
    Planted::at(trace, at)
}

/// So many octets of the end that the last ACK is for.
fn off(random: &mut Random) -> i32 {
    random.within(2..300) as i32
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "SQ005",
        "a SACK block below the first octet",
        Likely,
        |trace, random| {
            let last = trace.packets[last_ack(trace)?].clone();
            let peer = trace.first(|p| p.source == last.destination)?;
            let (iss, ack) = (trace.packets[peer].seq, last.ack);
            let below = iss.wrapping_sub(ack).wrapping_sub(off(random) as u32) as i32;
            report(trace, &[(below, -1)])
        },
    )
    .case("block-wrong")
    .prepare(sack),
    Mutator::new(
        "SQ006",
        "a second SACK block below the ACK",
        Definite,
        |trace, random| {
            let back = off(random);
            report(trace, &[(-20, -10), (-40 - back, -30)])
        },
    )
    .prepare(sack),
    Mutator::new("SQ007", "an empty SACK block", Definite, |trace, random| {
        let back = off(random);
        report(trace, &[(-back, -back)])
    })
    .prepare(sack),
    Mutator::new(
        "SQ007",
        "an inverted SACK block",
        Definite,
        |trace, random| {
            let back = off(random);
            report(trace, &[(-1, -1 - back)])
        },
    )
    .prepare(sack),
    Mutator::new(
        "SQ008",
        "a SACK block around the ACK",
        Definite,
        |trace, random| {
            let at = trace.any(random, |p| p.is_data() && p.data.len() > 1000)?;
            let _ = at;
            let back = off(random);
            report(trace, &[(-back, 1)])
        },
    )
    .prepare(sack),
];
