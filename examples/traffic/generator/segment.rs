//! A segment on its way.

use super::stack::{Offer, Stack};

/// Control bits.
pub mod flags {
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
}

/// SACK blocks of a segment at most: with timestamps there is no room for more.
pub const SACKS: usize = 3;

/// A segment. Its data is not kept: it follows from the numbers (`packet.rs`).
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub flags: u8,
    pub seq: u32,
    pub ack: u32,
    /// As it stands in the header.
    pub window: u16,
    /// Octets of data.
    pub len: u16,
    /// Identification of the packet, where it is of IPv4.
    pub id: u16,
    /// TSval and TSecr (RFC 7323).
    pub times: Option<(u32, u32)>,
    /// Left and right edges (RFC 2018); those from the first empty one on are not sent.
    pub sacks: [(u32, u32); SACKS],
    /// What a SYN offers.
    pub offer: Option<Offered>,
}

/// The options of a SYN or SYN-ACK besides timestamps.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// Whose order of options it is.
    pub stack: &'static Stack,
    pub mss: u16,
    /// Shift of windows.
    pub scale: Option<u8>,
    pub sack: bool,
    /// Of Fast Open (RFC 7413).
    pub cookie: Option<u64>,
}

/// How far `a` is ahead of `b`, modulo 2^32.
pub const fn ahead(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b).cast_signed()
}

impl Segment {
    /// Whether all these bits are set.
    pub const fn has(&self, bits: u8) -> bool {
        self.flags & bits == bits
    }

    /// Whether it takes up sequence numbers once a connection is open.
    pub const fn is_data(&self) -> bool {
        (self.len > 0 || self.has(flags::FIN)) && !self.has(flags::SYN)
    }

    /// Its options, padded; `out` is empty before.
    pub fn options(&self, out: &mut Vec<u8>) {
        match &self.offer {
            Some(offered) => self.offers(offered, out),
            None => self.usual(out),
        }
        // End of option list where the last word is not full (RFC 9293, 3.1).
        out.resize(out.len().next_multiple_of(4), 0);
    }

    fn offers(&self, offered: &Offered, out: &mut Vec<u8>) {
        for offer in offered.stack.options {
            match offer {
                Offer::Mss => {
                    out.extend([2, 4]);
                    out.extend(offered.mss.to_be_bytes());
                }
                Offer::Scale => out.extend(offered.scale.iter().flat_map(|scale| [3, 3, *scale])),
                Offer::Sack if offered.sack => out.extend([4, 2]),
                Offer::Sack => {}
                Offer::Times => self.timestamps(out),
                Offer::Nop => out.push(1),
            }
        }
        if let Some(cookie) = offered.cookie {
            out.extend([34, 10]);
            out.extend(cookie.to_be_bytes());
        }
    }

    /// Behind the opening, all lay their options out alike (RFC 7323, appendix A).
    fn usual(&self, out: &mut Vec<u8>) {
        if self.times.is_some() {
            out.extend([1, 1]);
            self.timestamps(out);
        }
        let blocks = self.sacks.iter().take_while(|(left, right)| left != right);
        let count = blocks.clone().count();
        if count > 0 {
            out.extend([1, 1, 5, 2 + 8 * (count & 3) as u8]);
            for (left, right) in blocks {
                out.extend(left.to_be_bytes());
                out.extend(right.to_be_bytes());
            }
        }
    }

    fn timestamps(&self, out: &mut Vec<u8>) {
        if let Some((value, echo)) = self.times {
            out.extend([8, 10]);
            out.extend(value.to_be_bytes());
            out.extend(echo.to_be_bytes());
        }
    }
}
