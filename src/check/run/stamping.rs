//! When frames were captured, and whose they are: found out in one place, before the workers are
//! given them.

use super::Run;
use crate::capture::LinkType;
use crate::capture::block::At;
use crate::check::worker::{Stamp, Task};
use crate::decode;
use crate::limits::PAUSE_NS;
use crate::segment::Timestamp;

impl Run<'_> {
    /// Takes in the times of the frames of a round; `divided`: finds out who is to have each.
    pub(super) fn stamp(&mut self, task: &mut Task, divided: bool) {
        let Task { block, stamps } = task;
        stamps.clear();
        let frames = block.frames();
        let hash = |at: &At| {
            let frame = block.frame(at);
            decode::glance(frame.link_type, frame.data)
        };
        if !is_smooth(frames) {
            stamps.extend(frames.iter().map(|at| Stamp {
                time: self.tick(0, at.number, at.time, at.link_type()),
                hash: hash(at).filter(|_| divided),
            }));
            return;
        }
        if let [first, .., last] = frames {
            self.tick(0, first.number, first.time, first.link_type());
            self.tick_smoothly(last);
        }
        let time = |at: &At| at.time.unwrap_or_default();
        match divided {
            true => stamps.extend(frames.iter().map(|at| Stamp {
                time: time(at),
                hash: hash(at),
            })),
            false => stamps.extend(frames.iter().map(|at| Stamp {
                time: time(at),
                hash: None,
            })),
        }
    }

    /// The time of a frame, taken in; a frame that has none happened after the one before it.
    pub(super) fn tick(
        &mut self,
        file: usize,
        number: u64,
        time: Option<Timestamp>,
        link_type: LinkType,
    ) -> Timestamp {
        let facts = &mut self.facts;
        facts.by_radio |= link_type.is_radio();
        if !self.began {
            facts.latest = time.unwrap_or(facts.latest);
            self.began = time.is_some();
        }
        let Some(book) = self.books.get_mut(file) else {
            return facts.latest;
        };
        match time {
            Some(time) => {
                book.tick(number, time);
                facts.tick(time);
            }
            None => book.miss_time(),
        }
        facts.step_back_ns = facts.step_back_ns.max(book.step_back_ns());
        time.unwrap_or(facts.latest)
    }

    /// The same of the last frame of a round in which time went on smoothly behind a first frame
    /// that was taken in. No pause lies between.
    fn tick_smoothly(&mut self, at: &At) {
        let Some(time) = at.time else { return };
        if let Some(book) = self.books.first_mut() {
            book.tick(at.number, time);
        }
        self.facts.latest = self.facts.latest.max(time);
    }
}

/// In all these frames, of one kind of link, time goes on in steps that are no pauses: then what
/// is learned from the first and the last of them is learned from all.
fn is_smooth(frames: &[At]) -> bool {
    let [first, ..] = frames else { return false };
    let link_type = first.link_type();
    let Some(mut latest) = first.time else {
        return false;
    };
    // Whatever is odd, it is seldom: no branch of its own for it.
    let smooth = frames.iter().fold(true, |smooth, at| {
        let time = at.time.unwrap_or(Timestamp(i64::MIN));
        let step = time.since(latest);
        latest = time;
        smooth & (0..PAUSE_NS).contains(&step) & (at.link_type() == link_type)
    });
    smooth && frames.len() > 1
}

#[cfg(test)]
mod tests;
