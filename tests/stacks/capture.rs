//! Captures: what passed a monitor, and when, as octets of a pcap file.

use std::fmt;

use crate::packet::Packet;
use crate::side::Side;

/// Where a monitor stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Monitor {
    At(Side),
    Middle,
}

impl Monitor {
    pub const ALL: [Monitor; 3] = [Monitor::At(Side::A), Monitor::Middle, Monitor::At(Side::B)];
}

impl fmt::Display for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Monitor::At(side) => write!(f, "at-{side}"),
            Monitor::Middle => write!(f, "middle"),
        }
    }
}

/// A frame of a capture.
#[derive(Clone, Debug)]
pub struct Frame {
    /// In microseconds since the simulation began.
    pub time: i64,
    /// Its place among all that happened anywhere.
    pub moment: u64,
    pub packet: Packet,
}

/// The simulation begins at this second of the epoch.
const EPOCH_S: i64 = 1_700_000_000;
/// Datagrams without a link header.
const LINKTYPE_RAW: u32 = 101;

/// What one monitor saw.
#[derive(Clone, Debug)]
pub struct Capture {
    pub monitor: Monitor,
    pub frames: Vec<Frame>,
}

impl Capture {
    pub fn at(monitor: Monitor) -> Capture {
        let frames = Vec::new();
        Capture { monitor, frames }
    }

    /// Records a datagram. Two never have the same time, as on a real line.
    pub fn record(&mut self, now: i64, moment: u64, packet: &Packet) {
        let earliest = self.frames.last().map_or(now, |last| last.time + 1);
        self.frames.push(Frame {
            time: now.max(earliest),
            moment,
            packet: packet.clone(),
        });
    }

    /// The first `count` frames as a pcap file.
    pub fn to_pcap(&self, count: usize) -> Vec<u8> {
        let mut file = Vec::new();
        file.extend(0xa1b2_c3d4_u32.to_le_bytes());
        file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.extend(0x4_0000_u32.to_le_bytes());
        file.extend(LINKTYPE_RAW.to_le_bytes());
        for frame in &self.frames[..count] {
            let seconds = EPOCH_S + frame.time / 1_000_000;
            let length = u32::try_from(frame.packet.octets.len()).unwrap();
            file.extend(u32::try_from(seconds).unwrap().to_le_bytes());
            let fraction = u32::try_from(frame.time % 1_000_000).unwrap();
            file.extend(fraction.to_le_bytes());
            file.extend(length.to_le_bytes());
            file.extend(length.to_le_bytes());
            file.extend(&*frame.packet.octets);
        }
        file
    }
}
