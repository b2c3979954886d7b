//! What the threads of a run tell each other.
//!
//! Each thread sees some of the connections, and judges them by what all of them show of the
//! capture. So what a round of frames shows is gathered, put in order, and given to all, who
//! judge by it what was over in that round: the same in every run, however many threads there are.

use std::net::IpAddr;

use super::limits::Counts;
use super::sightings::Sightings;
use super::undecided::{Both, Judged};
use crate::limits;
use crate::machine::surroundings::CaptureFacts;
use crate::report::rows::Rows;
use crate::segment::{Socket, Timestamp};
use crate::tunnel::Within;

/// What a connection shows of the capture.
#[derive(Clone, Copy, Debug)]
pub enum Fact {
    /// See [`CaptureFacts::listeners`].
    Listener(Within<Socket>),
    /// See [`CaptureFacts::add_two_way`].
    TwoWay(u64),
    /// See [`CaptureFacts::half_open`].
    HalfOpen(Socket),
    /// See [`CaptureFacts::broken_off`].
    BrokenOff(IpAddr),
    /// See [`CaptureFacts::stopped_at_fin`].
    StoppedAtFin(IpAddr),
}

/// What is said of a connection.
#[derive(Clone, Debug)]
pub enum Said {
    /// Whatever comes.
    Surely(Box<Judged>),
    /// One or the other, as the capture says at its end if it lost frames.
    Either(Box<Both>),
}

/// What a lane tells after a round.
#[derive(Debug, Default)]
pub struct Told {
    /// What its connections showed.
    pub facts: Vec<Fact>,
    /// Of what they may be part.
    pub sightings: Sightings,
    /// What is said of those that are over.
    pub said: Vec<Said>,
    /// Those of which so little is said that they are only counted.
    pub rows: Rows,
    /// What reached limits.
    pub counts: Counts,
    /// It holds nothing more that is still to be judged.
    pub done: bool,
}

impl Told {
    /// Forgets all of it, and keeps the room: most likely, another round has as much to tell.
    pub fn clear(&mut self) {
        let Told {
            facts,
            sightings,
            said,
            rows,
            counts,
            done,
        } = self;
        facts.clear();
        sightings.clear();
        said.clear();
        rows.clear();
        (*counts, *done) = (Counts::default(), false);
    }
}

/// What the frames themselves show of the capture up to a round.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// See [`CaptureFacts::latest`].
    pub latest: Timestamp,
    /// See [`CaptureFacts::step_back_ns`].
    pub step_back_ns: i64,
    /// See [`CaptureFacts::drops`].
    pub drops: Option<u64>,
    /// See [`CaptureFacts::part_missing`].
    pub part_missing: bool,
    /// See [`CaptureFacts::by_radio`].
    pub by_radio: bool,
    /// See [`CaptureFacts::pauses`]: those of the round.
    pub pauses: Vec<(Timestamp, Timestamp)>,
    /// Pauses so far that found no room.
    pub pauses_dropped: u64,
    /// The capture may still say that it lost frames.
    pub losses_may_follow: bool,
    /// Decimal digits of its time stamps.
    pub digits: u8,
}

/// What is new to all after a round.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// What the frames show.
    pub clock: Clock,
    /// What the connections of all lanes showed.
    pub facts: Vec<Fact>,
}

impl News {
    /// All that was new in several rounds, by what the frames show in the end.
    pub fn joined(rounds: Vec<News>, mut clock: Clock) -> News {
        let (mut facts, mut pauses) = (Vec::new(), Vec::new());
        for round in rounds {
            facts.extend(round.facts);
            pauses.extend(round.clock.pauses);
        }
        pauses.append(&mut clock.pauses);
        clock.pauses = pauses;
        News { clock, facts }
    }

    /// Adds all of it to `facts`; returns how many listeners found no room.
    pub fn add_to(&self, facts: &mut CaptureFacts) -> u64 {
        let clock = &self.clock;
        facts.latest = clock.latest;
        facts.step_back_ns = clock.step_back_ns;
        facts.drops = clock.drops;
        facts.part_missing = clock.part_missing;
        facts.by_radio = clock.by_radio;
        facts.pauses.extend(&clock.pauses);
        facts.pauses_dropped = clock.pauses_dropped;
        self.facts.iter().map(|fact| add(facts, *fact)).sum()
    }
}

fn add(facts: &mut CaptureFacts, fact: Fact) -> u64 {
    match fact {
        Fact::Listener(listener) => {
            if facts.listeners.len() < limits::LISTENERS {
                facts.listeners.insert(listener);
            } else if !facts.listeners.contains(&listener) {
                return 1;
            }
        }
        Fact::TwoWay(tunnel) => facts.add_two_way(tunnel),
        Fact::HalfOpen(server) => facts.add_half_open(server),
        Fact::BrokenOff(host) => {
            if facts.broken_off.len() < limits::LISTENERS {
                facts.broken_off.insert(host);
            }
        }
        Fact::StoppedAtFin(host) => {
            if facts.stopped_at_fin.len() < limits::LISTENERS {
                facts.stopped_at_fin.insert(host);
            }
        }
    }
    0
}
