//! Zstandard (RFC 8878).

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::input::Input;
use crate::limits::UNPACK_WINDOW;

/// The frames of a Zstandard file one after the other. (The decoder's own
/// reader stops behind the first and does not compare the checksum.)
pub(super) struct ZstdReader<R: Read> {
    input: BufReader<Input<R>>,
    decoder: FrameDecoder,
    in_frame: bool,
    /// What stands behind the octets that the decoder still holds.
    error: Option<io::Error>,
}

impl<R: Read> ZstdReader<R> {
    pub(super) fn new(input: Input<R>) -> ZstdReader<R> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(UNPACK_WINDOW);
        ZstdReader {
            input: BufReader::new(input),
            decoder,
            in_frame: false,
            error: None,
        }
    }

    pub(super) fn input_mut(&mut self) -> &mut BufReader<Input<R>> {
        &mut self.input
    }

    fn begin_frame(&mut self) -> io::Result<()> {
        match self.decoder.reset(&mut self.input) {
            Ok(()) => {
                self.in_frame = true;
                Ok(())
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let mut skipped = self.input.by_ref().take(u64::from(length));
                if io::copy(&mut skipped, &mut io::sink())? < u64::from(length) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(())
            }
            Err(FrameDecoderError::DictNotProvided { .. }) => Err(needs("a dictionary")),
            Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                let mib = UNPACK_WINDOW >> 20;
                Err(needs(&format!("more than {mib} MiB of memory")))
            }
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn decode_block(&mut self) {
        // No octets, and a checksum, which is not compared.
        const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let one = BlockDecodingStrategy::UptoBlocks(1);
        if let Err(error) = self.decoder.decode_blocks(&mut self.input, one) {
            self.error = Some(io::Error::other(error));
            // Until its frame ends, the decoder keeps back what later blocks may
            // refer to: megabytes.
            let one = BlockDecodingStrategy::UptoBlocks(1);
            let _ = self.decoder.decode_blocks(&LAST_BLOCK[..], one);
        }
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.in_frame = false;
        let written = self.decoder.get_checksum_from_data();
        if written.is_some() && written != self.decoder.get_calculated_checksum() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its checksum is wrong",
            ));
        }
        Ok(())
    }
}

/// The error for sound data that cannot be unpacked here.
fn needs(what: &str) -> io::Error {
    let what = format!("zstd data that needs {what} to be unpacked");
    io::Error::new(io::ErrorKind::Unsupported, what)
}

impl<R: Read> Read for ZstdReader<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame {
                if self.input.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                self.begin_frame()?;
            } else if self.decoder.can_collect() > 0 {
                return self.decoder.read(room);
            } else if let Some(error) = self.error.take() {
                return Err(error);
            } else if self.decoder.is_finished() {
                self.end_frame()?;
            } else {
                self.decode_block();
            }
        }
    }
}
