//! Byte builders and awkward sources for the tests of this module.

use std::io::{self, Read, Write};

/// Gives one octet at a time, and an interruption before each.
pub(super) struct Trickle<'a> {
    bytes: &'a [u8],
    interrupt: bool,
}

impl<'a> Trickle<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Trickle<'a> {
        Trickle {
            bytes,
            interrupt: true,
        }
    }
}

impl Read for Trickle<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if !self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let room = room.get_mut(..1).unwrap_or_default();
        self.bytes.read(room)
    }
}

/// Fails where its octets end.
pub(super) struct Failing<'a>(&'a [u8]);

impl<'a> Failing<'a> {
    pub(super) fn after(bytes: &'a [u8]) -> Failing<'a> {
        Failing(bytes)
    }
}

impl Read for Failing<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.0.read(room)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(super) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
