//! The windows that an end offered, and what it did with those offered to it.

use super::beyond::Beyond;
use super::closed::Closed;
use super::offered::Offered;
use super::segment_size::SegmentSize;
use super::silly_window::Silly;
use super::zero_window::{Closures, closes};
use super::{Step, beyond};
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::Flags;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// As a receiver: the windows that it offered, and acks beyond them.
    pub offered: Offered,
    /// As a receiver: when it had no room.
    pub closures: Option<Box<Closures>>,
    /// As a sender: data beyond what was offered.
    pub beyond: Option<Box<Beyond>>,
    /// As a sender: what it did while its peer had no room.
    pub closed: Option<Box<Closed>>,
    /// As a sender: segments above the peer's MSS.
    pub size: SegmentSize,
    /// Tiny steps of the window, tiny segments.
    pub silly: Silly,
}

impl Window {
    /// Octets of memory that it takes in boxes.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.closures.as_deref().map_or(0, size_of_val)
            + self.beyond.as_deref().map_or(0, size_of_val)
            + self.closed.as_deref().map_or(0, size_of_val)
    }

    /// One of the windows is closed, or was overrun.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let closures = self.closures.as_ref();
        closures.is_some_and(|closures| closures.since.is_some())
            || self.beyond.is_some()
            || (self.closed.as_ref()).is_some_and(|closed| closed.is_waiting())
    }

    /// This end sends `step.segment`: the windows and sizes that are usual.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        self.offered.sent(step, notes);
        if step.segment.has(Flags::SYN) {
            self.silly.opens(step.segment.window);
        } else if let Some(shift) = self.offered.shift() {
            self.silly.sent(step, shift, notes);
        }
        self.size.sent(step, notes);
    }

    /// This end sends `step.segment`, which may be beyond a window, or close one.
    pub fn look(&mut self, step: &Step<'_>, notes: &mut Relative) {
        if beyond::is_beyond(step) {
            self.beyond.get_or_insert_default().sent(step, notes);
        }
        if let Some(closures) = &mut self.closures {
            closures.sent(step);
        } else if closes(step) {
            let closures = self.closures.get_or_insert_default();
            closures.sent(step);
            notes.saw |= Observations::ZERO_WINDOW;
        }
        if let Some(closed) = &mut self.closed {
            closed.sent(step, notes);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        if step.segment.has(Flags::SYN) {
            self.size.passed(step);
        }
        if let Some(beyond) = &mut self.beyond {
            beyond.passed(step);
        }
        if self.closed.is_some() || closes(step) {
            self.closed.get_or_insert_default().passed(step);
        }
    }
}
