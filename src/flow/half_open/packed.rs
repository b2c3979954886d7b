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

/// Whether there is nothing about a segment that finds no room in a [`Packed`].
#[inline]
fn is_ordinary(segment: &Segment<'_>) -> bool {
    const FLAGS: Flags = Flags::SYN
        .union(Flags::ACK)
        .union(Flags::ECE)
        .union(Flags::CWR)
        .union(Flags::AE);
    let Segment { options, ip, .. } = segment;
    let syn_alone = segment.flags.contains(Flags::SYN)
        && FLAGS.contains(segment.flags)
        && segment.payload_len == 0
        && segment.payload.is_empty()
        && segment.urgent_pointer == 0
        && !segment.data_offset_invalid
        && segment.captured == Captured::Whole;
    // All of them, so that a new one is not forgotten here.
    let Options {
        present,
        faults,
        misfit,
        broken,
        mss: _,
        window_scale: _,
        tsval: _,
        tsecr: _,
        sack,
        sack_blocks,
        fast_open,
        mptcp_subtype,
        user_timeout,
        unknown,
        unknown_count,
    } = options;
    let none = Options::default();
    let usual_options = present.bits() <= 0xff
        && faults.is_empty()
        && *misfit == none.misfit
        && *broken == none.broken
        && *sack_blocks == 0
        && fast_open.is_none()
        && *mptcp_subtype == 0
        && *user_timeout == 0
        && *unknown_count == 0
        && *unknown == none.unknown
        && *sack == none.sack;
    let IpFacts {
        ttl: _,
        id,
        ecn,
        dscp,
        dont_fragment,
        total_len,
        length_zero,
        joined,
    } = ip;
    let plain_packet = id.is_some() == dont_fragment.is_some()
        && *ecn <= 3
        && *dscp <= 63
        && *total_len <= 0xffff
        && !length_zero
        && !joined;
    syn_alone && usual_options && plain_packet
}

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
    pub ttl: u8,
    /// The octet of the IP header with class of service and ECN.
    service: u8,
    data_offset: u8,
    /// The first eight options of `OptionSet`.
    pub options: u8,
    checksum: Checksum,
    direction: Direction,
    pub marks: Marks,
}

impl Packed {
    /// Packs `segment` if [`Packed::unpack`] gives it back, to the last bit, from the result
    /// and `around`. So whatever is out of the ordinary about it (data, odd flags or options,
    /// a cut header) is never lost.
    #[inline]
    pub fn of(segment: &Segment<'_>, around: &Around) -> Option<Packed> {
        let fits = around.source == segment.source
            && around.destination == segment.destination
            && around.tunnel == segment.tunnel
            && around.ack == segment.ack
            && around.tsecr == segment.options.tsecr
            && is_ordinary(segment);
        fits.then(|| Packed::without_check(segment))
    }

    #[inline]
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
    #[inline]
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

    /// It is a SYN-ACK.
    #[inline]
    pub const fn is_answer(&self) -> bool {
        self.marks.contains(Marks::ACK)
    }

    /// What its checksum said.
    #[inline]
    pub const fn checksum(&self) -> Checksum {
        self.checksum
    }

    const fn loopback(&self) -> bool {
        self.marks.contains(Marks::LOOPBACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::script::segments;
    use crate::segment::{FastOpen, OptionFaults};

    /// Changes one field.
    const CHANGES: [fn(&mut Segment<'static>, u32); 34] = [
        |s, n| s.seq.0 = n,
        |s, n| s.ack.0 = n % 2,
        |s, n| s.flags = Flags::from_bits_retain((n & 0x1fff) as u16),
        |s, n| s.flags.toggle(Flags::from_bits_retain(1 << (n % 16))),
        |s, n| s.window = (n & 0xffff) as u16,
        |s, n| s.urgent_pointer = (n % 2) as u16,
        |s, n| s.data_offset = (n & 0xff) as u8,
        |s, n| s.data_offset_invalid = n % 2 == 1,
        |s, n| s.payload_len = n % 2,
        |s, n| s.payload = &b"x"[..(n % 2) as usize],
        |s, n| s.options.present = OptionSet::from_bits_retain((n & 0xffff) as u16),
        |s, n| s.options.present = OptionSet::from_bits_retain(1 << (n % 16)),
        |s, n| s.options.faults = OptionFaults::from_bits_retain((n % 2) as u16),
        |s, n| s.options.misfit = ((n % 2) as u8, 0),
        |s, n| s.options.misfit = (0, (n % 2) as u8),
        |s, n| s.options.broken = ((n % 2) as u8, 0),
        |s, n| s.options.broken = (0, (n % 2) as u8),
        |s, n| s.options.mss = (n & 0xffff) as u16,
        |s, n| s.options.window_scale = (n & 0xff) as u8,
        |s, n| s.options.tsval = n,
        |s, n| s.options.tsecr = n % 2,
        |s, n| s.options.sack[(n % 4) as usize].0.0 = n % 3,
        |s, n| s.options.sack[(n % 4) as usize].1.0 = n % 3,
        |s, n| s.options.sack_blocks = (n % 2) as u8,
        |s, n| {
            let cookie = FastOpen {
                cookie_len: 0,
                experimental: false,
            };
            s.options.fast_open = (n % 2 == 1).then_some(cookie);
        },
        |s, n| s.options.mptcp_subtype = (n % 2) as u8,
        |s, n| s.options.user_timeout = (n % 2) as u16,
        |s, n| s.options.unknown[(n % 4) as usize] = ((n % 3) as u8, (n % 2) as u8),
        |s, n| s.options.unknown_count = (n % 2) as u8,
        |s, n| (s.ip.ecn, s.ip.dscp) = ((n % 5) as u8, (n % 66) as u8),
        |s, n| (s.ip.id, s.ip.dont_fragment) = ((n % 2 == 1).then_some(7), Some(n % 3 == 1)),
        |s, n| s.ip.total_len = n % 0x1_0002,
        |s, n| (s.ip.length_zero, s.ip.joined) = (n % 4 == 1, n % 4 == 2),
        |s, n| {
            let all = [Captured::Whole, Captured::Header, Captured::FixedHeader];
            s.captured = all[(n % 3) as usize];
        },
    ];

    #[test]
    fn whatever_comes_out_as_it_went_in_is_packed_and_nothing_else() {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut packed, mut refused) = (0, 0);
        for _ in 0..20_000 {
            let mut segment = segments("A SYN 100 ts=7/0 ttl=60 ws=7 mss=1460 sackok")[0];
            let mut around = Around {
                source: segment.source,
                destination: segment.destination,
                tunnel: segment.tunnel,
                ack: segment.ack,
                tsecr: segment.options.tsecr,
            };
            for _ in 0..random.usize(0..4) {
                CHANGES[random.usize(0..CHANGES.len())](&mut segment, random.u32(..));
            }
            match random.u8(0..12) {
                0 => around.source.port ^= 1,
                1 => around.destination = around.source,
                2 => around.tunnel = 1,
                _ => {}
            }
            let comes_out = Packed::without_check(&segment).unpack(&around) == segment;
            assert_eq!(
                Packed::of(&segment, &around).is_some(),
                comes_out,
                "{segment:?}"
            );
            packed += usize::from(comes_out);
            refused += usize::from(!comes_out);
        }
        assert!(packed > 4000 && refused > 4000, "{packed} {refused}");
    }
}
