//! Resets and challenges that show over several segments.

use super::tools::{MS, S, new_syn};
use super::{Mutator, Planted};
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{ACK, RST};
use tcpcheck::finding::Certainty::{Definite, Likely};

fn plain(plan: &mut Plan, _: &mut Random) {
    (plan.ecn, plan.timestamps) = (false, false);
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "RS006",
        "a challenge for each of a dozen guesses",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let off = (scene.room(sender) / 2).min(500);
            if off < 2 {
                return None;
            }
            let seq = scene.end(sender).next.wrapping_add(off);
            for _ in 0..12 + random.below(4) {
                scene.lose(sender, 20 * MS, |p| {
                    (p.flags, p.seq, p.ack, p.window) = (RST, seq, 0, 0)
                });
                scene.reply(!sender);
            }
            let at = scene.trace.last(|_| true)?;
            let by = scene.trace.packets[at].source;
            scene.go_on(random);
            Planted::by(by)
        },
    )
    .case("not-throttled")
    .real(),
    Mutator::new(
        "RS007",
        "data long after the peer's RST",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = random.one_in(2);
            let delay = scene.delay(client);
            scene.lose(client, delay, |p| (p.flags, p.ack, p.window) = (RST, 0, 0));
            let wait = MS * i64::from(random.within(700..3000));
            let at = scene.lost_data(!client, wait, 50);
            Planted::named(at)
        },
    ),
    Mutator::new(
        "RS008",
        "the challenge adopts the number of a SYN",
        Likely,
        |trace, random| {
            let mut scene = Scene::in_use(trace, random)?;
            let server = false;
            let isn = scene
                .end(true)
                .next
                .wrapping_add(random.within(1_000_000..1_000_000_000));
            let now_ns = scene.now_ns;
            let syn = new_syn(scene.trace, true, isn, 500 * MS);
            scene.wait(syn.time_ns - now_ns);
            let end = syn.end();
            scene.trace.insert(syn);
            let delay = scene.delay(server);
            let at = scene.say(server, delay, |p| p.ack = end);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(plain),
    Mutator::new(
        "RS008",
        "the ACK of old data copies its ack as number",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            let old = scene.exchange(sender, 100);
            let copied = scene.trace.packets[old].ack;
            scene.exchange(!sender, 500);
            scene.exchange(!sender, 300);
            let ack = copied;
            scene.again(sender, 300 * MS, old, true);
            let last = scene.trace.last(|_| true)?;
            scene.trace.packets[last].ack = ack;
            let delay = scene.delay(!sender);
            let at = scene.say(!sender, delay, |p| p.seq = copied);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(plain),
    Mutator::new("RS009", "old data draws a RST", Likely, |trace, random| {
        let mut scene = Scene::at_rest(trace, random)?;
        let sender = random.one_in(2);
        let old = scene.exchange(sender, 100);
        scene.again(sender, 30 * MS, old, true);
        let delay = scene.delay(!sender);
        let at = scene.say(!sender, delay, |p| (p.flags, p.ack, p.window) = (RST, 0, 0));
        Planted::at(scene.trace, at)
    })
    .real(),
    Mutator::new(
        "RS009",
        "an ACK of unsent data draws a RST",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = random.one_in(2);
            scene.exchange(sender, 100);
            let ahead = random.within(50_000..1_000_000_000);
            let delay = scene.delay(sender);
            let at = scene.say(sender, delay, |p| p.ack = p.ack.wrapping_add(ahead));
            let seq = scene.trace.packets[at].ack;
            let delay = scene.delay(!sender);
            let at = scene.say(!sender, delay, |p| {
                (p.flags, p.seq, p.ack, p.window) = (RST, seq, 0, 0);
            });
            Planted::at(scene.trace, at)
        },
    )
    .real(),
    Mutator::new(
        "SQ002",
        "an acknowledgment goes back in the middle",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = scene.near()?;
            scene.exchange(!client, 300);
            let back = random.within(1..300);
            let at = scene.say(client, 200 * MS, |p| {
                p.ack = p.ack.wrapping_sub(back);
                p.flags = ACK;
            });
            scene.wait(S);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(super::tools::at_either_end),
];
