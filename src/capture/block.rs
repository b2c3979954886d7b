//! A capture in blocks: many frames at a time, with the buffer that they lie in, so that several
//! threads can look at them while the next ones are read.

use std::io::Read;

use super::record::Record;
use super::{CaptureError, CaptureReader, FormatReader, Frame, LinkType};
use crate::segment::{Direction, Timestamp};

/// Frames that lie one behind the other in a capture, and their octets.
///
/// Where one block ends and the next begins depends on nothing but the capture: not on how many
/// octets a read happened to give. So whatever is done once a block is done at the same frames
/// in every run.
#[derive(Debug, Default)]
pub struct Block {
    octets: Vec<u8>,
    frames: Vec<At>,
}

/// A frame of a [`Block`]: all of a [`Frame`] but its octets.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// See [`Frame::number`].
    pub number: u64,
    /// See [`Frame::time`].
    pub time: Option<Timestamp>,
    start: u32,
    len: u32,
    original_len: u32,
    interface: u32,
    link_type: LinkType,
    fcs_len: u8,
    direction: Direction,
}

impl At {
    /// See [`Frame::link_type`].
    #[inline]
    #[must_use]
    pub const fn link_type(&self) -> LinkType {
        self.link_type
    }
}

impl Block {
    /// Its frames, in order.
    #[must_use]
    pub fn frames(&self) -> &[At] {
        &self.frames
    }

    /// One of them, with its octets.
    #[inline]
    #[must_use]
    pub fn frame(&self, at: &At) -> Frame<'_> {
        let (start, len) = (at.start as usize, at.len as usize);
        let data = self.octets.get(start..start.saturating_add(len));
        Frame {
            number: at.number,
            time: at.time,
            interface: at.interface,
            link_type: at.link_type,
            fcs_len: at.fcs_len,
            data: data.unwrap_or_default(),
            original_len: at.original_len,
            direction: at.direction,
        }
    }

    /// Takes in a frame whose octets begin at `start` in the buffer; false where that is too far.
    #[inline]
    fn push(&mut self, number: u64, start: usize, record: &Record) -> bool {
        let (Ok(start), Ok(len)) = (u32::try_from(start), u32::try_from(record.data.len())) else {
            return false;
        };
        self.frames.push(At {
            number,
            time: record.time,
            start,
            len,
            original_len: record.original_len,
            interface: record.link.interface,
            link_type: record.link.link_type,
            fcs_len: record.link.fcs_len,
            direction: record.link.direction,
        });
        true
    }
}

impl<R: Read> CaptureReader<R> {
    /// Reads the next frames into `block`, whose memory is used anew: as many as lie whole in one
    /// buffer, one at the least. None are left at the end, and for ever after the end or an error.
    ///
    /// # Errors
    /// As [`CaptureReader::next_frame`], with the frames before the error in `block`.
    pub fn next_block(&mut self, block: &mut Block) -> Result<(), CaptureError> {
        if let Some(last) = self.current.take() {
            self.buffer.consume(last.len);
        }
        block.frames.clear();
        self.buffer.pin();
        let read = self.read_pinned(block);
        block.octets = self.buffer.unpin(std::mem::take(&mut block.octets));
        read
    }

    fn read_pinned(&mut self, block: &mut Block) -> Result<(), CaptureError> {
        loop {
            self.take_at_hand(block);
            let record = match self.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(()),
                Err(CaptureError::BlockFull) if block.frames.is_empty() => {
                    // A frame that is larger than all the room: it gets a block of its own.
                    self.buffer.widen();
                    continue;
                }
                Err(CaptureError::BlockFull) => return Ok(()),
                Err(error) => return Err(error),
            };
            if record.data.len() < record.original_len as usize {
                self.info.cut_frames = self.info.cut_frames.saturating_add(1);
            }
            let start = self.buffer.start().saturating_add(record.data.start);
            let kept = block.push(self.info.frames, start, &record);
            debug_assert!(kept, "buffers end long before 4 GB");
            self.buffer.consume(record.len);
        }
    }

    /// Takes in all records that are in the buffer already, up to the first about which there is
    /// anything odd: in one go, as nearly all of a capture is so.
    fn take_at_hand(&mut self, block: &mut Block) {
        let FormatReader::Pcap(pcap) = &self.format else {
            return;
        };
        if self.ended {
            return;
        }
        let (first, mut rest) = (self.buffer.start(), self.buffer.data());
        let (mut taken, mut cut) = (0_usize, 0_u64);
        let mut number = self.info.frames;
        while let Some(record) = pcap.record_at_hand(rest) {
            let start = first
                .saturating_add(taken)
                .saturating_add(record.data.start);
            let next = number.saturating_add(1);
            let Some(behind) = rest.get(record.len..) else {
                break;
            };
            if !block.push(next, start, &record) {
                break;
            }
            cut += u64::from(record.data.len() < record.original_len as usize);
            (number, rest) = (next, behind);
            taken = taken.saturating_add(record.len);
        }
        self.info.frames = number;
        self.info.cut_frames = self.info.cut_frames.saturating_add(cut);
        self.buffer.consume(taken);
    }
}

#[cfg(test)]
mod tests;
