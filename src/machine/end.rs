//! One endpoint: what it is proven to have sent, in the RFC's terms.
//!
//! Everything here rests on the endpoint's own captured segments. What it may
//! have received is derived from the other endpoint's (see `knowledge.rs`).

use std::collections::VecDeque;

use super::noted::Brief;
use super::stream::Stream;
use crate::segment::{Options, Timestamp};
use crate::seq::SeqNo;

/// A SYN or SYN-ACK that an endpoint sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SynSent {
    /// The initial sequence number.
    pub iss: SeqNo,
    /// What it acknowledges; `None` for a bare SYN.
    pub ack: Option<SeqNo>,
    /// Octets of data it carries.
    pub payload_len: u32,
    /// Its options.
    pub options: Options,
    /// All octets of the options were captured.
    pub options_whole: bool,
    /// Frame number of the first copy.
    pub packet: u64,
    /// Time of the first copy.
    pub time: Timestamp,
    /// Time of the latest copy.
    pub last_time: Timestamp,
    /// Frame number of the latest copy.
    pub last_packet: u64,
    /// How many copies were captured.
    pub copies: u32,
}

/// A FIN that an endpoint sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FinSent {
    /// The number it occupies (u in the RFC's figures).
    pub seq: SeqNo,
    /// The ack of the first copy.
    pub first_ack: SeqNo,
    /// The lowest ack of all copies.
    pub lowest_ack: SeqNo,
    /// Frame number of the first copy.
    pub packet: u64,
    /// Time of the first copy.
    pub time: Timestamp,
    /// Frame number of the latest copy.
    pub last_packet: u64,
    /// Time of the latest copy.
    pub last_time: Timestamp,
    /// How many copies were captured.
    pub copies: u32,
    /// Number of the first segment of the peer that acknowledged it, if any.
    pub acked_by: Option<(u64, Timestamp)>,
}

/// RSTs that an endpoint sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RstSent {
    /// The first that may have ended the connection.
    pub first: Brief,
    /// How many RSTs in all.
    pub copies: u32,
}

/// What says where the capture was taken, and what the host's hardware did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traces {
    /// Segments marked as sent by the capturing host.
    pub outbound: u32,
    /// Segments marked as received by the capturing host.
    pub inbound: u32,
    /// Segments with only the pseudo-header's sum as checksum.
    pub partial_checksums: u32,
    /// Of these, segments without data (never merged by the receiver's card).
    pub partial_empty: u32,
    /// Segments with a right checksum.
    pub good_checksums: u32,
    /// Of these, segments with data.
    pub good_with_data: u32,
    /// Segments with a wrong checksum, counted as sound for want of a right one.
    pub bad_checksums_accepted: u32,
    /// Segments with a wrong checksum that were not judged.
    pub bad_checksums: u32,
    /// IP packets larger than any frame of the link, or of length 0.
    pub oversized: u32,
    /// IP packets of length 0.
    pub length_zero: u32,
    /// Octets of the largest IP packet (by its own length field).
    pub largest_packet: u32,
    /// Segments of a loopback interface.
    pub loopback: u32,
    /// Frames that were copies of earlier ones.
    pub duplicates: u32,
    /// Frames whose options were cut.
    pub cut_options: u32,
    /// Frames whose payload was cut.
    pub cut_payload: u32,
}

/// Counts for the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Segments.
    pub segments: u64,
    /// Octets of data, each once.
    pub bytes: u64,
    /// Segments that repeat octets, SYN or FIN.
    pub retransmissions: u64,
    /// Segments behind later ones that repeat nothing.
    pub out_of_order: u64,
    /// Pure ACKs that repeat the number before.
    pub duplicate_acks: u64,
    /// Segments with window 0 (RSTs aside).
    pub zero_windows: u64,
}

/// New octets that were sent lately: the start of a segment, its packet, its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sent {
    /// First octet.
    pub start: SeqNo,
    /// One behind the last; a FIN is counted.
    pub end: SeqNo,
    /// Frame number.
    pub packet: u64,
    /// When.
    pub time: Timestamp,
    /// xxh3 of the data; 0 where not all of it was captured.
    pub content: u64,
    /// It carries the FIN, whose number is the last before `end`.
    pub fin: bool,
}

/// Octets of a segment with a wrong checksum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damaged {
    /// First octet.
    pub start: SeqNo,
    /// One behind the last.
    pub end: SeqNo,
    /// Frame number.
    pub packet: u64,
}

/// One endpoint of a connection.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// The SYN or SYN-ACK that it goes by now.
    pub syn: Option<SynSent>,
    /// It sent a SYN without ACK.
    pub sent_bare_syn: bool,
    /// It sent a SYN with ACK.
    pub sent_syn_ack: bool,
    /// It sent a segment that is neither SYN nor RST.
    pub sent_after_syn: bool,
    /// SMAX: the highest SEG.SEQ + SEG.LEN so far; SND.NXT is not below it.
    pub snd_next: Option<SeqNo>,
    /// How many octets SMAX has gone forward since its first value. What lies
    /// beyond 2^31 of the ISN looks as if it lay before it, so this is asked
    /// before a number is compared with the ISN.
    pub advanced: u64,
    /// The peer has acknowledged its SYN.
    pub syn_acked: bool,
    /// ACKMAX: the highest acknowledgment so far; RCV.NXT is not below it.
    pub ack_max: Option<SeqNo>,
    /// How many octets ACKMAX lies beyond the peer's SYN, or beyond its own
    /// first value where that SYN was not captured.
    pub ack_advanced: u64,
    /// The lowest acknowledgment on any segment that is neither SYN nor RST.
    pub ack_min: Option<SeqNo>,
    /// WEDGE: the highest right edge of the window it offered.
    pub window_edge: Option<SeqNo>,
    /// Window of its latest segment, unscaled.
    pub last_window: u16,
    /// Its FIN: the first one that closes its stream where that ends.
    pub fin: Option<FinSent>,
    /// A FIN behind octets that were not captured. It counts once they are, or
    /// once the peer acknowledges it; until then it may be anybody's.
    pub distant_fin: Option<Box<FinSent>>,
    /// It sent a RST, be it only in answer to an unacceptable ACK.
    pub sent_rst: bool,
    /// Its RSTs, those that answer an unacceptable ACK aside.
    pub rst: Option<RstSent>,
    /// It sent something else than a RST after its first RST.
    pub went_on: bool,
    /// Which octets of it were captured.
    pub stream: Option<Stream>,
    /// Its highest TSval.
    pub tsval_max: Option<u32>,
    /// Its latest segment.
    pub last: Option<Brief>,
    /// New octets sent lately, newest last; at most `limits::RECENT_SEGMENTS`.
    pub recent: VecDeque<Sent>,
    /// The end of the highest range that it sent again, probes included.
    pub resent_to: Option<SeqNo>,
    /// An ack beyond SMAX of the peer that nobody has contradicted yet:
    /// number, packet, time.
    pub early_ack: Option<(SeqNo, u64, Timestamp)>,
    /// The end of octets seen only with a wrong checksum.
    pub bad_checksum_end: Option<SeqNo>,
    /// Octets that have come only with a wrong checksum so far; at most
    /// `limits::DAMAGED_SEGMENTS`.
    pub damaged: Vec<Damaged>,
    /// Its latest segment `PROVOKES_ACK`, and the peer has sent nothing since.
    pub provoked: Option<u64>,
    /// It sent new octets after it acknowledged the peer's FIN.
    pub half_close_data: bool,
    /// Vantage and offload.
    pub traces: Traces,
    /// For the report.
    pub counts: Counts,
}

impl End {
    /// Octets of memory that it takes beside its own size.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.recent.capacity() * size_of::<Sent>()
            + self.damaged.capacity() * size_of::<Damaged>()
            + self.stream.as_ref().map_or(0, Stream::octets)
    }

    /// Raises SMAX to `number`.
    pub fn advance_to(&mut self, number: SeqNo) {
        if let Some(next) = self.snd_next {
            if !number.after(next) {
                return;
            }
            self.advanced += u64::from(number.offset_from(next));
        }
        self.snd_next = Some(number);
    }

    /// Raises ACKMAX to `ack`; the peer's ISS is `iss`.
    pub fn acknowledge(&mut self, ack: SeqNo, iss: Option<SeqNo>) {
        let from = self.ack_max.or(iss.map(|iss| iss + 1)).unwrap_or(ack);
        if ack.after(from) {
            self.ack_advanced += u64::from(ack.offset_from(from));
        }
        self.ack_max = Some(self.ack_max.map_or(ack, |max| max.later(ack)));
    }

    /// ISS, if its SYN was captured.
    #[must_use]
    pub fn iss(&self) -> Option<SeqNo> {
        self.syn.map(|syn| syn.iss)
    }

    /// Its FIN, one behind octets that were not captured included.
    #[must_use]
    pub fn any_fin(&self) -> Option<FinSent> {
        self.fin.or_else(|| self.distant_fin.as_deref().copied())
    }

    /// FINSEQ, if its FIN was captured.
    #[must_use]
    pub fn fin_seq(&self) -> Option<SeqNo> {
        self.fin.map(|fin| fin.seq)
    }

    /// The highest number that it is known to have come to. An end of which
    /// nothing but empty segments was captured (mid-stream) may have shown
    /// keepalives, whose number is one below.
    #[must_use]
    pub fn sent_up_to(&self) -> Option<SeqNo> {
        let only_empty = self.syn.is_none() && self.stream.is_none() && self.any_fin().is_none();
        self.snd_next.map(|next| next + u32::from(only_empty))
    }

    /// Shift for its windows: 0 unless both ends sent the option (RFC 7323, 2.2).
    #[must_use]
    pub fn window_shift(&self, peer: &End) -> Option<u8> {
        let (own, other) = (self.syn.as_ref()?, peer.syn.as_ref()?);
        let refused = |syn: &SynSent| syn.options_whole && syn.options.window_scale().is_none();
        if refused(own) || refused(other) {
            return Some(0);
        }
        if !own.options_whole || !other.options_whole {
            return None;
        }
        match (own.options.window_scale(), other.options.window_scale()) {
            // RFC 7323, 2.3: a shift above 14 is used as 14.
            (Some(shift), Some(_)) => Some(shift.min(14)),
            _ => Some(0),
        }
    }

    /// Whether any segment of it was captured.
    #[must_use]
    pub fn was_seen(&self) -> bool {
        self.counts.segments > 0
    }

    /// Acknowledged octets of it that were not captured.
    #[must_use]
    pub fn missing_octets(&self) -> u64 {
        self.stream.as_ref().map_or(0, Stream::missing_octets)
    }
}
