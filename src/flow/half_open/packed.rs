//! An ordinary SYN or SYN-ACK in 40 octets.

use bitflags::bitflags;

use crate::segment::{
    Captured, Checksum, Direction, Flags, IpFacts, OptionSet, Options, Segment, Socket, Timestamp,
};
use crate::seq::SeqNo;

bitflags! {
    /// What is a bit of its own about a packed segment and its entry.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Marks: u8 {
        /// It has ACK (SYN it has in any case), and ACK, ECE, CWR and AE are told apart.
        const ACK = 1 << 0;
        const ECE = 1 << 1;
        const CWR = 1 << 2;
        const AE = 1 << 3;
        /// It has an IPv4 header.
        const IPV4 = 1 << 4;
        const DONT_FRAGMENT = 1 << 5;
        const LOOPBACK = 1 << 6;
        /// Addresses and the like found no room beside it (see `Head`).
        const FAR = 1 << 7;
    }
}

const FLAGS: [(Marks, Flags); 4] = [
    (Marks::ACK, Flags::ACK),
    (Marks::ECE, Flags::ECE),
    (Marks::CWR, Flags::CWR),
    (Marks::AE, Flags::AE),
];

/// What a packed segment does not hold itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Around {
    pub source: Socket,
    pub destination: Socket,
    pub tunnel: u64,
    pub ack: SeqNo,
    pub tsecr: u32,
}

/// What is kept of a segment. Nothing of an ordinary SYN or SYN-ACK gets lost; whatever
/// does not come out as it went in is none (see [`Packed::of`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packed {
    pub packet: u64,
    pub time: Timestamp,
    pub seq: SeqNo,
    pub tsval: u32,
    window: u16,
    mss: u16,
    ip_id: u16,
    total_len: u16,
    window_scale: u8,
    ttl: u8,
    /// The octet of the IP header with class of service and ECN.
    service: u8,
    data_offset: u8,
    /// The first eight options of `OptionSet`.
    options: u8,
    checksum: Checksum,
    direction: Direction,
    pub marks: Marks,
}

impl Packed {
    /// Packs `segment` if [`Packed::unpack`] gives it back, to the last bit, from the result
    /// and `around`. So whatever is out of the ordinary about it (data, odd flags or options,
    /// a cut header) is never lost.
    pub fn of(segment: &Segment<'_>, around: &Around) -> Option<Packed> {
        let packed = Packed::without_check(segment);
        (packed.unpack(around) == *segment).then_some(packed)
    }

    fn without_check(segment: &Segment<'_>) -> Packed {
        let ip = &segment.ip;
        let mut marks = Marks::empty();
        for (mark, flag) in FLAGS {
            marks.set(mark, segment.flags.contains(flag));
        }
        marks.set(Marks::IPV4, ip.id.is_some());
        marks.set(Marks::DONT_FRAGMENT, ip.dont_fragment == Some(true));
        marks.set(Marks::LOOPBACK, segment.loopback);
        Packed {
            packet: segment.packet,
            time: segment.time,
            seq: segment.seq,
            tsval: segment.options.tsval,
            window: segment.window,
            mss: segment.options.mss,
            ip_id: ip.id.unwrap_or(0),
            total_len: (ip.total_len & 0xffff) as u16,
            window_scale: segment.options.window_scale,
            ttl: ip.ttl,
            service: ip.dscp << 2 | ip.ecn & 3,
            data_offset: segment.data_offset,
            options: (segment.options.present.bits() & 0xff) as u8,
            checksum: segment.checksum,
            direction: segment.direction,
            marks,
        }
    }

    /// The segment as it was.
    pub fn unpack(&self, around: &Around) -> Segment<'static> {
        let is_v4 = self.marks.contains(Marks::IPV4);
        let mut flags = Flags::SYN;
        for (mark, flag) in FLAGS {
            flags.set(flag, self.marks.contains(mark));
        }
        Segment {
            packet: self.packet,
            time: self.time,
            source: around.source,
            destination: around.destination,
            tunnel: around.tunnel,
            seq: self.seq,
            ack: around.ack,
            flags,
            window: self.window,
            urgent_pointer: 0,
            data_offset: self.data_offset,
            data_offset_invalid: false,
            payload_len: 0,
            payload: &[],
            digest: None,
            options: Options {
                present: OptionSet::from_bits_retain(self.options.into()),
                mss: self.mss,
                window_scale: self.window_scale,
                tsval: self.tsval,
                tsecr: around.tsecr,
                ..Options::default()
            },
            ip: IpFacts {
                ttl: self.ttl,
                id: is_v4.then_some(self.ip_id),
                ecn: self.service & 3,
                dscp: self.service >> 2,
                dont_fragment: is_v4.then_some(self.marks.contains(Marks::DONT_FRAGMENT)),
                total_len: self.total_len.into(),
                length_zero: false,
                joined: false,
            },
            checksum: self.checksum,
            captured: Captured::Whole,
            direction: self.direction,
            loopback: self.loopback(),
        }
    }

    const fn loopback(&self) -> bool {
        self.marks.contains(Marks::LOOPBACK)
    }
}
