//! A pcap file as pcapng: one section, one interface, a block for each record.

use std::io::{Read, Write};

use super::AnnotateError;
use super::block::{self, OptionList, block};
use super::comments::Comments;
use crate::capture::buffer::Buffer;
use crate::capture::endian::Endian;
use crate::capture::info::{CaptureInfo, Format};
use crate::capture::pcap::Pcap;
use crate::capture::pcapng::{ENHANCED_PACKET, INTERFACE_DESCRIPTION};
use crate::capture::record::Record;
use crate::segment::{Direction, NS_PER_US};

/// Options of an interface: the unit of its time stamps, the length of the frame check sequence.
const TIME_RESOLUTION: u16 = 9;
const FCS_LEN: u16 = 13;
/// Option of a packet: its direction, among other things.
const FLAGS: u16 = 2;

/// Writes all records up to the end, or to where the file is damaged.
pub(super) fn copy<R: Read>(
    buffer: &mut Buffer<R>,
    comments: &mut Comments<'_>,
    out: &mut dyn Write,
) -> Result<(), AnnotateError> {
    let mut info = CaptureInfo::new(Format::Pcap, buffer.compression());
    let pcap = Pcap::open(buffer, &mut info).map_err(AnnotateError::Capture)?;
    let endian = pcap.endian();
    let on_all = comments.on(0)?;
    let head = block::section(endian, &on_all).zip(interface(&pcap, &info));
    let (section, interface) = head.ok_or(AnnotateError::TooLong(0))?;
    out.write_all(&section)?;
    out.write_all(&interface)?;
    let unit = if info.time_digits == 9 { 1 } else { NS_PER_US };
    // An error is where the report says that the capture ends.
    while let Ok(Some(record)) = pcap.next_record(buffer, &mut info) {
        let data = buffer.data().get(record.data.clone()).unwrap_or_default();
        let texts = comments.on(info.frames)?;
        let written = packet(endian, &record, unit, data, &texts);
        out.write_all(&written.ok_or(AnnotateError::TooLong(info.frames))?)?;
        buffer.consume(record.len);
    }
    Ok(())
}

fn interface(pcap: &Pcap, info: &CaptureInfo) -> Option<Vec<u8>> {
    let (endian, link) = (pcap.endian(), pcap.link());
    let mut body = endian.put_u16(link.link_type.0).to_vec();
    body.extend([0; 2]);
    body.extend(endian.put_u32(info.snap_len.unwrap_or_default()));
    let mut options = OptionList::new(endian);
    options.add(TIME_RESOLUTION, &[info.time_digits]);
    if link.fcs_len > 0 {
        options.add(FCS_LEN, &[link.fcs_len]);
    }
    body.extend(options.ended());
    block(endian, INTERFACE_DESCRIPTION, body)
}

/// `unit`: of time stamps, in nanoseconds.
fn packet(
    endian: Endian,
    record: &Record,
    unit: i64,
    data: &[u8],
    comments: &[String],
) -> Option<Vec<u8>> {
    let units = record.time.map_or(0, |time| time.0.div_euclid(unit));
    let units = u64::try_from(units).unwrap_or_default();
    let captured = u32::try_from(data.len()).ok()?;
    let interface = 0;
    // Two halves, the upper one first in either byte order.
    let (upper, lower) = ((units >> 32) as u32, units as u32);
    let fields = [interface, upper, lower, captured, record.original_len];
    let mut body: Vec<u8> = fields.iter().flat_map(|n| endian.put_u32(*n)).collect();
    body.extend(data);
    block::pad(&mut body);
    let mut options = OptionList::new(endian);
    let direction = match record.link.direction {
        Direction::Unknown => None,
        Direction::Inbound => Some(1),
        Direction::Outbound => Some(2),
    };
    if let Some(direction) = direction {
        options.add(FLAGS, &endian.put_u32(direction));
    }
    options.comment(comments);
    body.extend(options.ended());
    block(endian, ENHANCED_PACKET, body)
}
