//! Where an end stands in a stretch: what tells whether its next segment goes on with it.

use super::manner::Manner;
use super::tally::Tally;
use crate::machine::connection::Connection;
use crate::machine::end::End;
use crate::machine::observe::MAY_WRAP_OCTETS;
use crate::machine::side::Side;
use crate::machine::watch::acks::{Arrival, LATEST_NS, SLACK_NS, full_segment};
use crate::machine::watch::offered::{EARLY_SEGMENTS, rounding};
use crate::machine::watch::segment_size;
use crate::machine::watch::silly_window::{smaller_mss, whole_segment};
use crate::segment::{Flags, NS_PER_S, Segment};
use crate::seq::SeqNo;

/// Numbers that belong together lie within this.
const NEAR_OCTETS: u32 = 1 << 29;

/// More than the octets of a stretch.
pub const MARGIN: u32 = 1 << 24;

/// A clock makes no larger steps, so that in a stretch it makes no jump altogether.
const LARGEST_TICK: u32 = 1 << 23;

/// Before a stretch no end was silent for longer; in it, it will not have been so for half an
/// hour, over which TSvals are not compared.
const SILENCE_NS: i64 = 600 * NS_PER_S;

/// How far a SYN moves SMAX at once, its data included.
const SYN_OCTETS: u32 = 1 << 17;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Stand {
    /// SMAX.
    pub next: SeqNo,
    /// ACKMAX.
    pub ack: SeqNo,
    /// The highest right edge that it offered; where the scale of its windows is not known, that of
    /// the latest window, unscaled.
    pub edge: SeqNo,
    /// The highest that it offered behind its SYN.
    pub furthest: SeqNo,
    /// The one that it offered last.
    pub latest_edge: SeqNo,
    /// Its highest TSval.
    pub tsval: SeqNo,
    /// The latest TSval of the peer that it echoed.
    pub echoed: SeqNo,
    /// An ACK of more covers more than two full segments.
    two_segments: u32,
    /// A larger IP packet holds more than the peer's MSS.
    largest_packet: u32,
    /// No segment of either end is larger.
    mss: u16,
    /// The longest data that it sent in one segment.
    pub largest: u16,
    /// What is the same on all its segments.
    pub manner: Manner,
    /// So many ACKs of more than two full segments may come before that is worth a note.
    stretched: u8,
    /// It has sent data before.
    talks: bool,
    /// All that the peer has sent was captured, so that it can be told what is to be acknowledged.
    hears: bool,
    /// How many of `due` and `newest` there are.
    pub waits: u8,
    /// The oldest data of the peer that it should acknowledge.
    pub due: Arrival,
    /// The latest of such data behind it.
    pub newest: Arrival,
}

impl Stand {
    /// Where `side` stands, if nothing about it has to be watched closely.
    pub fn of(connection: &Connection, side: Side) -> Option<Stand> {
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        let watches = connection.watches.of(side);
        let manner = Manner::of(connection, side)?;
        let (next, ack, peer_next) = (own.snd_next?, own.ack_max?, peer.snd_next?);
        let awake = connection.last.1.since(own.last?.time) < SILENCE_NS;
        if !(awake && is_open(own, next) && is_ordered(own, next, ack, connection.mid_stream)) {
            return None;
        }
        let (edge, furthest, latest_edge) = match manner.shift {
            Some(_) => (
                own.window_edge?,
                watches.window.offered.furthest_edge()?,
                watches.window.silly.edge()?,
            ),
            None if own.window_edge.is_some() => return None,
            None => (ack + u32::from(own.last_window), ack, ack),
        };
        let (tsval, echoed) = if manner.stamped {
            let tsval = SeqNo(own.tsval_max?);
            (tsval, watches.stamps.calm(tsval, SeqNo(peer.tsval_max?))?)
        } else {
            (SeqNo(0), SeqNo(0))
        };
        let in_window = manner.shift.is_none() || edge.offset_from(peer_next) < NEAR_OCTETS;
        let silent = own.iss().is_some_and(|iss| next == iss + 1);
        let calm = in_window
            && peer_next.offset_from(ack) < NEAR_OCTETS
            && edge.apart(furthest) < NEAR_OCTETS
            && own.window_shift(peer) == manner.shift
            && watches.is_calm(manner.present)
            && (watches.burst.is_over() || silent)
            && (watches.receipt).is_settled(own.iss(), peer.ack_max?, manner.stamped);
        if !calm {
            return None;
        }
        let full = own.syn.as_ref().map_or(u32::MAX, full_segment);
        let (waits, due, newest) = watches.acks.waiting();
        Some(Stand {
            next,
            ack,
            edge,
            furthest,
            latest_edge,
            tsval,
            echoed,
            two_segments: full.saturating_mul(2),
            largest_packet: (watches.window.size).largest_packet(!manner.is_numbered()),
            mss: smaller_mss(own, peer),
            largest: u16::try_from(watches.window.silly.largest()).ok()?,
            manner,
            stretched: u8::try_from(watches.acks.may_stretch()?).unwrap_or(u8::MAX),
            talks: own.stream.is_some() && watches.burst.is_over(),
            hears: (peer.stream.as_ref()).is_some_and(|stream| stream.missing().is_empty()),
            waits,
            due,
            newest,
        })
    }

    /// Takes in the next segment of this end, if it goes on with the stretch: then the machine
    /// would note nothing about it. It is counted in `tally` as number `at`. Where it does not go
    /// on, nothing has changed.
    #[inline(always)]
    pub fn goes_on(
        &mut self,
        tally: &mut Tally,
        peer: &mut Stand,
        segment: &Segment<'_>,
        lengths: (u16, u16),
        at: u8,
    ) -> bool {
        let (payload_len, _) = lengths;
        let ack = segment.ack;
        let advances = ack.offset_from(self.ack);
        let end = segment.seq + u32::from(payload_len);
        let width = u32::from(segment.window) << self.manner.shift.unwrap_or(0);
        let edge = ack + width;
        let tsval = SeqNo(segment.options.tsval);
        let tsecr = SeqNo(segment.options.tsecr);
        // All of it new and in the window, acknowledging what was sent.
        let in_turn = segment.seq == self.next
            && advances <= peer.next.offset_from(self.ack)
            && peer.next != ack + 1
            && segment.window > 0
            && !(end.after(peer.edge) && peer.manner.shift.is_some());
        // By a clock that goes on, echoing what the peer has shown.
        let timed =
            tsval.offset_from(self.tsval) < LARGEST_TICK && tsecr.within(self.echoed, peer.tsval);
        if !(in_turn && timed && self.manner.fits(segment)) {
            return false;
        }
        if payload_len > 0 {
            if !self.may_send(segment, payload_len) {
                return false;
            }
        } else if advances == 0 {
            return false;
        }
        let back = self.furthest.distance_from(edge);
        if let Some(shift) = self.manner.shift
            && (back > 0 && back.unsigned_abs() > rounding(shift)
                || payload_len == 0 && width < u32::from(self.mss))
        {
            return false;
        }
        let stretched = advances > self.two_segments;
        let answers = advances > 0 && self.waits > 0 && self.due.end.at_or_before(ack);
        let late = answers && segment.time.since(self.due.time) > LATEST_NS + SLACK_NS;
        if late || stretched && self.stretched <= tally.stretched || !tally.keeps_kind(segment) {
            return false;
        }

        tally.count(segment, lengths, at);
        if advances > 0 {
            self.ack = ack;
            tally.acknowledges(at, stretched, answers);
        }
        if answers {
            let newest = self.waits > 1 && self.newest.end.after(ack);
            self.due = self.newest;
            self.waits = u8::from(newest);
        }
        if payload_len > 0 {
            self.next = end;
            self.largest = self.largest.max(payload_len);
            tally.over += u8::from(segment.ip.total_len > self.largest_packet);
            peer.is_sent(Arrival {
                end,
                packet: segment.packet,
                time: segment.time,
            });
        } else {
            tally.opens |= edge.after(self.latest_edge);
        }
        if self.manner.shift.is_some() {
            self.edge = self.edge.later(edge);
            tally.widest = tally.widest.max(width);
        } else {
            self.edge = edge;
        }
        if back < 0 {
            self.furthest = edge;
            tally.furthest = at;
        }
        self.latest_edge = edge;
        if tsval != self.tsval {
            self.tsval = tsval;
            tally.ticked = at;
        }
        self.echoed = tsecr;
        true
    }

    /// Data of a usual size: neither tiny, nor too large for the peer.
    #[inline(always)]
    fn may_send(&self, segment: &Segment<'_>, payload_len: u16) -> bool {
        let half = whole_segment(u32::from(self.largest)) / 2;
        self.talks
            && (segment.has(Flags::PSH) || u32::from(payload_len) > half)
            && (segment.ip.total_len <= self.largest_packet
                || !segment_size::is_on_the_wire(segment))
    }

    /// The peer sends data.
    #[inline]
    fn is_sent(&mut self, data: Arrival) {
        if !self.hears || self.manner.shift.is_none() && data.end.after(self.edge) {
            return;
        }
        if self.waits == 0 {
            self.due = data;
            self.waits = 1;
        } else {
            self.newest = data;
            self.waits = 2;
        }
    }
}

/// The end is synchronized and has not closed, and nothing of it is in question, or to be
/// answered; its next number is `next`.
fn is_open(own: &End, next: SeqNo) -> bool {
    own.sent_after_syn
        && own.fin.is_none()
        && own.distant_fin.is_none()
        && !own.sent_rst
        && own.rst.is_none()
        && own.early_ack.is_none()
        && own.damaged.is_empty()
        && own.provoked.is_none()
        && own.last_window > 0
        && own.counts.segments >= EARLY_SEGMENTS
        && (own.stream.as_ref()).is_none_or(|stream| stream.stands_at(next))
}

/// The numbers of the end can be compared with its first ones for as long as a stretch may last,
/// or will not be.
fn is_ordered(own: &End, next: SeqNo, ack: SeqNo, mid_stream: bool) -> bool {
    let from_iss = match &own.syn {
        Some(syn) => {
            let drift = next.offset_from(syn.iss).wrapping_sub(own.advanced as u32);
            own.syn_acked && syn.payload_len == 0 && drift < SYN_OCTETS
        }
        None => mid_stream,
    };
    let far = own.ack_advanced >= MAY_WRAP_OCTETS;
    let most = own.ack_advanced.saturating_add(SYN_OCTETS.into());
    from_iss && (own.ack_min).is_some_and(|min| far || u64::from(ack.offset_from(min)) <= most)
}
