//! The workers of a run.

use std::panic;
use std::thread;

use super::news::{News, Told};
use super::rounds::{Part, Reader, Rounds, Tellings, in_order};
use super::worker::{Around, Worker};
use crate::finding::CaptureNumber;
use crate::flow::patterns::Patterns;
use crate::report::places::Places;

/// What workers are asked for when all rounds are through. To each they answer with what their
/// lanes tell.
#[derive(Clone, Copy, Debug)]
pub enum Order<'a> {
    /// To learn from what is in the tables, as the capture has ended.
    Survey,
    /// To hear the last news.
    Last(&'a News),
    /// To judge some of what is left.
    Finish(&'a Patterns),
}

/// The workers: one at the least.
#[derive(Debug)]
pub struct Crew<'a> {
    first: Worker<'a>,
    others: Vec<Worker<'a>>,
}

impl<'a> Crew<'a> {
    /// A worker and others with whom it shares the lanes.
    pub const fn of(first: Worker<'a>, others: Vec<Worker<'a>>) -> Crew<'a> {
        Crew { first, others }
    }

    /// A worker who has all lanes.
    pub const fn alone(worker: Worker<'a>) -> Crew<'a> {
        Crew::of(worker, Vec::new())
    }

    /// Whether frames are divided between several.
    pub const fn is_divided(&self) -> bool {
        !self.others.is_empty()
    }

    /// Goes through the rounds of the capture `name`, which goes by `number` in the report, each
    /// worker in a thread; returns the reader, and what was told of the last rounds.
    pub fn go_through<R: Reader + Send>(
        &mut self,
        reader: R,
        name: &str,
        number: CaptureNumber,
    ) -> (R, Vec<Vec<Told>>) {
        let lanes = self.all().map(|worker| worker.tables().count()).sum();
        let rounds = Rounds::new(reader, 1 + self.others.len(), lanes);
        let work = |worker: &mut Worker<'_>| {
            let mut places = Places::single(name);
            places.set_numbers(|_| number);
            work(worker, rounds.part(worker.tables().count()), places);
        };
        beside(&mut self.first, &mut self.others, work);
        let (reader, told) = rounds.end();
        (reader, told.into_iter().map(in_order).collect())
    }

    /// Gives an order; returns what all lanes tell, in order. The room for it is taken from `spare`.
    pub fn order(
        &mut self,
        order: Order<'_>,
        around: Around<'_>,
        spare: &mut Vec<Told>,
    ) -> Vec<Told> {
        self.first.take_back(spare);
        let told = beside(&mut self.first, &mut self.others, |worker| {
            match order {
                Order::Survey => worker.survey(around),
                Order::Last(news) => worker.hear_last(news),
                Order::Finish(patterns) => worker.finish(patterns, around),
            }
            worker.tell()
        });
        in_order(told.into_iter().flatten().collect())
    }

    /// One of them, for what all know.
    pub const fn first(&self) -> &Worker<'a> {
        &self.first
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Worker<'a>> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// Has all workers do something, all but the first in threads of their own.
fn beside<'a, T: Send>(
    first: &mut Worker<'a>,
    others: &mut [Worker<'a>],
    work: impl Fn(&mut Worker<'a>) -> T + Sync,
) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = (others.iter_mut())
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        let mut all = vec![work(first)];
        for thread in threads {
            let done = thread.join();
            all.push(done.unwrap_or_else(|reason| panic::resume_unwind(reason)));
        }
        all
    })
}

/// What is known around the connections of the only file.
const fn around(places: &Places) -> Around<'_> {
    Around {
        places,
        parts: None,
    }
}

/// Goes through the rounds with one worker.
fn work(worker: &mut Worker<'_>, mut part: Part<'_, impl Reader>, mut places: Places) {
    while let Some((round, mut spare)) = part.take() {
        worker.take_back(&mut spare);
        if let Some(news) = &round.news {
            places.set_digits(0, news.clock.digits);
            worker.hear(news, around(&places));
        }
        worker.take(&round.task);
        places.set_digits(0, round.digits);
        worker.end_round(around(&places));
        let told: Tellings = worker.tell();
        // The reader uses it anew when nobody has it.
        drop(round);
        part.tell(told);
    }
}
