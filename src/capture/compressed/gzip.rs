//! The gzip format (RFC 1952).

use std::io::{self, BufRead, BufReader, Read};

use flate2::{Decompress, FlushDecompress, Status};

use super::input::Input;

/// The largest window of deflate (RFC 1951, 2), as the exponent of 2.
const WINDOW_BITS: u8 = 15;

/// The members of a gzip file one after the other. (The decoder's own reader
/// drops what it has unpacked when it meets damage behind that.)
pub(super) struct GzipReader<R: Read> {
    input: BufReader<Input<R>>,
    /// The member that has begun and not ended.
    member: Option<Decompress>,
    /// What stands behind the octets that were handed out last.
    error: Option<io::Error>,
}

impl<R: Read> GzipReader<R> {
    pub(super) fn new(input: Input<R>) -> GzipReader<R> {
        GzipReader {
            input: BufReader::new(input),
            member: None,
            error: None,
        }
    }

    pub(super) fn input_mut(&mut self) -> &mut BufReader<Input<R>> {
        &mut self.input
    }
}

impl<R: Read> Read for GzipReader<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        loop {
            let packed = self.input.fill_buf()?;
            let at_end = packed.is_empty();
            if at_end && self.member.is_none() {
                return Ok(0);
            }
            let member = self
                .member
                .get_or_insert_with(|| Decompress::new_gzip(WINDOW_BITS));
            let before = (member.total_in(), member.total_out());
            let status = member.decompress(packed, room, FlushDecompress::None);
            let consumed = member.total_in().saturating_sub(before.0);
            let produced = member.total_out().saturating_sub(before.1);
            self.input.consume(usize::try_from(consumed).unwrap_or(0));
            let error = match status {
                Ok(Status::StreamEnd) => {
                    self.member = None;
                    None
                }
                Ok(_) if at_end && produced == 0 => Some(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => None,
                // What the decoder says of it depends on how much it was given.
                Err(_) => Some(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "corrupt deflate stream",
                )),
            };
            if produced > 0 {
                self.error = error;
                return Ok(usize::try_from(produced).unwrap_or(0));
            }
            if let Some(error) = error {
                return Err(error);
            }
        }
    }
}
