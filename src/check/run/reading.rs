//! A capture read in rounds, block by block.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Done, Run, Source};
use crate::capture::{CaptureError, CaptureReader};
use crate::check::book::End;
use crate::check::crew::Crew;
use crate::check::news::{Clock, Told};
use crate::check::rounds::{Reader, Round};
use crate::check::worker::Task;

/// Reads rounds, and takes in what was told of earlier ones.
struct Reading<'r, 'a> {
    run: &'r mut Run<'a>,
    reader: CaptureReader<Source>,
    /// The first block, and whether all was well with it.
    first: Option<(Task, Result<(), CaptureError>)>,
    /// Frames go to several workers.
    is_divided: bool,
    /// For the rounds that are under way, what the frames showed at their ends.
    clocks: VecDeque<Clock>,
    /// Rounds that were read, to use the memory of those that all are through with.
    rounds: Vec<Arc<Round>>,
    /// Why the capture could not be read to its end.
    error: Option<CaptureError>,
}

impl Run<'_> {
    /// Reads a capture of which the first block has been read, and judges it.
    pub(super) fn read(
        mut self,
        reader: CaptureReader<Source>,
        mut crew: Crew<'_>,
        first: (Task, Result<(), CaptureError>),
    ) -> Done {
        let number = self.places.number(0);
        let name = self.places.name(0);
        let reading = Reading {
            is_divided: crew.is_divided(),
            run: &mut self,
            reader,
            first: Some(first),
            clocks: VecDeque::new(),
            rounds: Vec::new(),
            error: None,
        };
        let (reading, told) = crew.go_through(reading, &name, number);
        let Reading {
            reader,
            clocks,
            error,
            ..
        } = reading;
        for (told, clock) in told.into_iter().zip(clocks) {
            let news = self.take(told, clock);
            self.unheard.push(news);
        }
        let end = End {
            info: Some(reader.info()),
            error: error.as_ref(),
        };
        self.finish(&[end], crew)
    }
}

impl Reader for Reading<'_, '_> {
    fn next(&mut self, told: Option<Vec<Told>>, spare: &mut Vec<Told>) -> Arc<Round> {
        let (mut task, read) = self.first.take().unwrap_or_else(|| {
            let mut task = self.room();
            let read = self.reader.next_block(&mut task.block);
            (task, read)
        });
        let run = &mut *self.run;
        run.count(task.block.frames().len() as u64);
        run.stamp(&mut task, self.is_divided);
        run.places.set_digits(0, self.reader.info().time_digits);
        run.facts.drops = self.reader.info().missing();
        let clock = run.clock();
        let news = told.and_then(|told| {
            let clock = self.clocks.pop_front()?;
            Some(run.take(told, clock))
        });
        spare.append(&mut run.spare);
        self.clocks.push_back(clock);
        let was_last = task.block.frames().is_empty();
        let is_last = match read {
            Err(error) if !error.is_quiet() => {
                self.error = Some(error);
                true
            }
            read => read.is_ok() && was_last,
        };
        let round = Arc::new(Round {
            task,
            news,
            digits: self.reader.info().time_digits,
            is_last,
        });
        self.rounds.push(Arc::clone(&round));
        round
    }
}

impl Reading<'_, '_> {
    /// A task that all are through with, to use its memory anew.
    fn room(&mut self) -> Task {
        let done = (self.rounds.iter()).position(|round| Arc::strong_count(round) == 1);
        let round = done.map(|at| self.rounds.swap_remove(at));
        let round = round.and_then(Arc::into_inner);
        round.map(|round| round.task).unwrap_or_default()
    }
}
