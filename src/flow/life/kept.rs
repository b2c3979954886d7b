//! A segment of a life in 48 octets.

use super::Life;
use crate::machine;
use crate::machine::side::{Pair, Side};
use crate::segment::{
    Captured, Checksum, Digest, Direction, Flags, IpFacts, Options, Segment, Timestamp,
};
use crate::seq::SeqNo;

/// What is neither the same for all segments of its end nor follows from those before it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    time: Timestamp,
    digest: Digest,
    /// Packets since the SYN.
    packet: u32,
    ack: SeqNo,
    tsval: u32,
    tsecr: u32,
    window: u16,
    ip_id: u16,
    payload_len: u16,
    flags: u8,
    /// The data offset, and `SERVER`.
    offset: u8,
}

/// The server sent it.
const SERVER: u8 = 1 << 7;

impl Kept {
    /// Of an orderly segment of `side`, nothing gets lost.
    pub fn of(segment: &Segment<'_>, side: Side, first_packet: u64) -> Kept {
        let sender = match side {
            Side::Client => 0,
            Side::Server => SERVER,
        };
        Kept {
            time: segment.time,
            digest: if segment.payload_len == 0 {
                Digest::default()
            } else {
                Digest {
                    content: machine::content(segment),
                    first: segment.first_octets(),
                }
            },
            packet: segment.packet.wrapping_sub(first_packet) as u32,
            ack: segment.ack,
            tsval: segment.options.tsval,
            tsecr: segment.options.tsecr,
            window: segment.window,
            ip_id: segment.ip.id.unwrap_or(0),
            payload_len: segment.payload_len as u16,
            flags: segment.flags.bits() as u8,
            offset: segment.data_offset | sender,
        }
    }

    fn side(&self) -> Side {
        match self.offset & SERVER {
            0 => Side::Client,
            _ => Side::Server,
        }
    }
}

impl Life {
    /// The segment as it was, but for its data. `next`: SND.NXT of both ends.
    pub(super) fn unpack(&self, kept: &Kept, next: &mut Pair<SeqNo>) -> Segment<'static> {
        let side = kept.side();
        let end = self.ends.of(side);
        let data_offset = kept.offset & !SERVER;
        let payload_len = u32::from(kept.payload_len);
        let segment = Segment {
            packet: self.first.0 + u64::from(kept.packet),
            time: kept.time,
            source: *self.opening.sockets.of(side),
            destination: *self.opening.sockets.of(side.peer()),
            tunnel: 0,
            seq: *next.of(side),
            ack: kept.ack,
            flags: Flags::from_bits_retain(kept.flags.into()),
            window: kept.window,
            urgent_pointer: 0,
            data_offset,
            data_offset_invalid: false,
            payload_len,
            payload: &[],
            digest: (payload_len > 0).then_some(kept.digest),
            options: Options {
                present: self.stamps,
                tsval: kept.tsval,
                tsecr: kept.tsecr,
                ..Options::default()
            },
            ip: IpFacts {
                ttl: end.ttl,
                id: end.dont_fragment.map(|_| kept.ip_id),
                ecn: 0,
                dscp: end.dscp,
                dont_fragment: end.dont_fragment,
                total_len: self.ip_header() + 4 * u32::from(data_offset) + payload_len,
                length_zero: false,
                joined: false,
            },
            checksum: Checksum::Good,
            captured: Captured::Whole,
            direction: Direction::Unknown,
            loopback: false,
        };
        *next.of_mut(side) = segment.end();
        segment
    }

    /// Octets of an IP header without options.
    pub(super) fn ip_header(&self) -> u32 {
        if self.opening.sockets.client.ip.is_ipv6() {
            40
        } else {
            20
        }
    }
}
