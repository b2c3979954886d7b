//! What ICMP errors said of a connection.
//!
//! An error changes no book of the machine: whether it arrived, and whether its
//! receiver believed it, only that end's own segments show. It is kept because
//! it explains what follows: silence, an attempt given up, smaller segments.

use super::connection::Connection;
use super::end::End;
use super::side::Side;
use crate::icmp::{IcmpClass, IcmpError};
use crate::limits;
use crate::seq::SeqNo;

/// What an end may have in flight where the peer was not captured.
const RECENT_OCTETS: u32 = 1 << 20;

/// The errors of one kind about the segments of one end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IcmpNote {
    /// The first of them; the first with a known number, if there is one.
    pub first: IcmpError,
    /// Who sent the quoted segments.
    pub side: Side,
    /// How many quote a number that the end may have in flight.
    pub fitting: u32,
    /// How many quote another one: stale, forged, or about a segment that
    /// the capture lost.
    pub unknown: u32,
    /// A fitting one came while its end had sent a SYN and was not answered.
    pub in_opening: bool,
    /// The smallest size that an error named.
    pub mtu: Option<u32>,
}

/// All errors about a connection.
#[derive(Clone, Debug, Default)]
pub struct IcmpNotes {
    notes: Vec<IcmpNote>,
    dropped: u64,
}

impl IcmpNotes {
    /// By kind and end, in the order of capture.
    #[must_use]
    pub fn all(&self) -> &[IcmpNote] {
        &self.notes
    }

    /// Octets of memory that they take.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.notes.capacity() * size_of::<IcmpNote>()
    }

    /// Errors that found no room.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether an error that says so of a segment of `side` explains that it
    /// draws no answer, or that `side` gave up. The peer is not to blame then.
    #[must_use]
    pub fn explains_silence(&self, side: Side) -> bool {
        self.notes
            .iter()
            .any(|note| note.side == side && note.fitting > 0 && note.first.kind.says_undelivered())
    }

    /// An error answered the SYN of `side`.
    #[must_use]
    pub fn rejects(&self, side: Side) -> bool {
        self.notes
            .iter()
            .any(|note| note.side == side && note.in_opening && note.first.kind.says_undelivered())
    }

    /// An error after which `side` may have given up: a hard one, or any
    /// while it was opening (RFC 9293, 3.9.2.2; RFC 5461, 4.1).
    #[must_use]
    pub fn may_end(&self, side: Side) -> bool {
        let hard = |note: &IcmpNote| note.first.kind.class() == IcmpClass::Hard;
        let notes = self.notes.iter().filter(|note| note.side == side);
        self.rejects(side) || notes.filter(|n| hard(n)).any(|n| n.fitting > 0)
    }

    fn add(&mut self, error: &IcmpError, side: Side, fits: bool, in_opening: bool) {
        let known = |note: &&mut IcmpNote| note.side == side && note.first.kind == error.kind;
        let Some(note) = self.notes.iter_mut().find(known) else {
            if self.notes.len() >= limits::ICMP_KINDS {
                self.dropped += 1;
                return;
            }
            self.notes.push(IcmpNote {
                first: *error,
                side,
                fitting: u32::from(fits),
                unknown: u32::from(!fits),
                in_opening: fits && in_opening,
                mtu: error.mtu,
            });
            return;
        };
        if fits && note.fitting == 0 {
            note.first = *error;
        }
        let count = if fits {
            &mut note.fitting
        } else {
            &mut note.unknown
        };
        *count = count.saturating_add(1);
        note.in_opening |= fits && in_opening;
        note.mtu = match (note.mtu, error.mtu) {
            (Some(known), Some(mtu)) => Some(known.min(mtu)),
            (known, mtu) => known.or(mtu),
        };
    }
}

impl Connection {
    /// Takes in what somebody says of a segment of this connection.
    pub fn hear(&mut self, error: &IcmpError) {
        let side = if error.source == self.sockets.client {
            Side::Client
        } else {
            Side::Server
        };
        let (own, peer) = (self.ends.of(side), self.ends.of(side.peer()));
        let fits = fits(own, peer, error.seq);
        let opening = own.syn.is_some() && !own.sent_after_syn && !peer.was_seen();
        self.icmp.add(error, side, fits, opening);
        if fits {
            self.watches.of_mut(side).retransmit.told(error);
        }
    }
}

/// Whether `seq` lies in `[SND.UNA, SMAX]` of the end, as far as it is known
/// (RFC 5927, 4.1). Keepalives and window probes stand one below, and a RST
/// repeats a number of the peer.
fn fits(own: &End, peer: &End, seq: SeqNo) -> bool {
    if own.last.is_some_and(|last| last.seq == seq) {
        return true;
    }
    let Some(next) = own.snd_next else {
        // Nothing of it was captured, so nothing speaks against it.
        return peer.ack_max.is_none_or(|ack| seq.distance_from(ack) >= -1);
    };
    match peer.ack_max.or(own.iss()) {
        Some(una) => seq.within(una - 1, next.later(una)),
        // Nothing shows what was acknowledged: anything sent lately fits.
        None => seq.distance_from(next) <= 0 && next.offset_from(seq) <= RECENT_OCTETS,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::icmp::IcmpKind;
    use crate::machine::script::connection;
    use crate::machine::state::State;
    use crate::machine::tests::socket;
    use crate::segment::{Socket, Timestamp};

    fn error(kind: IcmpKind, from_client: bool, seq: u32) -> IcmpError {
        let (a, b): (Socket, Socket) = (socket(1, 40000), socket(2, 80));
        let (source, destination) = if from_client { (a, b) } else { (b, a) };
        IcmpError {
            packet: 99,
            time: Timestamp(1),
            sender: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 254)),
            kind,
            icmp_type: 3,
            code: 1,
            mtu: None,
            source,
            destination,
            seq: SeqNo(seq),
            tunnel: 0,
        }
    }

    /// Fitting and unknown errors after `exchange`, one for each number of A.
    fn counted(exchange: &str, numbers: &[u32]) -> (u32, u32) {
        let mut connection = connection(exchange);
        for seq in numbers {
            connection.hear(&error(IcmpKind::HostUnreachable, true, *seq));
        }
        let note = connection.icmp.all()[0];
        (note.fitting, note.unknown)
    }

    const OPEN: &str = "A SYN 100 \n B SYN,ACK 300 101 \n A ACK 101 301 \n";

    #[test]
    fn numbers_in_flight_fit() {
        assert_eq!(counted("A SYN 100", &[100, 101, 98, 102]), (2, 2));
        let data = format!("{OPEN} A ACK 101 301 len=100 \n A ACK 201 301 len=10");
        assert_eq!(counted(&data, &[101, 201, 211, 99, 212]), (3, 2));
        // Acknowledged up to 201: one below is where a keepalive stands.
        let acked = format!("{data} \n B ACK 301 201");
        assert_eq!(counted(&acked, &[200, 201, 199, 101]), (2, 2));
    }

    #[test]
    fn numbers_in_flight_fit_at_the_wrap() {
        let data = "A SYN 4294967290 \n B SYN,ACK 300 4294967291 \n A ACK 4294967291 301 len=100";
        assert_eq!(
            counted(data, &[4_294_967_291, 0, 95, 96, 4_294_967_200]),
            (3, 2)
        );
    }

    #[test]
    fn what_was_not_captured_is_no_reproach() {
        // One direction only.
        assert_eq!(counted("A ACK 5000 301 len=100", &[5000, 4000]), (2, 0));
        assert_eq!(counted("A ACK 5000 301 len=100", &[5101]), (0, 1));
        assert_eq!(counted("B ACK 300 5000 len=9", &[5000, 6000]), (2, 0));
        // A RST takes its number from what it answers.
        assert_eq!(counted(&format!("{OPEN} A RST 9000"), &[9000]), (1, 0));
    }

    #[test]
    fn an_answer_to_the_syn_rejects_it() {
        let rejects = |exchange: &str, kind, seq| {
            let mut connection = connection(exchange);
            connection.hear(&error(kind, true, seq));
            let closed = connection
                .possible_states(Side::Client)
                .contains(State::Closed);
            (connection.icmp.rejects(Side::Client), closed)
        };
        let syn = "A SYN 100";
        assert_eq!(rejects(syn, IcmpKind::HostUnreachable, 100), (true, true));
        assert_eq!(
            rejects(syn, IcmpKind::HostUnreachable, 9000),
            (false, false)
        );
        assert_eq!(rejects(syn, IcmpKind::TooBig, 100), (false, false));
        assert_eq!(
            rejects(OPEN, IcmpKind::HostUnreachable, 101),
            (false, false)
        );
        assert_eq!(rejects(OPEN, IcmpKind::Prohibited, 101), (false, true));
    }

    #[test]
    fn one_note_a_kind_and_end_within_the_limit() {
        let mut connection = connection(OPEN);
        let hear = |kind, from_client, seq| connection.hear(&error(kind, from_client, seq));
        let mut hear = hear;
        hear(IcmpKind::NetUnreachable, true, 7);
        hear(IcmpKind::NetUnreachable, true, 101);
        hear(IcmpKind::NetUnreachable, false, 300);
        for kind in [
            IcmpKind::TimeExceeded,
            IcmpKind::SourceQuench,
            IcmpKind::TooBig,
            IcmpKind::Prohibited,
            IcmpKind::PortUnreachable,
        ] {
            hear(kind, true, 101);
        }
        let notes = &connection.icmp;
        assert_eq!(
            (notes.all().len(), notes.dropped()),
            (limits::ICMP_KINDS, 1)
        );
        // The one that fits is the one that is shown.
        let first = notes.all()[0];
        assert_eq!(
            (first.first.seq, first.fitting, first.unknown),
            (SeqNo(101), 1, 1)
        );
        assert!(notes.explains_silence(Side::Client) && notes.explains_silence(Side::Server));
    }
}
