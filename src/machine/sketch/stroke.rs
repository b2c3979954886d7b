//! A drawn segment.

use super::Marks;
use crate::machine::side::Side;
use crate::segment::{Flags, Options, Segment, Timestamp};
use crate::seq::SeqNo;

/// A segment as it is kept to be drawn.
#[derive(Clone, Debug)]
pub struct Stroke {
    /// Frame number.
    pub packet: u64,
    /// When captured.
    pub time: Timestamp,
    /// Who sent it.
    pub side: Side,
    /// Control bits.
    pub flags: Flags,
    /// SEG.SEQ.
    pub seq: SeqNo,
    /// SEG.ACK as it stands in the header.
    pub ack: SeqNo,
    /// Octets of data.
    pub len: u32,
    /// The window that it offers, in octets; as it stands in the header where it is
    /// [`Marks::UNSCALED`].
    pub window: u32,
    /// What is to be said of it.
    pub marks: Marks,
    /// The packet with the octets that it sends again; 0 where that is not known.
    pub repeats: u64,
    /// Its options, where they matter: of a SYN, or with SACK blocks.
    pub options: Option<Box<Options>>,
}

impl Stroke {
    /// Of `segment`; `shift`: the scale of its window, where known.
    #[must_use]
    pub fn of(segment: &Segment<'_>, side: Side, shift: Option<u8>, marks: Marks) -> Stroke {
        let is_syn = segment.flags.contains(Flags::SYN);
        // The window of a SYN is never scaled (RFC 7323, 2.2).
        let shift = if is_syn { Some(0) } else { shift };
        let mut marks = marks;
        marks.set(Marks::UNSCALED, shift.is_none());
        let cut = segment.captured == crate::segment::Captured::PartOfHeader;
        marks.set(Marks::CUT, cut);
        let has_options = is_syn || !segment.options.sack_blocks().is_empty();
        Stroke {
            packet: segment.packet,
            time: segment.time,
            side,
            flags: segment.flags,
            seq: segment.seq,
            ack: segment.ack,
            len: segment.payload_len,
            window: u32::from(segment.window) << shift.unwrap_or(0).min(14),
            marks,
            repeats: 0,
            options: has_options.then(|| Box::new(segment.options)),
        }
    }

    /// SEG.SEQ + SEG.LEN.
    #[must_use]
    pub fn end(&self) -> SeqNo {
        self.seq + crate::segment::occupied(self.len, self.flags)
    }

    pub(super) fn boxed_octets(&self) -> usize {
        self.options.as_deref().map_or(0, size_of_val)
    }
}
