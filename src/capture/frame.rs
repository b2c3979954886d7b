//! One captured frame, as a capture file stores it.

use std::fmt;

use crate::segment::{Direction, Timestamp};

/// A link type of the pcap registry (`LINKTYPE_...`), FCS bits already removed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkType(pub u16);

impl fmt::Display for LinkType {
    /// The registry's name without its prefix where it is a usual one, else the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            0 => "NULL",
            1 => "ETHERNET",
            9 => "PPP",
            12 | 14 | 101 => "RAW",
            104 => "C_HDLC",
            105 => "IEEE802_11",
            108 => "LOOP",
            113 => "LINUX_SLL",
            127 => "IEEE802_11_RADIOTAP",
            228 => "IPV4",
            229 => "IPV6",
            239 => "NFLOG",
            276 => "LINUX_SLL2",
            number => return write!(f, "{number}"),
        };
        f.write_str(name)
    }
}

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
