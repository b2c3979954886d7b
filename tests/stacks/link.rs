//! The path between the two hosts: in each direction two hops, with the
//! monitor in the middle between them.

use fastrand::Rng;

use crate::scenario::chance;

/// One hop in one direction. Times are microseconds.
#[derive(Clone, Debug, Default)]
pub struct Hop {
    pub delay: i64,
    /// Up to so much more.
    pub jitter: i64,
    /// Of a thousand.
    pub lost: u32,
    pub duplicated: u32,
    pub held_up: u32,
    /// How long those that are held up wait.
    pub holdup: i64,
    /// Nothing overtakes, jitter or not.
    pub in_order: bool,
    /// Everything is lost from then to then.
    pub outage: Option<(i64, i64)>,
    /// When the latest came out.
    pub last_arrival: i64,
}

impl Hop {
    /// When a datagram that enters now comes out: never, once, or twice.
    pub fn carry(&mut self, now: i64, rng: &mut Rng) -> Vec<i64> {
        let dark = self
            .outage
            .is_some_and(|(from, to)| (from..to).contains(&now));
        let copies = 1 + usize::from(chance(rng, self.duplicated));
        let lost = chance(rng, self.lost);
        let mut arrivals = Vec::new();
        for _ in 0..copies {
            let mut at = now + self.delay + rng.i64(0..=self.jitter);
            if chance(rng, self.held_up) {
                at += rng.i64(0..=self.holdup);
            }
            if self.in_order {
                at = at.max(self.last_arrival);
            }
            if !lost && !dark {
                self.last_arrival = self.last_arrival.max(at);
                arrivals.push(at);
            }
        }
        arrivals
    }
}
