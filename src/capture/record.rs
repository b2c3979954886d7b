//! What both file formats give the reader for one packet.

use std::ops::Range;

use super::frame::LinkType;
use crate::segment::{Direction, Timestamp};

/// How to read a packet: the same for all of an interface and direction. It is written and
/// read as one word, which octets for themselves would not be: those that were just written one by one
/// cannot be read together before all that was written earlier has reached memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Link {
    /// Interface number, counted over all sections.
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    pub(super) fcs_len: u8,
    pub(super) direction: Direction,
}

/// A packet's record or block, its octets still in the buffer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Record {
    pub(super) time: Option<Timestamp>,
    pub(super) link: Link,
    /// The card says that the link garbled it.
    pub(super) damaged: bool,
    pub(super) original_len: u32,
    /// Where the captured octets lie, from the start of the buffer's data.
    pub(super) data: Range<usize>,
    /// Octets of the whole record in the buffer.
    pub(super) len: usize,
}
