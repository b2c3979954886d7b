//! Faults in timers, and what is only remarkable about them.

use super::tools::{
    MS, S, at_either_end, end_behind, full_segments, last_ack, sack, second_fin, with_timestamps,
};
use super::{Mutator, Planted};
use crate::exchange::wire::Why;
use crate::trace::dialogue::{Close, Monitor};
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{ACK, Packet, Quirk, RST, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};

const HOUR: i64 = 3600 * S;

/// The SYN (or, where it answers, the SYN-ACK) once more so much later, as if the first were lost.
fn opening_again(trace: &mut Trace, answers: bool, gap_ns: i64) -> Option<usize> {
    let first = trace.first(|p| if answers { p.is_syn_ack() } else { p.is_syn() })?;
    let mut again = trace.packets[first].clone();
    again.time_ns += gap_ns;
    trace.delay_from(first + 1, gap_ns);
    let late = u32::try_from(gap_ns / MS).unwrap();
    for at in trace.all(|_| true).into_iter().filter(|at| *at > first) {
        if let Some((tsval, echo)) = trace.packets[at].timestamps() {
            let echo = echo.wrapping_add(late);
            trace.packets[at].set_timestamps(tsval.wrapping_add(late), echo);
        }
    }
    Some(trace.insert(again))
}

/// Data that is lost, and as often again as there are gaps; the index of the first.
fn repeated(scene: &mut Scene<'_>, sender: bool, gaps: &[i64]) -> Vec<usize> {
    let delay = scene.delay(sender);
    let first = scene.lost_data(sender, delay, 100);
    let again = gaps
        .iter()
        .map(|gap| scene.again(sender, *gap, first, false));
    std::iter::once(first)
        .chain(again.collect::<Vec<_>>())
        .collect()
}

/// A keepalive of `client`.
fn keepalive(scene: &mut Scene<'_>, client: bool, after_ns: i64) -> usize {
    let seq = scene.end(client).next.wrapping_sub(1);
    scene.lose(client, after_ns, |p| p.seq = seq)
}

/// Three segments of which the first is lost; their indices.
fn hole(scene: &mut Scene<'_>, sender: bool) -> [usize; 3] {
    let delay = scene.delay(sender);
    let lost = scene.lost_data(sender, delay, 300);
    let second = scene.data(sender, MS / 50, 300);
    let third = scene.data(sender, MS / 50, 300);
    [lost, second, third]
}

/// Asks, after so long, twice and gets its answers.
fn asks(trace: &mut Trace, random: &mut Random, idle_ns: i64) -> Option<Planted> {
    let mut scene = Scene::at_end(trace)?;
    let client = random.one_in(2);
    let at = keepalive(&mut scene, client, idle_ns);
    scene.reply(!client);
    keepalive(&mut scene, client, idle_ns);
    scene.reply(!client);
    scene.go_on(random);
    Planted::at(scene.trace, at)
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "RT001",
        "the SYN again within a second",
        Likely,
        |trace, random| {
            let gap = MS * i64::from(random.within(150..850));
            let at = opening_again(trace, false, gap)?;
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| plan.monitor = Monitor::Client),
    Mutator::new(
        "RT001",
        "the SYN-ACK again within a second",
        Likely,
        |trace, random| {
            let gap = MS * i64::from(random.within(150..850));
            let at = opening_again(trace, true, gap)?;
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| plan.monitor = Monitor::Server),
    Mutator::new(
        "RT002",
        "data again and again at even distances",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let gap = MS * i64::from(random.within(300..5000));
            let all = repeated(&mut scene, sender, &[gap; 6]);
            scene.again(sender, gap, all[0], true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, all[4])
        },
    )
    .real(),
    Mutator::new(
        "RT003",
        "data again within a second",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let delay = scene.delay(sender);
            let first = scene.lost_data(sender, delay, 100);
            let gap = MS * i64::from(random.within(200..850));
            let at = scene.again(sender, gap, first, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new("RT004", "the SYN again", Definite, |trace, random| {
        let gap = MS * i64::from(random.within(1000..4000));
        let at = opening_again(trace, false, gap)?;
        Planted::at(trace, at)
    })
    .case("syn")
    .real(),
    Mutator::new("RT004", "the SYN-ACK again", Definite, |trace, random| {
        let gap = MS * i64::from(random.within(1000..4000));
        let at = opening_again(trace, true, gap)?;
        Planted::at(trace, at)
    })
    .case("syn-ack")
    .real(),
    Mutator::new(
        "RT004",
        "data again after a timeout",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let [lost, ..] = hole(&mut scene, sender);
            let at = scene.again(sender, MS * i64::from(random.within(300..3000)), lost, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("timeout")
    .real(),
    Mutator::new(
        "RT004",
        "data again that was too big",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let delay = scene.delay(sender);
            let lost = scene.lost_data(sender, delay, 300);
            let mut error = scene.trace.packets[lost].clone();
            error.time_ns += 2 * MS;
            error.quirk = Quirk::Icmp(Why::TooBig(1400));
            scene.trace.insert_as_is(error);
            let at = scene.again(sender, 5 * MS, lost, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("too-big"),
    Mutator::new(
        "RT004",
        "data again because SACK shows a hole",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let [lost, ..] = hole(&mut scene, sender);
            let blocks = scene.end(!sender).blocks();
            let (left, right) = (blocks.last()?.0, blocks.first()?.1);
            let delay = scene.delay(!sender);
            scene.say(!sender, delay, |p| p.set_sack(&[(left, right)]));
            let delay = scene.delay(sender);
            let at = scene.again(sender, delay, lost, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("fast")
    .prepare(sack),
    Mutator::new(
        "RT004",
        "the last segment again, to find out",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let delay = scene.delay(sender);
            let lost = scene.lost_data(sender, delay, 300);
            let last = scene.lost_data(sender, MS / 50, 300);
            let at = scene.again(sender, MS * i64::from(random.within(20..150)), last, false);
            scene.again(sender, S, lost, true);
            scene.reply(!sender);
            scene.again(sender, MS, last, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("probe")
    .real(),
    Mutator::new(
        "RT004",
        "data again while its ACK is under way",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let delay = scene.delay(sender);
            let first = scene.data(sender, delay, 300);
            let delay = scene.delay(!sender);
            scene.lose(!sender, delay, |_| ());
            let at = scene.again(sender, 5 * MS, first, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .case("spurious"),
    Mutator::new(
        "RT005",
        "data again that was acknowledged long before",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let first = scene.exchange(sender, 200);
            let gap = 400 * MS + MS * i64::from(random.within(0..2000));
            let at = scene.again(sender, gap, first, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "RT005",
        "data again although a timestamp echoes that of its ACK",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let first = scene.exchange(sender, 200);
            scene.wait(100 * MS);
            scene.exchange(!sender, 100);
            scene.exchange(sender, 100);
            let at = scene.again(sender, 400 * MS, first, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(with_timestamps),
    Mutator::new(
        "RT006",
        "an ACK after more than half a second",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let receiver = scene.near()?;
            let delay = scene.delay(!receiver);
            scene.data(!receiver, delay, 200);
            let late = MS * i64::from(random.within(520..2000));
            let at = scene.say(receiver, late, |_| ());
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(at_either_end),
    Mutator::new(
        "RT007",
        "one ACK for five full segments, always",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_end(trace)?;
            let receiver = scene.near()?;
            let full = scene.full;
            for _ in 0..26 {
                let delay = scene.delay(!receiver);
                scene.wait(delay);
                for _ in 0..5 + random.below(3) {
                    scene.data(!receiver, MS / 50, full);
                }
                scene.reply(receiver);
            }
            let at = scene.trace.last(|_| true)?;
            let by = scene.trace.packets[at].source;
            scene.go_on(random);
            Planted::by(by)
        },
    )
    .prepare(|plan, random| {
        at_either_end(plan, random);
        full_segments(plan, random);
        plan.turns = vec![(1, 1)];
    }),
    Mutator::new(
        "RT008",
        "four SYNs, and then nothing",
        Likely,
        |trace, _| {
            end_behind(trace, 0);
            for second in [1, 3, 7] {
                let mut again = trace.packets[0].clone();
                again.time_ns += second * S;
                trace.insert(again);
            }
            Planted::by(trace.client())
        },
    ),
    Mutator::new(
        "RT009",
        "given up by RST after a few seconds",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let first = MS * i64::from(random.within(200..1000));
            repeated(&mut scene, sender, &[first, first * 2, first * 4]);
            let at = scene.say(sender, first, |p| p.flags = RST | ACK);
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "RT009",
        "given up silently after a few seconds",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let first = MS * i64::from(random.within(200..1000));
            let all = repeated(&mut scene, sender, &[first, first * 2, first * 4]);
            Planted::by(scene.trace.packets[all[0]].source)
        },
    ),
    Mutator::new(
        "RT010",
        "a keepalive after less than two hours",
        Definite,
        |trace, random| {
            let idle = S * i64::from(random.within(2..120));
            asks(trace, random, idle)
        },
    )
    .case("below-two-hours")
    .real(),
    Mutator::new(
        "RT010",
        "a keepalive after two hours",
        Definite,
        |trace, random| asks(trace, random, 2 * HOUR),
    )
    .case("default-interval")
    .real(),
    Mutator::new(
        "RT011",
        "a keepalive while data is outstanding",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = scene.near()?;
            let delay = scene.delay(sender);
            let lost = scene.lost_data(sender, delay, 100);
            let wait = MS * i64::from(random.within(500..3000));
            let at = keepalive(&mut scene, sender, wait);
            scene.reply(!sender);
            scene.again(sender, 300 * MS, lost, true);
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(at_either_end),
    Mutator::new(
        "RT012",
        "keepalives stay unanswered",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_end(trace)?;
            let client = random.one_in(2);
            let pause = S * i64::from(random.within(2..40));
            for _ in 0..3 + random.below(4) {
                keepalive(&mut scene, client, pause);
            }
            let at = scene.say(client, pause, |p| p.flags = RST | ACK);
            Planted::by(scene.trace.packets[at].destination)
        },
    )
    .case("peer-silent")
    .real(),
    Mutator::new(
        "RT012",
        "given up after one keepalive",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_end(trace)?;
            let client = random.one_in(2);
            let pause = S * i64::from(random.within(2..80));
            keepalive(&mut scene, client, pause);
            let at = scene.say(client, pause, |p| p.flags = RST | ACK);
            Planted::at(scene.trace, at)
        },
    )
    .case("gave-up-after-one")
    .real(),
    Mutator::new(
        "RT013",
        "a first flight of more than ten segments",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_start(trace)?;
            let sender = random.one_in(2);
            let (full, mut sent, mut at) = (scene.full, 0, None);
            let delay = scene.delay(sender);
            scene.wait(delay);
            for _ in 0..12 + random.below(20) {
                let index = scene.data(sender, MS / 50, full);
                sent += full;
                if sent > (scene.mss * 10).max(14_600) && at.is_none() {
                    at = Some(index);
                }
            }
            scene.reply(!sender);
            scene.go_on(random);
            Planted::at(scene.trace, at?)
        },
    )
    .real(),
    Mutator::new(
        "RT014",
        "data is lost and never sent again",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let delay = scene.delay(sender);
            let len = random.within(1..500) as usize;
            let at = scene.lost_data(sender, delay, len);
            Planted::by(scene.trace.packets[at].source)
        },
    )
    .case("data"),
    Mutator::new(
        "RT014",
        "a FIN is lost and never sent again",
        Likely,
        |trace, _| {
            let (fin, last) = (second_fin(trace)?, last_ack(trace)?);
            trace.packets.remove(last);
            Planted::by(trace.packets[fin].source)
        },
    )
    .case("fin")
    .prepare(|plan, random| {
        plan.close = *random.choose(&[Close::ByClient, Close::ByServer]).unwrap();
    }),
    Mutator::new(
        "RT014",
        "a SYN-ACK is lost and never sent again",
        Likely,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            end_behind(trace, at);
            Planted::by(trace.server())
        },
    )
    .case("synack"),
];
