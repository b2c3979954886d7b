//! The pcapng file format (draft-ietf-opsawg-pcapng).
//!
//! A file is a row of blocks, each with its length before and behind its body.
//! A Section Header Block sets the byte order and begins a new table of
//! interfaces. What is wrong inside a block whose two lengths agree costs only
//! that block; where they do not agree, what follows cannot be found.
//!
//! Packet numbers are Wireshark's: each block that it lists counts, which
//! includes some that hold no packet (see [`is_listed`]). A packet block that is
//! bad inside counts too, so that the packets behind it keep the numbers they
//! have once the block is repaired; Wireshark itself stops there.

mod blocks;
mod framing;
mod interface;
mod options;

use std::io::Read;

use super::buffer::Buffer;
use super::endian::Endian;
use super::error::{CaptureError, Part};
use super::info::{CaptureInfo, Problem};
use super::record::Record;
use crate::limits::INTERFACES;
use blocks::{BadBlock, Packet};
use framing::{Block, HEADER_LEN, MIN_BLOCK_LEN, body, corrupt, next_block};
use interface::{Interface, Section};

/// The type of a Section Header Block, the same in either byte order.
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

/// Whether these octets begin a pcapng file.
pub(super) fn recognise(head: &[u8]) -> bool {
    Endian::Big.u32(head, 0) == Some(SECTION_HEADER)
}

/// Whether Wireshark gives a block of this type, which holds no packet, a frame
/// number: systemd journal entries, custom blocks and events of sysdig.
fn is_listed(kind: u32) -> bool {
    const JOURNAL: u32 = 9;
    const CUSTOM: u32 = 0x0bad;
    const CUSTOM_NOT_TO_COPY: u32 = 0x4000_0bad;
    matches!(kind, JOURNAL | CUSTOM | CUSTOM_NOT_TO_COPY)
        || matches!(kind, 0x204 | 0x208 | 0x216 | 0x217 | 0x221 | 0x222)
}

/// The state of a reader between two blocks.
#[derive(Debug)]
pub(super) struct Pcapng {
    section: Section,
}

impl Pcapng {
    /// Reads the first Section Header Block, whose type was recognised.
    ///
    /// # Errors
    /// If it is cut or damaged, or of a version that is not known.
    pub(super) fn open<R: Read>(buffer: &mut Buffer<R>) -> Result<Pcapng, CaptureError> {
        let mut pcapng = Pcapng {
            section: Section::new(Endian::Little, 0),
        };
        let block = match next_block(buffer, Endian::Little, 0) {
            Ok(Some(block)) => block,
            Ok(None) => return Err(buffer.cut(Part::FileHeader, None, 28)),
            Err(CaptureError::Truncated {
                at,
                present,
                expected,
                ..
            }) => {
                return Err(CaptureError::Truncated {
                    at,
                    part: Part::FileHeader,
                    present,
                    expected,
                });
            }
            Err(error) => return Err(error),
        };
        pcapng.begin_section(buffer, block)?;
        buffer.consume(block.len);
        Ok(pcapng)
    }

    /// The next packet, left in the buffer; `None` at the end of the file.
    ///
    /// # Errors
    /// If the file is cut, or damaged so that the next block cannot be found.
    pub(super) fn next_record<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        info: &mut CaptureInfo,
    ) -> Result<Option<Record>, CaptureError> {
        while let Some(block) = next_block(buffer, self.section.endian, info.frames)? {
            match block.kind {
                OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET => {
                    info.frames = info.frames.saturating_add(1);
                    if let Some(record) = self.packet(buffer, block, info) {
                        return Ok(Some(record));
                    }
                }
                SECTION_HEADER => self.begin_section(buffer, block)?,
                INTERFACE_DESCRIPTION => self.add_interface(buffer, block, info)?,
                INTERFACE_STATISTICS => self.add_statistics(buffer, block, info),
                kind if is_listed(kind) => info.frames = info.frames.saturating_add(1),
                _ => {}
            }
            buffer.consume(block.len);
        }
        Ok(None)
    }

    /// Frames lost, as far as the capture says up to here; see
    /// [`CaptureInfo::drops`].
    pub(super) fn drops(&self) -> Option<u64> {
        self.section.drops()
    }

    fn begin_section<R: Read>(
        &mut self,
        buffer: &Buffer<R>,
        block: Block,
    ) -> Result<(), CaptureError> {
        // The section's length is of no use here: no block is skipped unread.
        let version = block.endian.u16(body(buffer, block), 4);
        if version != Some(1) {
            let version = version.unwrap_or_default();
            let what = format!("pcapng version {version} is not known (1 is)");
            return Err(corrupt(buffer, None, what));
        }
        self.section = self.section.next(block.endian);
        Ok(())
    }

    fn add_interface<R: Read>(
        &mut self,
        buffer: &Buffer<R>,
        block: Block,
        info: &mut CaptureInfo,
    ) -> Result<(), CaptureError> {
        if self.section.interfaces.len() >= INTERFACES {
            let what = format!("there are more than {INTERFACES} interfaces");
            return Err(corrupt(buffer, None, what));
        }
        let (interface, bad) = Interface::from_block(body(buffer, block), block.endian);
        if let Some(interface) = &interface {
            let digits = interface.resolution.digits();
            info.add_interface(interface.link_type, digits, interface.snap_len);
        }
        // One that cannot be read takes its number all the same: packets name
        // interfaces by their place in the row.
        self.section.interfaces.push(interface);
        note(buffer, info, None, false, bad);
        Ok(())
    }

    fn add_statistics<R: Read>(
        &mut self,
        buffer: &Buffer<R>,
        block: Block,
        info: &mut CaptureInfo,
    ) {
        let read = blocks::statistics(body(buffer, block), block.endian);
        let bad = match read {
            Ok((interface, drops)) => match self.section.interface_mut(interface) {
                Some(interface) => {
                    interface.statistics(drops);
                    None
                }
                None => Some(BadBlock::NoInterface(interface)),
            },
            Err(bad) => Some(bad),
        };
        note(buffer, info, None, false, bad);
    }

    /// The packet in a block; `None`, and a problem noted, where it is bad.
    fn packet<R: Read>(
        &mut self,
        buffer: &Buffer<R>,
        block: Block,
        info: &mut CaptureInfo,
    ) -> Option<Record> {
        let number = Some(info.frames);
        let read = Packet::from_block(block.kind, body(buffer, block), block.endian)
            .and_then(|packet| self.record(packet, block));
        match read {
            Ok((record, bad_options)) => {
                note(buffer, info, number, false, bad_options);
                Some(record)
            }
            Err(bad) => {
                note(buffer, info, number, true, Some(bad));
                None
            }
        }
    }

    /// The packet with what its interface says of it.
    fn record(
        &mut self,
        packet: Packet,
        block: Block,
    ) -> Result<(Record, Option<BadBlock>), BadBlock> {
        let first = self.section.first_interface;
        let interface = self
            .section
            .interface_mut(packet.interface)
            .ok_or(BadBlock::NoInterface(packet.interface))?;
        interface.has_frames = true;
        interface.lost(packet.drops);

        let captured = packet.captured_len(interface.snap_len);
        let end = packet.data_start.saturating_add(captured);
        // The body ends where the second length begins.
        let room = block.len.saturating_sub(MIN_BLOCK_LEN);
        if end > room {
            return Err(BadBlock::TooShort {
                claimed: captured as u64,
                room: room.saturating_sub(packet.data_start) as u64,
            });
        }
        let record = Record {
            time: packet.units.map(|units| interface.time(units)),
            interface: first.saturating_add(packet.interface),
            link_type: interface.link_type,
            fcs_len: packet.fcs_len.unwrap_or(interface.fcs_len),
            direction: packet.direction,
            original_len: packet.original_len,
            data: HEADER_LEN.saturating_add(packet.data_start)..HEADER_LEN.saturating_add(end),
            len: block.len,
        };
        Ok((record, packet.bad_options))
    }
}

/// Notes that the block at the buffer's beginning is bad, if it is.
fn note<R: Read>(
    buffer: &Buffer<R>,
    info: &mut CaptureInfo,
    packet: Option<u64>,
    packet_lost: bool,
    bad: Option<BadBlock>,
) {
    if let Some(bad) = bad {
        info.add_problem(|| Problem {
            packet,
            byte: buffer.offset(),
            packet_lost,
            what: bad.to_string(),
        });
    }
}

#[cfg(test)]
mod tests;
