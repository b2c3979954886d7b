//! pcapng blocks and options as they are written.

use crate::capture::endian::Endian;
use crate::capture::pcapng::SECTION_HEADER;
use crate::capture::pcapng::framing::{BYTE_ORDER_MAGIC, MIN_BLOCK_LEN};
use crate::capture::pcapng::options::{COMMENT, END};
use crate::limits::BLOCK_LEN;

/// Who has written a section.
const USER_APPLICATION: u16 = 4;
/// The length of a section is left open.
const OPEN: [u8; 8] = [0xff; 8];

/// Options, one behind the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct OptionList {
    endian: Endian,
    octets: Vec<u8>,
}

impl OptionList {
    pub(super) const fn new(endian: Endian) -> OptionList {
        OptionList {
            endian,
            octets: Vec::new(),
        }
    }

    /// Adds an option. What is longer than an option may be is cut.
    pub(super) fn add(&mut self, code: u16, value: &[u8]) {
        let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
        let value = value.get(..usize::from(len)).unwrap_or(value);
        self.octets.extend(self.endian.put_u16(code));
        self.octets.extend(self.endian.put_u16(len));
        self.octets.extend(value);
        pad(&mut self.octets);
    }

    /// Adds comments, each cut between two characters if need be.
    pub(super) fn comment(&mut self, texts: &[String]) {
        for text in texts {
            let end = text.floor_char_boundary(usize::from(u16::MAX));
            self.add(COMMENT, text.as_bytes().get(..end).unwrap_or_default());
        }
    }

    /// The options, to stand before others.
    pub(super) fn before_others(self) -> Vec<u8> {
        self.octets
    }

    /// The options, to stand behind all others or alone: none, or as many as there are and the end.
    pub(super) fn ended(mut self) -> Vec<u8> {
        if !self.octets.is_empty() {
            self.add(END, &[]);
        }
        self.octets
    }
}

/// Zeros up to a multiple of four octets.
pub(super) fn pad(octets: &mut Vec<u8>) {
    octets.resize(octets.len().next_multiple_of(4), 0);
}

/// A block with this body; `None` where it is longer than a block may be.
pub(super) fn block(endian: Endian, kind: u32, mut body: Vec<u8>) -> Option<Vec<u8>> {
    pad(&mut body);
    let len = body.len().checked_add(MIN_BLOCK_LEN)?;
    let len = u32::try_from(len).ok().filter(|len| *len <= BLOCK_LEN)?;
    let len = endian.put_u32(len);
    Some([&endian.put_u32(kind)[..], &len, &body, &len].concat())
}

/// The block that is there as `raw`, with octets put in at a place of its body.
pub(super) fn with(raw: &[u8], endian: Endian, at: usize, added: &[u8]) -> Option<Vec<u8>> {
    let kind = endian.u32(raw, 0)?;
    let body = raw.get(8..raw.len().checked_sub(4)?)?;
    let (before, behind) = body.split_at_checked(at)?;
    block(endian, kind, [before, added, behind].concat())
}

/// A section header of our own.
pub(super) fn section(endian: Endian, comments: &[String]) -> Option<Vec<u8>> {
    let mut body = endian.put_u32(BYTE_ORDER_MAGIC).to_vec();
    body.extend(endian.put_u16(1));
    body.extend(endian.put_u16(0));
    body.extend(OPEN);
    let mut options = OptionList::new(endian);
    options.comment(comments);
    let writer = concat!("tcpcheck ", env!("CARGO_PKG_VERSION"));
    options.add(USER_APPLICATION, writer.as_bytes());
    body.extend(options.ended());
    block(endian, SECTION_HEADER, body)
}

/// The section header that is there as `raw`, with its length left open.
pub(super) fn opened(mut raw: Vec<u8>) -> Vec<u8> {
    // A length and a second one follow what is there at the least.
    if let Some(length) = raw.get_mut(16..24)
        && let Ok(length) = <&mut [u8; 8]>::try_from(length)
    {
        *length = OPEN;
    }
    raw
}
