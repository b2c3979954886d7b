//! A capture once more, with comments on its packets.
//!
//! What comes out is pcapng. Of a pcapng file every block is written as it stands, but for the
//! comments that packets and the first section header get, and the length of a section, which is
//! then left open. A pcap file becomes one section with one interface. Packets keep their octets,
//! lengths, times and numbers. Where the capture is cut or damaged so that reading ends, writing
//! ends too: what stands before is there.

mod block;
mod comments;
mod pcap;
mod pcapng;

use std::io::{self, Read, Write};

use thiserror::Error;

use self::comments::Comments;
use super::buffer::Buffer;
use super::compressed::Source;
use super::error::{CaptureError, Place};

/// Why a capture could not be written once more.
#[derive(Debug, Error)]
pub enum AnnotateError {
    /// It is no capture, or cannot be read.
    #[error("the capture {0}")]
    Capture(CaptureError),
    /// The operating system reports an error while writing, or while reading comments.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There are comments on packets that are not there.
    #[error("the capture has changed since it was checked: it has no packet {0} any more")]
    Changed(u64),
    /// A packet of a pcap file is as long as a block may be, or there is no room for comments.
    #[error("packet {0} has no room in pcapng")]
    TooLong(u64),
}

/// Writes the capture that `source` holds to `out`, with comments.
///
/// `comments` are in order of their packets, which are numbered as [`Frame`](super::Frame)s are;
/// 0 stands for the capture as a whole. A packet in a block that has no room for comments (a Simple
/// Packet Block) is named in a comment on an empty section at the end.
///
/// # Errors
/// If the source is no capture, something cannot be read or written, or a packet is missing. A
/// capture that is cut or damaged is no error.
pub fn annotate(
    source: impl Read,
    comments: &mut dyn Iterator<Item = io::Result<(u64, String)>>,
    out: &mut dyn Write,
) -> Result<(), AnnotateError> {
    let source = Source::new(source).map_err(|source| {
        let at = Place {
            packet: None,
            byte: 0,
            unpacked: None,
        };
        AnnotateError::Capture(CaptureError::Io { at, source })
    })?;
    let mut buffer = Buffer::new(source);
    let unpacked = buffer.compression();
    if buffer.fill(4, None).map_err(AnnotateError::Capture)? == 0 {
        return Err(AnnotateError::Capture(CaptureError::Empty { unpacked }));
    }
    let mut comments = Comments::new(comments);
    if super::pcap::recognise(buffer.data()) {
        pcap::copy(&mut buffer, &mut comments, out)?;
    } else if super::pcapng::recognise(buffer.data()) {
        pcapng::copy(&mut buffer, &mut comments, out)?;
    } else {
        let refused = super::refuse(&mut buffer).unwrap_or_else(|error| error);
        return Err(AnnotateError::Capture(refused));
    }
    match comments.missing()? {
        Some(packet) => Err(AnnotateError::Changed(packet)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
