//! The window over the capture that records and blocks are read from.

use std::io::Read;

use super::compressed::{Source, SourceError};
use super::error::{CaptureError, Part, Place};
use super::info::Compression;
use crate::limits::READ_BUFFER_LEN;

/// The octets of a source that were read and not yet consumed.
///
/// The source is asked for more only while less is there than is needed, so
/// that frames from a pipe are delivered as they come.
pub(super) struct Buffer<R: Read> {
    source: Source<R>,
    bytes: Vec<u8>,
    /// What is there: `bytes[start..end]`.
    start: usize,
    end: usize,
    /// Place of `bytes[start]` in the capture.
    offset: u64,
    source_ended: bool,
    /// What was consumed stays where it is.
    pinned: bool,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(source: Source<R>) -> Buffer<R> {
        Buffer {
            source,
            bytes: vec![0; READ_BUFFER_LEN],
            start: 0,
            end: 0,
            offset: 0,
            source_ended: false,
            pinned: false,
        }
    }

    /// Where in the buffer the octets begin that are there.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// From now on all octets stay where they are, consumed ones as well; where there is no more
    /// room for what is asked for, [`Buffer::fill`] says that the block is full.
    pub(super) fn pin(&mut self) {
        self.close_up();
        self.pinned = true;
    }

    /// Makes more room, where nothing that was consumed is needed any more.
    pub(super) fn widen(&mut self) {
        if self.start > 0 {
            self.close_up();
        } else {
            let doubled = self.bytes.len().saturating_mul(2);
            self.bytes.resize(doubled, 0);
        }
    }

    fn close_up(&mut self) {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
    }

    /// Hands over the buffer with all octets since [`Buffer::pin`], and goes on with `spare` as
    /// the buffer, into which it moves what was not consumed.
    pub(super) fn unpin(&mut self, mut spare: Vec<u8>) -> Vec<u8> {
        let rest = self.data();
        spare.resize(READ_BUFFER_LEN.max(rest.len()), 0);
        if let Some(room) = spare.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
        }
        (self.start, self.end) = (0, rest.len());
        self.pinned = false;
        std::mem::replace(&mut self.bytes, spare)
    }

    /// The octets that are there.
    pub(super) fn data(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Octets of the (unpacked) capture consumed so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How the source is compressed.
    pub(super) fn compression(&self) -> Option<Compression> {
        self.source.compression()
    }

    /// The place that reading is at, which may belong to a packet.
    pub(super) fn place(&self, packet: Option<u64>) -> Place {
        Place {
            packet,
            byte: self.offset,
            unpacked: self.compression(),
        }
    }

    /// That only `self.data()` is left of a part that has `expected` octets.
    pub(super) fn cut(&self, part: Part, packet: Option<u64>, expected: u64) -> CaptureError {
        CaptureError::Truncated {
            at: self.place(packet),
            part,
            present: self.data().len() as u64,
            expected,
        }
    }

    /// Reads until `count` octets are there, or the source ends before that.
    /// Returns how many there are; memory grows only as octets arrive.
    ///
    /// # Errors
    /// What the source reports, with `packet` as the one being read.
    pub(super) fn fill(
        &mut self,
        count: usize,
        packet: Option<u64>,
    ) -> Result<usize, CaptureError> {
        while self.data().len() < count && !self.source_ended {
            if self.end == self.bytes.len() {
                if self.pinned {
                    return Err(CaptureError::BlockFull);
                }
                self.make_room(count);
            }
            let room = self.bytes.get_mut(self.end..).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => self.source_ended = true,
                Ok(more) => self.end = self.end.saturating_add(more).min(self.bytes.len()),
                Err(error) => {
                    let error = self.source_error(error, packet);
                    self.source_ended = !error.is_quiet();
                    return Err(error);
                }
            }
        }
        Ok(self.data().len())
    }

    /// Forgets the first `count` octets.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.data().len());
        self.start += count;
        self.offset = self.offset.saturating_add(count as u64);
        if self.start == self.end && !self.pinned {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Makes room behind the octets that are there: where their buffer begins,
    /// else by doubling it, but not beyond `count`.
    fn make_room(&mut self, count: usize) {
        if self.start > 0 {
            self.close_up();
        } else {
            let doubled = self.bytes.len().saturating_mul(2);
            self.bytes.resize(doubled.min(count), 0);
        }
    }

    fn source_error(&self, error: SourceError, packet: Option<u64>) -> CaptureError {
        let at = self.place(packet);
        match error {
            SourceError::Io(source) => CaptureError::Io { at, source },
            SourceError::Cut(compression) => CaptureError::TruncatedStream { at, compression },
            SourceError::Unsupported { what, hint } => CaptureError::NotACapture {
                what: what.into(),
                hint: hint.into(),
            },
            SourceError::Corrupt {
                compression,
                packed_byte,
                what,
            } => CaptureError::CorruptStream {
                at,
                compression,
                packed_byte,
                what,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing::Trickle;

    fn buffer<R: Read>(source: R) -> Buffer<R> {
        Buffer::new(Source::new(source).unwrap())
    }

    #[test]
    fn it_grows_for_a_large_part_and_keeps_the_octets() {
        let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut buffer = buffer(bytes.as_slice());
        assert_eq!(
            buffer.fill(10, None).unwrap(),
            READ_BUFFER_LEN.min(bytes.len())
        );
        buffer.consume(10);
        assert_eq!(buffer.fill(3_000_000, None).unwrap(), 3_000_000);
        assert_eq!(buffer.data(), &bytes[10..3_000_010]);
        buffer.consume(3_000_000);
        assert_eq!(buffer.offset(), 3_000_010);
        assert_eq!(
            buffer.fill(2_000_000, None).unwrap(),
            bytes.len() - 3_000_010
        );
        assert_eq!(buffer.data(), &bytes[3_000_010..]);
    }

    #[test]
    fn memory_follows_what_is_there_not_what_is_asked() {
        let mut buffer = buffer(&[7_u8; 100][..]);
        assert_eq!(buffer.fill(1 << 30, None).unwrap(), 100);
        assert_eq!(buffer.bytes.len(), READ_BUFFER_LEN);
    }

    #[test]
    fn a_pipe_may_give_one_octet_at_a_time() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut buffer = buffer(Trickle::new(&bytes));
        for expected in &bytes {
            assert!(buffer.fill(1, None).unwrap() > 0);
            assert_eq!(buffer.data().first(), Some(expected));
            buffer.consume(1);
        }
        assert_eq!(buffer.fill(1, None).unwrap(), 0);
    }
}
