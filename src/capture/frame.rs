//! One captured frame, as a capture file stores it.

use crate::segment::{Direction, Timestamp};

/// A link type of the pcap registry (`LINKTYPE_...`), FCS bits already removed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkType(pub u16);

/// A frame, borrowed from the reader's buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// Frame number in the file, from 1, as Wireshark counts.
    pub number: u64,
    /// When it was captured; `None` for blocks without a time (Simple Packet).
    pub time: Option<Timestamp>,
    /// Interface number within the file, counted over all sections.
    pub interface: u32,
    /// How `data` begins.
    pub link_type: LinkType,
    /// Octets of frame check sequence at the end of an uncut frame.
    pub fcs_len: u8,
    /// The captured octets.
    pub data: &'a [u8],
    /// Length on the wire, in octets; `data` is shorter where the frame was cut.
    pub original_len: u32,
    /// Way through the capturing host (pcapng `epb_flags`).
    pub direction: Direction,
}
