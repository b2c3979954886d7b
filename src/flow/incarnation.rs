//! Incarnations: the connections that use one pair of sockets one after the other.
//!
//! A SYN with a new number on known sockets is only a *candidate*. It opens a
//! new incarnation when the other end answers it (SYN-ACK, SYN or RST with
//! fitting numbers), when its sender goes on behind it, or when the old
//! connection was over and nothing of it follows. Else it stays an event of
//! the old one: an old duplicate, or a SYN that draws a challenge ACK
//! (RFC 9293, 3.5 and 3.10.7.4; RFC 5961, 4).

use super::lone_syn::without_payload;
use crate::machine::connection::Connection;
use crate::machine::header;
use crate::machine::knowledge;
use crate::machine::side::{Pair, Side};
use crate::machine::state::State;
use crate::machine::surroundings::{Previous, PreviousEnd};
use crate::segment::{Flags, NS_PER_S, Segment, Timestamp};
use crate::seq::SeqNo;

/// SYNs of one unfinished opening whose numbers differ are told apart from
/// two openings by the time between them: stacks wait at least so long
/// before they use a port anew without an answer (and repeat a SYN sooner).
const ONE_OPENING_NS: i64 = 3 * NS_PER_S;

/// Numbers within this of the last known ones belong to the same incarnation.
const NEAR_OCTETS: i32 = 1 << 16;

/// A connection that is over, or was cut off by the next one.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The connection.
    pub connection: Connection,
    /// The incarnation before it.
    pub previous: Option<Previous>,
    /// The SYN that began the next one.
    pub followed_by: Option<(u64, Timestamp)>,
}

/// What happens on one pair of sockets.
#[derive(Clone, Debug)]
pub struct Track {
    connection: Connection,
    previous: Option<Previous>,
    candidate: Option<Candidate>,
}

#[derive(Clone, Debug)]
struct Candidate {
    syn: Segment<'static>,
    /// Its latest copy, if it was sent again.
    again: Option<Segment<'static>>,
    /// Something of the old connection followed: it was noted there.
    noted: bool,
}

impl Track {
    /// Begins with `segment`.
    #[must_use]
    pub fn beginning_with(segment: &Segment<'_>) -> Track {
        let mut connection = Connection::beginning_with(segment);
        connection.step(segment);
        Track {
            connection,
            previous: None,
            candidate: None,
        }
    }

    /// The current incarnation.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Both ends are through with the current incarnation.
    #[must_use]
    pub fn is_over(&self) -> bool {
        is_over(&self.connection)
    }

    /// Nothing but SYNs and SYN-ACKs so far.
    #[must_use]
    pub fn is_half_open(&self) -> bool {
        let ends = &self.connection.ends;
        !ends.client.sent_after_syn && !ends.server.sent_after_syn
    }

    /// Takes in the next segment; returns the incarnation that it ends, if any.
    pub fn take(&mut self, segment: &Segment<'_>) -> Option<Ended> {
        if header::is_inert(segment) || self.connection.self_connect {
            self.connection.step(segment);
            return None;
        }
        if self.belongs_to_previous(segment) {
            return None;
        }
        let syn = segment.flags.contains(Flags::SYN) && !segment.has(Flags::RST);
        if syn && !segment.flags.contains(Flags::ACK) {
            return self.take_syn(segment);
        }
        if let Some(candidate) = &self.candidate
            && opens(&candidate.syn, segment, &self.connection)
        {
            let first = candidate.clone();
            return Some(self.renew(&first, segment));
        }
        if self.starts_unseen(segment, syn) {
            return Some(self.renew_unseen(segment));
        }
        self.note_candidate();
        self.connection.step(segment);
        None
    }

    /// The end of the capture (or of the table's patience).
    #[must_use]
    pub fn end(mut self) -> (Ended, Option<Ended>) {
        match self.candidate.take() {
            Some(candidate) if !candidate.noted && is_over(&self.connection) => {
                let followed_by = Some((candidate.syn.packet, candidate.syn.time));
                let mut next = Connection::beginning_with(&candidate.syn);
                next.step(&candidate.syn);
                if let Some(again) = &candidate.again {
                    next.step(again);
                }
                let previous = Some(remember(&self.connection, &next));
                let ended = Ended {
                    connection: self.connection,
                    previous: self.previous,
                    followed_by,
                };
                (
                    ended,
                    Some(Ended {
                        connection: next,
                        previous,
                        followed_by: None,
                    }),
                )
            }
            candidate => {
                if let Some(candidate) = candidate.filter(|candidate| !candidate.noted) {
                    self.connection.note_aside(&candidate.syn);
                }
                let ended = Ended {
                    connection: self.connection,
                    previous: self.previous,
                    followed_by: None,
                };
                (ended, None)
            }
        }
    }

    fn take_syn(&mut self, segment: &Segment<'_>) -> Option<Ended> {
        let connection = &self.connection;
        let side = connection.sender(segment);
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        let unfinished = !own.sent_after_syn && !peer.sent_after_syn && !connection.mid_stream;
        // Of several SYNs of one opening, any may be the one that its sender
        // goes on with (RFC 9293, figure 8).
        let sent_before = |seq: SeqNo| {
            own.syn.is_some_and(|syn| syn.iss == seq)
                || connection
                    .noted()
                    .iter()
                    .any(|n| n.side == side && n.is_bare_syn() && !n.is_void() && n.seq == seq)
        };
        let repeated = !own.sent_after_syn && sent_before(segment.seq);
        let refused = peer.rst.is_some() || own.rst.is_some();
        let crossing = own.syn.is_none() && peer.sent_bare_syn && !refused;
        // The answer was stored before the SYN (several interfaces or queues).
        let stored_late = own.syn.is_none()
            && peer
                .syn
                .and_then(|syn| syn.ack)
                .is_some_and(|ack| ack.within(segment.seq + 1, segment.seq + segment.len()));
        let recent = own
            .syn
            .is_some_and(|syn| segment.time.since(syn.last_time).abs() < ONE_OPENING_NS);
        // The other half of an answer in two segments: its ACK came before.
        let second_half = own.syn.is_none()
            && !peer.sent_after_syn
            && !refused
            && own
                .ack_max
                .zip(peer.iss())
                .is_some_and(|(ack, iss)| ack == iss + 1);
        if repeated || stored_late || second_half || unfinished && !refused && (crossing || recent)
        {
            self.connection.step(segment);
            return None;
        }
        if let Some(candidate) = &self.candidate
            && self.connection.sender(&candidate.syn) != side
        {
            // Both ends open anew at the same time.
            let first = candidate.clone();
            return Some(self.renew(&first, segment));
        }
        if unfinished && peer.syn.is_none() {
            // The attempt before came to nothing, so this is another one.
            let ended = self.begin_anew(segment);
            return Some(ended);
        }
        if self
            .candidate
            .as_ref()
            .is_some_and(|c| c.syn.seq != segment.seq)
        {
            self.note_candidate();
            self.candidate = None;
        }
        match &mut self.candidate {
            Some(candidate) => candidate.again = Some(without_payload(segment)),
            None => {
                let syn = without_payload(segment);
                self.candidate = Some(Candidate {
                    syn,
                    again: None,
                    noted: false,
                });
            }
        }
        None
    }

    /// The candidate stays an event of the old connection, for now.
    fn note_candidate(&mut self) {
        if let Some(candidate) = &mut self.candidate
            && !candidate.noted
        {
            candidate.noted = true;
            let syn = candidate.syn;
            self.connection.note_aside(&syn);
        }
    }

    /// The candidate `first` opens a new incarnation, as `segment` shows.
    fn renew(&mut self, first: &Candidate, segment: &Segment<'_>) -> Ended {
        let ended = self.begin_anew(&first.syn);
        if let Some(again) = &first.again {
            self.connection.step(again);
        }
        self.connection.step(segment);
        ended
    }

    /// A new incarnation whose SYN was not captured begins with `segment`.
    fn renew_unseen(&mut self, segment: &Segment<'_>) -> Ended {
        self.begin_anew(segment)
    }

    fn begin_anew(&mut self, first: &Segment<'_>) -> Ended {
        let mut next = Connection::beginning_with(first);
        next.step(first);
        let previous = Some(remember(&self.connection, &next));
        let connection = std::mem::replace(&mut self.connection, next);
        self.candidate = None;
        Ended {
            connection,
            previous: std::mem::replace(&mut self.previous, previous),
            followed_by: Some((first.packet, first.time)),
        }
    }

    /// The old connection is over, and the numbers are nowhere near its own.
    fn starts_unseen(&self, segment: &Segment<'_>, syn_ack: bool) -> bool {
        if segment.has(Flags::RST) || !self.is_over() {
            return false;
        }
        let side = self.connection.sender(segment);
        let ends = &self.connection.ends;
        if syn_ack {
            return ends.of(side).syn.is_some_and(|syn| syn.iss != segment.seq);
        }
        let far = |known: Option<SeqNo>, number: SeqNo| {
            known.is_some_and(|known| {
                number.distance_from(known).unsigned_abs() > NEAR_OCTETS.unsigned_abs() * 4
            })
        };
        far(ends.of(side).snd_next, segment.seq) && far(ends.of(side.peer()).snd_next, segment.ack)
    }

    /// An old duplicate: it fits the incarnation before and not this one.
    fn belongs_to_previous(&self, segment: &Segment<'_>) -> bool {
        let Some(previous) = &self.previous else {
            return false;
        };
        if segment.flags.contains(Flags::SYN)
            || segment.time.since(previous.last) > crate::limits::LINGER_NS
        {
            return false;
        }
        let side = self.connection.sender(segment);
        let near = |known: Option<SeqNo>, number: SeqNo| {
            known.is_some_and(|known| number.distance_from(known).abs() < NEAR_OCTETS)
        };
        let old = previous.ends.of(side);
        let is_ack = segment.flags.contains(Flags::ACK);
        let fits_old =
            near(old.snd_next, segment.seq) && (!is_ack || near(old.ack_max, segment.ack));
        let now = self.connection.ends.of(side);
        let peer_now = self.connection.ends.of(side.peer());
        let seq_now = now.snd_next.is_none() || near(now.snd_next, segment.seq);
        let ack_now =
            !is_ack || peer_now.snd_next.is_none() || near(peer_now.snd_next, segment.ack);
        let fits_now = seq_now && ack_now;
        // A RST may copy an ack of the peer instead of carrying SND.NXT.
        let rst_now = segment.has(Flags::RST) && near(peer_now.ack_max, segment.seq);
        fits_old && !fits_now && !rst_now
    }
}

/// Both ends are through: closed by FINs, or reset.
fn is_over(connection: &Connection) -> bool {
    let closed = |side| {
        matches!(
            connection.timeline.state(side),
            None | Some(State::Closed | State::Listen | State::TimeWait)
        )
    };
    let ended = |side| {
        let end = connection.ends.of(side);
        end.fin.is_some() || end.rst.is_some()
    };
    closed(Side::Client) && closed(Side::Server) && Side::BOTH.into_iter().any(ended)
}

/// Whether `segment` shows that the candidate SYN opened a connection.
fn opens(syn: &Segment<'_>, segment: &Segment<'_>, old: &Connection) -> bool {
    let side = old.sender(syn);
    let acks_it =
        segment.flags.contains(Flags::ACK) && segment.ack.within(syn.seq + 1, syn.seq + syn.len());
    if old.sender(segment) == side {
        // Its sender goes on behind it; the answer was not captured.
        let behind = segment.seq.within(syn.seq + 1, syn.seq + syn.len());
        let old_next = old.ends.of(side).snd_next;
        // The old SYN once more: what follows at its end is a retransmission.
        let is_new = old.ends.of(side).iss() != Some(syn.seq) || is_over(old);
        return behind
            && is_new
            && !segment.has(Flags::RST | Flags::SYN)
            && old_next.is_none_or(|next| segment.seq != next);
    }
    let syn_ack = segment.flags.contains(Flags::SYN);
    let refusal = segment.has(Flags::RST);
    // A SYN-ACK of the old opening again answers the old SYN.
    let is_new = old.ends.of(side.peer()).iss() != Some(segment.seq) || is_over(old);
    acks_it && (refusal || syn_ack && is_new)
}

/// What rules of TIME-WAIT need of `old` when `new` follows.
fn remember(old: &Connection, new: &Connection) -> Previous {
    let end = |side: Side| {
        let (own, peer) = (old.ends.of(side), old.ends.of(side.peer()));
        PreviousEnd {
            fin: own.fin_seq(),
            closed_first: own.fin.is_some() && knowledge::sent_fin_first(own, peer),
            sent_after_syn: own.sent_after_syn,
            snd_next: own.snd_next,
            ack_max: own.ack_max,
            tsval_max: own.tsval_max,
            acked_fin: peer.fin.and_then(|fin| fin.acked_by),
        }
    };
    let swapped = old.sockets.client != new.sockets.client;
    let (client, server) = if swapped {
        (end(Side::Server), end(Side::Client))
    } else {
        (end(Side::Client), end(Side::Server))
    };
    let reset = Side::BOTH
        .iter()
        .any(|side| old.ends.of(*side).rst.is_some());
    Previous {
        ends: Pair { client, server },
        last: old.last.1,
        last_packet: old.last.0,
        reset,
        mid_stream: old.mid_stream,
    }
}

#[cfg(test)]
mod tests;
