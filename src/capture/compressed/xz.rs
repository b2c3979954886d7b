//! The xz format.

use std::io::{self, BufRead, BufReader, Read};

use lzma_rust2::{Action, Status, XzStream};

use super::input::Input;
use crate::limits::UNPACK_WINDOW;

/// The streams of an xz file one after the other. (The decoder's own reader
/// drops what it has unpacked when it meets the end of a file that is cut.)
pub(super) struct XzReader<R: Read> {
    input: BufReader<Input<R>>,
    stream: XzStream,
}

impl<R: Read> XzReader<R> {
    pub(super) fn new(input: Input<R>) -> XzReader<R> {
        // The window, and some memory of the decoder itself.
        let limit_kib = u32::try_from(UNPACK_WINDOW / 1024 + 1024).unwrap_or(u32::MAX);
        XzReader {
            input: BufReader::new(input),
            stream: XzStream::new_mem_limit(true, limit_kib),
        }
    }

    pub(super) fn input_mut(&mut self) -> &mut Input<R> {
        self.input.get_mut()
    }
}

impl<R: Read> Read for XzReader<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut action = Action::Run;
        loop {
            let packed = self.input.fill_buf()?;
            let result = match self.stream.process(packed, room, action) {
                // All was unpacked that could be, and it was not the end.
                Err(_) if action == Action::Finish => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                result => result?,
            };
            let at_end = packed.is_empty();
            self.input.consume(result.bytes_consumed);
            if result.bytes_produced > 0 || result.status == Status::StreamEnd {
                return Ok(result.bytes_produced);
            }
            if at_end && action == Action::Finish {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if at_end {
                action = Action::Finish;
            }
        }
    }
}
