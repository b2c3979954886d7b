//! The end of a capture: what is left in the table, patterns, the report.

use super::{Done, Run};
use crate::check::book::{self, End};
use crate::check::fragments;
use crate::check::limits as reached;
use crate::check::undecided::Undecided;
use crate::decode::Decoder;
use crate::flow::attempt::Attempt;
use crate::flow::table::{Known, Left};
use crate::report::model::CaptureReport;
use crate::report::words;
use crate::tunnel::Tunnels;

impl Run<'_> {
    pub(super) fn finish(mut self, ends: &[End<'_>], decoder: &Decoder) -> Done {
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
        self.end_all(decoder.tunnels());
        let mut patterns = self.patterns.findings(&self.facts, self.settings);
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
        for (_, need) in self.patterns.withheld(&self.facts, self.settings) {
            self.ledger.withheld(need);
        }
        let lost = self.probes.settle(&mut patterns, self.ledger).err();
        let lost = unsettled.or(lost);
        for finding in self.overall(ends, patterns) {
            self.ledger.finding(finding);
        }
        let failed = lost.is_some() || ends.iter().any(|end| end.is_failure(self.settings));
        Done {
            reports: self.reports(ends, decoder, lost.map(|error| error.to_string())),
            failed,
        }
    }

    /// The files' parts of the report. Limits are those of the run; they stand with the first.
    fn reports(
        self,
        ends: &[End<'_>],
        decoder: &Decoder,
        lost: Option<String>,
    ) -> Vec<CaptureReport> {
        let mut closed = self.ledger.end_capture(ends.len() as u64);
        let mut limits = [
            reached::of_the_capture(&self.table, self.counts),
            reached::of_the_facts(&self.facts, self.counts),
            reached::of_the_patterns(&self.patterns),
            reached::of_the_decoder(decoder),
            std::mem::take(&mut closed.limits),
        ]
        .concat();
        let files = self.books.iter().zip(ends).enumerate();
        files
            .map(|(file, (book, end))| {
                let (connections, notes) = closed.take(&self.places.name(file));
                let judged = book::Judged {
                    connections,
                    notes,
                    limits: std::mem::take(&mut limits),
                    error: lost.clone(),
                };
                book.report(file, *end, &self.places, judged)
            })
            .collect()
    }

    /// Judges what is still in the table. Floods are found first, because
    /// what belongs to one is counted there and not listed.
    fn end_all(&mut self, tunnels: &Tunnels) {
        let mut table = std::mem::take(&mut self.table);
        for known in table.connections() {
            match known {
                Known::Track(track) => self.learn(track.connection()),
                Known::Life(life) => self.learn_life(life),
            }
        }
        for opening in table.openings() {
            self.learn_opening(&opening);
        }
        table.finish(&mut |left| match left {
            Left::Connection(ended) => {
                let attempt = Attempt::of(&ended.connection);
                if !attempt.is_some_and(|attempt| self.folds(&attempt)) {
                    self.judge(ended, tunnels);
                }
            }
            Left::Life(life) => self.judge_life(&life, tunnels),
            Left::HalfOpen(opening) => {
                let attempt = Attempt::of_opening(&opening);
                if !attempt.is_some_and(|attempt| self.folds(&attempt)) {
                    let (ended, _) = opening.track().end();
                    self.judge(ended, tunnels);
                }
            }
            // Leaves only for a limit, while the capture is read.
            Left::Dropped(_) => {}
        });
        self.table = table;
    }

    /// Whether an attempt is counted in a flood's finding and not listed.
    fn folds(&mut self, attempt: &Attempt) -> bool {
        let folds = attempt.is_half_open() && self.patterns.is_flood(attempt);
        self.counts.folded += u64::from(folds);
        folds
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
