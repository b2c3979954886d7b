//! An orderly segment as it is kept until the machine catches up.

use crate::machine::noted::{Brief, Emission};
use crate::machine::update;
use crate::segment::{Flags, Segment, Timestamp};
use crate::seq::SeqNo;

/// What the machine needs of an orderly segment beside its sender's
/// [`Manner`](super::manner::Manner).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Frame number.
    pub packet: u64,
    /// When captured.
    pub time: Timestamp,
    /// Fingerprint of the data; 0 where there is none, or it must not be compared.
    pub content: u64,
    /// The first octets of data.
    pub head: u64,
    /// SEG.SEQ.
    pub seq: SeqNo,
    /// SEG.ACK.
    pub ack: SeqNo,
    /// TSval, as it stands in the options.
    pub tsval: u32,
    /// TSecr, as it stands in the options.
    pub tsecr: u32,
    /// SEG.WND, unscaled.
    pub window: u16,
    /// IPv4 identification; 0 for IPv6.
    pub ip_id: u16,
    /// Octets of data.
    pub payload_len: u16,
    /// PSH is set.
    pub push: bool,
}

impl Record {
    /// A place for a record.
    pub const EMPTY: Record = Record {
        packet: 0,
        time: Timestamp(0),
        content: 0,
        head: 0,
        seq: SeqNo(0),
        ack: SeqNo(0),
        tsval: 0,
        tsecr: 0,
        window: 0,
        ip_id: 0,
        payload_len: 0,
        push: false,
    };

    /// Of an orderly `segment` with so much data.
    #[inline]
    pub fn of(segment: &Segment<'_>, payload_len: u16) -> Record {
        let (content, head) = match payload_len {
            0 => (0, 0),
            _ => (update::content(segment), segment.first_octets()),
        };
        Record {
            packet: segment.packet,
            time: segment.time,
            content,
            head,
            seq: segment.seq,
            ack: segment.ack,
            tsval: segment.options.tsval,
            tsecr: segment.options.tsecr,
            window: segment.window,
            ip_id: segment.ip.id.unwrap_or(0),
            payload_len,
            push: segment.flags.contains(Flags::PSH),
        }
    }

    /// SEG.LEN: octets of data.
    pub fn octets(&self) -> u32 {
        u32::from(self.payload_len)
    }

    /// SEG.SEQ + SEG.LEN.
    pub fn end(&self) -> SeqNo {
        self.seq + self.octets()
    }

    /// Control bits.
    pub fn flags(&self) -> Flags {
        if self.push {
            Flags::ACK | Flags::PSH
        } else {
            Flags::ACK
        }
    }

    /// Its essentials; `numbered`: it came by IPv4.
    pub fn brief(&self, numbered: bool) -> Brief {
        Brief {
            packet: self.packet,
            time: self.time,
            seq: self.seq,
            ack: self.ack,
            payload_len: self.octets(),
            flags: self.flags(),
            ip_id: numbered.then_some(self.ip_id),
        }
    }

    /// What tells in which order it was sent.
    pub fn emission(&self, numbered: bool, stamped: bool) -> Emission {
        Emission {
            packet: self.packet,
            time: self.time,
            tsval: stamped.then_some(self.tsval),
            ip_id: numbered.then_some(self.ip_id),
        }
    }
}
