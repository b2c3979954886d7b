//! The end of a capture: what is left in the table, patterns, the report.

use std::sync::Arc;

use super::{Done, Run};
use crate::check::book::{self, End};
use crate::check::crew::{Crew, Order};
use crate::check::fragments;
use crate::check::limits as reached;
use crate::check::news::News;
use crate::check::undecided::Undecided;
use crate::check::worker::Worker;
use crate::report::model::CaptureReport;
use crate::report::words;

impl Run<'_> {
    pub(super) fn finish(mut self, ends: &[End<'_>], mut crew: Crew<'_, '_>) -> Done {
        for (file, (book, end)) in self.books.iter_mut().zip(ends).enumerate() {
            let digits = end.info.map_or(0, |info| info.time_digits);
            self.places.set_digits(file, digits);
            book.add_damaged(end.info.map_or(0, |info| info.damaged_frames));
        }
        self.facts.drops = drops(ends);
        self.losses_may_follow = false;
        let frames_were_lost = self.facts.drops.is_some_and(|lost| lost > 0);
        let nothing = Undecided::new(0);
        let undecided = std::mem::replace(&mut self.undecided, nothing);
        let unsettled = undecided
            .settle(frames_were_lost, |judged| self.enter(judged))
            .err();
        self.end_all(&mut crew);
        let workers = crew.dismiss();
        let Some(first) = workers.first() else {
            unreachable!("every crew has somebody")
        };
        // All have heard the same.
        self.counts.listeners_dropped = first.listeners_dropped();
        for worker in &workers {
            for (book, tally) in self.books.iter_mut().zip(worker.tallies()) {
                book.add(tally);
            }
        }
        let (decoder, facts) = (first.decoder(), first.facts());
        let (mut patterns, withheld) = self.patterns.findings(facts, self.settings);
        for pattern in patterns.iter_mut().filter(|pattern| pattern.tunnel != 0) {
            let place = match decoder.tunnels().chain(pattern.tunnel) {
                [] => "a tunnel".to_owned(),
                chain => words::tunnels(chain),
            };
            let place = format!(" All of it is in {place}.");
            pattern.message.push_str(&place);
        }
        patterns.extend(
            decoder
                .fragments()
                .overlaps()
                .iter()
                .map(fragments::finding),
        );
        let mut unfinished = decoder.fragments().unfinished();
        for book in &mut self.books {
            unfinished = book.end_pieces(unfinished);
        }
        for (_, need) in withheld {
            self.ledger.withheld(need);
        }
        let lost = self.probes.settle(&mut patterns, self.ledger).err();
        let lost = unsettled.or(lost);
        for finding in self.overall(ends, patterns) {
            self.ledger.finding(finding);
        }
        let failed = lost.is_some() || ends.iter().any(|end| end.is_failure(self.settings));
        let numbers = (0..ends.len()).map(|file| self.places.number(file));
        Done {
            numbers: numbers.collect(),
            reports: self.reports(ends, &workers, first, lost.map(|error| error.to_string())),
            failed,
        }
    }

    /// The files' parts of the report. Limits are those of the run; they stand with the first.
    fn reports(
        self,
        ends: &[End<'_>],
        workers: &[Worker<'_>],
        first: &Worker<'_>,
        lost: Option<String>,
    ) -> Vec<CaptureReport> {
        let tables = || workers.iter().flat_map(Worker::tables);
        let mut limits = [
            reached::of_the_capture(|count| tables().map(count).sum(), self.counts),
            reached::of_the_facts(first.facts(), self.counts),
            reached::of_the_patterns(&self.patterns),
            reached::of_the_decoder(first.decoder()),
        ]
        .concat();
        let files = self.books.iter().zip(ends).enumerate();
        files
            .map(|(file, (book, end))| {
                let judged = book::Judged {
                    limits: std::mem::take(&mut limits),
                    error: lost.clone(),
                };
                book.report(file, *end, &self.places, judged)
            })
            .collect()
    }

    /// Has everything judged that is not yet. Floods are found first, because
    /// what belongs to one is counted there and not listed.
    fn end_all(&mut self, crew: &mut Crew<'_, '_>) {
        let mut done = false;
        while !done {
            self.order(crew, Order::Survey);
            let told = crew.told();
            done = told.iter().all(|told| told.done);
            let clock = self.clock();
            let survey = self.take(told, clock);
            self.unheard.push(survey);
        }
        let clock = self.clock();
        let news = News::joined(std::mem::take(&mut self.unheard), clock);
        self.order(crew, Order::Last(Arc::new(news)));
        crew.told();
        let patterns = Arc::new(std::mem::take(&mut self.patterns));
        done = false;
        while !done {
            self.order(crew, Order::Finish(Arc::clone(&patterns)));
            let told = crew.told();
            done = told.iter().all(|told| told.done);
            let clock = self.clock();
            self.take(told, clock);
        }
        // The workers have put it away.
        self.patterns = Arc::into_inner(patterns).unwrap_or_default();
    }
}

/// Frames that the capturing systems lost, as far as they say: none only where all say so.
fn drops(ends: &[End<'_>]) -> Option<u64> {
    let mut all_say = ends.iter().any(|end| end.info.is_some());
    let mut sum = 0_u64;
    for info in ends.iter().filter_map(|end| end.info) {
        let missing = info.missing();
        all_say &= missing.is_some() || info.frames == 0;
        sum = sum.saturating_add(missing.unwrap_or_default());
    }
    (sum > 0 || all_say).then_some(sum)
}
