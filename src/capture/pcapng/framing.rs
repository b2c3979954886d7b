//! Where one pcapng block ends and the next begins.

use std::io::Read;

use super::{ENHANCED_PACKET, OBSOLETE_PACKET, SIMPLE_PACKET, recognise};
use crate::capture::buffer::Buffer;
use crate::capture::endian::Endian;
use crate::capture::error::{CaptureError, Part};
use crate::limits::BLOCK_LEN;

pub(in crate::capture) const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// Type and length before a body.
pub(in crate::capture) const HEADER_LEN: usize = 8;
/// The same with the length again behind it.
pub(in crate::capture) const MIN_BLOCK_LEN: usize = 12;

/// A block whose two lengths agree, in the buffer from its first octet on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::capture) struct Block {
    pub(in crate::capture) kind: u32,
    pub(in crate::capture) endian: Endian,
    /// Length with header, padding and second length, in octets.
    pub(in crate::capture) len: usize,
}

/// Reads the next block whole and compares its two lengths; `None` at the end of
/// the file. `section` is the byte order of the section that the block is in, and
/// `frames` how many there were before it.
///
/// # Errors
/// If the file is cut here, or the lengths make no sense, so that the next block
/// cannot be found.
pub(in crate::capture) fn next_block<R: Read>(
    buffer: &mut Buffer<R>,
    section: Endian,
    frames: u64,
) -> Result<Option<Block>, CaptureError> {
    let present = buffer.fill(MIN_BLOCK_LEN, None)?;
    if present == 0 {
        return Ok(None);
    }
    let Some((kind, endian, len)) = block_header(buffer.data(), section) else {
        return Err(if present < MIN_BLOCK_LEN {
            buffer.cut(Part::Block, None, MIN_BLOCK_LEN as u64)
        } else {
            corrupt(buffer, None, "the byte order of this section is not known")
        });
    };
    let number = is_packet(kind).then(|| frames.saturating_add(1));
    if (len as usize) < MIN_BLOCK_LEN {
        let what = format!("a block cannot have a length of {len} octets");
        return Err(corrupt(buffer, number, what));
    }
    if len > BLOCK_LEN {
        return Err(CaptureError::RecordTooLong {
            at: buffer.place(number),
            length: u64::from(len),
            limit: u64::from(BLOCK_LEN),
            maybe_variant: false,
        });
    }
    // Some programs do not count the padding of the body, so both lengths
    // are rounded up, as Wireshark does.
    let padded = (len as usize).next_multiple_of(4);
    if buffer.fill(padded, number)? < padded {
        return Err(buffer.cut(Part::Block, number, padded as u64));
    }
    let behind = endian.u32(buffer.data(), padded.saturating_sub(4));
    if behind.and_then(|len| len.checked_next_multiple_of(4)) != u32::try_from(padded).ok() {
        let what = format!(
            "the block's length is {len} octets before its body and {} behind it",
            behind.unwrap_or_default()
        );
        return Err(corrupt(buffer, number, what));
    }
    Ok(Some(Block {
        kind,
        endian,
        len: padded,
    }))
}

/// Type, byte order and length of the block that begins with `bytes`.
fn block_header(bytes: &[u8], section: Endian) -> Option<(u32, Endian, u32)> {
    let endian = if recognise(bytes) {
        // It sets the byte order, for its own length too.
        [Endian::Little, Endian::Big]
            .into_iter()
            .find(|endian| endian.u32(bytes, HEADER_LEN) == Some(BYTE_ORDER_MAGIC))?
    } else {
        section
    };
    // All of the shortest block has to be there.
    bytes.get(..MIN_BLOCK_LEN)?;
    Some((endian.u32(bytes, 0)?, endian, endian.u32(bytes, 4)?))
}

/// Whether a block of this type holds a packet.
fn is_packet(kind: u32) -> bool {
    matches!(kind, OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET)
}

/// What stands between the two lengths of a block.
pub(in crate::capture) fn body<R: Read>(buffer: &Buffer<R>, block: Block) -> &[u8] {
    let end = block.len.saturating_sub(4);
    buffer.data().get(HEADER_LEN..end).unwrap_or_default()
}

/// The error for damage at the place that reading is at.
pub(in crate::capture) fn corrupt<R: Read>(
    buffer: &Buffer<R>,
    packet: Option<u64>,
    what: impl Into<String>,
) -> CaptureError {
    CaptureError::Corrupt {
        at: buffer.place(packet),
        what: what.into(),
    }
}
