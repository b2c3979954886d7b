//! Frames as a capture file: classic pcap or pcapng.

use super::{Direction, FileFormat, FileKind, Frame, Link};

/// Snap length written into file headers when the exchange names none.
const SNAP_LENGTH: u32 = 262_144;

/// Appends integers in the byte order of the file.
struct Out {
    bytes: Vec<u8>,
    big: bool,
}

impl Out {
    fn u16(&mut self, v: u16) {
        self.bytes.extend(if self.big {
            v.to_be_bytes()
        } else {
            v.to_le_bytes()
        });
    }

    fn u32(&mut self, v: u32) {
        self.bytes.extend(if self.big {
            v.to_be_bytes()
        } else {
            v.to_le_bytes()
        });
    }

    fn padded(&mut self, data: &[u8]) {
        self.bytes.extend(data);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// A pcapng block: type, length, body, length again.
    fn block(&mut self, kind: u32, body: impl FnOnce(&mut Out)) {
        let mut inner = Out {
            bytes: Vec::new(),
            big: self.big,
        };
        body(&mut inner);
        let length = u32::try_from(inner.bytes.len() + 12).unwrap();
        self.u32(kind);
        self.u32(length);
        self.bytes.append(&mut inner.bytes);
        self.u32(length);
    }
}

/// The frames as one capture file. Times are rounded down to its precision.
pub fn write_capture(frames: &[Frame], link: Link, format: FileFormat) -> Vec<u8> {
    let mut out = Out {
        bytes: Vec::new(),
        big: format.big_endian,
    };
    let snap = format.snap_length.unwrap_or(SNAP_LENGTH);
    match format.kind {
        FileKind::Pcap => write_pcap(&mut out, frames, link, format, snap),
        FileKind::PcapNg => write_pcapng(&mut out, frames, link, format, snap),
    }
    out.bytes
}

fn write_pcap(out: &mut Out, frames: &[Frame], link: Link, format: FileFormat, snap: u32) {
    out.u32(if format.nanoseconds {
        0xa1b2_3c4d
    } else {
        0xa1b2_c3d4
    });
    out.u16(2);
    out.u16(4);
    out.u32(0);
    out.u32(0);
    out.u32(snap);
    out.u32(link.number());
    for frame in frames {
        let nanoseconds = frame.time_ns.rem_euclid(1_000_000_000);
        let fraction = if format.nanoseconds {
            nanoseconds
        } else {
            nanoseconds / 1000
        };
        out.u32(u32::try_from(frame.time_ns.div_euclid(1_000_000_000)).unwrap());
        out.u32(u32::try_from(fraction).unwrap());
        out.u32(u32::try_from(frame.bytes.len()).unwrap());
        out.u32(frame.original_len);
        out.bytes.extend(&frame.bytes);
    }
}

fn write_pcapng(out: &mut Out, frames: &[Frame], link: Link, format: FileFormat, snap: u32) {
    out.block(0x0a0d_0d0a, |b| {
        b.u32(0x1a2b_3c4d);
        b.u16(1);
        b.u16(0);
        b.u32(u32::MAX); // section length: unknown
        b.u32(u32::MAX);
    });
    out.block(1, |b| {
        b.u16(u16::try_from(link.number()).unwrap());
        b.u16(0);
        b.u32(snap);
        b.u16(9); // if_tsresol
        b.u16(1);
        b.padded(&[if format.nanoseconds { 9 } else { 6 }]);
        b.u32(0); // end of options
    });
    for frame in frames {
        out.block(6, |b| {
            let unit = if format.nanoseconds { 1 } else { 1000 };
            let ticks = u64::try_from(frame.time_ns.div_euclid(unit)).unwrap();
            b.u32(0);
            b.u32(u32::try_from(ticks >> 32).unwrap());
            b.u32(u32::try_from(ticks & 0xffff_ffff).unwrap());
            b.u32(u32::try_from(frame.bytes.len()).unwrap());
            b.u32(frame.original_len);
            b.padded(&frame.bytes);
            if let Some(direction) = frame.direction {
                b.u16(2); // epb_flags
                b.u16(4);
                b.u32(match direction {
                    Direction::In => 1,
                    Direction::Out => 2,
                });
                b.u32(0);
            }
        });
    }
}
