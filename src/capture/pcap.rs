//! The pcap file format, as libpcap and Wireshark read it.
//!
//! A file header of 24 octets, then records: a header of 16 octets (24 in the
//! "modified" format of 1999) and the captured octets.

use std::io::Read;

use super::buffer::Buffer;
use super::endian::Endian;
use super::error::{CaptureError, Part};
use super::frame::LinkType;
use super::info::CaptureInfo;
use super::record::{Link, Record};
use crate::limits::{BLOCK_LEN, PACKET_LEN};
use crate::segment::{Direction, NS_PER_S, NS_PER_US, Timestamp};

const FILE_HEADER_LEN: usize = 24;
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// Alexey Kuznetsov's format of 1999, with an interface, a protocol and a
/// packet type in each record header.
const MODIFIED: u32 = 0xa1b2_cd34;

/// Whether these octets begin a pcap file.
pub(super) fn recognise(head: &[u8]) -> bool {
    magic(head).is_some()
}

/// Whether these octets, found somewhere in a file, begin a pcap file.
pub(super) fn is_likely(octets: &[u8]) -> bool {
    magic(octets).is_some_and(|(endian, _)| {
        endian.u16(octets, 4) == Some(2) && endian.u16(octets, 6).is_some_and(|minor| minor <= 4)
    })
}

fn magic(head: &[u8]) -> Option<(Endian, u32)> {
    [Endian::Little, Endian::Big]
        .into_iter()
        .filter_map(|endian| Some((endian, endian.u32(head, 0)?)))
        .find(|(_, magic)| matches!(*magic, MICROSECONDS | NANOSECONDS | MODIFIED))
}

/// What the file header says.
#[derive(Debug)]
pub(super) struct Pcap {
    endian: Endian,
    modified: bool,
    /// The subsecond field counts nanoseconds.
    nanoseconds: bool,
    /// The two lengths of a record may stand in the old order.
    lengths_may_be_swapped: bool,
    /// Of all frames, but for their direction.
    link: Link,
    max_len: u32,
}

impl Pcap {
    /// Reads the file header, whose first octets were recognised.
    ///
    /// # Errors
    /// If it is cut, or of a kind that is not known.
    pub(super) fn open<R: Read>(
        buffer: &mut Buffer<R>,
        info: &mut CaptureInfo,
    ) -> Result<Pcap, CaptureError> {
        if buffer.fill(FILE_HEADER_LEN, None)? < FILE_HEADER_LEN {
            return Err(buffer.cut(Part::FileHeader, None, FILE_HEADER_LEN as u64));
        }
        let (pcap, snap_len) = Pcap::from_header(buffer.data()).map_err(|what| {
            let at = buffer.place(None);
            CaptureError::Corrupt { at, what }
        })?;
        let digits = if pcap.nanoseconds { 9 } else { 6 };
        info.add_interface(pcap.link.link_type, digits, snap_len);
        buffer.consume(FILE_HEADER_LEN);
        Ok(pcap)
    }

    /// The byte order of the file.
    pub(super) const fn endian(&self) -> Endian {
        self.endian
    }

    /// What holds of all packets, but for their direction.
    pub(super) const fn link(&self) -> Link {
        self.link
    }

    /// The header and the snap length field.
    fn from_header(header: &[u8]) -> Result<(Pcap, u32), String> {
        let read = || {
            let (endian, magic) = magic(header)?;
            let version = (endian.u16(header, 4)?, endian.u16(header, 6)?);
            let snap_len = endian.u32(header, 16)?;
            let network = endian.u32(header, 20)?;
            Some((endian, magic, version, snap_len, network))
        };
        let (endian, magic, version, snap_len, network) =
            read().ok_or("the file header is too short")?;

        // Wireshark reads versions later than 2.4, which never were, as 2.4.
        if version.0 < 2 {
            return Err(format!(
                "pcap version {}.{} is not known (2.0 to 2.4 are)",
                version.0, version.1
            ));
        }
        // The upper half: 4 bits of FCS length in units of 16 bits, a reserved
        // bit, a bit that says whether the length counts, and ten reserved bits.
        if network & 0x03ff_0000 != 0 {
            return Err(format!("{network:#010x} is no link type"));
        }
        let fcs_len = if network & 0x0400_0000 == 0 {
            0
        } else {
            (network >> 28) as u8 * 2
        };

        // AIX writes version 2.2 with interface types of RFC 1573, and counts
        // nanoseconds. The four are those of LANs and loopback, as Wireshark has them.
        let number = (network & 0xffff) as u16;
        let aix = match number {
            6 => Some(1),
            9 => Some(6),
            15 => Some(10),
            24 => Some(0),
            _ => None,
        }
        .filter(|_| magic == MICROSECONDS && version == (2, 2));

        let link_type = LinkType(aix.unwrap_or(number));
        let pcap = Pcap {
            endian,
            modified: magic == MODIFIED,
            nanoseconds: magic == NANOSECONDS || aix.is_some(),
            lengths_may_be_swapped: version <= (2, 3) || version.0 == 543,
            link: Link {
                interface: 0,
                link_type,
                fcs_len,
                direction: Direction::Unknown,
            },
            max_len: max_len(link_type),
        };
        Ok((pcap, snap_len))
    }

    /// The next record, left in the buffer; `None` at the end of the file.
    ///
    /// # Errors
    /// If the file is cut or damaged there, or cannot be read.
    pub(super) fn next_record<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        info: &mut CaptureInfo,
    ) -> Result<Option<Record>, CaptureError> {
        let number = Some(info.frames.saturating_add(1));
        let header_len = if self.modified { 24 } else { 16 };
        match buffer.fill(header_len, number)? {
            0 => return Ok(None),
            present if present < header_len => {
                return Err(buffer.cut(Part::RecordHeader, number, header_len as u64));
            }
            _ => {}
        }
        let Some(header) = self.record_header(buffer.data()) else {
            return Err(buffer.cut(Part::RecordHeader, number, header_len as u64));
        };
        // No number of octets follows that could be checked against another
        // one, so a length that is too large is all there is to tell damage by.
        if header.captured > self.max_len {
            return Err(CaptureError::RecordTooLong {
                at: buffer.place(number),
                length: u64::from(header.captured),
                limit: u64::from(self.max_len),
                maybe_variant: info.frames <= 2,
            });
        }
        let len = header_len.saturating_add(header.captured as usize);
        if buffer.fill(len, number)? < len {
            buffer.consume(header_len);
            return Err(buffer.cut(Part::RecordData, number, u64::from(header.captured)));
        }
        info.frames = info.frames.saturating_add(1);
        info.odd_times = info.odd_times.saturating_add(u64::from(header.odd_time));
        Ok(Some(Record {
            time: Some(header.time),
            link: Link {
                direction: header.direction,
                ..self.link
            },
            damaged: false,
            original_len: header.original,
            data: header_len..len,
            len,
        }))
    }

    /// The next record, if `data` holds all of it and there is nothing odd about it.
    #[inline]
    pub(super) fn record_at_hand(&self, data: &[u8]) -> Option<Record> {
        const HEADER: usize = 16;
        if self.modified {
            return None;
        }
        let header = self.record_header(data)?;
        let len = HEADER.checked_add(header.captured as usize)?;
        let at_hand = header.captured <= self.max_len && len <= data.len() && !header.odd_time;
        at_hand.then_some(Record {
            time: Some(header.time),
            link: self.link,
            damaged: false,
            original_len: header.original,
            data: HEADER..len,
            len,
        })
    }

    #[inline]
    fn record_header(&self, bytes: &[u8]) -> Option<RecordHeader> {
        let (header, _) = bytes.first_chunk::<16>()?.as_chunks::<4>();
        let [seconds, fraction, mut captured, mut original] = <[[u8; 4]; 4]>::try_from(header)
            .ok()?
            .map(|octets| match self.endian {
                Endian::Little => u32::from_le_bytes(octets),
                Endian::Big => u32::from_be_bytes(octets),
            });
        // The two changed places with version 2.3, but some programs wrote
        // either order under either number. The captured length is the smaller.
        if self.lengths_may_be_swapped && captured > original {
            (captured, original) = (original, captured);
        }
        // A fraction of a second or more is carried. (Wireshark prints it as it
        // stands, libpcap passes it on.)
        let unit = if self.nanoseconds { 1 } else { NS_PER_US };
        // None of it overflows: 2^32 seconds are 4.3e18 nanoseconds, and there is room for 9.2e18.
        let fraction = i64::from(fraction).wrapping_mul(unit);
        let time = i64::from(seconds)
            .wrapping_mul(NS_PER_S)
            .wrapping_add(fraction);
        Some(RecordHeader {
            time: Timestamp(time),
            odd_time: fraction >= NS_PER_S,
            captured,
            original,
            direction: self.direction(bytes),
        })
    }

    /// From the packet type of the modified format, the PACKET_... of Linux.
    #[inline]
    fn direction(&self, header: &[u8]) -> Direction {
        match header.get(22) {
            Some(0..=3) if self.modified => Direction::Inbound,
            Some(4) if self.modified => Direction::Outbound,
            _ => Direction::Unknown,
        }
    }
}

struct RecordHeader {
    time: Timestamp,
    /// The fraction of a second is one second or more.
    odd_time: bool,
    captured: u32,
    original: u32,
    direction: Direction,
}

/// The longest packet that makes sense for a link type, in octets.
fn max_len(link_type: LinkType) -> u32 {
    // USB (Linux, Linux with padding, USBPcap, macOS), D-Bus and EBHSCR.
    match link_type.0 {
        189 | 220 | 231 | 249 | 266 | 279 => BLOCK_LEN,
        _ => PACKET_LEN,
    }
}

#[cfg(test)]
#[path = "pcap_tests.rs"]
mod tests;
