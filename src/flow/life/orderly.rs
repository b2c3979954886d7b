//! Which segments go on with a life: those that a textbook has.
//!
//! Whatever is not clearly so ends it, and the machine decides. Each condition names what it
//! rules out; that nothing else is observed on what passes, the tests see for themselves.

use super::{End, Fin, Kept, Life, MOST};
use crate::machine::side::Side;
use crate::segment::{
    Captured, Checksum, Direction, Flags, NS_PER_MS, NS_PER_S, Segment, Timestamp,
};
use crate::seq::SeqNo;

/// A pause that is longer may have been a clock's turn (`STAMP_BACK`, `ECHO_UNKNOWN` ask for half
/// an hour) or a gap between two captures put together.
const PAUSE_NS: i64 = 300 * NS_PER_S;

/// Data is acknowledged sooner (`LATE_ACK`).
const ACKED_WITHIN_NS: i64 = 500 * NS_PER_MS;

/// Less than a first flight may have (`INITIAL_BURST`).
const FIRST_FLIGHT: u32 = 14_600;

/// So few tiny segments are no row (`SILLY_WINDOW`).
const TINY: u8 = 9;

/// What one path carries of IP in one piece (CA006).
const LARGEST: u32 = 1500;

/// Neighbouring identifications, and readings of one clock, lie closer (see `watch/host.rs`).
const ID_STEP: u16 = 1024;
const TICKS: u32 = 1 << 20;

/// What a stamp or a number goes forward by in a step.
const STEP: u32 = 1 << 30;

impl Life {
    /// Goes on with `segment`, if that is orderly; else nothing has changed.
    pub fn keep(&mut self, segment: &Segment<'_>) -> bool {
        let side = if segment.source == self.opening.sockets.client {
            Side::Client
        } else {
            Side::Server
        };
        let is_orderly = self.is_sound(segment, side)
            && self.is_in_turn(segment, side)
            && match segment.has(Flags::RST) {
                true => self.is_abort(segment, side),
                false => self.fits_windows(segment, side),
            };
        if is_orderly {
            self.take(segment, side);
        }
        is_orderly
    }

    /// Nothing about the segment by itself, or beside its sender's habits, is odd.
    fn is_sound(&self, segment: &Segment<'_>, side: Side) -> bool {
        let own = self.ends.of(side);
        let (options, ip) = (&segment.options, &segment.ip);
        // All of it can be read, and is right.
        let whole = segment.captured == Captured::Whole
            && segment.checksum == Checksum::Good
            && !segment.data_offset_invalid
            && segment.payload.len() == segment.payload_len as usize;
        let flags = segment.flags.difference(Flags::PSH | Flags::FIN) == Flags::ACK
            || segment.flags == Flags::RST | Flags::ACK;
        let plain = flags
            && segment.urgent_pointer == 0
            && options.present == self.stamps
            && options.faults.is_empty()
            && ip.ecn == 0
            && !ip.length_zero
            && !ip.joined;
        let header = self.ip_header() + 4 * u32::from(segment.data_offset);
        let size = ip.total_len == header + segment.payload_len && ip.total_len <= LARGEST;
        // By what its packets are known, and where the capture was taken (CA006).
        let habits = ip.ttl == own.ttl
            && ip.dscp == own.dscp
            && ip.dont_fragment == own.dont_fragment
            && ip.id.is_some() == own.dont_fragment.is_some()
            && segment.direction == Direction::Unknown
            && !segment.loopback;
        whole && plain && size && habits
    }

    /// It comes next: by time, by both of its numbers, and by its stamps.
    fn is_in_turn(&self, segment: &Segment<'_>, side: Side) -> bool {
        let (own, peer) = (self.ends.of(side), self.ends.of(side.peer()));
        let pause = segment.time.since(self.last.1);
        let in_time = (0..=PAUSE_NS).contains(&pause)
            && segment.packet > self.last.0
            && u32::try_from(segment.packet - self.first.0).is_ok()
            && self.log.len() < MOST
            && !self.is_over();
        let in_order = segment.seq == own.next
            && segment.ack.at_or_after(own.acked)
            && segment.ack.at_or_before(peer.next);
        let ended = own.fin.is_some() && !segment.is_empty();
        // ACKS_ONE_SHORT begins so.
        let one_short = peer.next == segment.ack + 1 && peer.fin.is_none();
        let stamped = segment.options.timestamps().is_none_or(|(tsval, tsecr)| {
            let goes_on = |from: SeqNo, to: u32| SeqNo(to).offset_from(from) < STEP;
            goes_on(own.tsval, tsval)
                && goes_on(own.tsecr, tsecr)
                && SeqNo(tsecr).at_or_before(peer.tsval)
        });
        let waited = match peer.waiting {
            Some(since) if segment.ack != own.acked => segment.time.since(since),
            _ => 0,
        };
        in_time && in_order && !ended && !one_short && stamped && waited <= ACKED_WITHIN_NS
    }

    /// It is not too much, too little, or once more what was said before.
    fn fits_windows(&self, segment: &Segment<'_>, side: Side) -> bool {
        let (own, peer) = (self.ends.of(side), self.ends.of(side.peer()));
        let mss = own.mss.min(peer.mss);
        // A window that is neither closed nor silly, and not taken back. (Rounding by its scale
        // may take it back by less than two units.)
        let width = u32::from(segment.window) << own.shift;
        let edge = segment.ack + width;
        let back = edge.before(own.edge) && own.edge.offset_from(edge) > (1 << own.shift) - 1;
        let offers = width >= u32::from(mss) && !(back && own.scaled);
        if !offers || segment.data_end().after(peer.edge) {
            return false;
        }
        if segment.payload_len == 0 {
            // Either says something new (`duplicate_acks`, `ACK_STORM`, `DUPLICATE_FRAMES`).
            let news = segment.ack != own.acked || own.scaled && edge.after(own.edge);
            return news || segment.has(Flags::FIN);
        }
        // OVER_MSS counts options for what they take.
        let options = 4 * u32::from(segment.data_offset.saturating_sub(5));
        let over = segment.payload_len + options > u32::from(peer.mss);
        // A piece of a larger segment has the identification of the one before it.
        let piece = segment.ip.id.is_some_and(|id| id != 0 && id == own.data_id);
        let unheard = peer.acked == own.iss + 1;
        let burst = unheard && segment.data_end().offset_from(own.iss + 1) > FIRST_FLIGHT;
        let silly = is_tiny(segment, mss) && own.tiny >= TINY;
        !(over || piece || burst || silly)
    }

    /// A RST of one end before either has closed, whatever is outstanding. Like FINs, RSTs are
    /// what is forged: this one has no mark of that.
    fn is_abort(&self, segment: &Segment<'_>, side: Side) -> bool {
        let (own, peer) = (self.ends.of(side), self.ends.of(side.peer()));
        let open = segment.payload_len == 0 && own.fin.is_none() && peer.fin.is_none();
        // A client that aborts without having said anything is of interest to patterns.
        let client = &self.ends.client;
        let spoke = client.next != client.iss + 1;
        let apart = |id: u16| own.id.wrapping_sub(id).min(id.wrapping_sub(own.id));
        let counts = segment
            .ip
            .id
            .is_none_or(|id| id == 0 || own.id != 0 && apart(id) < ID_STEP);
        let clock = SeqNo(segment.options.tsval).offset_from(own.tsval) < TICKS;
        open && spoke && counts && (clock || self.stamps.is_empty())
    }

    fn take(&mut self, segment: &Segment<'_>, side: Side) {
        if self.log.len() == self.log.capacity() {
            self.log.reserve_exact(MOST - self.log.len());
        }
        self.log.push(Kept::of(segment, side, self.first.0));
        self.last = (segment.packet, segment.time);
        self.is_reset = segment.has(Flags::RST);
        if self.is_reset {
            // Neither its window nor its stamps count.
            return;
        }
        let (own, peer) = self.ends.both_mut(side);
        if segment.payload_len > 0 {
            own.half_closed |= peer.fin.is_some_and(|fin| own.acked == fin.seq + 1);
            own.sends(segment, own.mss.min(peer.mss));
        }
        if segment.has(Flags::FIN) {
            own.fin = Some(Fin {
                seq: segment.data_end(),
                packet: segment.packet,
                time: segment.time,
                ack: segment.ack,
                data: segment.payload_len > 0,
                acked: None,
            });
        }
        if segment.ack != own.acked {
            own.acked = segment.ack;
            if segment.ack == peer.next {
                peer.waiting = None;
            }
            if let Some(fin) = &mut peer.fin
                && segment.ack == fin.seq + 1
            {
                fin.acked = Some((segment.packet, segment.time));
            }
        }
        own.next = segment.end();
        if let Some(id) = segment.ip.id
            && id != 0
            && !segment.has(Flags::FIN)
        {
            own.id = id;
        }
        own.offers(segment);
        (own.tsval, own.tsecr) = (SeqNo(segment.options.tsval), SeqNo(segment.options.tsecr));
    }
}

impl End {
    fn sends(&mut self, segment: &Segment<'_>, mss: u16) {
        self.waiting.get_or_insert(segment.time);
        self.data_id = segment.ip.id.unwrap_or(0);
        self.tiny += u8::from(is_tiny(segment, mss));
    }

    fn offers(&mut self, segment: &Segment<'_>) {
        let edge = segment.ack + (u32::from(segment.window) << self.shift);
        self.edge = if self.scaled {
            self.edge.later(edge)
        } else {
            edge
        };
        (self.scaled, self.window) = (true, segment.window);
    }
}

/// More is to follow, and it is not a full segment.
fn is_tiny(segment: &Segment<'_>, mss: u16) -> bool {
    segment.payload_len < u32::from(mss) && !segment.has(Flags::PSH | Flags::FIN)
}

/// Whether so much time lies between the two as between segments of a life.
pub(super) fn follows(earlier: Timestamp, later: Timestamp) -> bool {
    (0..=PAUSE_NS).contains(&later.since(earlier))
}
