//! Segments that somebody else has put into a conversation.

use super::tools::{MS, S};
use super::{Mutator, Planted};
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{ACK, FIN, Packet, RST, Trace};
use tcpcheck::finding::Certainty::Likely;

/// A segment in `client`'s name from a place with another number of hops.
fn forged(
    scene: &mut Scene<'_>,
    client: bool,
    after_ns: i64,
    edit: impl FnOnce(&mut Packet),
) -> usize {
    let now = scene.now_ns + after_ns;
    scene.wait(after_ns);
    let end = scene.end(client);
    let (seq, ack) = (end.next, end.expects);
    let source = if client {
        scene.trace.client()
    } else {
        scene.trace.server()
    };
    let model = scene.trace.last(|p| p.source == source).unwrap();
    let mut packet = Packet {
        time_ns: now,
        seq,
        ack,
        flags: ACK,
        data: Vec::new(),
        options: Vec::new(),
        ecn: 0,
        ttl: scene.trace.packets[model].ttl - 11,
        id: scene.trace.packets[model].id.wrapping_add(20_000),
        ..scene.trace.packets[model].clone()
    };
    edit(&mut packet);
    scene.trace.insert_as_is(packet)
}

/// So many RSTs whose numbers nobody can have guessed right.
fn guesses(trace: &mut Trace, random: &mut Random, step: Option<u32>) -> Option<Planted> {
    let mut scene = Scene::in_use(trace, random)?;
    let client = random.one_in(2);
    let mut first = None;
    let mut seq = scene.end(client).next.wrapping_add(1_000_000_000);
    for _ in 0..6 + random.below(6) {
        seq = match step {
            Some(step) => seq.wrapping_add(step),
            None => scene
                .end(client)
                .next
                .wrapping_add(random.within(500_000_000..2_000_000_000)),
        };
        let at = scene.lose(client, 2 * MS, |p| {
            (p.flags, p.seq, p.ack, p.window) = (RST, seq, 0, 0)
        });
        first = first.or(Some(at));
    }
    scene.go_on(random);
    Planted::named(first?)
}

fn open(plan: &mut Plan, _: &mut Random) {
    plan.turns.push((1, 2));
}

/// In whose name somebody else can send: what the capturing host sent is its own.
fn elsewhere(scene: &Scene<'_>, random: &mut Random) -> bool {
    scene.near().map_or_else(|| random.one_in(2), |near| !near)
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "AT005",
        "a RST from elsewhere; its alleged sender goes on",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = elsewhere(&scene, random);
            let at = forged(&mut scene, client, 50 * MS, |p| {
                (p.flags, p.ack, p.window) = (RST, 0, 0)
            });
            scene.wait(S);
            scene.go_on(random);
            Planted::named(at)
        },
    )
    .prepare(open)
    .real(),
    Mutator::new(
        "AT006",
        "a FIN from elsewhere; its alleged sender goes on",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = elsewhere(&scene, random);
            let at = forged(&mut scene, client, 50 * MS, |p| p.flags = FIN | ACK);
            scene.wait(200 * MS);
            scene.go_on(random);
            Planted::named(at)
        },
    )
    .prepare(open)
    .real(),
    Mutator::new(
        "AT007",
        "RSTs with numbers from anywhere",
        Likely,
        |trace, random| guesses(trace, random, None),
    )
    .real(),
    Mutator::new(
        "AT007",
        "RSTs with numbers in even steps",
        Likely,
        |trace, random| {
            let step = random.within(10_000..100_000);
            guesses(trace, random, Some(step))
        },
    )
    .real(),
    Mutator::new(
        "AT008",
        "both ends answer each other for ever",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = elsewhere(&scene, random);
            let octets = random.within(10..400);
            // The peer has taken octets that `client` never sent.
            let seq = scene.end(client).next;
            let at = forged(&mut scene, client, 50 * MS, |p| {
                p.data = vec![7; octets as usize]
            });
            assert_eq!(scene.trace.packets[at].seq, seq);
            scene.end(!client).expects = seq.wrapping_add(octets);
            for _ in 0..25 {
                scene.reply(!client);
                scene.reply(client);
            }
            Planted::anywhere()
        },
    )
    .real(),
];
