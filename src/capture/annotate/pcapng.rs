//! A pcapng file, block by block.

use std::io::{self, Read, Write};

use super::AnnotateError;
use super::block::{self, OptionList, opened};
use super::comments::Comments;
use crate::capture::buffer::Buffer;
use crate::capture::endian::Endian;
use crate::capture::pcapng::framing::{Block, next_block};
use crate::capture::pcapng::{
    ENHANCED_PACKET, OBSOLETE_PACKET, SECTION_HEADER, SIMPLE_PACKET, is_listed,
};
use crate::limits::ADDED_COMMENTS;

/// Where the options of a section header begin in its body.
const SECTION_OPTIONS: usize = 16;

/// Writes all blocks up to the end, or to where the file is damaged.
pub(super) fn copy<R: Read>(
    buffer: &mut Buffer<R>,
    comments: &mut Comments<'_>,
    out: &mut dyn Write,
) -> Result<(), AnnotateError> {
    let (mut endian, mut frames) = (Endian::Little, 0_u64);
    let mut homeless = Homeless::default();
    let mut on_all = comments.on(0)?;
    // Without a whole section header it is no capture.
    next_block(buffer, endian, frames).map_err(AnnotateError::Capture)?;
    // An error is where the report says that the capture ends.
    while let Ok(Some(found)) = next_block(buffer, endian, frames) {
        let raw = buffer.data().get(..found.len).unwrap_or_default();
        match found.kind {
            SECTION_HEADER => {
                endian = found.endian;
                let texts = std::mem::take(&mut on_all);
                let header = commented(raw, found, &texts).unwrap_or_else(|| {
                    homeless.take_in("", texts);
                    raw.to_vec()
                });
                out.write_all(&opened(header))?;
            }
            OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET => {
                frames = frames.saturating_add(1);
                let texts = comments.on(frames)?;
                write_packet(raw, found, frames, texts, &mut homeless, out)?;
            }
            kind => {
                frames = frames.saturating_add(u64::from(is_listed(kind)));
                out.write_all(raw)?;
            }
        }
        buffer.consume(found.len);
    }
    homeless.write(endian, out)?;
    Ok(())
}

fn write_packet(
    raw: &[u8],
    found: Block,
    number: u64,
    texts: Vec<String>,
    homeless: &mut Homeless,
    out: &mut dyn Write,
) -> io::Result<()> {
    if texts.is_empty() {
        return out.write_all(raw);
    }
    match commented(raw, found, &texts) {
        Some(with_comments) => out.write_all(&with_comments),
        None => {
            homeless.take_in(&format!("packet {number}: "), texts);
            out.write_all(raw)
        }
    }
}

/// The block with comments, before the options that it has; `None` where it can have none.
fn commented(raw: &[u8], found: Block, texts: &[String]) -> Option<Vec<u8>> {
    if texts.is_empty() {
        return Some(raw.to_vec());
    }
    let endian = found.endian;
    let body = raw.get(8..raw.len().checked_sub(4)?)?;
    let at = match found.kind {
        SECTION_HEADER => SECTION_OPTIONS,
        SIMPLE_PACKET => return None,
        _ => {
            let captured = endian.u32(body, 12)?;
            usize::try_from(captured.checked_next_multiple_of(4)?)
                .ok()?
                .checked_add(20)?
        }
    };
    let mut options = OptionList::new(endian);
    options.comment(texts);
    let added = match body.get(at..)?.is_empty() {
        true => options.ended(),
        false => options.before_others(),
    };
    block::with(raw, endian, at, &added)
}

/// Comments for which there is no room where they belong.
#[derive(Default)]
struct Homeless {
    texts: Vec<String>,
    octets: usize,
    /// So many more are only counted.
    more: u64,
}

impl Homeless {
    fn take_in(&mut self, lead: &str, texts: Vec<String>) {
        for text in texts {
            let text = format!("{lead}{text}");
            self.octets = self.octets.saturating_add(text.len());
            if self.octets <= ADDED_COMMENTS {
                self.texts.push(text);
            } else {
                self.more = self.more.saturating_add(1);
            }
        }
    }

    /// Writes them as comments on a section without packets.
    fn write(mut self, endian: Endian, out: &mut dyn Write) -> io::Result<()> {
        if self.texts.is_empty() {
            return Ok(());
        }
        if self.more > 0 {
            let more = format!("tcpcheck: {} more; its report has them all", self.more);
            self.texts.push(more);
        }
        out.write_all(&block::section(endian, &self.texts).unwrap_or_default())
    }
}
