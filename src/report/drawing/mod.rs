//! A connection as it is drawn: its segments, as many as are kept, with all that a ladder or a
//! graph of time and sequence numbers needs. It is there only where somebody wants to draw
//! ([`Settings::drawn`](crate::settings::Settings::drawn)), and is no part of the JSON report.
//!
//! Numbers are relative to each end's [`Origin`] and do not wrap: they go on beyond 2^32. `C` is
//! the name of a capture, or the number that stands for it until the report is read.

mod make;
mod numbers;
mod stored;

pub use make::drawing;

use super::model::PerRole;
use crate::finding::{CaptureName, Role};
use crate::machine::sketch::Marks;
use crate::machine::state::State;
use crate::segment::{Flags, OptionSet, Timestamp};

/// A connection, drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawing<C = CaptureName> {
    /// From where the numbers of each end count; `None` where none is known: they are as on the wire.
    pub origins: PerRole<Option<Origin>>,
    /// Nominal states before the first segment; `None` where unknown.
    pub begin: PerRole<Option<State>>,
    /// The segments, in order of capture.
    pub parts: Vec<Part<C>>,
}

/// From where relative numbers count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The number on the wire that is 0.
    pub number: u32,
    /// It is the initial sequence number. Else no SYN of this end was captured, and its first
    /// number that is known counts as 1.
    pub is_isn: bool,
}

/// A part of a drawing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part<C = CaptureName> {
    /// A segment.
    Segment(Segment<C>),
    /// Segments in a row of which only sums are kept.
    Fold(Fold<C>),
}

/// A frame of a capture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame<C = CaptureName> {
    /// Which file.
    pub capture: C,
    /// Its number there, from 1, as Wireshark counts.
    pub number: u64,
    /// When captured.
    pub time: Timestamp,
}

/// A drawn segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment<C = CaptureName> {
    /// Where it is.
    pub frame: Frame<C>,
    /// Who sent it.
    pub sender: Role,
    /// Control bits.
    pub flags: Flags,
    /// SEG.SEQ on the wire.
    pub seq: u32,
    /// SEG.ACK on the wire, whether or not ACK is set.
    pub ack: u32,
    /// SEG.SEQ from the sender's origin; negative below it.
    pub seq_relative: i64,
    /// SEG.ACK from the receiver's origin; of no meaning without ACK.
    pub ack_relative: i64,
    /// Octets of data.
    pub len: u32,
    /// The window that it offers in octets, scaled where the shift is known
    /// ([`Marks::UNSCALED`]); `None` where it was not captured.
    pub window: Option<u32>,
    /// SACK blocks, from the receiver's origin: first octet, and one behind the last.
    pub sack: Vec<(i64, i64)>,
    /// The options of a SYN.
    pub options: Option<SynOptions>,
    /// What the machine knows of it.
    pub marks: Marks,
    /// Frame number of an earlier copy of what it sends again, where that is known to be
    /// in the same file.
    pub repeats: Option<u64>,
    /// Nominal states of both ends after it; `None` where unknown.
    pub states: PerRole<Option<State>>,
}

/// What a SYN says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SynOptions {
    /// Which options it has.
    pub present: OptionSet,
    /// Maximum segment size in octets, if present.
    pub mss: u16,
    /// Window shift, if present.
    pub window_scale: u8,
}

/// What one end sent within a fold; numbers are relative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Course {
    /// Segments.
    pub segments: u64,
    /// Octets of data in them, repeated ones included.
    pub octets: u64,
    /// Segments among them that repeat something.
    pub repeated: u64,
    /// The first SEG.SEQ, and the highest number behind any segment.
    pub seq: Option<(i64, i64)>,
    /// The highest acknowledgment.
    pub ack: Option<i64>,
    /// The right edge of the window by the latest of them.
    pub edge: Option<i64>,
}

/// Segments of which only sums are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fold<C = CaptureName> {
    /// The first of them.
    pub first: Frame<C>,
    /// The last of them.
    pub last: Frame<C>,
    /// What each end sent.
    pub ends: PerRole<Course>,
    /// Nominal states of both ends after them; `None` where unknown.
    pub states: PerRole<Option<State>>,
}

impl<C> Segment<C> {
    /// One behind the last number that it occupies, from the sender's origin.
    pub fn end_relative(&self) -> i64 {
        let len = crate::segment::occupied(self.len, self.flags);
        self.seq_relative.saturating_add(i64::from(len))
    }
}

impl<C> Part<C> {
    /// Its first frame.
    pub const fn first(&self) -> &Frame<C> {
        match self {
            Part::Segment(segment) => &segment.frame,
            Part::Fold(fold) => &fold.first,
        }
    }

    /// Its last frame.
    pub const fn last(&self) -> &Frame<C> {
        match self {
            Part::Segment(segment) => &segment.frame,
            Part::Fold(fold) => &fold.last,
        }
    }

    /// Nominal states behind it.
    pub const fn states(&self) -> &PerRole<Option<State>> {
        match self {
            Part::Segment(segment) => &segment.states,
            Part::Fold(fold) => &fold.states,
        }
    }
}
