//! A SYN that nothing has answered yet, in few octets: all that a flood leaves behind.

use super::key::FlowKey;
use crate::segment::{
    Captured, Checksum, Direction, Flags, IpFacts, OptionFaults, OptionSet, Options, Segment,
    Socket, Timestamp,
};
use crate::seq::SeqNo;

/// What is kept of an ordinary SYN. Anything out of the ordinary about it
/// (data, odd options, a cut header) makes it a connection of its own at once.
#[derive(Clone, Copy, Debug)]
pub struct LoneSyn {
    packet: u64,
    time: Timestamp,
    source: Socket,
    destination: Socket,
    seq: SeqNo,
    tsval: u32,
    tsecr: u32,
    total_len: u16,
    window: u16,
    mss: u16,
    flags: Flags,
    options: OptionSet,
    ip_id: Option<u16>,
    window_scale: u8,
    data_offset: u8,
    ttl: u8,
    ecn: u8,
    dscp: u8,
    dont_fragment: Option<bool>,
    checksum: Checksum,
    direction: Direction,
    loopback: bool,
}

impl LoneSyn {
    /// Keeps `segment` if it is an ordinary SYN.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> Option<LoneSyn> {
        let ordinary_options = OptionSet::MSS
            | OptionSet::WINDOW_SCALE
            | OptionSet::SACK_PERMITTED
            | OptionSet::TIMESTAMPS;
        let others =
            Flags::FIN | Flags::RST | Flags::ACK | Flags::PSH | Flags::URG | Flags::RESERVED;
        let options = &segment.options;
        let ordinary = segment.flags.contains(Flags::SYN)
            && !segment.has(others)
            && segment.payload_len == 0
            && segment.captured >= Captured::Header
            && !segment.data_offset_invalid
            && segment.ack.0 == 0
            && segment.urgent_pointer == 0
            && segment.tunnel == 0
            && options.faults == OptionFaults::empty()
            && ordinary_options.contains(options.present)
            && !segment.ip.length_zero
            && !segment.ip.joined
            && segment.source != segment.destination;
        let total_len = u16::try_from(segment.ip.total_len).ok()?;
        ordinary.then_some(LoneSyn {
            packet: segment.packet,
            time: segment.time,
            source: segment.source,
            destination: segment.destination,
            seq: segment.seq,
            tsval: options.tsval,
            tsecr: options.tsecr,
            total_len,
            window: segment.window,
            mss: options.mss,
            flags: segment.flags,
            options: options.present,
            ip_id: segment.ip.id,
            window_scale: options.window_scale,
            data_offset: segment.data_offset,
            ttl: segment.ip.ttl,
            ecn: segment.ip.ecn,
            dscp: segment.ip.dscp,
            dont_fragment: segment.ip.dont_fragment,
            checksum: segment.checksum,
            direction: segment.direction,
            loopback: segment.loopback,
        })
    }

    /// The segment as it was.
    #[must_use]
    pub fn segment(&self) -> Segment<'static> {
        Segment {
            packet: self.packet,
            time: self.time,
            source: self.source,
            destination: self.destination,
            tunnel: 0,
            seq: self.seq,
            ack: SeqNo(0),
            flags: self.flags,
            window: self.window,
            urgent_pointer: 0,
            data_offset: self.data_offset,
            data_offset_invalid: false,
            payload_len: 0,
            payload: &[],
            options: Options {
                present: self.options,
                mss: self.mss,
                window_scale: self.window_scale,
                tsval: self.tsval,
                tsecr: self.tsecr,
                ..Options::default()
            },
            ip: IpFacts {
                ttl: self.ttl,
                id: self.ip_id,
                ecn: self.ecn,
                dscp: self.dscp,
                dont_fragment: self.dont_fragment,
                total_len: u32::from(self.total_len),
                length_zero: false,
                joined: false,
            },
            checksum: self.checksum,
            captured: Captured::Whole,
            direction: self.direction,
            loopback: self.loopback,
        }
    }

    /// Its connection's key.
    #[must_use]
    pub fn key(&self) -> FlowKey {
        FlowKey::between(self.source, self.destination, 0)
    }

    /// When it was captured.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }
}

/// `segment` without its data, to be kept.
#[must_use]
pub fn without_payload(segment: &Segment<'_>) -> Segment<'static> {
    Segment {
        packet: segment.packet,
        time: segment.time,
        source: segment.source,
        destination: segment.destination,
        tunnel: segment.tunnel,
        seq: segment.seq,
        ack: segment.ack,
        flags: segment.flags,
        window: segment.window,
        urgent_pointer: segment.urgent_pointer,
        data_offset: segment.data_offset,
        data_offset_invalid: segment.data_offset_invalid,
        payload_len: segment.payload_len,
        payload: &[],
        options: segment.options,
        ip: segment.ip,
        checksum: segment.checksum,
        captured: segment.captured,
        direction: segment.direction,
        loopback: segment.loopback,
    }
}
