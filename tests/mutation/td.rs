//! Faults in the closing.

use super::tools::{
    MS, S, answer, end_behind, first_fin, four_way, last_ack, proven_vantage, second_fin,
    stays_open, timestamps,
};
use super::{Mutator, Planted};
use crate::trace::dialogue::Close;
use crate::trace::scene::Scene;
use crate::trace::{ACK, PSH, Packet, RST, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "TD001",
        "an ACK beyond the FIN that is still to come",
        Definite,
        |trace, random| {
            let mut scene = Scene::in_use(trace, random)?;
            let sender = random.one_in(2);
            let ahead = random.within(2..1000);
            let at = scene.data_acked_ahead(sender, ahead);
            scene.wait(S);
            scene.close(sender);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "TD001",
        "ACK of a FIN acknowledges more than u+1",
        Definite,
        |trace, random| {
            let at = last_ack(trace)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_add(random.within(1..500));
            Planted::at(trace, at)
        },
    )
    .prepare(four_way),
    Mutator::new(
        "TD002",
        "FIN answered with u again and again",
        Likely,
        |trace, _| {
            let (fin, ack) = (second_fin(trace)?, last_ack(trace)?);
            let (fin, mut ack) = (trace.packets[fin].clone(), trace.packets.remove(ack));
            ack.ack = fin.seq;
            for round in 0..3 {
                let later = S * (1 << round) - S;
                let (mut fin, mut ack) = (fin.clone(), ack.clone());
                fin.time_ns += later;
                ack.time_ns += later;
                if round > 0 {
                    trace.insert(fin);
                }
                trace.insert(ack);
            }
            Planted::by(ack.source)
        },
    )
    .prepare(four_way),
    Mutator::new(
        "TD003",
        "data behind the own FIN",
        Definite,
        |trace, random| {
            let (fin, last) = (first_fin(trace)?, last_ack(trace)?);
            let octets = random.within(1..500) as usize;
            let data = Packet {
                time_ns: trace.packets[last].time_ns + 50 * MS,
                ack: trace.packets[last].ack,
                flags: PSH | ACK,
                data: vec![7; octets],
                ..trace.packets[fin].pure_ack_behind()
            };
            let data = Packet {
                ack: latest_ack(trace, &data),
                ..data
            };
            let at = trace.insert(data);
            Planted::at(trace, at)
        },
    )
    .prepare(four_way),
    Mutator::new(
        "TD004",
        "a second FIN at another number",
        Definite,
        |trace, random| {
            let (fin, last) = (first_fin(trace)?, last_ack(trace)?);
            let mut again = trace.packets[fin].clone();
            again.time_ns = trace.packets[last].time_ns + 50 * MS;
            again.seq = again.seq.wrapping_add(random.within(1..100));
            again.ack = latest_ack(trace, &again);
            let at = trace.insert(again);
            Planted::at(trace, at)
        },
    )
    .prepare(four_way),
    Mutator::new(
        "TD005",
        "the second FIN acknowledges the first one",
        Definite,
        |trace, _| Planted::at(trace, second_fin(trace)?),
    )
    .prepare(|plan, _| plan.close = Close::ThreeSegments),
    Mutator::new("TD006", "a FIN with data", Definite, |trace, random| {
        let fin = second_fin(trace)?;
        let octets = random.within(1..500);
        trace.packets[fin].data = vec![7; octets as usize];
        let ack = last_ack(trace)?;
        trace.packets[ack].ack = trace.packets[ack].ack.wrapping_add(octets);
        Planted::at(trace, fin)
    })
    .prepare(four_way),
    Mutator::new(
        "TD007",
        "the server goes on after the client's FIN",
        Definite,
        |trace, _| {
            let fin = first_fin(trace)?;
            let server = trace.server();
            let at = trace.all(|p| p.is_data() && p.source == server);
            Planted::at(trace, at.into_iter().find(|at| *at > fin)?)
        },
    )
    .prepare(|plan, _| plan.close = Close::Half),
    Mutator::new("TD008", "FINs that cross", Definite, |_, _| {
        Planted::anywhere()
    })
    .prepare(|plan, _| plan.close = Close::Crossed),
    Mutator::new(
        "TD009",
        "the last ACK does not count the own FIN",
        Definite,
        |trace, _| {
            let at = last_ack(trace)?;
            trace.packets[at].seq = trace.packets[at].seq.wrapping_sub(3);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, random| {
        proven_vantage(plan, random);
        timestamps(plan, random);
    }),
    Mutator::new(
        "TD010",
        "FIN repeated four times without an answer",
        Likely,
        |trace, _| {
            let (fin, last) = (second_fin(trace)?, last_ack(trace)?);
            trace.packets.remove(last);
            let fin = trace.packets[fin].clone();
            for round in 1..5 {
                let mut again = fin.clone();
                again.time_ns += S * ((1 << round) - 1);
                trace.insert(again);
            }
            Planted::by(fin.destination)
        },
    )
    .prepare(four_way),
    Mutator::new("TD011", "a FIN sent again", Definite, |trace, _| {
        let (fin, last) = (second_fin(trace)?, last_ack(trace)?);
        let (mut fin, mut ack) = (trace.packets[fin].clone(), trace.packets[last].clone());
        fin.time_ns += S;
        ack.time_ns += S;
        let at = trace.insert(fin);
        trace.insert(ack);
        Planted::named(at)
    })
    .prepare(four_way),
    Mutator::new("TD012", "the second FIN never comes", Likely, |trace, _| {
        let fin = second_fin(trace)?;
        let by = trace.packets[fin].source;
        end_behind(trace, fin - 1);
        Planted::by(by)
    })
    .prepare(four_way),
    Mutator::new(
        "TD014",
        "data after the FIN draws a RST",
        Definite,
        |trace, _| {
            let fin = first_fin(trace)?;
            let closer = trace.packets[fin].source;
            let peer = trace.packets[fin].destination;
            let data = trace.all(|p| p.is_data() && p.source == peer);
            let mut late = trace.packets[*data.first()?].clone();
            let ack = trace.last(|p| p.source == peer)?;
            end_behind(trace, fin);
            late.time_ns = trace.packets[fin].time_ns + 200 * MS;
            late.seq = trace.packets[fin].ack;
            late.ack = trace.packets[fin].end();
            let _ = ack;
            let rst = answer(&late, RST, MS);
            trace.insert(late);
            let at = trace.insert(rst);
            assert_eq!(trace.packets[at].source, closer);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| {
        plan.close = Close::ByClient;
        plan.timestamps = false;
    }),
    Mutator::new("TD017", "the last ACK never comes", Likely, |trace, _| {
        let (fin, last) = (second_fin(trace)?, last_ack(trace)?);
        let fin = trace.packets[fin].clone();
        trace.packets.remove(last);
        // Sent again once, so that nobody is accused of giving up.
        let mut again = fin.clone();
        again.time_ns += S;
        trace.insert(again);
        Planted::by(fin.destination)
    })
    .prepare(four_way),
    Mutator::new(
        "RS005",
        "an open connection is reset",
        Definite,
        |trace, _| {
            let last = last_ack(trace)?;
            let rst = Packet {
                flags: RST,
                ack: 0,
                time_ns: trace.packets[last].time_ns + 10 * MS,
                ..trace.packets[last].pure_ack_behind()
            };
            let at = trace.insert(rst);
            Planted::at(trace, at)
        },
    )
    .prepare(stays_open),
];

/// What the sender of `packet` has to acknowledge in the end.
fn latest_ack(trace: &Trace, packet: &Packet) -> u32 {
    let last = trace.last(|p| p.source == packet.source && p.has(ACK) && !p.has(RST));
    last.map_or(packet.ack, |last| trace.packets[last].ack)
}
