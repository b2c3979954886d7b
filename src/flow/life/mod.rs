//! Connections that are a textbook's so far, from SYN to last ACK: a short log of packed
//! segments, and few numbers by which the next one is checked.
//!
//! Nearly all connections of a busy server live so, and of most of them nothing is to be said.
//! A life is given to the machine (*told*), segment by segment, as if they were captured just
//! then, when something comes that is not *orderly* (`orderly.rs`), or when somebody wants to know
//! more of it than that it was opened and closed. So the machine remains the one truth, and all
//! that has to be proven of a life is this: one that has come to its end without anything to
//! make no rule speak but those that its [`Remarks`] name, and none be withheld.
//!
//! # Why no rule speaks of it
//!
//! A rule is asked only if something was observed on which it wakes. On the segments of a life
//! nothing is observed but `SYN`, `SYN_ACK`, `FIN`, `OPENING`, `FIRST_AFTER_SYN`,
//! `FIRST_ACK_OF_FIN`, `ACK_SHORT_OF_FIN`, `EMPTY_AFTER_OWN_FIN`, `FIN_DATA`, `HALF_CLOSE_DATA`, `RST`,
//! and `ENDED`; what else there is, `orderly.rs` rules out line by line. What wakes on these:
//!
//! | rules | are silent, since |
//! |---|---|
//! | CA001, CA002, CA008, HS009, HS010 | both ends were captured from SYN to last ACK |
//! | CA003 | each acknowledged only what was captured |
//! | CA004, CA005, CA006 | no segment is cut, a copy, larger than 1500 octets, or has an unfinished checksum |
//! | CA009 | an ICMP error ends a life |
//! | EC001, EC006 | SYN and SYN-ACK have no flag of ECN |
//! | HS004, HS008, TD015 | the third segment stands behind the SYN and acknowledges the SYN-ACK |
//! | HS005, HS006 | only one end sent a bare SYN |
//! | HS022, TW003, TW004, TW005 | there was no connection before on these sockets |
//! | AT006, TD004, TD009 | each sent one FIN, and nothing but empty segments right behind it |
//! | TD002, TD012, TD017, TD018 | both FINs were acknowledged, or there was none |
//! | HS012, HS015, HS021, RS001, RS002, RS003 | the only RST has ACK, stands at SND.NXT of an open connection, and is the last word |
//! | AT005 | it looks like the other segments of its end |
//! | TD014, TD016, TW001, TW006, TW008 | there is no FIN beside a RST |
//! | WN008 | no window is closed |
//! | RT014 (by `UNACKNOWLEDGED`) | what is outstanding was reset |
//! | RS005, TD005, TD006, TD007, TD008, TW009 | they are not: these are its [`Remarks`] |
//!
//! Of their needs only two depend on more than the connection: a capture that lost nothing, and
//! a sane clock. Who enters a life in the books without telling it has to see to these, and to
//! what refutes connections from outside (files that are no parts of one capture, tunnels).

mod begin;
mod ending;
mod kept;
mod orderly;

pub use self::ending::{Ending, Remarks};
use self::kept::Kept;
use super::half_open::Plain;
use super::incarnation::Track;
use super::key::FlowKey;
use crate::machine::side::{Pair, Side};
use crate::segment::{OptionSet, Socket, Timestamp};
use crate::seq::SeqNo;

/// Segments kept behind the opening: as a log begins, and at most. With the two of the opening
/// these are too few for some rules (RT007 asks for 20 ACKs of three segments each).
const FEW: usize = 12;
const MOST: usize = 30;

/// The FIN of an end.
#[derive(Clone, Copy, Debug)]
struct Fin {
    /// The number that it occupies.
    seq: SeqNo,
    packet: u64,
    time: Timestamp,
    /// SEG.ACK of it.
    ack: SeqNo,
    /// It came with data.
    data: bool,
    /// The first ACK of it: packet and time.
    acked: Option<(u64, Timestamp)>,
}

/// What the next segments of an end, and of its peer, are compared with.
#[derive(Clone, Copy, Debug)]
struct End {
    iss: SeqNo,
    /// SND.NXT.
    next: SeqNo,
    /// The highest number that it acknowledged; ISS of the peer before it did.
    acked: SeqNo,
    /// The highest right edge of a window that it offered; that of the SYN-ACK until the
    /// first scaled one.
    edge: SeqNo,
    /// Its latest TSval and TSecr.
    tsval: SeqNo,
    tsecr: SeqNo,
    /// Since when the oldest of its octets that are not acknowledged have waited.
    waiting: Option<Timestamp>,
    window: u16,
    mss: u16,
    /// Identification of its latest segment with data, and of any but SYN and FIN.
    data_id: u16,
    id: u16,
    /// Segments that are neither full nor pushed.
    tiny: u8,
    shift: u8,
    ttl: u8,
    dscp: u8,
    dont_fragment: Option<bool>,
    /// It has offered a scaled window.
    scaled: bool,
    fin: Option<Fin>,
    /// It sent data behind its ACK of the peer's FIN.
    half_closed: bool,
}

/// Lives that are through, for the room that they take.
pub type Spare = Vec<Box<Life>>;

/// See the module.
#[derive(Clone, Debug)]
pub struct Life {
    /// Time stamps are on all segments behind the opening, or on none.
    stamps: OptionSet,
    /// It was ended by a RST.
    is_reset: bool,
    ends: Pair<End>,
    first: (u64, Timestamp),
    last: (u64, Timestamp),
    opening: Plain,
    log: Vec<Kept>,
}

impl Life {
    /// The key of its segments.
    #[must_use]
    pub fn key(&self) -> FlowKey {
        let Pair { client, server } = self.opening.sockets;
        FlowKey::between(client, server, 0)
    }

    /// Its sockets.
    #[must_use]
    pub const fn sockets(&self) -> &Pair<Socket> {
        &self.opening.sockets
    }

    /// Its first segment: number and time.
    #[must_use]
    pub const fn first(&self) -> (u64, Timestamp) {
        self.first
    }

    /// Both ends have closed, and acknowledged the other's FIN; or one has reset it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let acked = |side: Side| {
            self.ends
                .of(side)
                .fin
                .is_some_and(|fin| fin.acked.is_some())
        };
        self.is_reset || acked(Side::Client) && acked(Side::Server)
    }

    /// Something of each of its cache lines, the log aside: whoever reads it ahead of time waits less
    /// then.
    #[must_use]
    pub fn glimpse(&self) -> u64 {
        let of_end = |end: &End| u64::from(end.ttl) ^ u64::from(end.fin.is_some());
        let ends = of_end(&self.ends.client) ^ of_end(&self.ends.server);
        let opening = self.opening.sockets.client.port ^ self.opening.sockets.server.port;
        ends ^ u64::from(opening) ^ self.last.0 ^ u64::from(self.is_reset)
    }

    /// It takes no more room than one that begins.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.log.capacity() <= FEW
    }

    /// Octets of memory that it takes.
    #[must_use]
    pub fn octets(&self) -> usize {
        size_of::<Life>() + self.log.capacity() * size_of::<Kept>()
    }

    /// All of it, given to the machine.
    #[must_use]
    pub fn tell(&self) -> Track {
        let [syn, answer] = self.opening.segments();
        let mut track = Track::beginning_with(&syn);
        let mut ended = track.take(&answer);
        let mut next = Pair {
            client: syn.end(),
            server: answer.end(),
        };
        for kept in &self.log {
            let segment = self.unpack(kept, &mut next);
            ended = ended.or(track.take(&segment));
        }
        debug_assert!(ended.is_none(), "an orderly segment ends no incarnation");
        track
    }
}

#[cfg(test)]
mod tests;
