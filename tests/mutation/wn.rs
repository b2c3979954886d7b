//! Faults in windows.

use super::tools::{MS, S, at_either_end, full_segments, order_is_proven, small_mss};
use super::{Mutator, Planted};
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{ACK, Packet, RST, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};

/// A sender whose peer has stopped reading, with room for so many units of the
/// window: who sends, and the scene.
fn nearly_full<'t>(
    trace: &'t mut Trace,
    random: &mut Random,
    units: u32,
) -> Option<(bool, Scene<'t>)> {
    let mut scene = Scene::at_rest(trace, random)?;
    let sender = random.one_in(2);
    let unit = scene.unit(!sender);
    scene.fill(sender, unit * units)?;
    Some((sender, scene))
}

/// A probe of the closed window: an empty segment below the window.
fn probe(scene: &mut Scene<'_>, sender: bool, after_ns: i64) -> usize {
    let seq = scene.end(sender).next.wrapping_sub(1);
    scene.say(sender, after_ns, |p| p.seq = seq)
}

/// The peer reads again, and what waited is sent.
fn reopened(scene: &mut Scene<'_>, sender: bool, random: &mut Random) {
    scene.reopen(!sender, 300 * MS);
    scene.exchange(sender, 300);
    scene.go_on(random);
}

/// Data that begins inside the window and ends behind it, by so much.
fn over_the_edge(scene: &mut Scene<'_>, sender: bool, beyond: u32) -> usize {
    let (room, delay) = (scene.room(sender), scene.delay(sender));
    scene.lost_data(sender, delay, (room + beyond) as usize)
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "WN001",
        "data over the edge of the window",
        Definite,
        |trace, random| {
            let units = random.within(1..3);
            let (sender, mut scene) = nearly_full(trace, random, units)?;
            let start = scene.end(sender).next;
            let beyond = random.within(2..400);
            let at = over_the_edge(&mut scene, sender, beyond);
            // The receiver takes what fits, and the rest comes again.
            let edge = scene.end(!sender).edge;
            scene.end(!sender).expects = edge;
            scene.reply(!sender);
            let rest = edge.wrapping_sub(start) as usize;
            scene.reopen(!sender, 300 * MS);
            let data = scene.trace.packets[at].data[rest..].to_vec();
            let delay = scene.delay(sender);
            scene.say(sender, delay, |p| (p.seq, p.data) = (edge, data));
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "WN001",
        "data at once into a closed window",
        Definite,
        |trace, random| {
            let (sender, mut scene) = nearly_full(trace, random, 0)?;
            let delay = scene.delay(sender);
            let len = random.within(2..400) as usize;
            let at = scene.lost_data(sender, delay, len);
            scene.reply(!sender);
            scene.reopen(!sender, 300 * MS);
            let delay = scene.delay(sender);
            scene.again(sender, delay, at, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "WN002",
        "the edge of the window moves left",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let receiver = scene.near().unwrap_or_else(|| random.one_in(2));
            for _ in 0..2 {
                scene.exchange(!receiver, 500);
            }
            let unit = scene.unit(receiver);
            let delay = scene.delay(!receiver);
            scene.data(!receiver, delay, 100);
            let delay = scene.delay(receiver);
            let less = (unit + random.within(200..20_000)).div_ceil(unit) as u16;
            let at = scene.say(receiver, delay + 2 * MS, |p| {
                p.window = p.window.saturating_sub(less);
            });
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(order_is_proven),
    Mutator::new("WN003", "a window of zero", Definite, |trace, random| {
        let (sender, mut scene) = nearly_full(trace, random, 0)?;
        let at = scene.trace.first(|p| p.window == 0 && p.has(ACK))?;
        reopened(&mut scene, sender, random);
        Planted::at(scene.trace, at)
    })
    .real(),
    Mutator::new(
        "WN004",
        "probes of the closed window stay unanswered",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = !scene.near()?;
            scene.fill(sender, 0)?;
            for round in 0..3 + random.below(3) {
                probe(&mut scene, sender, (300 * MS) << round);
            }
            scene.wait(2 * S);
            let by = scene.trace.packets[scene.trace.last(|p| p.window == 0)?].source;
            reopened(&mut scene, sender, random);
            Planted::by(by)
        },
    )
    .prepare(at_either_end),
    Mutator::new(
        "WN005",
        "the closed window is not probed",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = scene.near()?;
            scene.fill(sender, 0)?;
            scene.wait(S * i64::from(random.within(61..100)));
            scene.reopen(!sender, 0);
            let delay = scene.delay(sender);
            let at = scene.data(sender, delay, 1000);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::by(scene.trace.packets[at].source)
        },
    )
    .prepare(at_either_end),
    Mutator::new(
        "WN006",
        "a segment above the peer's MSS",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let len = scene.full + random.within(1..200) as usize;
            let at = scene.exchange(random.one_in(2), len);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(small_mss),
    Mutator::new(
        "WN007",
        "the window opens a few octets at a time",
        Likely,
        |trace, random| {
            let (sender, mut scene) = nearly_full(trace, random, 0)?;
            let unit = scene.unit(!sender);
            // A larger one may be rounding.
            if unit > 256 {
                return None;
            }
            let step = unit * 10u32.div_ceil(unit);
            for _ in 0..8 {
                let edge = scene.end(!sender).expects.wrapping_add(step);
                scene.end(!sender).edge = edge;
                scene.reply(!sender);
                let delay = scene.delay(sender);
                scene.data(sender, delay, step as usize);
            }
            let at = scene.reply(!sender);
            let by = scene.trace.packets[at].source;
            reopened(&mut scene, sender, random);
            Planted::by(by)
        },
    )
    .real(),
    Mutator::new(
        "WN007",
        "tiny segments where there is room",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let full = scene.full;
            let delay = scene.delay(sender);
            let first = scene.data(sender, delay, full);
            for _ in 0..14 {
                let at = scene.data(sender, MS / 50, 1 + random.below(60));
                scene.trace.packets[at].flags = ACK;
            }
            scene.reply(!sender);
            scene.go_on(random);
            Planted::by(scene.trace.packets[first].source)
        },
    )
    .prepare(full_segments),
    Mutator::new(
        "WN008",
        "given up although every probe was answered",
        Likely,
        |trace, random| {
            let (sender, mut scene) = nearly_full(trace, random, 0)?;
            for round in 0..2 + random.below(3) {
                probe(&mut scene, sender, (300 * MS) << round);
                scene.reply(!sender);
            }
            let at = scene.say(sender, 3 * S, |p| p.flags = RST | ACK);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "WN009",
        "data behind the edge is taken",
        Likely,
        |trace, random| {
            let (sender, mut scene) = nearly_full(trace, random, 1)?;
            let (room, delay) = (scene.room(sender), scene.delay(sender));
            scene.data(sender, delay, room as usize);
            scene.data(sender, MS / 10, random.within(2..400) as usize);
            let taken = scene.end(!sender).expects;
            scene.end(!sender).reads = true;
            let at = scene.reply(!sender);
            assert_eq!(scene.trace.packets[at].ack, taken);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("begins-beyond")
    .real(),
    Mutator::new(
        "WN009",
        "a segment over the edge is taken whole",
        Likely,
        |trace, random| {
            let (sender, mut scene) = nearly_full(trace, random, 1)?;
            let beyond = random.within(2..400);
            let at = over_the_edge(&mut scene, sender, beyond);
            let taken: Packet = scene.trace.packets[at].clone();
            scene.end(!sender).expects = taken.end();
            scene.end(!sender).reads = true;
            let at = scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("straddles")
    .real(),
];
