//! What one thread does: frames to segments, segments to connections, connections to what is said
//! of them.
//!
//! The connections are divided into [`LANES`], by their sockets; each lane has a table of its own
//! and limits of its own, and belongs to one worker. How many workers there are makes no
//! difference to a lane, so it makes none to the report.

mod judging;
mod learning;
mod lives;
mod waiting;

use self::lives::Sayings;
use self::waiting::Waiting;
use super::moved::{Moved, Passing};
use super::named::Named;
use super::news::{Fact, News, Told};
use super::parts::Parts;
use super::sightings::Sighting;
use crate::capture::Frame;
use crate::capture::block::Block;
use crate::decode::{Decoded, Decoder, Undecoded, UndecodedCounts};
use crate::flow::incarnation::Ended;
use crate::flow::life::Life;
use crate::flow::patterns::Patterns;
use crate::flow::table::{Known, Left, Table};
use crate::lane;
use crate::lane::LANES;
use crate::limits::TableLimits;
use crate::machine::surroundings::CaptureFacts;
use crate::report::places::Places;
use crate::segment::{Flags, Segment, Timestamp};
use crate::settings::Settings;
use crate::tunnel::Within;

/// A table for fewer connections than this is not divided.
const UNDIVIDED: usize = 4_096;

/// Connections of a lane that are seen to in one go when nothing more comes.
const AT_THE_END: usize = 1024;

/// Frames for all workers, in order.
#[derive(Debug, Default)]
pub struct Task {
    /// The frames.
    pub block: Block,
    /// For each of them when it was captured, and whose it is.
    pub stamps: Vec<Stamp>,
}

/// What was found out about a frame before the workers are given it.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Its time, also where the file gives none.
    pub time: Timestamp,
    /// What [`glance`](crate::decode::glance) says of it.
    pub hash: Option<u32>,
}

/// What is known around the connections.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Where packets are to be found.
    pub places: &'a Places,
    /// For several files: whether they are parts of one capture.
    pub parts: Option<&'a Parts>,
}

/// What was counted of the frames of a file.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// TCP segments.
    pub segments: u64,
    /// Frames without.
    pub undecoded: UndecodedCounts,
    /// Pieces of packets.
    pub pieces: u64,
}

/// A connection that left the table, and the time of the latest frame then.
#[derive(Debug)]
struct Gone {
    over: Over,
    latest: Timestamp,
}

/// A connection that is over.
#[derive(Debug)]
enum Over {
    /// One that the machine knows.
    Told(Ended),
    /// A textbook's.
    Life(Box<Life>),
}

/// A part of the connections.
#[derive(Debug)]
struct Lane {
    table: Table,
    /// What left the table.
    waiting: Waiting,
    surveyed: Surveyed,
    told: Told,
    named: Named,
}

/// What of a table was looked at when the capture had ended.
#[derive(Clone, Copy, Debug, Default)]
struct Surveyed {
    /// Connections.
    known: usize,
    /// Where openings begin that were not.
    openings: usize,
}

/// Which lanes are a worker's own: those whose numbers leave its own when divided by the number of
/// workers.
#[derive(Clone, Copy, Debug)]
struct Own {
    number: usize,
    workers: usize,
    /// For each lane its place among those that are its own, if it is one of them. (Divisions
    /// take long, for something that is asked of every frame.)
    places: [Option<u8>; LANES],
}

impl Own {
    /// `lanes`: how many there are, 1 or [`LANES`].
    fn new(number: usize, workers: usize, lanes: usize) -> Own {
        let place = |at: usize| {
            let lane = at % lanes.max(1);
            let is_own = lane % workers.max(1) == number;
            is_own.then_some((lane / workers.max(1)) as u8)
        };
        Own {
            number,
            workers,
            places: std::array::from_fn(place),
        }
    }

    /// The place among its own lanes of that of connections with this `hash`, if it is one of them.
    #[inline]
    fn at(&self, hash: u32) -> Option<usize> {
        let place = *self.places.get(hash as usize % LANES)?;
        place.map(usize::from)
    }
}

/// Looks after some lanes.
#[derive(Debug)]
pub struct Worker<'a> {
    settings: &'a Settings,
    own: Own,
    decoder: Decoder,
    moved: Moved,
    facts: CaptureFacts,
    losses_may_follow: bool,
    /// The latest time of all frames that went by.
    latest: Timestamp,
    began: bool,
    lanes: Vec<Lane>,
    /// See [`TableLimits::waiting`], for one lane.
    most_waiting: usize,
    /// For each file.
    tallies: Vec<Tally>,
    listeners_dropped: u64,
    sayings: Sayings,
    /// Room for what is told, used before.
    spare: Vec<Told>,
}

impl<'a> Worker<'a> {
    /// The only worker of a run, whose tables together have `limits`.
    pub fn only(settings: &'a Settings, limits: TableLimits) -> Worker<'a> {
        Worker::new(settings, limits, &Decoder::default(), 0, 1)
    }

    /// The workers of a run, so many of them; each of their tables is a part of one with `limits`.
    pub fn crew(count: usize, settings: &'a Settings, limits: TableLimits) -> Vec<Worker<'a>> {
        let workers = count.clamp(1, lanes(limits));
        // They go by the same numbers for tunnels.
        let decoder = Decoder::default();
        (0..workers)
            .map(|number| Worker::new(settings, limits, &decoder, number, workers))
            .collect()
    }

    fn new(
        settings: &'a Settings,
        limits: TableLimits,
        decoder: &Decoder,
        number: usize,
        workers: usize,
    ) -> Worker<'a> {
        let lanes = lanes(limits);
        let limits = limits.divided(lanes);
        let lane = |_| Lane {
            table: Table::with_limits(limits),
            waiting: Waiting::default(),
            surveyed: Surveyed::default(),
            told: Told::default(),
            named: Named::default(),
        };
        Worker {
            settings,
            own: Own::new(number, workers, lanes),
            decoder: decoder.beside(),
            moved: Moved::default(),
            facts: CaptureFacts::default(),
            losses_may_follow: false,
            latest: Timestamp::default(),
            began: false,
            lanes: (number..lanes).step_by(workers).map(lane).collect(),
            most_waiting: limits.waiting,
            tallies: Vec::new(),
            listeners_dropped: 0,
            sayings: Sayings::new(settings),
            spare: Vec::new(),
        }
    }

    /// Takes in what all have learned until an earlier round, and judges what was over then.
    pub fn hear(&mut self, news: &News, around: Around<'_>) {
        self.listeners_dropped += news.add_to(&mut self.facts);
        self.losses_may_follow = news.clock.losses_may_follow;
        let mut lanes = std::mem::take(&mut self.lanes);
        for lane in &mut lanes {
            if let Some(all) = lane.waiting.next_round() {
                self.judge_all(all, lane, around);
            }
        }
        self.lanes = lanes;
    }

    fn judge_all(&mut self, mut all: Vec<Gone>, lane: &mut Lane, around: Around<'_>) {
        for gone in all.drain(..) {
            self.judge(gone, lane, around);
        }
        lane.waiting.take_back(all);
    }

    /// Takes in the frames of a block.
    pub fn take(&mut self, task: &Task) {
        for (at, stamp) in task.block.frames().iter().zip(&task.stamps) {
            self.pass_time(stamp.time);
            let own = stamp.hash.map(|hash| self.own.at(hash));
            if own != Some(None) {
                let frame = task.block.frame(at);
                self.frame(0, &frame, stamp.time, own.flatten(), |_| ());
            }
        }
    }

    /// Takes in one frame of `file`, captured at `time`, and shows its segment to `see`.
    pub fn take_one(
        &mut self,
        file: usize,
        frame: &Frame<'_>,
        time: Timestamp,
        see: impl FnMut(&Segment<'_>),
    ) {
        self.pass_time(time);
        self.frame(file, frame, time, None, see);
    }

    fn pass_time(&mut self, time: Timestamp) {
        self.latest = if self.began {
            self.latest.max(time)
        } else {
            time
        };
        self.began = true;
    }

    /// `own`: in which of its lanes it belongs, where no other worker takes it in.
    #[inline]
    fn frame(
        &mut self,
        file: usize,
        frame: &Frame<'_>,
        time: Timestamp,
        own: Option<usize>,
        mut see: impl FnMut(&Segment<'_>),
    ) {
        let counted = own.is_some() || self.own.number == 0;
        let mut passing = None;
        // Looked at where it lies, for it is large.
        match &self.decoder.decode(frame, time) {
            Ok(Decoded::Segment(segment)) => {
                see(segment);
                passing = Passing::of(segment);
                let found = || lane::between(segment.source, segment.destination);
                debug_assert!(own.is_none() || own == self.own.at(found()));
                let at = own.or_else(|| self.own.at(found()));
                if let Some(lane) = at.and_then(|at| self.lanes.get_mut(at)) {
                    count(&mut self.tallies, file, |tally| tally.segments += 1);
                    lane.listen(segment, &self.facts);
                    let latest = self.latest;
                    let Lane {
                        table,
                        told,
                        waiting,
                        ..
                    } = lane;
                    table.take(segment, &mut |left| settle(left, latest, told, waiting));
                }
            }
            Ok(Decoded::IcmpError(error)) => {
                if counted {
                    let not_tcp = Undecoded::NotTcp;
                    count(&mut self.tallies, file, |tally| {
                        tally.undecoded.add(not_tcp)
                    });
                }
                let at = self.own.at(lane::between(error.source, error.destination));
                if let Some(lane) = at.and_then(|at| self.lanes.get_mut(at)) {
                    let latest = self.latest;
                    let Lane {
                        table,
                        told,
                        waiting,
                        ..
                    } = lane;
                    table.hear(error, &mut |left| settle(left, latest, told, waiting));
                }
            }
            // Counted at the end: the rest of its packet may come.
            Ok(Decoded::Piece) if counted => {
                count(&mut self.tallies, file, |tally| tally.pieces += 1);
            }
            Err(reason) if counted => {
                count(&mut self.tallies, file, |tally| {
                    tally.undecoded.add(*reason)
                });
            }
            Ok(Decoded::Piece) | Err(_) => {}
        }
        if let Some(passing) = passing {
            self.moved.see(passing, self.decoder.tunnels());
        }
    }

    /// Nothing was captured for so long that it is `now`: what is over leaves the tables, as if
    /// the next frame came now. What was not captured is not judged by that time.
    pub fn rest(&mut self, now: Timestamp) {
        let latest = self.latest;
        for lane in &mut self.lanes {
            let Lane {
                table,
                told,
                waiting,
                ..
            } = lane;
            table.expire(now, &mut |left| settle(left, latest, told, waiting));
        }
    }

    /// How many connections were over since the last round.
    pub fn over(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting.of_now()).sum()
    }

    /// Ends a round: what was over in it waits until its news are heard. Where too much is waiting,
    /// the oldest are judged by what has been heard up to now: connections that were given up for a
    /// limit, as others do not come in such numbers.
    pub fn end_round(&mut self, around: Around<'_>) {
        let mut lanes = std::mem::take(&mut self.lanes);
        for lane in &mut lanes {
            lane.waiting.end_round();
            while let Some(all) = lane.waiting.impatient(self.most_waiting) {
                self.judge_all(all, lane, around);
            }
        }
        self.lanes = lanes;
    }

    /// Takes back the room of what was told, to be used anew.
    pub fn take_back(&mut self, spare: &mut Vec<Told>) {
        self.spare.append(spare);
    }

    /// What each lane has to tell, with the lane's number.
    pub fn tell(&mut self) -> Vec<(usize, Told)> {
        let numbers = (self.own.number..).step_by(self.own.workers);
        let spare = &mut self.spare;
        let told = (self.lanes.iter_mut())
            .map(|lane| std::mem::replace(&mut lane.told, spare.pop().unwrap_or_default()));
        numbers.zip(told).collect()
    }

    /// The last frame has been taken in: learns from some of what is still in the tables.
    pub fn survey(&mut self, around: Around<'_>) {
        self.end_round(around);
        for lane in &mut self.lanes {
            let Lane {
                table,
                told,
                surveyed,
                named,
                ..
            } = lane;
            if surveyed.known == 0 {
                table.catch_up();
            }
            let mut room = AT_THE_END;
            for known in table.connections().skip(surveyed.known).take(room) {
                match known {
                    Known::Track(track) => learning::learn(track.connection(), self.latest, told),
                    Known::Life(life) => {
                        self.sayings.announce(life, named);
                        learning::learn_life(life, self.latest, told);
                    }
                }
                surveyed.known += 1;
                room -= 1;
            }
            for (behind, opening) in table.openings(surveyed.openings).take(room) {
                learning::learn_opening(opening, self.latest, told);
                surveyed.openings = behind;
                room -= 1;
            }
            told.done = room > 0;
        }
    }

    /// Takes in what all have learned until the end.
    pub fn hear_last(&mut self, news: &News) {
        self.listeners_dropped += news.add_to(&mut self.facts);
        self.losses_may_follow = false;
    }

    /// Judges some of what is still waiting or in the tables. Floods have been found: what
    /// belongs to one is counted there and not listed.
    pub fn finish(&mut self, patterns: &Patterns, around: Around<'_>) {
        let mut lanes = std::mem::take(&mut self.lanes);
        let mut left = Vec::new();
        for lane in &mut lanes {
            lane.told.done = false;
            for _ in 0..AT_THE_END {
                if let Some(all) = lane.waiting.next_round() {
                    self.judge_all(all, lane, around);
                    continue;
                }
                if !lane.table.pop(&mut |gone| left.push(gone)) {
                    lane.told.done = true;
                    break;
                }
                for left in left.drain(..) {
                    self.judge_last(left, patterns, lane, around);
                }
            }
        }
        self.lanes = lanes;
    }

    /// The tables of its lanes.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.lanes.iter().map(|lane| &lane.table)
    }

    /// What was counted of the frames of each file.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// What it went through to get at segments: the same for all workers where it went through
    /// tunnels or was put together.
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// What it knows of the capture.
    pub const fn facts(&self) -> &CaptureFacts {
        &self.facts
    }

    /// How often a listener found no room.
    pub const fn listeners_dropped(&self) -> u64 {
        self.listeners_dropped
    }
}

impl Lane {
    /// Notes a socket that answers a SYN.
    fn listen(&mut self, segment: &Segment<'_>, facts: &CaptureFacts) {
        if segment.flags.contains(Flags::SYN | Flags::ACK) {
            let (addr, tunnel) = (segment.source, segment.tunnel);
            let listener = Within { addr, tunnel };
            if !facts.listeners.contains(&listener) {
                self.told.facts.push(Fact::Listener(listener));
            }
        }
    }
}

/// Learns from what leaves the table of a lane, and sets it aside to be judged.
#[inline]
fn settle(left: Left, latest: Timestamp, told: &mut Told, waiting: &mut Waiting) {
    match left {
        // The table counts what it gives up.
        Left::Bare(bare) => told.sightings.push_bare(bare),
        Left::Dropped(attempt) => told.sightings.push(Sighting::Attempt(attempt)),
        Left::Connection(ended) => {
            learning::learn(&ended.connection, latest, told);
            let over = Over::Told(ended);
            waiting.push(Gone { over, latest });
        }
        Left::Life(life) => {
            learning::learn_life(&life, latest, told);
            let over = Over::Life(life);
            waiting.push(Gone { over, latest });
        }
        // Leaves only at the end of the capture.
        Left::HalfOpen(_) => {}
    }
}

/// Into how many lanes the connections of a table with such limits are divided. Small ones are not.
const fn lanes(limits: TableLimits) -> usize {
    if limits.connections < UNDIVIDED {
        1
    } else {
        LANES
    }
}

fn count(tallies: &mut Vec<Tally>, file: usize, add: impl FnOnce(&mut Tally)) {
    if tallies.len() <= file {
        tallies.resize_with(file.saturating_add(1), Tally::default);
    }
    if let Some(tally) = tallies.get_mut(file) {
        add(tally);
    }
}
