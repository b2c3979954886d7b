//! What stands in the bodies of packet and statistics blocks.

use std::fmt;

use super::options::{COMMENT, Options};
use super::{OBSOLETE_PACKET, SIMPLE_PACKET};
use crate::capture::endian::Endian;
use crate::segment::Direction;

/// What can be wrong inside a block whose outer length is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BadBlock {
    /// The fixed fields are not all there.
    Incomplete,
    /// It names an interface that was not described, or not legibly.
    NoInterface(u32),
    /// A captured length that the block has no room for.
    TooShort { claimed: u64, room: u64 },
    /// An option that runs past the end.
    Options,
    /// An option of a length that it cannot have.
    OptionLength {
        /// Its code.
        code: u16,
        /// Its length in octets.
        len: usize,
    },
    /// An if_tsresol or if_tsoffset of a length that it cannot have.
    TimeOption,
}

impl fmt::Display for BadBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadBlock::Incomplete => f.write_str("the block is too short for its fields"),
            BadBlock::NoInterface(number) => {
                write!(f, "interface {number} of the section is not described")
            }
            BadBlock::TooShort { claimed, room } => {
                write!(
                    f,
                    "{claimed} octets of packet in a block with room for {room}"
                )
            }
            BadBlock::Options => f.write_str("an option runs past the end of the block"),
            BadBlock::OptionLength { code, len } => {
                write!(f, "option {code} cannot have a length of {len} octets")
            }
            BadBlock::TimeOption => {
                f.write_str("the interface's time resolution or offset cannot be read")
            }
        }
    }
}

/// A packet block's fields; its interface is not looked up yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Packet {
    /// Number within the section.
    pub(super) interface: u32,
    /// Time stamp in the interface's units.
    pub(super) units: Option<u64>,
    /// `None` where the interface's snap length decides.
    captured_len: Option<u32>,
    pub(super) original_len: u32,
    /// Where the packet's octets begin in the body.
    pub(super) data_start: usize,
    pub(super) direction: Direction,
    /// Octets of frame check sequence, where the packet says so itself.
    pub(super) fcs_len: Option<u8>,
    /// Frames lost since the packet before, where it says so.
    pub(super) drops: Option<u64>,
    /// The card says that the link garbled it.
    pub(super) damaged: bool,
    /// There are comments among its options.
    pub(super) has_comments: bool,
    pub(super) bad_options: Option<BadBlock>,
}

impl Packet {
    /// From the body of a packet block of any kind.
    ///
    /// # Errors
    /// If the fixed fields are not all there.
    pub(super) fn from_block(kind: u32, body: &[u8], endian: Endian) -> Result<Packet, BadBlock> {
        let packet = match kind {
            SIMPLE_PACKET => Packet::simple(body, endian),
            _ => Packet::with_time(kind, body, endian),
        };
        let mut packet = packet.ok_or(BadBlock::Incomplete)?;
        packet.read_options(kind, body, endian);
        Ok(packet)
    }

    /// An Enhanced Packet Block, or the obsolete Packet Block, which differs in
    /// its first field: interface and lost frames in 16 bits each.
    fn with_time(kind: u32, body: &[u8], endian: Endian) -> Option<Packet> {
        const NOT_COUNTED: u16 = 0xffff;
        let (interface, drops) = if kind == OBSOLETE_PACKET {
            let drops = Some(endian.u16(body, 2)?).filter(|&drops| drops != NOT_COUNTED);
            (u32::from(endian.u16(body, 0)?), drops)
        } else {
            (endian.u32(body, 0)?, None)
        };
        // Two halves, the upper one first in either byte order.
        let upper = u64::from(endian.u32(body, 4)?);
        let lower = u64::from(endian.u32(body, 8)?);
        Some(Packet {
            interface,
            units: Some(upper << 32 | lower),
            captured_len: Some(endian.u32(body, 12)?),
            original_len: endian.u32(body, 16)?,
            data_start: 20,
            direction: Direction::Unknown,
            fcs_len: None,
            drops: drops.map(u64::from),
            damaged: false,
            has_comments: false,
            bad_options: None,
        })
    }

    /// A Simple Packet Block: of the section's first interface, without a time.
    fn simple(body: &[u8], endian: Endian) -> Option<Packet> {
        Some(Packet {
            interface: 0,
            units: None,
            captured_len: None,
            original_len: endian.u32(body, 0)?,
            data_start: 4,
            direction: Direction::Unknown,
            fcs_len: None,
            drops: None,
            damaged: false,
            has_comments: false,
            bad_options: None,
        })
    }

    /// Octets captured, on an interface with this snap length (0: no limit).
    pub(super) fn captured_len(&self, snap_len: u32) -> usize {
        let whole = self.original_len;
        let len = self.captured_len.unwrap_or(match snap_len {
            0 => whole,
            snap_len => whole.min(snap_len),
        });
        len as usize
    }

    /// The octets of its options, in the body that it was read from.
    pub(super) fn options<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        // A Simple Packet Block has none.
        self.captured_len
            .and_then(|captured| (captured as usize).checked_next_multiple_of(4))
            .and_then(|len| len.checked_add(self.data_start))
            .and_then(|start| body.get(start..))
            .unwrap_or_default()
    }

    fn read_options(&mut self, kind: u32, body: &[u8], endian: Endian) {
        const FLAGS: u16 = 2;
        const DROPCOUNT: u16 = 4;
        for option in Options::new(self.options(body), endian) {
            match option {
                Ok((COMMENT, _)) => self.has_comments = true,
                Ok((FLAGS, value)) => match four(value, endian) {
                    Some(flags) => self.read_flags(flags),
                    None => self.bad_options = Some(bad_length(FLAGS, value)),
                },
                Ok((DROPCOUNT, value)) if kind != OBSOLETE_PACKET => match eight(value, endian) {
                    Some(drops) => self.drops = Some(drops),
                    None => self.bad_options = Some(bad_length(DROPCOUNT, value)),
                },
                Ok(_) => {}
                Err(_) => self.bad_options = Some(BadBlock::Options),
            }
        }
    }

    /// The flags word: the direction in bits 0 and 1, the length of the frame
    /// check sequence in octets in bits 5 to 8 (0: not given), errors of the link
    /// from bit 16 on.
    fn read_flags(&mut self, flags: u32) {
        // Symbol, preamble, start of frame, alignment, CRC. A frame that is too
        // short or too long, or came too soon, still has the octets that were sent.
        const GARBLED: u32 = 1 << 31 | 1 << 30 | 1 << 29 | 1 << 28 | 1 << 24;
        self.damaged = flags & GARBLED != 0;
        self.direction = match flags & 3 {
            1 => Direction::Inbound,
            2 => Direction::Outbound,
            _ => Direction::Unknown,
        };
        let fcs_len = (flags >> 5 & 0xf) as u8;
        self.fcs_len = Some(fcs_len).filter(|&len| len != 0);
    }
}

/// What an Interface Statistics Block counts since the capture began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Statistics {
    /// Frames that came in at the interface.
    pub(super) received: Option<u64>,
    /// Frames that the interface dropped.
    pub(super) dropped: Option<u64>,
    /// Frames that passed the capture filter.
    pub(super) accepted: Option<u64>,
    /// Frames that the operating system dropped.
    pub(super) system_dropped: Option<u64>,
    /// Frames handed to the program that wrote the file.
    pub(super) delivered: Option<u64>,
}

impl Statistics {
    /// The interface's number and the counts, from the body of a block.
    ///
    /// # Errors
    /// If the fixed fields are not all there, or an option is malformed.
    pub(super) fn from_block(body: &[u8], endian: Endian) -> Result<(u32, Statistics), BadBlock> {
        let interface = endian.u32(body, 0).ok_or(BadBlock::Incomplete)?;
        let options = body.get(12..).ok_or(BadBlock::Incomplete)?;
        let mut counts = Statistics::default();
        for option in Options::new(options, endian) {
            let (code, value) = option.map_err(|_| BadBlock::Options)?;
            let count = match code {
                4 => &mut counts.received,
                5 => &mut counts.dropped,
                6 => &mut counts.accepted,
                7 => &mut counts.system_dropped,
                8 => &mut counts.delivered,
                _ => continue,
            };
            let number = eight(value, endian).ok_or_else(|| bad_length(code, value))?;
            *count = Some(number);
        }
        Ok((interface, counts))
    }
}

/// The number in an option of four octets.
fn four(value: &[u8], endian: Endian) -> Option<u32> {
    endian.u32(value, 0).filter(|_| value.len() == 4)
}

/// The number in an option of eight octets.
fn eight(value: &[u8], endian: Endian) -> Option<u64> {
    endian.u64(value, 0).filter(|_| value.len() == 8)
}

fn bad_length(code: u16, value: &[u8]) -> BadBlock {
    BadBlock::OptionLength {
        code,
        len: value.len(),
    }
}
