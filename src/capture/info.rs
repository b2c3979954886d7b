//! What a capture file says about itself, and what was wrong with it.

use std::collections::BTreeSet;
use std::fmt;

use super::frame::LinkType;
use crate::limits::{COMMENT_LEN, COMMENTS, PROBLEMS};

/// The file format of a capture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// pcap, with its variants in time resolution and record header.
    Pcap,
    /// pcapng.
    Pcapng,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Pcap => "pcap",
            Format::Pcapng => "pcapng",
        })
    }
}

/// How a capture file was compressed as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Compression {
    /// gzip (RFC 1952), of one or several members.
    Gzip,
    /// Zstandard (RFC 8878), of one or several frames.
    Zstd,
    /// xz, of one or several streams.
    Xz,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Xz => "xz",
        })
    }
}

/// Something wrong in a capture that the reader could pass over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Number of the packet concerned, where it is one.
    pub packet: Option<u64>,
    /// Where the block begins, in octets from the start of the capture (of the
    /// unpacked capture, if it is compressed).
    pub byte: u64,
    /// Whether a packet could not be delivered because of it.
    pub packet_lost: bool,
    /// What is wrong, as a phrase.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(packet) = self.packet {
            write!(f, "packet {packet} at byte {}: {}", self.byte, self.what)?;
        } else {
            write!(f, "block at byte {}: {}", self.byte, self.what)?;
        }
        if self.packet_lost {
            f.write_str(" (the packet was left out)")?;
        }
        Ok(())
    }
}

/// What somebody wrote into a pcapng file: on the capture as a whole, on an
/// interface or on a packet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Number of the packet, where it is about one.
    pub packet: Option<u64>,
    /// The words as they stand there, control characters included: not to be
    /// printed as they are.
    pub text: String,
}

/// What is known of a capture beside its frames.
///
/// It grows while frames are read, and is final when
/// [`CaptureReader::next_frame`](super::CaptureReader::next_frame) has returned
/// `None` or an error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaptureInfo {
    /// File format.
    pub format: Format,
    /// How the file was compressed, if it was.
    pub compression: Option<Compression>,
    /// Link types of all interfaces.
    pub link_types: BTreeSet<LinkType>,
    /// Decimal digits behind the point of the finest time stamps (0 to 9); 9
    /// where the resolution is a power of two.
    pub time_digits: u8,
    /// Largest snap length that an interface names, in octets; `None` where
    /// none was named.
    pub snap_len: Option<u32>,
    /// Frames read so far, as Wireshark counts.
    pub frames: u64,
    /// Frames of which less was captured than was on the wire.
    pub cut_frames: u64,
    /// Frames of a pcap file whose fraction of a second is a second or more. It is
    /// carried, but a program that writes such times may mean something else.
    pub odd_times: u64,
    /// Frames that the capturing system says it lost. `Some(0)` only at the end, and only
    /// where each interface that has frames proves it: evidence that nothing is missing.
    /// `None` where the capture does not say.
    pub drops: Option<u64>,
    /// Frames that the network card marked as garbled on the link (`epb_flags`:
    /// checksum, alignment, symbol, preamble or start of frame). They are not
    /// handed out: no host takes them in, and nobody wrote what they hold.
    pub damaged_frames: u64,
    /// Comments in order of appearance, at most [`COMMENTS`], each cut behind
    /// [`COMMENT_LEN`] octets.
    pub comments: Vec<Comment>,
    /// How many comments there were in all.
    pub comment_count: u64,
    /// The first recoverable problems, at most
    /// [`PROBLEMS`].
    pub problems: Vec<Problem>,
    /// How many recoverable problems there were in all.
    pub problem_count: u64,
}

impl CaptureInfo {
    pub(super) fn new(format: Format, compression: Option<Compression>) -> CaptureInfo {
        CaptureInfo {
            format,
            compression,
            link_types: BTreeSet::new(),
            time_digits: 0,
            snap_len: None,
            frames: 0,
            cut_frames: 0,
            odd_times: 0,
            drops: None,
            damaged_frames: 0,
            comments: Vec::new(),
            comment_count: 0,
            problems: Vec::new(),
            problem_count: 0,
        }
    }

    /// Notes an interface.
    pub(super) fn add_interface(&mut self, link_type: LinkType, digits: u8, snap_len: u32) {
        self.link_types.insert(link_type);
        self.time_digits = self.time_digits.max(digits);
        // Both formats have files that write 0 for "no limit".
        if snap_len != 0 {
            self.snap_len = self.snap_len.max(Some(snap_len));
        }
    }

    /// Frames of the wire that were captured, but are not to be had: those that the system
    /// lost and those that were garbled. `Some(0)` is evidence that there are none.
    #[must_use]
    pub fn missing(&self) -> Option<u64> {
        match self.damaged_frames {
            0 => self.drops,
            damaged => Some(self.drops.unwrap_or(0).saturating_add(damaged)),
        }
    }

    /// Keeps a comment. A zero octet ends it, as the specification has it.
    pub(super) fn add_comment(&mut self, packet: Option<u64>, octets: &[u8]) {
        let text = octets.split(|&octet| octet == 0).next().unwrap_or_default();
        if text.trim_ascii().is_empty() {
            return;
        }
        self.comment_count = self.comment_count.saturating_add(1);
        if self.comments.len() < COMMENTS {
            let kept = text.get(..COMMENT_LEN).unwrap_or(text);
            let kept = String::from_utf8_lossy(kept);
            let text = if text.len() > COMMENT_LEN {
                // It may have been cut inside of a character.
                format!("{}...", kept.trim_end_matches('\u{fffd}'))
            } else {
                kept.into_owned()
            };
            let text = text.trim_ascii().to_owned();
            self.comments.push(Comment { packet, text });
        }
    }

    /// Notes a problem; the message is made only where it is kept.
    pub(super) fn add_problem(&mut self, problem: impl FnOnce() -> Problem) {
        self.problem_count = self.problem_count.saturating_add(1);
        if self.problems.len() < PROBLEMS {
            self.problems.push(problem());
        }
    }
}
