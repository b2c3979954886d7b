//! A pcap file with times in nanoseconds, written record by record.

use std::io::{self, Write};

use super::S;

/// When captures begin, in seconds since 1970.
const START: u64 = 1_700_000_000;

/// Octets of the header of a record.
const RECORD: u64 = 16;

/// Where a capture goes.
pub struct Output<'a> {
    sink: &'a mut dyn Write,
    /// Packets so far.
    pub packets: u64,
    /// Octets so far.
    pub octets: u64,
}

impl<'a> Output<'a> {
    /// Begins a file of Ethernet frames.
    pub fn to(sink: &'a mut dyn Write) -> io::Result<Output<'a>> {
        let words: [u32; 6] = [0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, 1];
        for word in words {
            sink.write_all(&word.to_le_bytes())?;
        }
        Ok(Output {
            sink,
            packets: 0,
            octets: 24,
        })
    }

    /// One frame, `time` nanoseconds after the beginning.
    pub fn frame(&mut self, time: u64, frame: &[u8]) -> io::Result<()> {
        let len = frame.len() as u64;
        let mut header = [0; RECORD as usize];
        let words = [START + time / S, time % S, len, len];
        for (to, word) in header.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = (word as u32).to_le_bytes();
        }
        self.packets += 1;
        self.octets += RECORD + len;
        self.sink.write_all(&header)?;
        self.sink.write_all(frame)
    }
}
