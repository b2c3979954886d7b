//! Byte builders and awkward sources for the tests of this module.

use std::io::{self, Read, Write};

use super::CaptureReader;
use super::error::CaptureError;

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

/// Writes numbers in the byte order of the machine that it plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Writer {
    pub(super) big_endian: bool,
}

pub(super) const LITTLE: Writer = Writer { big_endian: false };
pub(super) const BIG: Writer = Writer { big_endian: true };

impl Writer {
    pub(super) fn u16(self, n: u16) -> [u8; 2] {
        if self.big_endian {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }

    pub(super) fn u32(self, n: u32) -> [u8; 4] {
        if self.big_endian {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }

    pub(super) fn u64(self, n: u64) -> [u8; 8] {
        if self.big_endian {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }

    /// The header of a pcap file.
    pub(super) fn pcap(self, magic: u32, version: (u16, u16), network: u32) -> Vec<u8> {
        let mut file = self.u32(magic).to_vec();
        file.extend(self.u16(version.0));
        file.extend(self.u16(version.1));
        file.extend([0; 8]);
        file.extend(self.u32(262_144));
        file.extend(self.u32(network));
        file
    }

    /// A record of a pcap file with its header's four numbers.
    pub(super) fn record(self, header: [u32; 4], data: &[u8]) -> Vec<u8> {
        let mut record: Vec<u8> = header.into_iter().flat_map(|n| self.u32(n)).collect();
        record.extend(data);
        record
    }

    /// A pcapng block; the body is padded.
    pub(super) fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padded = body.len().next_multiple_of(4);
        let len = self.u32(u32::try_from(padded + 12).unwrap());
        let mut block = self.u32(kind).to_vec();
        block.extend(len);
        block.extend(body);
        block.resize(padded + 8, 0);
        block.extend(len);
        block
    }

    /// A Section Header Block.
    pub(super) fn section(self) -> Vec<u8> {
        self.section_with((1, 0), u64::MAX, &[])
    }

    /// The same with a version, the length of its section, and options.
    pub(super) fn section_with(
        self,
        version: (u16, u16),
        length: u64,
        options: &[Vec<u8>],
    ) -> Vec<u8> {
        let mut body = self.u32(0x1a2b_3c4d).to_vec();
        body.extend(self.u16(version.0));
        body.extend(self.u16(version.1));
        body.extend(self.u64(length));
        body.extend(options.concat());
        self.block(0x0a0d_0d0a, &body)
    }

    /// An option of a pcapng block.
    pub(super) fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let mut option = self.u16(code).to_vec();
        option.extend(self.u16(u16::try_from(value.len()).unwrap()));
        option.extend(value);
        option.resize(option.len().next_multiple_of(4), 0);
        option
    }

    /// An Interface Description Block.
    pub(super) fn interface(self, link_type: u16, snap_len: u32, options: &[Vec<u8>]) -> Vec<u8> {
        let mut body = self.u16(link_type).to_vec();
        body.extend([0; 2]);
        body.extend(self.u32(snap_len));
        body.extend(options.concat());
        self.block(1, &body)
    }

    /// An Enhanced Packet Block with nothing cut.
    pub(super) fn packet(
        self,
        interface: u32,
        units: u64,
        data: &[u8],
        options: &[Vec<u8>],
    ) -> Vec<u8> {
        let len = u32::try_from(data.len()).unwrap();
        let time = [(units >> 32) as u32, units as u32];
        let numbers = [interface, time[0], time[1], len, len];
        let mut body: Vec<u8> = numbers.into_iter().flat_map(|n| self.u32(n)).collect();
        body.extend(data);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend(options.concat());
        self.block(6, &body)
    }

    /// An Interface Statistics Block with its time left zero.
    pub(super) fn statistics(self, interface: u32, options: &[Vec<u8>]) -> Vec<u8> {
        let mut body = self.u32(interface).to_vec();
        body.extend([0; 8]);
        body.extend(options.concat());
        self.block(5, &body)
    }
}

/// What a test looks at of a frame: number, time in ns, data.
pub(super) type Seen = (u64, Option<i64>, Vec<u8>);

/// All frames, the error after them if any, and the reader.
pub(super) type Outcome<R> = (Vec<Seen>, Option<CaptureError>, CaptureReader<R>);

/// Reads a capture to its end.
pub(super) fn read_all<R: Read>(source: R) -> Result<Outcome<R>, CaptureError> {
    let mut reader = CaptureReader::new(source)?;
    let mut frames = Vec::new();
    let error = loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                let time = frame.time.map(|time| time.0);
                frames.push((frame.number, time, frame.data.to_vec()));
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(
        matches!(reader.next_frame(), Ok(None)),
        "an end is for ever"
    );
    Ok((frames, error, reader))
}
