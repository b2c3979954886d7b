//! What came together of an end's segments in a stretch.

use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::update::ETHERNET_MTU;
use crate::machine::watch::host::Ids;
use crate::segment::{Captured, Checksum, Direction, Segment};

/// No segment was it.
pub const NONE: u8 = u8::MAX;

/// What the captures of segments have in common: checksum, direction and interface. In one octet,
/// as it is compared with every segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind(u8);

impl Kind {
    /// Of no segment.
    pub const NONE: Kind = Kind(u8::MAX);

    #[inline(always)]
    const fn of(segment: &Segment<'_>) -> Kind {
        let checksum = segment.checksum as u8;
        let direction = segment.direction as u8;
        Kind(checksum | direction << 2 | (segment.loopback as u8) << 4)
    }

    /// That is the verdict on its checksum.
    pub const fn has_checksum(self, checksum: Checksum) -> bool {
        self.0 & 3 == checksum as u8
    }

    /// That is its way through the capturing host.
    pub const fn has_direction(self, direction: Direction) -> bool {
        self.0 >> 2 & 3 == direction as u8
    }

    /// It came through a loopback interface.
    pub const fn is_loopback(self) -> bool {
        self.0 & 1 << 4 != 0
    }
}

/// See the module. Segments are named by their place among those of the stretch, of both ends.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    /// Those of this end, a bit each.
    pub sent: u32,
    /// Of these, those with data.
    pub data: u32,
    /// Identifications of IPv4, as of all before and these.
    pub ids: Ids,
    /// The latest of them, that of a packet without data or 0 included.
    pub latest_id: u16,
    /// The latest one of a packet with data.
    data_id: u16,
    /// How often data came with the same one as the data before.
    pub pieces: u8,
    /// The widest window.
    pub widest: u32,
    /// The longest IP packet.
    pub longest: u16,
    /// What the first segment without data, and the first with data, were; all others are the same.
    pub kinds: [Kind; 2],
    /// ACKs of new data, and of these those of more than two full segments.
    pub advances: u8,
    /// See `advances`.
    pub stretched: u8,
    /// ACKs of which it can be told how long data waited for them.
    pub timed: u8,
    /// Data of more than the peer's MSS.
    pub over: u8,
    /// Packets longer than those of an Ethernet.
    pub oversized: u8,
    /// Packets of which the data was cut.
    pub cut: u8,
    /// An ACK without data has moved the right edge of the window.
    pub opens: bool,
    /// The latest ACK of new data.
    pub acked: u8,
    /// The first one with the latest TSval.
    pub ticked: u8,
    /// The first one with the furthest right edge.
    pub furthest: u8,
}

impl Tally {
    const NOTHING: Tally = Tally {
        sent: 0,
        data: 0,
        ids: Ids::NONE,
        latest_id: 0,
        data_id: 0,
        pieces: 0,
        widest: 0,
        longest: 0,
        kinds: [Kind::NONE; 2],
        advances: 0,
        stretched: 0,
        timed: 0,
        over: 0,
        oversized: 0,
        cut: 0,
        opens: false,
        acked: NONE,
        ticked: NONE,
        furthest: NONE,
    };

    /// Nothing so far, for `side`.
    pub fn of(connection: &Connection, side: Side) -> Tally {
        let last = connection.ends.of(side).last;
        Tally {
            ids: connection.watches.of(side).host.ids,
            latest_id: last.and_then(|last| last.ip_id).unwrap_or(0),
            data_id: connection
                .watches
                .of(side.peer())
                .acks
                .last_id()
                .unwrap_or(0),
            ..Tally::NOTHING
        }
    }

    /// How many segments there are.
    pub const fn segments(&self) -> u32 {
        self.sent.count_ones()
    }

    /// The latest identification of data, if that is worth comparing.
    pub fn last_data_id(&self) -> Option<u16> {
        Some(self.data_id).filter(|id| *id != 0)
    }

    /// `segment` was captured as those before it were.
    #[inline(always)]
    pub fn keeps_kind(&self, segment: &Segment<'_>) -> bool {
        let [empty, data] = self.kinds;
        let known = if segment.payload_len > 0 { data } else { empty };
        known == Kind::NONE || known == Kind::of(segment)
    }

    /// One more segment, number `at`.
    #[inline(always)]
    pub fn count(&mut self, segment: &Segment<'_>, (payload_len, total_len): (u16, u16), at: u8) {
        let bit = 1 << (at & 31);
        let [empty, data] = &mut self.kinds;
        self.sent |= bit;
        if payload_len > 0 {
            *data = Kind::of(segment);
            self.data |= bit;
        } else {
            *empty = Kind::of(segment);
        }
        self.longest = self.longest.max(total_len);
        self.oversized += u8::from(u32::from(total_len) > ETHERNET_MTU);
        self.cut += u8::from(segment.captured == Captured::Header);
    }

    /// The IPv4 identification of the segment, where the peer's latest packet had `of_peer`.
    #[inline]
    pub fn identified(&mut self, id: u16, of_peer: u16, has_data: bool) {
        if id != 0 {
            self.ids.count(id, Some(of_peer));
        }
        if has_data {
            self.pieces += u8::from(id != 0 && id == self.data_id);
            self.data_id = id;
        }
        self.latest_id = id;
    }

    /// It acknowledges new data.
    #[inline]
    pub const fn acknowledges(&mut self, at: u8, stretched: bool, answers: bool) {
        self.acked = at;
        self.advances += 1;
        self.stretched += stretched as u8;
        self.timed += answers as u8;
    }
}
