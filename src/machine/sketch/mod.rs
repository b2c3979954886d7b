//! What of a connection is kept to be drawn: a picture of the exchange, bounded however long it is.
//!
//! A picture is made only for who asks for one; a connection that nobody wants to see drawn has
//! none. Of a long exchange it holds the beginning, the end, and between them the segments that are worth
//! a look (sent again, out of order, a closed window, whatever the machine has noted); the rest
//! is summed up in [`Fold`]s. Where those become many, neighbours become one.

mod before;
mod fold;
mod marks;
mod stroke;

pub use before::Before;
pub use fold::{Course, Fold};
pub use marks::Marks;
pub use stroke::Stroke;

use std::collections::VecDeque;

use crate::segment::Flags;

/// Segments with one of these are kept wherever they are.
const WORTH_A_LOOK: Marks = Marks::RETRANSMISSION
    .union(Marks::OUT_OF_ORDER)
    .union(Marks::HOLE)
    .union(Marks::KEEPALIVE)
    .union(Marks::WINDOW_PROBE)
    .union(Marks::ZERO_WINDOW)
    .union(Marks::WINDOW_FULL)
    .union(Marks::ASIDE)
    .union(Marks::DAMAGED)
    .union(Marks::VOID)
    .union(Marks::NOTED);

/// What a picture is reduced to where many of them take too much room.
const LEAST_ROOM: usize = 16;

/// A part of a picture.
#[derive(Clone, Debug)]
pub enum Part {
    /// A segment.
    Stroke(Stroke),
    /// Segments that are only summed up.
    Fold(Fold),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// Segments that are kept, at the most: a quarter of them for each end of the exchange,
    /// the other half for what is worth a look in between.
    room: usize,
    head: Vec<Stroke>,
    middle: Vec<Part>,
    /// Segments in `middle`.
    kept: usize,
    tail: VecDeque<Stroke>,
    /// Segments that a fold takes before the next one begins.
    grain: u64,
}

impl Sketch {
    /// An empty picture with room for so many segments, and half as many folds.
    #[must_use]
    pub const fn with_room(room: usize) -> Sketch {
        Sketch {
            room,
            head: Vec::new(),
            middle: Vec::new(),
            kept: 0,
            tail: VecDeque::new(),
            grain: 1,
        }
    }

    /// The same; none where there is to be no room.
    #[must_use]
    pub fn for_room(room: usize) -> Option<Sketch> {
        (room > 0).then(|| Sketch::with_room(room))
    }

    /// An empty one for the next connection.
    #[must_use]
    pub const fn beside(&self) -> Sketch {
        Sketch::with_room(self.room)
    }

    /// Draws a segment.
    pub fn add(&mut self, stroke: Stroke) {
        let end = self.room / 4;
        if self.head.len() < end {
            return self.head.push(stroke);
        }
        self.tail.push_back(stroke);
        if self.tail.len() > end.max(1)
            && let Some(oldest) = self.tail.pop_front()
        {
            self.put_away(oldest);
        }
    }

    /// The segment that was drawn last.
    #[must_use]
    pub fn latest(&self) -> Option<&Stroke> {
        self.tail.back().or_else(|| self.head.last())
    }

    /// All of it, in the order of drawing.
    pub fn parts(&self) -> impl Iterator<Item = PartRef<'_>> {
        let head = self.head.iter().map(PartRef::Stroke);
        let middle = self.middle.iter().map(|part| match part {
            Part::Stroke(stroke) => PartRef::Stroke(stroke),
            Part::Fold(fold) => PartRef::Fold(fold),
        });
        let tail = self.tail.iter().map(PartRef::Stroke);
        head.chain(middle).chain(tail)
    }

    /// Octets of memory that it takes.
    #[must_use]
    pub fn octets(&self) -> usize {
        let options = |stroke: &Stroke| stroke.boxed_octets();
        let in_middle = |part: &Part| match part {
            Part::Stroke(stroke) => stroke.boxed_octets(),
            Part::Fold(_) => 0,
        };
        size_of::<Sketch>()
            + (self.head.capacity() + self.tail.capacity()) * size_of::<Stroke>()
            + self.middle.capacity() * size_of::<Part>()
            + self
                .head
                .iter()
                .chain(&self.tail)
                .map(options)
                .sum::<usize>()
            + self.middle.iter().map(in_middle).sum::<usize>()
    }

    /// Gives up most of it: what stays is the beginning, the end, and one fold. False if that
    /// was done before.
    pub fn reduce(&mut self) -> bool {
        if self.room <= LEAST_ROOM {
            return false;
        }
        self.room = LEAST_ROOM;
        let end = LEAST_ROOM / 4;
        let head = self.head.split_off(end.min(self.head.len()));
        let tail = self.tail.split_off(self.tail.len().saturating_sub(end));
        let tail = std::mem::replace(&mut self.tail, tail);
        let mut all: Option<Fold> = None;
        let mut add = |part: &Part| match &mut all {
            Some(fold) => fold.add(part),
            None => all = Some(Fold::of(part)),
        };
        head.into_iter()
            .map(Part::Stroke)
            .for_each(|part| add(&part));
        self.middle.iter().for_each(&mut add);
        tail.into_iter()
            .map(Part::Stroke)
            .for_each(|part| add(&part));
        self.grain = u64::MAX;
        self.kept = 0;
        self.middle = all.map(Part::Fold).into_iter().collect();
        self.head.shrink_to_fit();
        self.tail.shrink_to_fit();
        true
    }

    fn put_away(&mut self, stroke: Stroke) {
        let ends = Flags::SYN | Flags::FIN | Flags::RST;
        let is_worth = stroke.marks.intersects(WORTH_A_LOOK) || stroke.flags.intersects(ends);
        if is_worth && self.kept < self.room / 2 {
            self.kept += 1;
            return self.middle.push(Part::Stroke(stroke));
        }
        let part = Part::Stroke(stroke);
        if let Some(Part::Fold(fold)) = self.middle.last_mut()
            && fold.segments() < self.grain
        {
            return fold.add(&part);
        }
        self.middle.push(Part::Fold(Fold::of(&part)));
        if self.middle.len() - self.kept > self.room / 2 {
            self.join_folds();
        }
    }

    /// Makes one of each two folds that lie beside each other, and lets new ones grow longer.
    fn join_folds(&mut self) {
        self.grain = self.grain.saturating_mul(2);
        let mut joined: Vec<Part> = Vec::with_capacity(self.middle.len());
        for part in self.middle.drain(..) {
            match (joined.last_mut(), &part) {
                (Some(Part::Fold(fold)), Part::Fold(next))
                    if fold.segments() + next.segments() <= self.grain =>
                {
                    fold.add(&part);
                }
                _ => joined.push(part),
            }
        }
        self.middle = joined;
    }
}

/// A part of a picture, where it is kept.
#[derive(Clone, Copy, Debug)]
pub enum PartRef<'a> {
    /// A segment.
    Stroke(&'a Stroke),
    /// Segments that are only summed up.
    Fold(&'a Fold),
}

#[cfg(test)]
mod tests;
