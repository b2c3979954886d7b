//! Why a capture could not be read, or not to its end.

use std::borrow::Cow;
use std::fmt;
use std::io;

use super::info::Compression;
use super::live;

/// A place in a capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Number of the packet that is being read there, where it is one.
    pub packet: Option<u64>,
    /// Where its record or block begins, in octets from the start of the
    /// (unpacked) capture.
    pub byte: u64,
    /// Set where `byte` counts in what came out of unpacking.
    pub unpacked: Option<Compression>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(packet) = self.packet {
            write!(f, "packet {packet} at ")?;
        }
        write!(f, "byte {}", self.byte)?;
        if let Some(compression) = self.unpacked {
            write!(f, " of the unpacked {compression} data")?;
        }
        Ok(())
    }
}

/// In which part of a capture file its end came too early.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The header of the file or its first section: there are no packets.
    FileHeader,
    /// The header of a packet's record.
    RecordHeader,
    /// A packet's octets.
    RecordData,
    /// A pcapng block.
    Block,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::FileHeader => "the file header",
            Part::RecordHeader => "the header",
            Part::RecordData => "the data",
            Part::Block => "the block",
        })
    }
}

impl Place {
    /// What goes before it in a sentence: `of` (or `in`) a packet, `at` a byte.
    fn after(self, preposition: &'static str) -> &'static str {
        match self.packet {
            Some(_) => preposition,
            None => "at",
        }
    }
}

/// What the user can do about a file that ends too early.
fn advice(part: Part) -> &'static str {
    match part {
        Part::FileHeader => "no packet was captured yet",
        _ => {
            "the capture was not finished; use --allow-truncated to accept what \
             could be read"
        }
    }
}

/// From where on a capture could not be read, unless that is all of it.
fn from(at: Place) -> String {
    match at {
        Place {
            packet: None,
            byte: 0,
            ..
        } => String::new(),
        at => format!(" on from {at}"),
    }
}

/// What the user can do about an error that the operating system reports.
fn remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(_) => "; check the disk or network that it comes from, and try again",
        None => "",
    }
}

/// Why a capture could not be read, or not to its end. What stands before the
/// place of the error was delivered. The path is left to the caller to add.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file cannot be opened.
    #[error("cannot be opened: {source}")]
    Open {
        /// What the operating system says.
        source: io::Error,
    },

    /// It overlaps too many others with which it is to be read as one.
    #[error(
        "not read: at its beginning {limit} captures of the merge were under way, the most that \
         are read at a time; merge fewer"
    )]
    TooManyAtOnce {
        /// How many are read at a time.
        limit: usize,
    },

    /// Captures that are read as one have too many packets.
    #[error(
        "not read to its end: the captures of the merge have more packets than can be told apart \
         afterwards; merge fewer"
    )]
    TooManyPackets,

    /// No error: the block of frames that is being read has no more room.
    #[error("there is no more room in the block")]
    BlockFull,

    /// The operating system reports an error while reading.
    #[error("cannot be read{}: {source}{}", from(*.at), remedy(.source))]
    Io {
        /// How far reading got.
        at: Place,
        /// What the operating system says.
        source: io::Error,
    },

    /// There is not one octet.
    #[error("empty{}; check that something was captured and the file copied whole", match .unpacked {
        Some(compression) => format!(" once its {compression} data is unpacked"),
        None => String::new(),
    })]
    Empty {
        /// Set where the file holds the compressed form of nothing.
        unpacked: Option<Compression>,
    },

    /// Something else than a pcap or pcapng file.
    #[error("not a pcap or pcapng file: {what}; {hint}")]
    NotACapture {
        /// What it seems to be.
        what: Cow<'static, str>,
        /// What to do about it.
        hint: Cow<'static, str>,
    },

    /// The file ends in the middle.
    #[error(
        "cut in {part} {} {at} ({present} of {expected} octets are there): {}",
        .at.after("of"),
        advice(*.part)
    )]
    Truncated {
        /// Where the part begins that is cut.
        at: Place,
        /// What is cut.
        part: Part,
        /// Octets of the part that are there.
        present: u64,
        /// Octets it should have, as far as they could be known.
        expected: u64,
    },

    /// The compressed file ends in the middle.
    #[error(
        "the {compression} data ends too early, {} {at}: the file was not finished or not \
         copied whole; use --allow-truncated to accept what could be read",
        .at.after("in")
    )]
    TruncatedStream {
        /// Where reading the unpacked capture got to.
        at: Place,
        /// How the file is compressed.
        compression: Compression,
    },

    /// A length beyond all that such a record can have.
    #[error(
        "{at} claims a length of {length} octets (the most is {limit}): the file is damaged \
         here, and what follows cannot be found{}",
        match .maybe_variant {
            true => "; if it is an old variant of pcap, `editcap -F pcapng IN OUT` converts it",
            false => "",
        }
    )]
    RecordTooLong {
        /// The record or block.
        at: Place,
        /// Its length as it stands there, in octets.
        length: u64,
        /// The longest accepted, in octets.
        limit: u64,
        /// It may be one of the pcap files with longer record headers that say nowhere that
        /// they are (Nokia, Red Hat 6, SuSE 6): those show it by a wrong length early on.
        maybe_variant: bool,
    },

    /// Contents that make no sense, so that what follows cannot be found.
    #[error("damaged {} {at}: {what}", .at.after("in"))]
    Corrupt {
        /// Where.
        at: Place,
        /// What is wrong there.
        what: String,
    },

    /// The compressed data is damaged.
    #[error(
        "the {compression} data is damaged near byte {packed_byte} of the file, {} {at}: {what}",
        .at.after("in")
    )]
    CorruptStream {
        /// Where reading the unpacked capture got to.
        at: Place,
        /// How the file is compressed.
        compression: Compression,
        /// How far the compressed file was read, in octets.
        packed_byte: u64,
        /// What the decoder says.
        what: String,
    },
}

impl CaptureError {
    /// Whether it just says that nothing came for a while, from a source that
    /// tells that ([`Live`](super::live::Live)).
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        matches!(self, CaptureError::Io { source, .. } if live::is_quiet(source))
    }

    /// Whether the capture just ends too early, as one does that is still being
    /// written, and packets can be read before that: what `--allow-truncated`
    /// accepts.
    #[must_use]
    pub fn is_truncation(&self) -> bool {
        match self {
            CaptureError::Truncated { part, .. } => *part != Part::FileHeader,
            // At its first octet not even the file header came out.
            CaptureError::TruncatedStream { at, .. } => at.byte > 0,
            _ => false,
        }
    }

    /// Where reading stopped, for errors that have a place.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            CaptureError::Io { at, .. }
            | CaptureError::Truncated { at, .. }
            | CaptureError::TruncatedStream { at, .. }
            | CaptureError::RecordTooLong { at, .. }
            | CaptureError::Corrupt { at, .. }
            | CaptureError::CorruptStream { at, .. } => Some(*at),
            CaptureError::Open { .. }
            | CaptureError::TooManyAtOnce { .. }
            | CaptureError::TooManyPackets
            | CaptureError::BlockFull
            | CaptureError::Empty { .. }
            | CaptureError::NotACapture { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_where_and_what_to_do() {
        let at = Place {
            packet: Some(13),
            byte: 1482,
            unpacked: None,
        };
        let error = CaptureError::Truncated {
            at,
            part: Part::RecordHeader,
            present: 5,
            expected: 16,
        };
        assert_eq!(
            error.to_string(),
            "cut in the header of packet 13 at byte 1482 (5 of 16 octets are there): the capture \
             was not finished; use --allow-truncated to accept what could be read"
        );
        assert!(error.is_truncation());

        let error = CaptureError::RecordTooLong {
            at: Place {
                unpacked: Some(Compression::Gzip),
                ..at
            },
            length: 4_325_376,
            limit: 262_144,
            maybe_variant: false,
        };
        assert_eq!(
            error.to_string(),
            "packet 13 at byte 1482 of the unpacked gzip data claims a length of 4325376 octets \
             (the most is 262144): the file is damaged here, and what follows cannot be found"
        );
        assert!(!error.is_truncation());
    }

    #[test]
    fn a_cut_file_header_leaves_nothing_to_accept() {
        let error = CaptureError::Truncated {
            at: Place {
                packet: None,
                byte: 0,
                unpacked: None,
            },
            part: Part::FileHeader,
            present: 10,
            expected: 24,
        };
        assert_eq!(
            error.to_string(),
            "cut in the file header at byte 0 (10 of 24 octets are there): no packet was captured \
             yet"
        );
        assert!(!error.is_truncation());
    }
}
