//! Faults in flags and header, each a field of one segment.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::tools::{S, last_ack};
use super::{Mutator, Planted};
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{ACK, FIN, PSH, Packet, Quirk, RST, SYN, Trace, URG};
use tcpcheck::finding::Certainty::{Definite, Likely};

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
    })
    .real(),
    Mutator::new("FL002", "SYN and FIN", Definite, |trace, _| {
        stray(trace, SYN | FIN)
    })
    .real(),
    Mutator::new("FL003", "SYN and RST", Definite, |trace, _| {
        stray(trace, SYN | RST)
    })
    .real(),
    Mutator::new("FL004", "RST and FIN", Definite, |trace, _| {
        stray(trace, RST | FIN | ACK)
    })
    .real(),
    Mutator::new("FL005", "data without ACK", Definite, |trace, random| {
        let at = data(trace, random)?;
        let mut again = trace.packets[at].clone();
        again.flags = PSH;
        again.ack = 0;
        again.time_ns += 1;
        let at = trace.insert(again);
        Planted::at(trace, at)
    })
    .real(),
    Mutator::new(
        "FL006",
        "a SYN with an acknowledgment number",
        Definite,
        |trace, random| {
            trace.packets[0].ack = random.within(1..u32::MAX);
            Planted::at(trace, 0)
        },
    )
    .real(),
    Mutator::new("FL007", "a reserved bit", Definite, |trace, random| {
        let at = trace.any(random, |p| !p.has(SYN))?;
        trace.packets[at].flags |= *random.choose(&[0x200, 0x400, 0x800])?;
        Planted::at(trace, at)
    })
    .real(),
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
    .case("pointer-zero")
    .real(),
    Mutator::new(
        "FL008",
        "a data offset below five",
        Definite,
        |trace, random| {
            let at = data(trace, random)?;
            let mut odd = trace.packets[at].clone();
            odd.quirk = Quirk::Offset(random.within(0..5) as u8);
            odd.time_ns += 1;
            {
                let at = trace.insert(odd);
                Planted::at(trace, at)
            }
        },
    )
    .real(),
    Mutator::new(
        "FL008",
        "a data offset behind the end",
        Definite,
        |trace, random| {
            let at = data(trace, random)?;
            let mut odd = trace.packets[at].pure_ack_behind();
            let words = 5 + odd.options.len().div_ceil(4);
            odd.quirk = Quirk::Offset(u8::try_from(words + 1 + random.below(15 - words)).unwrap());
            odd.time_ns += 1;
            {
                let at = trace.insert(odd);
                Planted::at(trace, at)
            }
        },
    )
    .real(),
    Mutator::new(
        "FL009",
        "an urgent octet that is never sent",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = random.one_in(2);
            let at = scene.exchange(client, 50);
            let far = 60_000;
            let odd = &mut scene.trace.packets[at];
            odd.flags |= URG;
            odd.urgent_pointer = far;
            scene.close(client);
            Planted::at(scene.trace, at)
        },
    )
    .case("octet-never-sent")
    .real(),
    Mutator::new("FL009", "an urgent octet", Definite, |trace, random| {
        let at = data(trace, random)?;
        trace.packets[at].flags |= URG;
        trace.packets[at].urgent_pointer = trace.packets[at].data.len() as u16;
        Planted::at(trace, at)
    })
    .case("urgent-mode-used")
    .real(),
    Mutator::new(
        "FL010",
        "a segment to a group",
        Definite,
        |trace, random| {
            let mut odd = trace.packets[0].clone();
            let group: IpAddr = match odd.source {
                SocketAddr::V4(_) => Ipv4Addr::new(224, 0, 0, random.within(1..250) as u8).into(),
                SocketAddr::V6(_) => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 5).into(),
            };
            odd.destination.set_ip(group);
            odd.time_ns += S;
            {
                let at = trace.insert(odd);
                Planted::at(trace, at)
            }
        },
    )
    .case("address")
    .real(),
    Mutator::new("FL010", "a segment from port 0", Definite, |trace, _| {
        let mut odd = trace.packets[0].clone();
        odd.source.set_port(0);
        odd.time_ns += S;
        {
            let at = trace.insert(odd);
            Planted::at(trace, at)
        }
    })
    .case("port-zero")
    .real(),
];
