//! Faults in unusual openings, and in closings that are none.

use super::tools::{MS, S, answer, end_behind, first_fin, four_way, stays_open};
use super::{Mutator, Planted};
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{ACK, FIN, PSH, Packet, RST, SYN, Trace, kind};
use tcpcheck::finding::Certainty::{Definite, Likely};

/// Both SYNs cross: what the server would have sent as SYN-ACK is a SYN. Nothing follows.
fn crossing(trace: &mut Trace) -> Option<(Packet, Packet)> {
    let at = trace.first(Packet::is_syn_ack)?;
    let own = trace.packets[0].clone();
    let mut other = trace.packets[at].clone();
    end_behind(trace, 0);
    (other.flags, other.ack) = (SYN, 0);
    other.time_ns = own.time_ns + MS;
    if let Some((tsval, _)) = other.timestamps() {
        other.set_timestamps(tsval, 0);
    }
    trace.insert_as_is(other.clone());
    Some((own, other))
}

fn no_ecn(plan: &mut Plan, _: &mut Random) {
    plan.ecn = false;
}

/// The SYN carries Fast Open data, of which the answer takes nothing.
fn refused_fast_open(scene: &mut Scene<'_>, octets: usize) -> Option<()> {
    let at = scene.trace.first(Packet::is_syn_ack)?;
    let syn = &mut scene.trace.packets[0];
    syn.set_option(kind::FAST_OPEN, &[1, 2, 3, 4, 5, 6, 7, 8]);
    syn.data = vec![7; octets];
    assert_eq!(
        scene.trace.packets[at].ack,
        scene.trace.packets[0].seq.wrapping_add(1)
    );
    Some(())
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "HS005",
        "a listener answers a SYN with a SYN",
        Likely,
        |trace, _| {
            // Another client has shown before that it listens.
            let before: Vec<Packet> = trace
                .all(|_| true)
                .iter()
                .map(|at| trace.packets[*at].clone())
                .collect();
            let client = trace.client();
            let (own, mut other) = crossing(trace)?;
            // The SYN comes when the SYN-ACK would have.
            let late = before.iter().find(|p| p.is_syn_ack())?.time_ns + 5 * MS;
            let turnaround = late - own.time_ns;
            let packet = trace
                .packets
                .iter_mut()
                .find(|p| p.is_syn() && p.source == other.source)?;
            packet.time_ns = late;
            other.time_ns = late;
            trace.packets.sort_by_key(|p| p.time_ns);
            let mut reply = own.clone();
            reply.flags = SYN | ACK;
            reply.ack = other.end();
            reply.time_ns = late + 150 * MS;
            let third = answer(&reply, ACK, turnaround - 5 * MS);
            let third = Packet {
                seq: other.end(),
                ..third
            };
            trace.insert(reply);
            trace.insert(third);
            let mut first = before;
            for packet in &mut first {
                packet.time_ns -= 100 * S;
                for socket in [&mut packet.source, &mut packet.destination] {
                    if *socket == client {
                        socket.set_port(client.port() + 1);
                    }
                }
            }
            for packet in first {
                trace.insert_as_is(packet);
            }
            let at = trace
                .packets
                .iter()
                .position(|p| p.is_syn() && p.source == other.source)?;
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, random| {
        four_way(plan, random);
        (plan.timestamps, plan.ecn) = (false, false);
    }),
    Mutator::new(
        "HS007",
        "a SYN-ACK of another number answers the crossing SYN",
        Definite,
        |trace, random| {
            let (own, other) = crossing(trace)?;
            let mut reply = own.clone();
            reply.flags = SYN | ACK;
            reply.seq = own.seq.wrapping_add(random.within(1..2_000_000_000));
            reply.ack = other.end();
            reply.time_ns = other.time_ns + 10 * MS;
            let at = trace.insert(reply);
            Planted::at(trace, at)
        },
    )
    .prepare(no_ecn)
    .real(),
    Mutator::new(
        "HS008",
        "a bare ACK answers the crossing SYN",
        Likely,
        |trace, _| {
            let (own, other) = crossing(trace)?;
            let bare = Packet {
                ack: other.end(),
                time_ns: other.time_ns + 10 * MS,
                ..own.pure_ack_behind()
            };
            let mut late = other.clone();
            late.flags = SYN | ACK;
            late.ack = own.end();
            late.time_ns = bare.time_ns + 10 * MS;
            let third = answer(&late, ACK, 10 * MS);
            let at = trace.insert(bare);
            trace.insert(late);
            trace.insert(third);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| (plan.ecn, plan.timestamps) = (false, false)),
    Mutator::new(
        "HS015",
        "an old SYN is answered, and that answer refused",
        Definite,
        |trace, random| {
            let (syn, at) = (trace.packets[0].clone(), trace.first(Packet::is_syn_ack)?);
            let mut old = syn.clone();
            old.seq = old.seq.wrapping_sub(random.within(100_000..1_000_000_000));
            let mut reply = trace.packets[at].clone();
            let turnaround = reply.time_ns - syn.time_ns;
            reply.ack = old.end();
            let rst = answer(&reply, RST, MS.max(turnaround / 2));
            let rst = Packet {
                seq: reply.ack,
                ..rst
            };
            trace.delay_from(0, 3 * S);
            old.time_ns = syn.time_ns + MS;
            reply.time_ns = old.time_ns + turnaround;
            let rst = Packet {
                time_ns: reply.time_ns + MS,
                ..rst
            };
            // The first copy of the client's own SYN is lost.
            trace.insert_as_is(syn);
            trace.insert_as_is(old);
            trace.insert_as_is(reply);
            let at = trace.insert(rst);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, random| {
        four_way(plan, random);
        plan.timestamps = false;
    }),
    Mutator::new(
        "HS019",
        "refused Fast Open data is never sent again",
        Likely,
        |trace, random| {
            let octets = random.within(20..500);
            let mut scene = Scene::at_start(trace)?;
            refused_fast_open(&mut scene, octets as usize)?;
            let from = scene.end(true).next.wrapping_add(octets);
            let mut at = None;
            for round in 0..4 {
                let delay = scene.delay(true);
                let data = crate::trace::dialogue::octets(true, from, 50);
                let edit = |p: &mut Packet| (p.seq, p.data, p.flags) = (from, data, PSH | ACK);
                at = Some(scene.lose(true, delay + ((S << round) - S), edit));
                scene.reply(false);
            }
            Planted::by(scene.trace.packets[at?].source)
        },
    )
    .prepare(|plan, _| {
        (plan.ecn, plan.timestamps, plan.sack) = (false, false, false);
        plan.window_scale = None;
    }),
    Mutator::new(
        "HS022",
        "an open connection accepts another SYN",
        Likely,
        |trace, random| {
            let scene = Scene::in_use(trace, random)?;
            let (now, trace) = (scene.now_ns, scene.trace);
            let syn = Packet {
                time_ns: now + S,
                seq: trace.packets[0]
                    .seq
                    .wrapping_add(random.within(1_000_000_000..2_000_000_000)),
                ..trace.packets[0].clone()
            };
            let model = trace.packets[trace.first(Packet::is_syn_ack)?].clone();
            let reply = Packet {
                time_ns: syn.time_ns + 200 * MS,
                seq: model
                    .seq
                    .wrapping_add(random.within(1_000_000_000..2_000_000_000)),
                ack: syn.end(),
                ..model
            };
            let third = answer(&reply, ACK, 200 * MS);
            trace.insert(syn);
            let at = trace.insert(reply);
            trace.insert(third);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| (plan.ecn, plan.timestamps) = (false, false)),
    Mutator::new(
        "TD015",
        "a FIN before anything has answered the SYN",
        Definite,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            let reply = trace.packets[at].clone();
            end_behind(trace, 0);
            let syn = trace.packets[0].clone();
            let fin = Packet {
                flags: FIN | ACK,
                time_ns: syn.time_ns + 300 * MS,
                ..syn.pure_ack_behind()
            };
            let late = Packet {
                time_ns: fin.time_ns + S,
                ..reply
            };
            let rst = answer(&late, RST, 100 * MS);
            let at = trace.insert(fin);
            trace.insert_as_is(late);
            trace.insert_as_is(Packet {
                seq: syn.end(),
                ..rst
            });
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| (plan.ecn, plan.timestamps) = (false, false)),
    Mutator::new(
        "TD016",
        "a RST behind the own FIN",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = random.one_in(2);
            let delay = scene.delay(client);
            scene.say(client, delay, |p| p.flags |= FIN);
            scene.reply(!client);
            let wait = MS * i64::from(random.within(300..2000));
            let at = scene.say(client, wait, |p| p.flags = RST | ACK);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "TD018",
        "the peer answers keepalives and never closes",
        Likely,
        |trace, random| {
            let fin = first_fin(trace)?;
            let by = trace.packets[fin].source;
            let mut scene = Scene::at_end(trace)?;
            let client = by == scene.trace.client();
            let delay = scene.delay(client);
            scene.say(client, delay, |p| p.flags |= FIN);
            scene.reply(!client);
            let seq = scene.end(client).next.wrapping_sub(1);
            for _ in 0..3 {
                let pause = S * i64::from(random.within(25..60));
                scene.say(client, pause, |p| p.seq = seq);
                scene.reply(!client);
            }
            Planted::by(by)
        },
    )
    .settings(|settings| {
        settings.ignore.insert("TD012");
    })
    .prepare(four_way),
    Mutator::new(
        "HS021",
        "a rebooted client finds an old connection",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let (now, next, expects) = (
                scene.now_ns,
                scene.end(false).next,
                scene.end(false).expects,
            );
            let trace = scene.trace;
            let syn = Packet {
                time_ns: now + 5 * S,
                seq: trace.packets[0]
                    .seq
                    .wrapping_add(random.within(500_000_000..2_000_000_000)),
                ..trace.packets[0].clone()
            };
            let ack = Packet {
                seq: next,
                ack: expects,
                flags: ACK,
                ..answer(&syn, ACK, 200 * MS)
            };
            let rst = answer(&ack, RST, 200 * MS);
            let rst = Packet {
                seq: expects,
                ack: 0,
                ..rst
            };
            let again = Packet {
                time_ns: syn.time_ns + S,
                ..syn.clone()
            };
            trace.insert(syn);
            trace.insert(ack);
            let at = trace.insert(rst);
            trace.insert(again);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, random| {
        stays_open(plan, random);
        (plan.ecn, plan.timestamps) = (false, false);
    }),
];
