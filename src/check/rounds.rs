//! The rounds of a run, gone about by several threads.
//!
//! There is no thread for reading alone: each looks after some of the lanes, and whoever is ahead of
//! the others hands on what was told of an earlier round and reads the next. So all have as much to do
//! as any, whatever takes the longest, and none of them more than a processor of its own.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::news::{News, Told};
use super::worker::Task;

/// Rounds that may be under way: what was over in one is judged when the one so many behind it is
/// taken in, and who is done with one need not wait for the others.
pub const LAG: usize = 3;

/// So often a thread that has nothing to do lets others go on before it sleeps. Rounds are short:
/// to be woken takes longer than most waits.
const PATIENCE: usize = 100;

/// A round as all threads are given it.
#[derive(Debug)]
pub struct Round {
    /// The frames to take in.
    pub task: Task,
    /// Before that, the news to hear: of the round [`LAG`] before, if there was one. What was over
    /// then is judged by them.
    pub news: Option<News>,
    /// Decimal digits of the time stamps up to its end.
    pub digits: u8,
    /// There is none behind it.
    pub is_last: bool,
}

/// What lanes told of a round, each with its number.
pub type Tellings = Vec<(usize, Told)>;

/// Where rounds come from.
pub trait Reader {
    /// The next round: there is one, and it is not asked for behind the last. `told`: what all lanes
    /// told of the round [`LAG`] before it, in their order; the room for it, emptied, goes to `spare`.
    fn next(&mut self, told: Option<Vec<Told>>, spare: &mut Vec<Told>) -> Arc<Round>;
}

/// What lanes tell, in the order of their numbers.
pub fn in_order(mut told: Tellings) -> Vec<Told> {
    told.sort_by_key(|(lane, _)| *lane);
    told.into_iter().map(|(_, told)| told).collect()
}

/// How far all are.
#[derive(Debug, Default)]
struct Pace {
    /// How many rounds were read.
    read: usize,
    /// Those that not all threads have taken, and how many have.
    rounds: VecDeque<(usize, Arc<Round>)>,
    /// What was told of rounds that was not handed on yet, the oldest first.
    told: VecDeque<Tellings>,
    /// Somebody is reading.
    is_reading: bool,
    ended: bool,
    /// A thread has panicked.
    broken: bool,
    spare: Vec<Told>,
}

/// What a thread is to do next.
enum Next {
    Read(Option<Tellings>),
    Take(Arc<Round>, Vec<Told>),
    Wait,
    End,
}

/// What the threads share.
pub struct Rounds<R> {
    reader: Mutex<R>,
    pace: Mutex<Pace>,
    moved: Condvar,
    threads: usize,
    lanes: usize,
}

/// The part of one thread in the rounds.
pub struct Part<'a, R> {
    rounds: &'a Rounds<R>,
    /// How many rounds it has taken.
    taken: usize,
    /// How many lanes it looks after.
    lanes: usize,
}

impl Pace {
    /// What was told of the oldest round is complete, or not needed for the next.
    fn may_read(&self, lanes: usize) -> bool {
        let is_told = |told: &Tellings| told.len() == lanes;
        let needed = self.read >= LAG;
        !self.is_reading && !self.ended && (!needed || self.told.front().is_some_and(is_told))
    }

    fn next(&mut self, part: &Part<'_, impl Reader>) -> Next {
        let Part {
            rounds,
            taken,
            lanes,
        } = *part;
        if self.broken {
            return Next::End;
        }
        // Others are to find one when they come here; by itself, it takes each while it is in the
        // cache.
        let wanted = taken + rounds.threads.min(2);
        if self.read < wanted && self.may_read(rounds.lanes) {
            self.is_reading = true;
            let needed = self.read >= LAG;
            return Next::Read(needed.then(|| self.told.pop_front()).flatten());
        }
        let first = self.read - self.rounds.len();
        if let Some((takers, round)) = self.rounds.get_mut(taken - first) {
            *takers += 1;
            let round = Arc::clone(round);
            while (self.rounds.front()).is_some_and(|(takers, _)| *takers == rounds.threads) {
                self.rounds.pop_front();
            }
            let rest = self.spare.len().saturating_sub(lanes);
            return Next::Take(round, self.spare.split_off(rest));
        }
        if self.ended { Next::End } else { Next::Wait }
    }
}

impl<R: Reader> Rounds<R> {
    /// Rounds from `reader`, for so many `threads` that look after `lanes` together.
    pub fn new(reader: R, threads: usize, lanes: usize) -> Rounds<R> {
        Rounds {
            reader: Mutex::new(reader),
            pace: Mutex::default(),
            moved: Condvar::new(),
            threads,
            lanes,
        }
    }

    /// The part of a thread that looks after so many of the lanes.
    pub const fn part(&self, lanes: usize) -> Part<'_, R> {
        Part {
            rounds: self,
            taken: 0,
            lanes,
        }
    }

    /// The reader, and what was told and not handed on: all threads are through.
    pub fn end(self) -> (R, Vec<Tellings>) {
        let pace = self
            .pace
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let reader = self.reader.into_inner();
        (
            reader.unwrap_or_else(PoisonError::into_inner),
            pace.told.into(),
        )
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, told: Option<Tellings>) {
        let mut spare = Vec::new();
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let round = reader.next(told.map(in_order), &mut spare);
        drop(reader);
        let mut pace = self.pace();
        pace.is_reading = false;
        pace.spare.append(&mut spare);
        pace.ended = round.is_last;
        pace.read += 1;
        pace.rounds.push_back((0, round));
        pace.told.push_back(Tellings::new());
        drop(pace);
        self.moved.notify_all();
    }
}

impl<R: Reader> Part<'_, R> {
    /// The next round, and room for what is to be told of it; `None` behind the last, or when
    /// another thread has panicked.
    pub fn take(&mut self) -> Option<(Arc<Round>, Vec<Told>)> {
        let mut patience = PATIENCE;
        let mut pace = self.rounds.pace();
        loop {
            match pace.next(self) {
                Next::Take(round, spare) => {
                    self.taken += 1;
                    return Some((round, spare));
                }
                Next::End => return None,
                Next::Read(told) => {
                    drop(pace);
                    self.rounds.read(told);
                    pace = self.rounds.pace();
                }
                Next::Wait if patience > 0 => {
                    patience -= 1;
                    drop(pace);
                    thread::yield_now();
                    pace = self.rounds.pace();
                }
                Next::Wait => {
                    let woken = self.rounds.moved.wait(pace);
                    pace = woken.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Tells of the round that was taken last.
    pub fn tell(&self, told: Tellings) {
        let mut pace = self.rounds.pace();
        // The last of `told` is that of the round that was read last.
        let at = (pace.told.len() + self.taken).checked_sub(pace.read + 1);
        if let Some(all) = at.and_then(|at| pace.told.get_mut(at)) {
            all.extend(told);
            if all.len() == self.rounds.lanes {
                drop(pace);
                self.rounds.moved.notify_all();
            }
        }
    }
}

/// Whoever panics lets the others know, who would wait for ever.
impl<R> Drop for Part<'_, R> {
    fn drop(&mut self) {
        if thread::panicking() {
            let pace = self.rounds.pace.lock();
            pace.unwrap_or_else(PoisonError::into_inner).broken = true;
            self.rounds.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests;
