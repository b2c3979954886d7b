//! Segments that are drawn as one.

use super::{Marks, Part, Stroke};
use crate::machine::side::{Pair, Side};
use crate::segment::{Flags, Timestamp};
use crate::seq::SeqNo;

/// What one end sent within a fold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Course {
    /// Segments.
    pub segments: u64,
    /// Octets of data in them, repeated ones included.
    pub octets: u64,
    /// Segments among them that repeat something.
    pub repeated: u64,
    /// The first SEG.SEQ, and the highest number behind any segment.
    pub seq: Option<(SeqNo, SeqNo)>,
    /// The highest acknowledgment.
    pub ack: Option<SeqNo>,
    /// The right edge of the window by the latest of them with an acknowledgment.
    pub edge: Option<SeqNo>,
}

impl Course {
    fn add(&mut self, next: &Course) {
        let later = |a: Option<SeqNo>, b: Option<SeqNo>| match (a, b) {
            (Some(a), Some(b)) => Some(a.later(b)),
            (a, b) => a.or(b),
        };
        self.segments = self.segments.saturating_add(next.segments);
        self.octets = self.octets.saturating_add(next.octets);
        self.repeated = self.repeated.saturating_add(next.repeated);
        self.seq = match (self.seq, next.seq) {
            (Some((first, to)), Some((_, also_to))) => Some((first, to.later(also_to))),
            (own, other) => own.or(other),
        };
        self.ack = later(self.ack, next.ack);
        self.edge = next.edge.or(self.edge);
    }
}

/// Segments in a row of which only sums are kept.
#[derive(Clone, Debug)]
pub struct Fold {
    /// The first of them: frame number and time.
    pub first: (u64, Timestamp),
    /// The last of them.
    pub last: (u64, Timestamp),
    /// What each end sent.
    pub ends: Pair<Course>,
}

impl Fold {
    /// A fold of one part.
    #[must_use]
    pub fn of(part: &Part) -> Fold {
        match part {
            Part::Stroke(stroke) => Fold::of_stroke(stroke),
            Part::Fold(fold) => fold.clone(),
        }
    }

    fn of_stroke(stroke: &Stroke) -> Fold {
        let at = (stroke.packet, stroke.time);
        let is_ack = stroke.flags.contains(Flags::ACK);
        let course = Course {
            segments: 1,
            octets: u64::from(stroke.len),
            repeated: u64::from(stroke.marks.contains(Marks::RETRANSMISSION)),
            seq: Some((stroke.seq, stroke.end())),
            ack: is_ack.then_some(stroke.ack),
            edge: is_ack.then(|| stroke.ack + stroke.window),
        };
        let mut ends = Pair::default();
        *ends.of_mut(stroke.side) = course;
        Fold {
            first: at,
            last: at,
            ends,
        }
    }

    /// Adds what comes behind it.
    pub fn add(&mut self, part: &Part) {
        let next = Fold::of(part);
        self.last = next.last;
        for side in Side::BOTH {
            self.ends.of_mut(side).add(next.ends.of(side));
        }
    }

    /// Segments of both ends.
    #[must_use]
    pub const fn segments(&self) -> u64 {
        self.ends
            .client
            .segments
            .saturating_add(self.ends.server.segments)
    }
}
