//! Captures that are compressed as a whole, unpacked while they are read.

mod gzip;
mod input;
mod xz;
mod zstd;

use std::fmt;
use std::io::{self, Read};

use super::info::Compression;
use gzip::GzipReader;
use input::Input;
use xz::XzReader;
use zstd::ZstdReader;

/// Octets that tell all compressions apart (and from captures).
const HEAD_LEN: usize = 4;

/// Why a source gave no more octets.
#[derive(Debug)]
pub(super) enum SourceError {
    /// The operating system reports an error.
    Io(io::Error),
    /// The compressed data ends in the middle.
    Cut(Compression),
    /// The compressed data is of a kind that is not unpacked here.
    Unsupported {
        /// What it is.
        what: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The compressed data is damaged.
    Corrupt {
        compression: Compression,
        /// Octets of the compressed data that were unpacked.
        packed_byte: u64,
        what: String,
    },
}

/// The compression that begins with these octets, if it is one that is read.
pub(super) fn recognise(head: &[u8]) -> Option<Compression> {
    match *head.first_chunk::<HEAD_LEN>()? {
        [0x1f, 0x8b, 8, _] => Some(Compression::Gzip),
        // pzstd and others begin with a frame to be skipped.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Compression::Zstd),
        [0xfd, b'7', b'z', b'X'] => Some(Compression::Xz),
        _ => None,
    }
}

/// Where the octets of a capture come from, unpacked if need be.
pub(super) struct Source<R: Read>(Decoder<R>);

enum Decoder<R: Read> {
    Plain(Input<R>),
    Gzip(Box<GzipReader<R>>),
    Zstd(Box<ZstdReader<R>>),
    Xz(Box<XzReader<R>>),
}

impl<R: Read> Source<R> {
    /// Reads the first octets of `inner` and sees from them whether the rest
    /// has to be unpacked.
    ///
    /// # Errors
    /// What `inner` reports.
    pub(super) fn new(inner: R) -> io::Result<Source<R>> {
        let input = Input::new(inner)?;
        Ok(Source(match recognise(input.head()) {
            None => Decoder::Plain(input),
            Some(Compression::Gzip) => Decoder::Gzip(Box::new(GzipReader::new(input))),
            Some(Compression::Zstd) => Decoder::Zstd(Box::new(ZstdReader::new(input))),
            Some(Compression::Xz) => Decoder::Xz(Box::new(XzReader::new(input))),
        }))
    }

    /// How the source is compressed.
    pub(super) fn compression(&self) -> Option<Compression> {
        match self.0 {
            Decoder::Plain(_) => None,
            Decoder::Gzip(_) => Some(Compression::Gzip),
            Decoder::Zstd(_) => Some(Compression::Zstd),
            Decoder::Xz(_) => Some(Compression::Xz),
        }
    }

    /// As [`Read::read`]; 0 is the end, which a compressed source says only
    /// where it is whole. To be called no more after an error.
    ///
    /// # Errors
    /// An error of the source, or what is wrong with the compressed data.
    pub(super) fn read(&mut self, room: &mut [u8]) -> Result<usize, SourceError> {
        let result = match &mut self.0 {
            Decoder::Plain(input) => input.read(room),
            Decoder::Gzip(reader) => reader.read(room),
            Decoder::Zstd(reader) => reader.read(room),
            Decoder::Xz(reader) => reader.read(room),
        };
        result.map_err(|error| self.classify(error))
    }

    fn classify(&mut self, error: io::Error) -> SourceError {
        let (input, compression) = match &mut self.0 {
            Decoder::Plain(input) => return SourceError::Io(input.error.take().unwrap_or(error)),
            Decoder::Gzip(reader) => (reader.input_mut(), Compression::Gzip),
            Decoder::Zstd(reader) => (reader.input_mut(), Compression::Zstd),
            Decoder::Xz(reader) => (reader.input_mut(), Compression::Xz),
        };
        // What was read ahead depends on the portions in which the source gives.
        let ahead = input.buffer().len() as u64;
        let input = input.get_mut();
        if let Some(error) = input.error.take() {
            return SourceError::Io(error);
        }
        if compression == Compression::Zstd && error.kind() == io::ErrorKind::Unsupported {
            return SourceError::Unsupported {
                what: error.to_string(),
                hint: "unpack it first (`zstd -d --long=31 FILE`, with `-D DICTIONARY` if it has \
                       one)",
            };
        }
        // The zstd decoder hides the kind of the error, but reads no octet more
        // than it needs: one that met the end was cut short.
        let zstd_cut = compression == Compression::Zstd && input.ended;
        if zstd_cut || error.kind() == io::ErrorKind::UnexpectedEof {
            return SourceError::Cut(compression);
        }
        SourceError::Corrupt {
            compression,
            packed_byte: input.read.saturating_sub(ahead),
            what: error.to_string(),
        }
    }
}

impl<R: Read> fmt::Debug for Source<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.compression()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing::{Failing, Trickle, gzip, xz, zstd};

    fn unpack(source: impl Read) -> (Vec<u8>, Result<(), SourceError>) {
        let mut source = Source::new(source).unwrap();
        let mut out = Vec::new();
        let mut room = [0; 1000];
        loop {
            match source.read(&mut room) {
                Ok(0) => return (out, Ok(())),
                Ok(count) => out.extend_from_slice(&room[..count]),
                Err(error) => return (out, Err(error)),
            }
        }
    }

    fn text() -> Vec<u8> {
        (0..40_000_u32)
            .flat_map(|n| (n * n).to_le_bytes())
            .collect()
    }

    #[test]
    fn all_are_recognised_and_unpacked_even_from_a_slow_pipe() {
        let text = text();
        for packed in [text.clone(), gzip(&text), zstd(&text), xz(&text)] {
            let (out, end) = unpack(Trickle::new(&packed));
            assert!(end.is_ok(), "{end:?}");
            assert_eq!(out, text);
        }
    }

    #[test]
    fn several_members_frames_and_streams_are_one() {
        let (first, second) = (text(), b"and the rest".to_vec());
        for pack in [gzip, zstd, xz] {
            let mut packed = pack(&first);
            packed.extend(pack(&[]));
            packed.extend(pack(&second));
            let (out, end) = unpack(packed.as_slice());
            assert!(end.is_ok(), "{end:?}");
            assert_eq!(out, [first.clone(), second.clone()].concat());
        }
    }

    #[test]
    fn zstd_frames_to_be_skipped_are_skipped() {
        let skip = [&[0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
        let packed = [&skip[..], &zstd(b"one "), &skip, &zstd(b"two"), &skip].concat();
        let (out, end) = unpack(packed.as_slice());
        assert!(end.is_ok(), "{end:?}");
        assert_eq!(out, b"one two");
        let (_, end) = unpack(&packed[..packed.len() - 1]);
        assert!(matches!(end, Err(SourceError::Cut(Compression::Zstd))));
    }

    #[test]
    fn what_zstd_cannot_unpack_here_is_no_damage() {
        // A frame header of RFC 8878, 3.1.1.1: a dictionary of the number 7; a window of
        // 2^41 octets.
        for (header, part) in [
            (&[0x21, 7, 1][..], "needs a dictionary"),
            (&[0x00, 0xf8], "needs more than 128 MiB"),
        ] {
            let packed = [&[0x28, 0xb5, 0x2f, 0xfd], header, &[9, 0, 0, b'x']].concat();
            let (_, end) = unpack(packed.as_slice());
            assert!(
                matches!(&end, Err(SourceError::Unsupported { what, .. }) if what.contains(part)),
                "{end:?}"
            );
        }
    }

    #[test]
    fn a_cut_is_told_from_damage() {
        let text = text();
        for pack in [gzip, zstd, xz] {
            let packed = pack(&text);
            for cut in [5, packed.len() / 2, packed.len() - 1] {
                let (out, end) = unpack(&packed[..cut]);
                assert!(matches!(end, Err(SourceError::Cut(_))), "{cut}: {end:?}");
                assert!(text.starts_with(&out));
            }
        }
    }

    #[test]
    fn damage_is_found() {
        let text = text();
        for pack in [gzip, zstd, xz] {
            let packed = pack(&text);
            let mut found = 0;
            for at in (packed.len() / 3..packed.len()).step_by(packed.len() / 20) {
                let mut damaged = packed.clone();
                damaged[at] ^= 0x10;
                found += usize::from(unpack(damaged.as_slice()).1.is_err());
            }
            assert!(found >= 13, "{found}");
        }
        let mut wrong_sum = zstd(&text);
        *wrong_sum.last_mut().unwrap() ^= 1;
        let (out, end) = unpack(wrong_sum.as_slice());
        assert_eq!(out, text);
        assert!(matches!(end, Err(SourceError::Corrupt { .. })), "{end:?}");
    }

    #[test]
    fn damage_is_told_alike_whatever_portions_the_source_gives() {
        let text = text();
        for pack in [gzip, zstd, xz] {
            let packed = pack(&text);
            for at in (10..packed.len()).step_by(packed.len() / 15) {
                let mut damaged = packed.clone();
                damaged[at] ^= 0x81;
                let (whole, end) = unpack(damaged.as_slice());
                let (trickle, same_end) = unpack(Trickle::new(&damaged));
                assert_eq!(format!("{end:?}"), format!("{same_end:?}"), "{at}");
                assert!(whole == trickle, "{at}: {}, {}", whole.len(), trickle.len());
            }
        }
    }

    /// Octets that cannot be packed, so that a place in the packed data is known
    /// in the unpacked.
    fn noise() -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(1);
        std::iter::repeat_with(|| random.u8(..))
            .take(400_000)
            .collect()
    }

    #[test]
    fn all_that_stands_before_a_cut_or_damage_is_unpacked() {
        let noise = noise();
        for pack in [gzip, zstd, xz] {
            let packed = pack(&noise);
            let at = packed.len() / 2;
            let (out, end) = unpack(&packed[..at]);
            assert!(end.is_err() && noise.starts_with(&out), "{end:?}");
            // A block of Zstandard, the longest, has 128 KiB.
            assert!(out.len() > at - 132_000, "{end:?}: {} of {at}", out.len());
        }
        let mut packed = gzip(&noise);
        packed.truncate(240_000);
        // A third kind of block does not exist (RFC 1951, 3.2.3).
        packed.extend([0xff; 40_000]);
        let (out, end) = unpack(packed.as_slice());
        assert!(
            end.is_err() && out.len() > 230_000,
            "{end:?}: {}",
            out.len()
        );
    }

    #[test]
    fn an_error_of_the_disk_stays_one() {
        let text = text();
        for packed in [text.clone(), gzip(&text), zstd(&text), xz(&text)] {
            let source = Failing::after(&packed[..packed.len() / 2]);
            let (_, end) = unpack(source);
            assert!(
                matches!(&end, Err(SourceError::Io(e)) if e.to_string() == "the disk is gone"),
                "{end:?}"
            );
        }
    }
}
