//! The xz format.

use std::io::{self, BufRead, BufReader, Read};

use lzma_rust2::{Action, Status, XzStream};

use super::input::Input;
use crate::limits::UNPACK_WINDOW;

/// Octets given to the decoder at a time. Where it meets damage it drops what it
/// has unpacked of them.
const PORTION: usize = 512;

/// The streams of an xz file one after the other. (The decoder's own reader
/// drops what it has unpacked when it meets the end of a file that is cut.)
pub(super) struct XzReader<R: Read> {
    input: BufReader<Input<R>>,
    stream: XzStream,
    /// What stands behind the octets that were handed out last.
    error: Option<io::Error>,
}

impl<R: Read> XzReader<R> {
    pub(super) fn new(mut input: Input<R>) -> XzReader<R> {
        // Where the decoder finds damage depends on how much it is given.
        input.patient = true;
        // The window, and some memory of the decoder itself.
        let limit_kib = u32::try_from(UNPACK_WINDOW / 1024 + 1024).unwrap_or(u32::MAX);
        XzReader {
            input: BufReader::with_capacity(PORTION, input),
            stream: XzStream::new_mem_limit(true, limit_kib),
            error: None,
        }
    }

    pub(super) fn input_mut(&mut self) -> &mut BufReader<Input<R>> {
        &mut self.input
    }
}

impl<R: Read> Read for XzReader<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        loop {
            let packed = self.input.fill_buf()?;
            let at_end = packed.is_empty();
            let action = if at_end { Action::Finish } else { Action::Run };
            let before = (self.stream.total_in(), self.stream.total_out());
            let result = self.stream.process(packed, room, action);
            // An error does not say how much was done before it.
            let consumed = self.stream.total_in().saturating_sub(before.0);
            let produced = self.stream.total_out().saturating_sub(before.1);
            self.input.consume(usize::try_from(consumed).unwrap_or(0));
            let (ended, error) = match result {
                Ok(result) if result.status == Status::StreamEnd => (true, None),
                Ok(_) if !at_end || produced > 0 => (false, None),
                Err(error) if !at_end => (false, Some(error)),
                // All was unpacked that could be, and it was not the end.
                _ => (false, Some(io::ErrorKind::UnexpectedEof.into())),
            };
            if produced > 0 || ended {
                self.error = error;
                return Ok(usize::try_from(produced).unwrap_or(0));
            }
            if let Some(error) = error {
                return Err(error);
            }
        }
    }
}
