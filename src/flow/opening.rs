//! The segments of an opening of which nothing else was captured.

use super::incarnation::Track;
use crate::machine::sketch::Sketch;
use crate::segment::Segment;

/// A SYN, its copies, and SYN-ACKs with one number that answer it.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The first SYN.
    pub syn: Segment<'static>,
    /// What followed.
    pub further: Vec<Segment<'static>>,
}

impl Opening {
    /// The connection that these segments make.
    #[must_use]
    pub fn track(&self) -> Track {
        self.drawn(None)
    }

    /// The same, drawn where there is a `sketch` to begin with.
    #[must_use]
    pub fn drawn(&self, sketch: Option<Sketch>) -> Track {
        let mut track = Track::drawn(&self.syn, sketch);
        for segment in &self.further {
            // SYNs with one number, and answers to them, end no incarnation.
            let ended = track.take(segment);
            debug_assert!(ended.is_none());
        }
        track
    }
}
