//! What ordinary life brings into a conversation, and nobody is to blame for.

use super::random::Random;
use super::scene::Scene;
use super::{Trace, kind};

const MS: i64 = 1_000_000;
const S: i64 = 1_000_000_000;
/// Between two segments of one flight.
const SPACING_NS: i64 = 20_000;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Episode {
    /// Lone segments are acknowledged only after a while.
    DelayedAcks,
    /// A segment of a flight is lost behind the monitor, and sent again.
    Loss,
    /// The same with nothing behind it that would show the loss: the timer runs out.
    LostTail,
    /// Nothing to say for a while; a keepalive asks whether the other is there.
    Keepalive,
    /// An application reads slowly: the window closes, is probed, and opens.
    Window,
}

impl Episode {
    pub const ALL: [Episode; 5] = [
        Episode::DelayedAcks,
        Episode::Loss,
        Episode::LostTail,
        Episode::Keepalive,
        Episode::Window,
    ];

    /// Rules that speak of it, as of something worth knowing.
    pub fn spoken_of_by(self) -> &'static [&'static str] {
        match self {
            Episode::DelayedAcks => &[],
            Episode::Loss | Episode::LostTail => &["RT004"],
            Episode::Keepalive => &["RT010"],
            Episode::Window => &["WN003"],
        }
    }

    /// Adds it behind what has been said.
    pub fn play(self, trace: &mut Trace, random: &mut Random) -> Option<()> {
        let sack = trace.packets[0].option(kind::SACK_PERMITTED).is_some();
        let mut scene = Scene::at_end(trace)?;
        let sender = random.one_in(2);
        match self {
            Episode::DelayedAcks => delayed(&mut scene, sender, random),
            Episode::Loss => loss(&mut scene, sender, sack, random),
            Episode::LostTail => lost_tail(&mut scene, sender, random),
            Episode::Keepalive => keepalive(&mut scene, sender, random),
            Episode::Window => return window(&mut scene, sender),
        }
        Some(())
    }
}

fn delayed(scene: &mut Scene<'_>, sender: bool, random: &mut Random) {
    for _ in 0..1 + random.below(3) {
        let delay = scene.delay(sender);
        scene.data(sender, delay, 1 + random.below(400));
        let late = scene.delay(!sender) + MS * i64::from(random.within(20..200));
        scene.say(!sender, late, |_| ());
    }
}

fn loss(scene: &mut Scene<'_>, sender: bool, sack: bool, random: &mut Random) {
    let (full, delay) = (scene.full, scene.delay(sender));
    let behind = 3 + random.below(4);
    let lost = scene.lost_data(sender, delay, full);
    for _ in 0..behind {
        scene.data(sender, SPACING_NS, full);
    }
    // Each that came behind the hole is answered at once.
    let (left, right) = (scene.end(!sender).held_from(), scene.end(sender).next);
    let delay = scene.delay(!sender);
    for number in 1..=behind {
        let after = if number == 1 { delay } else { SPACING_NS };
        let reported = left.wrapping_add(u32::try_from(number * full).unwrap());
        scene.say(!sender, after, |p| {
            if sack {
                p.set_sack(&[(left, reported)]);
            }
        });
        assert!(number < behind || reported == right);
    }
    let delay = scene.delay(sender);
    scene.again(sender, delay, lost, true);
    scene.reply(!sender);
}

fn lost_tail(scene: &mut Scene<'_>, sender: bool, random: &mut Random) {
    let delay = scene.delay(sender);
    let lost = scene.lost_data(sender, delay, 1 + random.below(400));
    let timer = MS * i64::from(random.within(1000..1500));
    scene.again(sender, timer, lost, true);
    scene.reply(!sender);
}

fn keepalive(scene: &mut Scene<'_>, client: bool, random: &mut Random) {
    // Not so long that the capture seems to have stopped.
    let idle = S * i64::from(random.within(5..20));
    for _ in 0..1 + random.below(2) {
        let seq = scene.end(client).next.wrapping_sub(1);
        scene.say(client, idle, |p| p.seq = seq);
        scene.reply(!client);
    }
}

fn window(scene: &mut Scene<'_>, sender: bool) -> Option<()> {
    scene.fill(sender, 0)?;
    for round in 0..2 {
        let seq = scene.end(sender).next.wrapping_sub(1);
        scene.say(sender, (300 * MS) << round, |p| p.seq = seq);
        scene.reply(!sender);
    }
    scene.reopen(!sender, 200 * MS);
    scene.exchange(sender, 500);
    Some(())
}
