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
pub(super) mod framing;
mod interface;
mod losses;
pub(super) mod options;

use std::io::Read;

use super::buffer::Buffer;
use super::endian::Endian;
use super::error::{CaptureError, Part};
use super::info::{CaptureInfo, Problem};
use super::record::{Link, Record};
use crate::limits::INTERFACES;
use blocks::{BadBlock, Packet, Statistics};
use framing::{BYTE_ORDER_MAGIC, Block, HEADER_LEN, MIN_BLOCK_LEN, body, corrupt, next_block};
use interface::{Interface, Section};
use options::{COMMENT, Options};

/// The type of a Section Header Block, the same in either byte order.
pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE_DESCRIPTION: u32 = 1;
pub(super) const OBSOLETE_PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
pub(super) const ENHANCED_PACKET: u32 = 6;

/// Whether these octets begin a pcapng file.
pub(super) fn recognise(head: &[u8]) -> bool {
    Endian::Big.u32(head, 0) == Some(SECTION_HEADER)
}

/// Whether these octets, found somewhere in a file, begin a pcapng file.
pub(super) fn is_likely(octets: &[u8]) -> bool {
    let mark = Endian::Little.u32(octets, 8);
    recognise(octets)
        && mark.is_some_and(|mark| [mark, mark.swap_bytes()].contains(&BYTE_ORDER_MAGIC))
}

/// Whether Wireshark gives a block of this type, which holds no packet, a frame
/// number: systemd journal entries, custom blocks and events of sysdig.
pub(super) fn is_listed(kind: u32) -> bool {
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
    pub(super) fn open<R: Read>(
        buffer: &mut Buffer<R>,
        info: &mut CaptureInfo,
    ) -> Result<Pcapng, CaptureError> {
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
        pcapng.begin_section(buffer, block, info)?;
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
                SECTION_HEADER => self.begin_section(buffer, block, info)?,
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
        info: &mut CaptureInfo,
    ) -> Result<(), CaptureError> {
        let body = body(buffer, block);
        let version = |at| block.endian.u16(body, at).unwrap_or_default();
        // 1.2 is what some programs call 1.0; any other would mean blocks that
        // cannot be understood by what is known of 1.0.
        let (major, minor) = (version(4), version(6));
        if !matches!((major, minor), (1, 0 | 2)) {
            let what = format!("pcapng version {major}.{minor} is not known (1.0 and 1.2 are)");
            return Err(corrupt(buffer, None, what));
        }
        // The section's length is of no use here: no block is skipped unread.
        self.section = self.section.next(block.endian);
        let options = body.get(16..).unwrap_or_default();
        let bad = keep_comments(options, block.endian, None, info);
        note(buffer, info, None, false, bad);
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
        let body = body(buffer, block);
        let (interface, bad) = Interface::from_block(body, block.endian);
        if let Some(interface) = &interface {
            let digits = interface.resolution.digits();
            info.add_interface(interface.link_type, digits, interface.snap_len);
            // What is bad in the options has been found already.
            let options = body.get(8..).unwrap_or_default();
            let _ = keep_comments(options, block.endian, None, info);
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
        let read = Statistics::from_block(body(buffer, block), block.endian);
        let added = read.and_then(|(interface, counts)| {
            let added = self.section.add_statistics(interface, counts);
            added.ok_or(BadBlock::NoInterface(interface))
        });
        self.tell_losses(info);
        note(buffer, info, None, false, added.err());
    }

    /// Tells what was lost as soon as it is known.
    fn tell_losses(&self, info: &mut CaptureInfo) {
        info.drops = Some(self.section.lost()).filter(|&lost| lost > 0);
    }

    /// The packet in a block; `None`, and a problem noted, where it is bad.
    fn packet<R: Read>(
        &mut self,
        buffer: &Buffer<R>,
        block: Block,
        info: &mut CaptureInfo,
    ) -> Option<Record> {
        let number = Some(info.frames);
        let body = body(buffer, block);
        let read = Packet::from_block(block.kind, body, block.endian)
            .and_then(|packet| Ok((packet, self.record(&packet, block)?)));
        match read {
            Ok((packet, record)) => {
                if packet.drops.is_some() {
                    self.tell_losses(info);
                }
                if packet.has_comments {
                    let _ = keep_comments(packet.options(body), block.endian, number, info);
                }
                note(buffer, info, number, false, packet.bad_options);
                Some(record)
            }
            Err(bad) => {
                note(buffer, info, number, true, Some(bad));
                None
            }
        }
    }

    /// The packet with what its interface says of it.
    fn record(&mut self, packet: &Packet, block: Block) -> Result<Record, BadBlock> {
        self.section.add_packet(packet.interface, packet.drops);
        let interface = self
            .section
            .interface(packet.interface)
            .ok_or(BadBlock::NoInterface(packet.interface))?;

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
        Ok(Record {
            time: packet.units.map(|units| interface.time(units)),
            link: Link {
                interface: self
                    .section
                    .first_interface
                    .saturating_add(packet.interface),
                link_type: interface.link_type,
                fcs_len: packet.fcs_len.unwrap_or(interface.fcs_len),
                direction: packet.direction,
            },
            damaged: packet.damaged,
            original_len: packet.original_len,
            data: HEADER_LEN.saturating_add(packet.data_start)..HEADER_LEN.saturating_add(end),
            len: block.len,
        })
    }
}

/// Keeps the comments among a block's options. Returns what is bad in them.
fn keep_comments(
    options: &[u8],
    endian: Endian,
    packet: Option<u64>,
    info: &mut CaptureInfo,
) -> Option<BadBlock> {
    for option in Options::new(options, endian) {
        match option {
            Ok((COMMENT, text)) => info.add_comment(packet, text),
            Ok(_) => {}
            Err(_) => return Some(BadBlock::Options),
        }
    }
    None
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
