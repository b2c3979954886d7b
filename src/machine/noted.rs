//! Segments worth remembering: what rules look at when the connection ends.

use std::ops::Deref;

use super::observe::STORE_SLACK_NS;
use super::side::Side;
use crate::observation::Observations;
use crate::segment::{
    self, Captured, Checksum, FastOpen, Flags, IpFacts, Options, Segment, Timestamp,
};
use crate::seq::SeqNo;

/// The few things kept of every segment until the next one of that end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brief {
    /// Frame number.
    pub packet: u64,
    /// When captured.
    pub time: Timestamp,
    /// SEG.SEQ.
    pub seq: SeqNo,
    /// SEG.ACK.
    pub ack: SeqNo,
    /// Octets of data.
    pub payload_len: u32,
    /// Control bits.
    pub flags: Flags,
    /// IPv4 identification.
    pub ip_id: Option<u16>,
}

impl Brief {
    /// The essentials of `segment`.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> Brief {
        Brief {
            packet: segment.packet,
            time: segment.time,
            seq: segment.seq,
            ack: segment.ack,
            payload_len: segment.payload_len,
            flags: segment.flags,
            ip_id: segment.ip.id,
        }
    }

    /// SEG.LEN: data, SYN and FIN counted.
    #[must_use]
    pub fn len(&self) -> u32 {
        segment::occupied(self.payload_len, self.flags)
    }

    /// Whether it occupies no sequence number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// SEG.SEQ + SEG.LEN.
    #[must_use]
    pub fn end(&self) -> SeqNo {
        self.seq + self.len()
    }

    /// Number of the first data octet (a SYN occupies the one before).
    #[must_use]
    pub fn data_start(&self) -> SeqNo {
        self.seq + u32::from(self.is_syn())
    }

    /// Number after the last data octet; the FIN's number where FIN is set.
    #[must_use]
    pub fn data_end(&self) -> SeqNo {
        self.data_start() + self.payload_len
    }

    /// SYN set.
    #[must_use]
    pub fn is_syn(&self) -> bool {
        self.flags.contains(Flags::SYN)
    }

    /// ACK set.
    #[must_use]
    pub fn is_ack(&self) -> bool {
        self.flags.contains(Flags::ACK)
    }

    /// FIN set.
    #[must_use]
    pub fn is_fin(&self) -> bool {
        self.flags.contains(Flags::FIN)
    }

    /// RST set.
    #[must_use]
    pub fn is_rst(&self) -> bool {
        self.flags.contains(Flags::RST)
    }

    /// A SYN without ACK.
    #[must_use]
    pub fn is_bare_syn(&self) -> bool {
        self.is_syn() && !self.is_ack() && !self.is_rst()
    }

    /// A SYN with ACK.
    #[must_use]
    pub fn is_syn_ack(&self) -> bool {
        self.is_syn() && self.is_ack() && !self.is_rst()
    }

    /// ACK and neither data, SYN, FIN nor RST.
    #[must_use]
    pub fn is_pure_ack(&self) -> bool {
        self.is_ack() && self.is_empty() && !self.is_rst()
    }
}

/// What tells in which order an end sent two segments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Emission {
    /// Frame number.
    pub packet: u64,
    /// When captured.
    pub time: Timestamp,
    /// TSval, if there is one.
    pub tsval: Option<u32>,
    /// IPv4 identification.
    pub ip_id: Option<u16>,
}

impl Emission {
    /// Those of `segment`.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> Emission {
        Emission {
            packet: segment.packet,
            time: segment.time,
            tsval: segment.options.timestamps().map(|(tsval, _)| tsval),
            ip_id: segment.ip.id,
        }
    }

    /// The capture of their sender stored both, `earlier` first, and nothing suggests
    /// that it disordered them: their identifications count up, or more time lies
    /// between them than its interfaces and queues can mix up.
    #[must_use]
    pub fn is_stored_after(&self, earlier: &Emission) -> bool {
        let stored_late = earlier.is_stamped_after(self) || counts_back(earlier.ip_id, self.ip_id);
        self.packet > earlier.packet
            && !stored_late
            && (self.time.since(earlier.time) >= STORE_SLACK_NS
                || counts_back(self.ip_id, earlier.ip_id)
                || self.is_stamped_after(earlier))
    }

    /// Its timestamp is strictly newer: it was sent later, wherever both were captured.
    #[must_use]
    pub fn is_stamped_after(&self, earlier: &Emission) -> bool {
        let stamps = earlier.tsval.zip(self.tsval);
        stamps.is_some_and(|(first, second)| SeqNo(second).after(SeqNo(first)))
    }
}

/// The identification of `later` stands just before that of `earlier`: a host
/// that counts them up sent it first.
#[must_use]
pub fn counts_back(earlier: Option<u16>, later: Option<u16>) -> bool {
    const STEP: u16 = 64;
    let counted = |id: &u16| *id != 0;
    let ids = earlier.filter(counted).zip(later.filter(counted));
    ids.is_some_and(|(first, second)| (1..STEP).contains(&first.wrapping_sub(second)))
}

/// What both ends had sent before a noted segment. `None`: not known yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Before {
    /// SMAX of the sender: the highest number after any segment of its so far.
    pub own_next: Option<SeqNo>,
    /// ACKMAX of the sender: its highest acknowledgment so far.
    pub own_ack: Option<SeqNo>,
    /// WEDGE of the sender: the highest right window edge it offered.
    pub own_edge: Option<SeqNo>,
    /// SMAX of the peer.
    pub peer_next: Option<SeqNo>,
    /// ACKMAX of the peer.
    pub peer_ack: Option<SeqNo>,
    /// WEDGE of the peer: how far the sender may send.
    pub peer_edge: Option<SeqNo>,
    /// The sender's segment before this one.
    pub own_last: Option<Brief>,
    /// The peer's latest segment.
    pub peer_last: Option<Brief>,
    /// The highest TSval of the sender so far.
    pub own_tsval: Option<u32>,
}

/// A noted segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Noted {
    /// Its essentials, which read as if they were its own fields.
    pub brief: Brief,
    /// Who sent it.
    pub side: Side,
    /// SEG.WND, unscaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent_pointer: u16,
    /// Data offset in words.
    pub data_offset: u8,
    /// Options.
    pub options: Options,
    /// Time to live.
    pub ttl: u8,
    /// All that was kept of the IP header.
    pub ip: IpFacts,
    /// Verdict on the checksum.
    pub checksum: Checksum,
    /// How much of it was captured.
    pub captured: Captured,
    /// What was observed.
    pub saw: Observations,
    /// The world before it.
    pub before: Before,
    /// The peer's segment that this one comes after, where that one
    /// `PROVOKES_ACK` (see [`Observations::AFTER_PROVOCATION`]); for
    /// [`Observations::CONTENT_DIFFERS`] and [`Observations::CONTRADICTS_ACK`]
    /// the packet that it disagrees with.
    pub about: Option<u64>,
}

impl Deref for Noted {
    type Target = Brief;

    fn deref(&self) -> &Brief {
        &self.brief
    }
}

impl Noted {
    /// A record of `segment`.
    #[must_use]
    pub fn of(segment: &Segment<'_>, side: Side, saw: Observations, before: Before) -> Noted {
        Noted {
            brief: Brief::of(segment),
            side,
            window: segment.window,
            urgent_pointer: segment.urgent_pointer,
            data_offset: segment.data_offset,
            options: segment.options,
            ttl: segment.ip.ttl,
            ip: segment.ip,
            checksum: segment.checksum,
            captured: segment.captured,
            saw,
            before,
            about: None,
        }
    }

    /// What tells in which order it was sent.
    #[must_use]
    pub fn emission(&self) -> Emission {
        Emission {
            packet: self.packet,
            time: self.time,
            tsval: self.options.timestamps().map(|(tsval, _)| tsval),
            ip_id: self.ip_id,
        }
    }

    /// A capture at its sender shows that all segments before it were sent before it, as
    /// far as the latest of them tells (see [`Emission::is_stored_after`]).
    #[must_use]
    pub fn is_stored_in_order(&self) -> bool {
        let last = self.before.own_last.map(|last| Emission {
            packet: last.packet,
            time: last.time,
            tsval: self.before.own_tsval,
            ip_id: last.ip_id,
        });
        last.is_none_or(|last| self.emission().is_stored_after(&last))
    }

    /// All of `what` was observed.
    #[must_use]
    pub fn saw(&self, what: Observations) -> bool {
        self.saw.contains(what)
    }

    /// It changed nothing at either end: damaged on the way, or of a form that
    /// no endpoint takes in. Rules that look for a SYN or an ACK pass it over.
    #[must_use]
    pub fn is_void(&self) -> bool {
        let damaged = Observations::BAD_CHECKSUM.union(Observations::BAD_DATA_OFFSET);
        self.saw.intersects(damaged)
            || !self.flags.intersects(Flags::SYN | Flags::RST | Flags::ACK)
            || self.flags.contains(Flags::SYN | Flags::RST)
    }

    /// The header was captured with all options.
    #[must_use]
    pub fn header_whole(&self) -> bool {
        self.captured >= Captured::Header
    }

    /// Fast Open option, if any.
    #[must_use]
    pub fn fast_open(&self) -> Option<FastOpen> {
        self.options.fast_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::NS_PER_MS;

    fn emission(packet: u64, ms: i64, tsval: Option<u32>, ip_id: Option<u16>) -> Emission {
        Emission {
            packet,
            time: Timestamp(ms * NS_PER_MS),
            tsval,
            ip_id,
        }
    }

    /// Whether the second of two segments of one end was sent later, each as
    /// milliseconds, TSval and identification.
    fn in_order(
        first: (i64, Option<u32>, Option<u16>),
        second: (i64, Option<u32>, Option<u16>),
    ) -> bool {
        let first = emission(1, first.0, first.1, first.2);
        emission(2, second.0, second.1, second.2).is_stored_after(&first)
    }

    #[test]
    fn time_timestamps_or_identifications_prove_the_order_of_storage() {
        let bare = |ms| (ms, None, None);
        assert!(in_order(bare(0), bare(10)), "no queue mixes up so much");
        assert!(!in_order(bare(0), bare(9)));
        assert!(in_order((0, Some(5), None), (1, Some(6), None)));
        assert!(
            !in_order((0, Some(5), None), (1, Some(5), None)),
            "one tick"
        );
        assert!(in_order((0, None, Some(7)), (1, None, Some(8))));
        assert!(
            !in_order((0, None, Some(7)), (1, None, Some(900))),
            "no count"
        );
    }

    #[test]
    fn either_of_them_refutes_it_however_late() {
        assert!(!in_order((0, Some(6), None), (99, Some(5), None)));
        assert!(!in_order((0, None, Some(8)), (99, None, Some(7))));
        assert!(!in_order((0, Some(5), Some(8)), (99, Some(6), Some(7))));
        assert!(!in_order((0, Some(6), Some(7)), (99, Some(5), Some(8))));
    }

    #[test]
    fn an_identification_of_zero_counts_nothing() {
        assert!(!counts_back(Some(1), Some(0)));
        assert!(counts_back(Some(2), Some(1)));
        assert!(counts_back(Some(10), Some(u16::MAX)), "around the end");
        assert!(!counts_back(Some(200), Some(100)), "too far");
    }
}
