//! What stands in the bodies of packet and statistics blocks.

use std::fmt;

use super::options::Options;
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
    pub(super) drops: Option<u32>,
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
            drops: drops.map(u32::from),
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

    fn read_options(&mut self, kind: u32, body: &[u8], endian: Endian) {
        const FLAGS: u16 = 2;
        const DROPCOUNT: u16 = 4;
        // A Simple Packet Block has no options.
        let Some(captured) = self.captured_len else {
            return;
        };
        let start = (captured as usize)
            .checked_next_multiple_of(4)
            .and_then(|len| len.checked_add(self.data_start));
        let options = start
            .and_then(|start| body.get(start..))
            .unwrap_or_default();
        for option in Options::new(options, endian) {
            match option {
                Ok((FLAGS, value)) => {
                    if let Some(flags) = endian.u32(value, 0) {
                        self.read_flags(flags);
                    }
                }
                Ok((DROPCOUNT, value)) if kind != OBSOLETE_PACKET => {
                    let drops = endian.u64(value, 0);
                    self.drops = drops.map(|drops| u32::try_from(drops).unwrap_or(u32::MAX));
                }
                Ok(_) => {}
                Err(_) => self.bad_options = Some(BadBlock::Options),
            }
        }
    }

    /// The flags word: the direction in bits 0 and 1, the length of the frame
    /// check sequence in octets in bits 5 to 8 (0: not given).
    fn read_flags(&mut self, flags: u32) {
        self.direction = match flags & 3 {
            1 => Direction::Inbound,
            2 => Direction::Outbound,
            _ => Direction::Unknown,
        };
        let fcs_len = (flags >> 5 & 0xf) as u8;
        self.fcs_len = Some(fcs_len).filter(|&len| len != 0);
    }
}

/// Interface number and frames lost, from the body of an Interface Statistics
/// Block: those that the interface dropped, and those that the operating system
/// did; `None` where it says neither.
///
/// # Errors
/// If the fixed fields are not all there, or an option is malformed.
pub(super) fn statistics(body: &[u8], endian: Endian) -> Result<(u32, Option<u64>), BadBlock> {
    const IFDROP: u16 = 5;
    const OSDROP: u16 = 7;
    let interface = endian.u32(body, 0).ok_or(BadBlock::Incomplete)?;
    let options = body.get(12..).ok_or(BadBlock::Incomplete)?;
    let mut drops: Option<u64> = None;
    for option in Options::new(options, endian) {
        match option {
            Ok((IFDROP | OSDROP, value)) => {
                let count = endian.u64(value, 0).ok_or(BadBlock::Options)?;
                drops = Some(drops.unwrap_or(0).saturating_add(count));
            }
            Ok(_) => {}
            Err(_) => return Err(BadBlock::Options),
        }
    }
    Ok((interface, drops))
}
