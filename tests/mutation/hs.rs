//! Faults in the opening.

use super::{Mutator, Planted};
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::{Packet, RST, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};

fn as_it_is(_: &mut Plan, _: &mut Random) {}

/// Leaves only the opening up to segment `at`.
fn end_behind(trace: &mut Trace, at: usize) {
    let client = trace.client();
    let keep =
        |at_: usize, p: &Packet| at_ <= at || (p.source != client && p.destination != client);
    let mut index = 0;
    trace.packets.retain(|packet| {
        let stays = keep(index, packet);
        index += 1;
        stays
    });
}

fn near(random: &mut Random) -> u32 {
    let off = random.within(1..500);
    if random.one_in(2) {
        off
    } else {
        0u32.wrapping_sub(off)
    }
}

/// The refusal that RFC 9293, 3.10.7.3 asks for.
fn reset_for(packet: &Packet) -> Packet {
    Packet {
        time_ns: packet.time_ns + 1000,
        source: packet.destination,
        destination: packet.source,
        seq: packet.ack,
        ack: 0,
        flags: RST,
        window: 0,
        options: Vec::new(),
        ..packet.clone()
    }
}

pub const MUTATORS: &[Mutator] = &[
    Mutator {
        rule: "HS001",
        case: None,
        what: "SYN-ACK acknowledges x+1 plus or minus a few",
        certainty: Definite,
        prepare: as_it_is,
        plant: |trace, random| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_add(near(random));
            end_behind(trace, at);
            trace.insert(reset_for(&trace.packets[at].clone()));
            Planted::at(trace, at)
        },
    },
    Mutator {
        rule: "HS003",
        case: None,
        what: "third segment acknowledges y or less",
        certainty: Definite,
        prepare: as_it_is,
        plant: |trace, random| {
            let at = trace.first(Packet::is_pure_ack)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_sub(random.within(1..500));
            Planted::at(trace, at)
        },
    },
    Mutator {
        rule: "HS003",
        case: None,
        what: "third segment acknowledges more than y+1",
        certainty: Likely,
        prepare: as_it_is,
        plant: |trace, random| {
            let at = trace.first(Packet::is_pure_ack)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_add(random.within(1..500));
            Planted::at(trace, at)
        },
    },
];
