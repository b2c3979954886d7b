//! What both file formats give the reader for one packet.

use std::ops::Range;

use super::frame::LinkType;
use crate::segment::{Direction, Timestamp};

/// A packet's record or block, its octets still in the buffer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Record {
    pub(super) time: Option<Timestamp>,
    /// Interface number, counted over all sections.
    pub(super) interface: u32,
    pub(super) link_type: LinkType,
    pub(super) fcs_len: u8,
    pub(super) direction: Direction,
    /// The card says that the link garbled it.
    pub(super) damaged: bool,
    pub(super) original_len: u32,
    /// Where the captured octets lie, from the start of the buffer's data.
    pub(super) data: Range<usize>,
    /// Octets of the whole record in the buffer.
    pub(super) len: usize,
}
