//! Where an end stands in a stretch: what tells whether its next segment goes on with it.

use super::manner::Manner;
use crate::machine::connection::Connection;
use crate::machine::observe::MAY_WRAP_OCTETS;
use crate::machine::side::Side;
use crate::machine::watch::acks::{LATEST_NS, SLACK_NS, full_segment};
use crate::machine::watch::offered::rounding;
use crate::machine::watch::silly_window;
use crate::segment::{NS_PER_S, Segment, Timestamp};
use crate::seq::SeqNo;

/// Numbers that belong together lie within this.
const NEAR_OCTETS: u32 = 1 << 29;

/// More than the octets of a stretch.
pub const MARGIN: u32 = 1 << 24;

/// A clock makes no larger steps, so that over a stretch it goes less than half around.
const LARGEST_TICK: u32 = 1 << 25;

/// Before a stretch no end was silent for longer; in it, it will not have been so for half an
/// hour, for which TSvals are not compared.
const SILENCE_NS: i64 = 600 * NS_PER_S;

/// How far a SYN, with its data, moves SMAX at once.
const SYN_OCTETS: u32 = 1 << 17;

/// Data that waits for its ACK (see [`Acks`](crate::machine::watch::acks::Acks)).
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// One behind the last octet.
    pub end: SeqNo,
    /// When it came.
    pub since: Timestamp,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Stand {
    /// SMAX.
    pub next: SeqNo,
    /// ACKMAX.
    pub ack: SeqNo,
    /// The highest right edge that it offered; where the scale of its windows is not known, that of
    /// the latest window, unscaled.
    edge: SeqNo,
    /// The same without those of its SYNs.
    furthest: SeqNo,
    /// Its highest TSval.
    tsval: SeqNo,
    /// The latest TSval of the peer that it echoed.
    echoed: SeqNo,
    /// The oldest data of the peer that it should acknowledge, and the latest behind it.
    due: Option<Waiting>,
    newest: Option<Waiting>,
    /// What is the same on all its segments.
    pub manner: Manner,
    /// Shift of its windows.
    shift: u8,
    /// That is known.
    scaled: bool,
    /// It has sent data before.
    talks: bool,
    /// Its largest segment.
    largest: u16,
    /// No segment of either end is larger.
    mss: u16,
    /// A larger IP packet holds more than the peer's MSS.
    largest_packet: u32,
    /// An ACK of more covers more than two full segments.
    two_segments: u32,
    /// So many of these may come before that is worth a note.
    stretched: u32,
}

impl Stand {
    /// Where `side` stands, if nothing about it has to be watched closely.
    pub fn of(connection: &Connection, side: Side) -> Option<Stand> {
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        let watches = connection.watches.of(side);
        let manner = Manner::of(connection, side)?;
        let (next, ack) = (own.snd_next?, own.ack_max?);
        let peer_next = peer.snd_next?;
        let last = own.last?;

        // It is synchronized and open, and nothing is missing, in question, or to be answered.
        let open = own.sent_after_syn
            && own.fin.is_none()
            && own.distant_fin.is_none()
            && !own.sent_rst
            && own.rst.is_none()
            && own.early_ack.is_none()
            && own.damaged.is_empty()
            && own.provoked.is_none()
            && own.last_window > 0;
        let whole = own
            .stream
            .as_ref()
            .is_none_or(|stream| stream.is_whole(next));
        // Numbers can be compared for as long as the stretch may last.
        let ordered = peer_next.offset_from(ack) < NEAR_OCTETS
            && match &own.syn {
                Some(syn) => {
                    let from_iss = u64::from(next.offset_from(syn.iss));
                    let drift = from_iss.wrapping_sub(own.advanced) & u64::from(u32::MAX);
                    own.syn_acked && syn.payload_len == 0 && drift < u64::from(SYN_OCTETS)
                }
                None => connection.mid_stream,
            };
        let least_ack = own.ack_min.is_some_and(|min| {
            own.ack_advanced >= MAY_WRAP_OCTETS
                || u64::from(ack.offset_from(min)) <= own.ack_advanced + u64::from(SYN_OCTETS)
        });
        let awake = connection.last.1.since(last.time) < SILENCE_NS;
        if !(open && whole && ordered && least_ack && awake) {
            return None;
        }

        let shift = watches.window.offered.settled_shift()?;
        let (edge, furthest) = match shift {
            Some(shift) => {
                let edge = own.window_edge?;
                let furthest = watches.window.offered.furthest_edge()?;
                let near =
                    edge.apart(furthest) < NEAR_OCTETS && edge.offset_from(peer_next) < NEAR_OCTETS;
                (own.window_shift(peer) == Some(shift) && near).then_some((edge, furthest))?
            }
            None if own.window_edge.is_some() || own.window_shift(peer).is_some() => return None,
            None => {
                let edge = ack + u32::from(own.last_window);
                (edge, edge)
            }
        };

        let (tsval, echoed) = if manner.stamped {
            let tsval = SeqNo(own.tsval_max?);
            (tsval, watches.stamps.calm(tsval, SeqNo(peer.tsval_max?))?)
        } else {
            (SeqNo(0), SeqNo(0))
        };
        let talks = own.stream.is_some() && watches.burst.is_over();
        let calm = watches.is_calm(manner.present)
            && peer.tsval_max.is_some() == manner.stamped
            && (watches.burst.is_over() || own.iss().is_some_and(|iss| next == iss + 1))
            && (watches.receipt).is_settled(own.iss(), peer.ack_max?, manner.stamped);
        if !calm {
            return None;
        }
        let of_syn = |syn: &crate::machine::end::SynSent| full_segment(syn);
        let full = own.syn.as_ref().map(of_syn);
        let (due, newest) = watches.acks.waiting();
        let ipv6 = !manner.is_numbered();
        Some(Stand {
            next,
            ack,
            edge,
            furthest,
            tsval,
            echoed,
            due,
            newest,
            manner,
            shift: shift.unwrap_or(0),
            scaled: shift.is_some(),
            talks,
            largest: u16::try_from(watches.window.silly.largest()).ok()?,
            mss: silly_window::smaller_mss(own, peer),
            largest_packet: watches.window.size.largest_packet(ipv6),
            two_segments: full.map_or(u32::MAX, |full| full.saturating_mul(2)),
            stretched: watches.acks.may_stretch()?,
        })
    }

    /// Takes in the next segment of this end, if it goes on with the stretch: then the machine
    /// would note nothing about it. (Where it does not, nothing has changed.)
    #[inline]
    pub fn goes_on(&mut self, peer: &mut Stand, segment: &Segment<'_>, payload_len: u16) -> bool {
        let ack = segment.ack;
        let advances = ack.offset_from(self.ack);
        let end = segment.seq + u32::from(payload_len);
        let width = u32::from(segment.window) << self.shift;
        let edge = ack + width;
        let tsval = SeqNo(segment.options.tsval);
        let tsecr = SeqNo(segment.options.tsecr);
        // All of it new and in the window, acknowledging what was sent.
        let in_turn = segment.seq == self.next
            && advances <= peer.next.offset_from(self.ack)
            && peer.next != ack + 1
            && segment.window > 0
            && (!peer.scaled || !end.after(peer.edge));
        // By a clock that goes on, echoing what the peer has shown.
        let timed =
            tsval.offset_from(self.tsval) < LARGEST_TICK && tsecr.within(self.echoed, peer.tsval);
        let steady = !edge.before(self.furthest)
            || !self.scaled
            || self.furthest.offset_from(edge) <= rounding(self.shift);
        if !(in_turn && timed && steady && self.manner.fits(segment)) {
            return false;
        }
        if payload_len == 0 {
            if advances == 0 || width < u32::from(self.mss) && self.scaled {
                return false;
            }
        } else if !self.may_send(segment, payload_len) {
            return false;
        }
        if advances > 0 && !self.acknowledges(segment, advances) {
            return false;
        }
        if payload_len > 0 {
            self.next = end;
            self.largest = self.largest.max(payload_len);
            peer.is_sent(end, segment.time);
        }
        self.edge = if self.scaled {
            self.edge.later(edge)
        } else {
            edge
        };
        self.furthest = self.furthest.later(edge);
        (self.tsval, self.echoed) = (tsval, tsecr);
        true
    }

    /// Data of a usual size: neither tiny, nor too large for the peer.
    fn may_send(&self, segment: &Segment<'_>, payload_len: u16) -> bool {
        let push = segment.has(crate::segment::Flags::PSH);
        let half = silly_window::whole_segment(u32::from(self.largest)) / 2;
        self.talks
            && (push || u32::from(payload_len) > half)
            && (segment.ip.total_len <= self.largest_packet
                || !crate::machine::watch::segment_size::is_on_the_wire(segment))
    }

    /// An ACK of new data, in time, that covers no more than usual.
    fn acknowledges(&mut self, segment: &Segment<'_>, advances: u32) -> bool {
        let stretched = u32::from(advances > self.two_segments);
        let answered = self.due.filter(|due| due.end.at_or_before(segment.ack));
        let late = |due: Waiting| segment.time.since(due.since) > LATEST_NS + SLACK_NS;
        if stretched > self.stretched || answered.is_some_and(late) {
            return false;
        }
        self.stretched -= stretched;
        self.ack = segment.ack;
        if answered.is_some() {
            let newest = self.newest.take();
            self.due = newest.filter(|newest| newest.end.after(segment.ack));
        }
        true
    }

    /// The peer sends data up to `end`.
    fn is_sent(&mut self, end: SeqNo, since: Timestamp) {
        if !self.scaled && end.after(self.edge) {
            return;
        }
        let waiting = Some(Waiting { end, since });
        if self.due.is_none() {
            self.due = waiting;
        } else {
            self.newest = waiting;
        }
    }
}
