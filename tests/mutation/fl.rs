//! Faults in flags and header, each a field of one segment.

use super::tools::{S, last_ack};
use super::{Mutator, Planted};
use crate::trace::random::Random;
use crate::trace::{ACK, FIN, PSH, Packet, RST, SYN, Trace, URG};
use tcpcheck::finding::Certainty::Definite;

/// A segment of its own, half a second behind the connection's last one.
fn stray(trace: &mut Trace, flags: u16) -> Option<Planted> {
    let last = last_ack(trace)?;
    let stray = Packet {
        flags,
        ack: if flags & ACK == 0 {
            0
        } else {
            trace.packets[last].ack
        },
        time_ns: trace.packets[last].time_ns + S / 2,
        ..trace.packets[last].pure_ack_behind()
    };
    let at = trace.insert(stray);
    Planted::at(trace, at)
}

fn data(trace: &Trace, random: &mut Random) -> Option<usize> {
    trace.any(random, Packet::is_data)
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new("FL001", "a segment without flags", Definite, |trace, _| {
        stray(trace, 0)
    }),
    Mutator::new("FL002", "SYN and FIN", Definite, |trace, _| {
        stray(trace, SYN | FIN)
    }),
    Mutator::new("FL003", "SYN and RST", Definite, |trace, _| {
        stray(trace, SYN | RST)
    }),
    Mutator::new("FL004", "RST and FIN", Definite, |trace, _| {
        stray(trace, RST | FIN | ACK)
    }),
    Mutator::new("FL005", "data without ACK", Definite, |trace, random| {
        let at = data(trace, random)?;
        let mut again = trace.packets[at].clone();
        again.flags = PSH;
        again.ack = 0;
        again.time_ns += 1;
        let at = trace.insert(again);
        Planted::at(trace, at)
    }),
    Mutator::new(
        "FL006",
        "a SYN with an acknowledgment number",
        Definite,
        |trace, random| {
            trace.packets[0].ack = random.within(1..u32::MAX);
            Planted::at(trace, 0)
        },
    ),
    Mutator::new("FL007", "a reserved bit", Definite, |trace, random| {
        let at = trace.any(random, |p| !p.has(SYN))?;
        trace.packets[at].flags |= *random.choose(&[0x200, 0x400, 0x800])?;
        Planted::at(trace, at)
    }),
    Mutator::new(
        "FL009",
        "URG with a pointer of zero",
        Definite,
        |trace, random| {
            let at = data(trace, random)?;
            trace.packets[at].flags |= URG;
            Planted::at(trace, at)
        },
    )
    .case("pointer-zero"),
];
