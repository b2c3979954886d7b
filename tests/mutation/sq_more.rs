//! Faults in numbers that show over several segments.

use super::tools::{MS, S, at_either_end, order_is_proven, sack, with_timestamps};
use super::{Mutator, Planted};
use crate::trace::Packet;
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use tcpcheck::finding::Certainty::{Definite, Likely};

fn sack_at_either_end(plan: &mut Plan, random: &mut Random) {
    at_either_end(plan, random);
    sack(plan, random);
}

fn sack_in_proven_order(plan: &mut Plan, random: &mut Random) {
    order_is_proven(plan, random);
    sack(plan, random);
}

/// The receiver reports one block behind a hole; returns who receives and the block.
fn reported<'t>(
    trace: &'t mut crate::trace::Trace,
    random: &mut Random,
) -> Option<(Scene<'t>, bool, usize, (u32, u32))> {
    let mut scene = Scene::at_rest(trace, random)?;
    let receiver = scene.near().unwrap_or_else(|| random.one_in(2));
    let delay = scene.delay(!receiver);
    let lost = scene.lost_data(!receiver, delay, 600);
    scene.data(!receiver, MS / 50, 600);
    let block = *scene.end(receiver).blocks().first()?;
    let delay = scene.delay(receiver);
    scene.say(receiver, delay, |p| p.set_sack(&[block]));
    Some((scene, receiver, lost, block))
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "SQ001",
        "an ACK of data that is sent only later",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let ahead = random.within(1..2000);
            let at = scene.data_acked_ahead(sender, ahead);
            scene.wait(S);
            let mut left = ahead as usize;
            while left > 0 {
                let len = left.min(scene.full);
                scene.data(sender, MS / 50, len);
                left -= len;
            }
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "SQ001",
        "the same, contradicted by the peer's FIN",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_start(trace)?;
            // Behind the server's first words it is TD001.
            let sender = true;
            let ahead = random.within(2..1000);
            let at = scene.data_acked_ahead(sender, ahead);
            scene.wait(S);
            scene.close(sender);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "SQ001",
        "the same, contradicted by an echo",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let ahead = random.within(1..1000);
            let delay = scene.delay(sender);
            scene.data(sender, delay, 100);
            let delay = scene.delay(!sender) + 3 * MS;
            let at = scene.say(!sender, delay, |p| p.ack = p.ack.wrapping_add(ahead));
            scene.reply(sender);
            scene.wait(S);
            scene.data(sender, 0, ahead as usize);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(with_timestamps),
    Mutator::new(
        "SQ003",
        "data numbered below the own SYN",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = random.one_in(2);
            let syn = if client {
                0
            } else {
                scene.trace.first(Packet::is_syn_ack)?
            };
            let isn = scene.trace.packets[syn].seq;
            let (delay, below) = (scene.delay(client), random.within(50..5000));
            let at = scene.say(client, delay, |p| {
                p.seq = isn.wrapping_sub(below);
                p.data = vec![7; 20];
            });
            scene.reply(!client);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "SQ005",
        "a SACK block of data that is sent only later",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let gap = random.within(1..300);
            let at = scene.data_sacked_ahead(sender, gap);
            scene.wait(S);
            scene.data(sender, 0, gap as usize + 100);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("block-wrong")
    .prepare(sack),
    Mutator::new(
        "SQ005",
        "the same, contradicted by the peer's FIN",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let gap = random.within(10..300);
            let at = scene.data_sacked_ahead(sender, gap);
            scene.wait(S);
            scene.close(sender);
            Planted::at(scene.trace, at)
        },
    )
    .case("block-wrong")
    .prepare(sack),
    Mutator::new(
        "SQ005",
        "all SACK blocks off by the same number",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let off = random.within(100_000_000..2_000_000_000);
            let delay = scene.delay(sender);
            let mut lost = Vec::new();
            for _ in 0..2 {
                lost.push(scene.lost_data(sender, delay, 200));
                scene.data(sender, MS / 50, 200);
            }
            let blocks = scene.end(!sender).blocks();
            let moved: Vec<_> = blocks
                .iter()
                .map(|(left, right)| (left.wrapping_add(off), right.wrapping_add(off)))
                .collect();
            let delay = scene.delay(!sender);
            let at = scene.say(!sender, delay, |p| p.set_sack(&moved[1..]));
            scene.say(!sender, MS / 50, |p| p.set_sack(&moved));
            scene.again(sender, 300 * MS, lost[0], true);
            scene.say(!sender, delay, |p| p.set_sack(&moved[..1]));
            scene.again(sender, 300 * MS, lost[1], true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::named(at)
        },
    )
    .case("middlebox")
    .prepare(sack),
    Mutator::new(
        "SQ009",
        "an ACK into the middle of a reported block",
        Definite,
        |trace, random| {
            let (mut scene, receiver, lost, block) = reported(trace, random)?;
            scene.again(!receiver, 300 * MS, lost, true);
            let middle = block.0.wrapping_add(random.within(1..500));
            scene.end(receiver).expects = middle;
            let delay = scene.delay(receiver) + 2 * MS;
            let at = scene.say(receiver, delay, |_| ());
            // The rest once more.
            let rest = block.1.wrapping_sub(middle) as usize;
            let seq = block.1.wrapping_sub(u32::try_from(rest).unwrap());
            let data = crate::trace::dialogue::octets(!receiver, seq, rest);
            scene.say(!receiver, 300 * MS, |p| (p.seq, p.data) = (seq, data));
            scene.reply(receiver);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(sack_in_proven_order),
    Mutator::new(
        "SQ009",
        "a reported block is no longer mentioned",
        Likely,
        |trace, random| {
            let (mut scene, receiver, lost, _) = reported(trace, random)?;
            let at = scene.say(receiver, 50 * MS, |_| ());
            scene.again(!receiver, 300 * MS, lost, true);
            scene.reply(receiver);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(sack_in_proven_order),
    Mutator::new(
        "SQ010",
        "two segments change places",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let delay = scene.delay(sender);
            scene.data(sender, delay, 200);
            let first = scene.data(sender, MS / 50, 200);
            let second = scene.data(sender, MS / 50, 200);
            scene.reply(!sender);
            let packets = &mut scene.trace.packets;
            let times = (packets[first].time_ns, packets[second].time_ns);
            packets.swap(first, second);
            (packets[first].time_ns, packets[second].time_ns) = times;
            scene.go_on(random);
            Planted::at(scene.trace, second)
        },
    )
    .real(),
    Mutator::new(
        "SQ011",
        "ACKs name the last octet, not the next",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let mut first = None;
            for _ in 0..3 + random.below(4) {
                let delay = scene.delay(sender);
                scene.data(sender, delay, random.within(50..500) as usize);
                let delay = scene.delay(!sender);
                let at = scene.say(!sender, delay, |p| p.ack = p.ack.wrapping_sub(1));
                first = first.or(Some(at));
            }
            let seq = scene.end(sender).next.wrapping_sub(1);
            let data = crate::trace::dialogue::octets(sender, seq, 1);
            scene.say(sender, 300 * MS, |p| (p.seq, p.data) = (seq, data));
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, first?)
        },
    )
    .real(),
    Mutator::new(
        "SQ012",
        "data that was acknowledged before gets no ACK",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let receiver = scene.near()?;
            let at = scene.exchange(!receiver, 200);
            scene.again(!receiver, 400 * MS, at, false);
            scene.again(
                !receiver,
                S + MS * i64::from(random.within(100..900)),
                at,
                false,
            );
            scene.wait(2 * S);
            let by = scene.trace.packets[at].destination;
            scene.go_on(random);
            Planted::by(by)
        },
    )
    .prepare(at_either_end),
    Mutator::new(
        "SQ013",
        "a D-SACK for data that came once",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let receiver = scene.near()?;
            let delay = scene.delay(!receiver);
            let at = scene.data(!receiver, delay, 200);
            let (left, right) = (scene.trace.packets[at].seq, scene.trace.packets[at].end());
            let delay = scene.delay(receiver);
            let at = scene.say(receiver, delay, |p| p.set_sack(&[(left, right)]));
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(sack_at_either_end),
];
