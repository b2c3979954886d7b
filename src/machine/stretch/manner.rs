//! What is the same on all segments that an end sends in a stretch.

use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::segment::{Captured, Checksum, Flags, OptionSet, Segment};

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Manner {
    /// Time to live.
    pub ttl: u8,
    /// Class of service.
    pub dscp: u8,
    /// "Don't fragment"; `None` for IPv6.
    pub dont_fragment: Option<bool>,
    /// It has timestamps, else no options.
    pub stamped: bool,
    /// Which options it has.
    pub present: OptionSet,
    /// Shift of its windows, if that is known.
    pub shift: Option<u8>,
    /// Data offset, nothing but these options and their padding in it.
    pub data_offset: u8,
}

impl Manner {
    /// The manner of what `side` has sent most so far.
    pub fn of(connection: &Connection, side: Side) -> Option<Manner> {
        let host = &connection.watches.of(side).host;
        let ipv4 = connection.sockets.of(side).ip.is_ipv4();
        // Where the peer declined what the SYN offered, one of them has shown a TSval all the same.
        let has_clock = |side| connection.ends.of(side).tsval_max.is_some();
        let stamped = has_clock(side) && has_clock(side.peer());
        let dont_fragment = match ipv4 {
            true => Some(host.fragment.first()? != 0),
            false => None,
        };
        Some(Manner {
            ttl: host.hops.first()?,
            dscp: host.dscp.first()?,
            shift: connection.watches.of(side).window.offered.settled_shift()?,
            dont_fragment,
            stamped,
            present: if stamped {
                OptionSet::TIMESTAMPS
            } else {
                OptionSet::empty()
            },
            data_offset: if stamped { 8 } else { 5 },
        })
    }

    /// It came by IPv4, whose packets have an identification.
    pub const fn is_numbered(&self) -> bool {
        self.dont_fragment.is_some()
    }

    /// `segment` is an ACK of this manner, with or without PSH, and sound.
    #[inline(always)]
    pub fn fits(&self, segment: &Segment<'_>) -> bool {
        let (ip, options) = (&segment.ip, &segment.options);
        segment.flags.difference(Flags::PSH) == Flags::ACK
            && options.present == self.present
            && segment.data_offset == self.data_offset
            && options.faults.is_empty()
            && segment.checksum != Checksum::Bad
            && segment.captured >= Captured::Header
            && segment.urgent_pointer == 0
            && !segment.data_offset_invalid
            && ip.ttl == self.ttl
            && ip.dscp == self.dscp
            && ip.ecn == 0
            && ip.dont_fragment == self.dont_fragment
            && ip.id.is_some() == self.is_numbered()
            && !ip.length_zero
            && !ip.joined
    }
}
