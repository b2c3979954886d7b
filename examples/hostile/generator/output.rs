//! A capture, written frame by frame.

use std::io::{self, Write};

use super::packet::{Packet, Tcp};

/// `LINKTYPE_ETHERNET`.
pub const ETHERNET: u32 = 1;
/// `LINKTYPE_RAW`: frames begin with the IP header.
pub const RAW: u32 = 101;

/// When captures begin, in nanoseconds since 1970.
const START_NS: i64 = 1_700_000_000 * NS_PER_S;
/// Nanoseconds of a second.
pub const NS_PER_S: i64 = 1_000_000_000;

/// Where a capture goes.
pub struct Output<'a> {
    sink: &'a mut dyn Write,
    /// The time of the next frame, in nanoseconds since 1970.
    pub now: i64,
    /// What time goes on by with each frame, in nanoseconds.
    pub step: i64,
    frame: Vec<u8>,
}

impl<'a> Output<'a> {
    /// A capture that goes to `sink`.
    pub fn to(sink: &'a mut dyn Write) -> Output<'a> {
        Output {
            sink,
            now: START_NS,
            step: 10_000,
            frame: Vec::new(),
        }
    }

    /// Begins a pcap file with times in nanoseconds, and `rate` frames a second.
    pub fn pcap(&mut self, link_type: u32, rate: u32) -> io::Result<()> {
        self.step = NS_PER_S / i64::from(rate.max(1));
        let words = [0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, link_type];
        words
            .iter()
            .try_for_each(|word: &u32| self.raw(&word.to_le_bytes()))
    }

    /// Octets as they are: what is no frame of a pcap file.
    pub fn raw(&mut self, octets: &[u8]) -> io::Result<()> {
        self.sink.write_all(octets)
    }

    /// One frame; time goes on.
    pub fn frame(&mut self, octets: &[u8]) -> io::Result<()> {
        let (seconds, ns) = (self.now.div_euclid(NS_PER_S), self.now.rem_euclid(NS_PER_S));
        let len = octets.len() as u64;
        for word in [seconds.cast_unsigned(), ns.cast_unsigned(), len, len] {
            let word = u32::try_from(word & 0xffff_ffff).unwrap_or(0);
            self.sink.write_all(&word.to_le_bytes())?;
        }
        self.now += self.step;
        self.sink.write_all(octets)
    }

    /// One frame that is an IP packet.
    pub fn packet(&mut self, packet: &Packet<'_>) -> io::Result<()> {
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        packet.append_to(&mut frame)?;
        let written = self.frame(&frame);
        self.frame = frame;
        written
    }

    /// One frame that is a segment.
    pub fn tcp(&mut self, segment: &Tcp<'_>) -> io::Result<()> {
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        segment.append_to(&mut frame)?;
        let written = self.frame(&frame);
        self.frame = frame;
        written
    }
}
