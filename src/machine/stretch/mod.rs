//! A stretch: orderly segments in a row, of which the machine need not be told at once.
//!
//! Most segments of a long connection go on where the one before them ended, and change nothing
//! but counts and numbers. To show each of them to every watch means to go through all that is
//! remembered of the connection, which is no longer in the cache when its next segment comes. So
//! while nothing is out of order, in question or waited for at either end, a segment is only compared
//! with where the ends stand ([`stand`]), and put down ([`record`]). The machine *catches up*
//! (`advance.rs`) once some have come together, before anything else happens to the connection,
//! and before anybody reads it. It is then as if each segment had been taken in by itself, to the
//! last field; tests compare the two ways.
//!
//! What makes a segment go on with a stretch is more than [`is_orderly`](super::watch::is_orderly)
//! asks for: no watch that measures may find anything worth a note.

mod advance;
pub mod manner;
pub mod record;
pub mod stand;
pub mod tally;

use record::Record;
use stand::Stand;
use tally::Tally;

use super::connection::Connection;
use super::side::{Pair, Side};
use super::state::State;
use crate::observation::Observations;
use crate::segment::{NS_PER_S, Segment, Socket, Timestamp};

/// Segments that are put down before the machine catches up: as many as a [`Tally`] has bits.
const RECORDS: usize = 32;

/// Nothing is compared over longer pauses (see [`stand`]: of so many of them no half an hour).
const PAUSE_NS: i64 = 20 * NS_PER_S;

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    stand: Stand,
    tally: Tally,
}

impl Course {
    fn of(connection: &Connection, side: Side) -> Option<Course> {
        Some(Course {
            stand: Stand::of(connection, side)?,
            tally: Tally::of(connection, side),
        })
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Stretch {
    client: Socket,
    /// Both ends have the same port, so that it does not tell them apart.
    same_port: bool,
    latest: Timestamp,
    /// How many of `records` are filled.
    len: u8,
    ends: Pair<Course>,
    records: [Record; RECORDS],
}

impl Stretch {
    /// Where a stretch can begin, if one can.
    fn ends(connection: &Connection) -> Option<Pair<Course>> {
        let rests = |side| connection.timeline.state(side) == Some(State::Established);
        let odd = Observations::ODD_ADDRESS.union(Observations::SAME_SOCKETS);
        let calm = rests(Side::Client)
            && rests(Side::Server)
            && !connection.timeline.is_unsettled()
            && !connection.self_connect
            && !connection.seen.intersects(odd);
        if !calm {
            return None;
        }
        Some(Pair {
            client: Course::of(connection, Side::Client)?,
            server: Course::of(connection, Side::Server)?,
        })
    }

    /// A stretch that begins behind all that `connection` has taken in.
    #[must_use]
    pub fn begin(connection: &Connection) -> Option<Box<Stretch>> {
        let Pair { client, server } = connection.sockets;
        Some(Box::new(Stretch {
            client,
            same_port: client.port == server.port,
            latest: connection.last.1,
            len: 0,
            ends: Stretch::ends(connection)?,
            records: [Record::EMPTY; RECORDS],
        }))
    }

    /// The same in the room of one of this connection that is over; false if none can begin.
    #[must_use]
    pub fn begin_anew(&mut self, connection: &Connection) -> bool {
        let ends = Stretch::ends(connection);
        if let Some(ends) = ends {
            (self.ends, self.latest) = (ends, connection.last.1);
        }
        ends.is_some()
    }

    /// There is no room for more.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.len as usize >= RECORDS
    }

    /// The machine is behind.
    #[must_use]
    pub const fn is_behind(&self) -> bool {
        self.len > 0
    }

    /// Puts down `segment`, if it goes on with the stretch.
    #[inline]
    pub fn take(&mut self, segment: &Segment<'_>) -> bool {
        let by_client = if self.same_port {
            segment.source == self.client
        } else {
            segment.source.port == self.client.port
        };
        let (own, peer) = match by_client {
            true => (&mut self.ends.client, &mut self.ends.server),
            false => (&mut self.ends.server, &mut self.ends.client),
        };
        let pause = segment.time.since(self.latest);
        let (payload_len, total_len) = (segment.payload_len, segment.ip.total_len);
        let most = u32::from(u16::MAX);
        if !(0..PAUSE_NS).contains(&pause) || payload_len > most || total_len > most {
            return false;
        }
        let lengths = (payload_len as u16, total_len as u16);
        let Some(record) = self.records.get_mut(usize::from(self.len)) else {
            return false;
        };
        let (stand, tally) = (&mut own.stand, &mut own.tally);
        if !stand.goes_on(tally, &mut peer.stand, segment, lengths, self.len) {
            return false;
        }
        if let Some(id) = segment.ip.id {
            tally.identified(id, peer.tally.latest_id, lengths.0 > 0);
        }
        *record = Record::of(segment, lengths.0);
        self.len += 1;
        self.latest = segment.time;
        true
    }

    /// Brings `connection` up to the last segment that was put down. Then the stretch is over.
    pub fn catch_up(&mut self, connection: &mut Connection) {
        let records = self.records.get(..usize::from(self.len)).unwrap_or(&[]);
        let Some(last) = records.last() else { return };
        connection.last = (last.packet, last.time);
        for side in Side::BOTH {
            let course = self.ends.of(side);
            let Stand {
                waits, due, newest, ..
            } = course.stand;
            connection
                .watches
                .of_mut(side)
                .acks
                .wait(waits, due, newest);
            advance::advance(connection, side, course, records);
        }
        self.len = 0;
    }
}

#[cfg(test)]
mod tests;
