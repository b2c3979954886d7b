//! One connection (one incarnation of a pair of sockets), fed with its segments.

use super::copies::Prints;
use super::end::End;
use super::header;
use super::icmp::IcmpNotes;
use super::knowledge::Facts;
use super::noted::{Before, Brief, Noted};
use super::side::{Pair, Side};
use super::sketch::{Before as Blank, Marks, Sketch, Stroke};
use super::state::{State, StateSet};
use super::timeline::Timeline;
use super::watch::{Step, Watches, is_orderly};
use super::{nominal, observe, update};
use crate::limits;
use crate::observation::Observations;
use crate::segment::{Checksum, Segment, Socket, Timestamp};

/// How it is known who is the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RolesFrom {
    /// It sent a SYN.
    Syn,
    /// It was sent a SYN-ACK.
    SynAck,
    /// It has the higher port.
    Port,
    /// It sent first.
    FirstSender,
}

/// Observations that many segments of a lossy connection share: they may not
/// crowd out those that matter.
const IN_PASSING: Observations = Observations::ACK_BACK
    .union(Observations::PROVOKES_ACK)
    .union(Observations::AFTER_PROVOCATION)
    .union(Observations::EMPTY_AFTER_OWN_FIN)
    .union(Observations::AFTER_PEER_RST)
    .union(Observations::AFTER_OWN_RST)
    .union(Observations::ACK_SHORT_OF_FIN)
    .union(Observations::OPENING)
    .union(Observations::RETRANSMISSION)
    .union(Observations::SYN_DATA_AGAIN)
    .union(Observations::BAD_CHECKSUM);

/// Noted segments of an orderly life, from the first SYN to the last ACK.
const ORDINARY_NOTED: usize = 12;

/// A connection as far as it was captured.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The sockets.
    pub sockets: Pair<Socket>,
    /// How it is known which is the client's.
    pub roles_from: RolesFrom,
    /// The tunnel around it; 0 for none.
    pub tunnel: u64,
    /// Both sockets are one: directions cannot be told apart.
    pub self_connect: bool,
    /// It began with something else than a SYN or SYN-ACK.
    pub mid_stream: bool,
    /// What each end did.
    pub ends: Pair<End>,
    /// What is remembered of each end over many segments.
    pub watches: Pair<Watches>,
    /// First captured segment: number and time.
    pub first: (u64, Timestamp),
    /// Latest captured segment: number and time.
    pub last: (u64, Timestamp),
    /// Everything that was observed on any segment.
    pub seen: Observations,
    /// What ICMP errors said of it.
    pub icmp: IcmpNotes,
    /// The nominal timeline.
    pub timeline: Timeline,
    /// Time between SYN and SYN-ACK at the monitor (to the server and back),
    /// and between SYN-ACK and ACK (to the client and back), if neither was
    /// sent twice; in nanoseconds.
    pub handshake_ns: Pair<Option<i64>>,
    /// A picture of it, if somebody wants to see one.
    pub sketch: Option<Box<Sketch>>,
    noted: Vec<Noted>,
    noted_dropped: u32,
    /// Damaged segments with data that found no room.
    damaged_dropped: u32,
    prints: Pair<Prints>,
    /// All watches look at every segment.
    #[cfg(test)]
    pub(crate) closely: bool,
}

impl Connection {
    /// A connection that begins with `segment`, which is still to be given to
    /// [`Connection::step`].
    #[must_use]
    pub fn beginning_with(segment: &Segment<'_>) -> Connection {
        let (roles_from, source_is_client) = observe::roles(segment);
        let (client, server) = if source_is_client {
            (segment.source, segment.destination)
        } else {
            (segment.destination, segment.source)
        };
        Connection {
            sockets: Pair { client, server },
            roles_from,
            tunnel: segment.tunnel,
            self_connect: client == server,
            mid_stream: matches!(roles_from, RolesFrom::Port | RolesFrom::FirstSender),
            ends: Pair::default(),
            watches: Pair::default(),
            first: (segment.packet, segment.time),
            last: (segment.packet, segment.time),
            seen: Observations::empty(),
            icmp: IcmpNotes::default(),
            timeline: Timeline::default(),
            handshake_ns: Pair::default(),
            sketch: None,
            noted: Vec::new(),
            noted_dropped: 0,
            damaged_dropped: 0,
            prints: Pair::default(),
            #[cfg(test)]
            closely: false,
        }
    }

    /// Octets of memory that it takes beside its own size, as far as they can be many.
    #[must_use]
    pub fn octets(&self) -> usize {
        let of = |side| self.ends.of(side).octets() + self.watches.of(side).octets();
        self.noted.capacity() * size_of::<Noted>()
            + self.timeline.octets()
            + self.icmp.octets()
            + of(Side::Client)
            + of(Side::Server)
    }

    /// Which end sent `segment`.
    #[must_use]
    pub fn sender(&self, segment: &Segment<'_>) -> Side {
        if segment.source == self.sockets.client {
            Side::Client
        } else {
            Side::Server
        }
    }

    /// Takes in the next captured segment of the connection.
    pub fn step(&mut self, segment: &Segment<'_>) {
        let side = self.sender(segment);
        self.last = (segment.packet, segment.time);
        update::traces(&mut self.ends.of_mut(side).traces, segment);
        if self.prints.of_mut(side).is_copy(segment) {
            self.ends.of_mut(side).traces.duplicates += 1;
            return;
        }
        self.ends.of_mut(side).counts.segments += 1;
        let mut saw = header::observe(segment);
        if header::is_inert(segment) || self.self_connect {
            self.note(segment, side, saw, None);
            self.draw_aside(segment, side, Marks::VOID);
            return;
        }
        if self.is_corrupt(side, segment) {
            let kept = update::damaged(self.ends.of_mut(side), segment);
            self.damaged_dropped = self.damaged_dropped.saturating_add(u32::from(!kept));
            self.note(segment, side, saw | Observations::BAD_CHECKSUM, None);
            self.draw_aside(segment, side, Marks::DAMAGED);
            return;
        }
        let blank = (self.sketch.is_some()).then(|| Blank::of(self, side, segment));
        update::choose_syns(self, side, segment);
        let accepted = self.accept_damaged(side.peer(), segment);
        let mut notes = observe::relative(self, side, segment);
        if accepted.is_some() {
            saw |= Observations::ACKS_DAMAGED;
            notes.about = accepted;
        }
        notes.saw |= saw;
        self.watch(side, segment, &mut notes);
        saw = notes.saw;
        self.note(segment, side, saw, notes.about);
        let added = update::ends(self, side, segment, saw);
        nominal::advance(self, side, segment, saw);
        self.count(side, segment, saw, added);
        if let Some(blank) = blank {
            let mut stroke = blank.stroke(self, side, segment);
            let passing = IN_PASSING.union(Observations::SENT_AGAIN);
            stroke.marks.set(Marks::NOTED, !(saw - passing).is_empty());
            self.draw(stroke);
        }
        if self.timeline.is_unsettled() {
            let (ends, watches, mid_stream) = (&self.ends, &self.watches, self.mid_stream);
            self.timeline
                .settle(|of| states(ends, watches, of, mid_stream));
        }
    }

    /// Draws a segment that changed nothing.
    fn draw_aside(&mut self, segment: &Segment<'_>, side: Side, mark: Marks) {
        if self.sketch.is_some() {
            let shift = self.ends.of(side).window_shift(self.ends.of(side.peer()));
            self.draw(Stroke::of(segment, side, shift, mark));
        }
    }

    fn draw(&mut self, stroke: Stroke) {
        if let Some(sketch) = &mut self.sketch {
            sketch.add(stroke);
        }
    }

    /// Shows the segment to the watches of both ends.
    fn watch(&mut self, side: Side, segment: &Segment<'_>, notes: &mut observe::Relative) {
        let mut step = Step::new(
            segment,
            side,
            &self.ends,
            notes.saw,
            self.mid_stream,
            self.rtt_ns(),
        );
        step.orderly = is_orderly(&step);
        #[cfg(test)]
        {
            step.orderly &= !self.closely;
        }
        let (own, peer) = self.watches.both_mut(side);
        own.sent(&step, notes);
        peer.passed(&step);
    }

    /// The fingerprints of what `side` sent lately.
    pub(super) const fn prints_of(&mut self, side: Side) -> &mut Prints {
        self.prints.of_mut(side)
    }

    /// Everything that was noted, in the order of capture.
    #[must_use]
    pub fn noted(&self) -> &[Noted] {
        &self.noted
    }

    /// Noted segments that were dropped for the limit.
    #[must_use]
    pub const fn noted_dropped(&self) -> u64 {
        self.noted_dropped as u64
    }

    /// Damaged segments with data that are as if never sent, for want of room.
    #[must_use]
    pub const fn damaged_dropped(&self) -> u64 {
        self.damaged_dropped as u64
    }

    /// Every state that the captured segments allow for `side` now.
    #[must_use]
    pub fn possible_states(&self, side: Side) -> StateSet {
        let mut possible = states(&self.ends, &self.watches, side, self.mid_stream);
        if self.timeline.may_have_timed_out(side) && possible.contains(State::TimeWait) {
            // How long an end really waits, nothing shows.
            possible.insert(State::Closed);
        }
        if self.icmp.may_end(side) {
            possible.insert(State::Closed);
        }
        possible
    }

    /// The end whose octets are outstanding where the connection just stops:
    /// sent once, not acknowledged, nothing behind them, and nobody has closed.
    #[must_use]
    pub fn breaks_off(&self) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| {
            let (own, peer) = (self.ends.of(*side), self.ends.of(side.peer()));
            let closed = |end: &End| end.fin.is_some() || end.rst.is_some();
            let (Some(next), Some(acked)) = (own.snd_next, peer.ack_max) else {
                return false;
            };
            let again = own.resent_to.is_some_and(|to| to.after(acked));
            let last = own.last.is_some_and(|last| last.packet == self.last.0);
            own.sent_after_syn
                && next.after(acked)
                && last
                && !again
                && !closed(own)
                && !closed(peer)
        })
    }

    /// The end whose FIN, the second of the two, is the last that was captured: sent once and
    /// not acknowledged, nothing behind it.
    #[must_use]
    pub fn stops_at_last_fin(&self) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| {
            let (own, peer) = (self.ends.of(*side), self.ends.of(side.peer()));
            let once = own.fin.is_some_and(|fin| {
                fin.copies == 1 && fin.acked_by.is_none() && fin.packet == self.last.0
            });
            once && peer.fin.is_some() && own.rst.is_none() && peer.rst.is_none()
        })
    }

    /// Round-trip time of the path in nanoseconds, from the handshake.
    #[must_use]
    pub fn rtt_ns(&self) -> Option<i64> {
        Some(
            self.handshake_ns
                .client?
                .saturating_add(self.handshake_ns.server?),
        )
    }

    /// Octets of both ends that were acknowledged and not captured.
    #[must_use]
    pub fn missing_octets(&self) -> u64 {
        self.ends.client.missing_octets() + self.ends.server.missing_octets()
    }

    /// Notes a segment that the tracker of incarnations keeps out of the
    /// connection (a SYN that opened nothing).
    pub fn note_aside(&mut self, segment: &Segment<'_>) {
        let side = self.sender(segment);
        self.last = (segment.packet, segment.time);
        update::traces(&mut self.ends.of_mut(side).traces, segment);
        self.ends.of_mut(side).counts.segments += 1;
        let mut saw = header::observe(segment);
        let synchronized = self.ends.client.sent_after_syn && self.ends.server.sent_after_syn;
        let (own, peer) = (self.ends.of(side), self.ends.of(side.peer()));
        // Each has acknowledged the other's SYN: the receiver may be
        // synchronized, and if it is, it answers as to any such SYN.
        let may_be = own.sent_after_syn && own.syn_acked && peer.syn_acked;
        if synchronized || may_be {
            saw |= Observations::PROVOKES_ACK;
            self.ends.of_mut(side).provoked = Some(segment.packet);
        }
        if synchronized {
            saw |= Observations::SYN_WHEN_SYNCHRONIZED;
        } else {
            saw |= Observations::ISN_CHANGED;
        }
        let step = Step::new(
            segment,
            side,
            &self.ends,
            saw,
            self.mid_stream,
            self.rtt_ns(),
        );
        let mut notes = observe::Relative { saw, about: None };
        let (own, peer) = self.watches.both_mut(side);
        own.aside(&step, &mut notes);
        if !synchronized {
            // The other end may have gone by this one.
            peer.passed_aside(&step);
        }
        self.note(segment, side, notes.saw, None);
        self.draw_aside(segment, side, Marks::ASIDE);
    }

    /// A checksum is wrong. On the sending host it is often not filled in
    /// yet; once an end has sent a right one, a wrong one means damage.
    fn is_corrupt(&mut self, side: Side, segment: &Segment<'_>) -> bool {
        let traces = &mut self.ends.of_mut(side).traces;
        match segment.checksum {
            Checksum::Bad if traces.good_checksums > 0 || self.mid_stream_corrupt(segment) => true,
            Checksum::Bad => {
                let traces = &mut self.ends.of_mut(side).traces;
                traces.bad_checksums_accepted += 1;
                false
            }
            _ => false,
        }
    }

    /// Octets of `side` that were captured damaged only, and that `segment`
    /// acknowledges: the first packet with them.
    fn accept_damaged(&mut self, side: Side, segment: &Segment<'_>) -> Option<u64> {
        let end = self.ends.of_mut(side);
        if end.damaged.is_empty() {
            return None;
        }
        update::accept_damaged(end, segment)
    }

    /// A first segment with a wrong checksum that was received, not sent, by
    /// the capturing host was damaged on the way.
    fn mid_stream_corrupt(&self, segment: &Segment<'_>) -> bool {
        segment.direction == crate::segment::Direction::Inbound
    }

    fn before(&self, side: Side) -> Before {
        let (own, peer) = (self.ends.of(side), self.ends.of(side.peer()));
        Before {
            own_next: own.snd_next,
            own_ack: own.ack_max,
            own_edge: own.window_edge,
            peer_next: peer.snd_next,
            peer_ack: peer.ack_max,
            peer_edge: peer.window_edge,
            own_last: own.last,
            peer_last: peer.last,
            own_tsval: own.tsval_max,
        }
    }

    fn note(&mut self, segment: &Segment<'_>, side: Side, saw: Observations, about: Option<u64>) {
        self.seen |= saw;
        if (saw - Observations::RETRANSMISSION).is_empty() {
            return;
        }
        let in_passing = IN_PASSING.contains(saw);
        let limit = if in_passing {
            limits::EVENTS_IN_PASSING
        } else {
            limits::EVENTS
        };
        if self.noted.len() >= limit {
            self.noted_dropped = self.noted_dropped.saturating_add(1);
            return;
        }
        let mut noted = Noted::of(segment, side, saw, self.before(side));
        noted.about = about;
        if self.noted.capacity() == 0 {
            self.noted.reserve_exact(ORDINARY_NOTED);
        }
        self.noted.push(noted);
    }

    fn count(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        saw: Observations,
        added: update::AddedOctets,
    ) {
        let own = self.ends.of_mut(side);
        let counts = &mut own.counts;
        counts.bytes += u64::from(added.new_octets);
        counts.retransmissions += u64::from(
            added.repeated
                || saw.intersects(Observations::SYN_REPEATED | Observations::FIN_REPEATED),
        );
        counts.out_of_order += u64::from(added.out_of_order);
        if segment.window == 0
            && !saw.contains(Observations::RST)
            && segment.captured > crate::segment::Captured::PartOfHeader
        {
            counts.zero_windows += 1;
        }
        if let Some(last) = own.last
            && segment.is_empty()
            && last.is_empty()
            && last.ack == segment.ack
            && own.last_window == segment.window
            && !saw.contains(Observations::RST)
        {
            counts.duplicate_acks += 1;
        }
        own.last_window = segment.window;
        own.last = Some(Brief::of(segment));
    }
}

fn states(ends: &Pair<End>, watches: &Pair<Watches>, side: Side, mid_stream: bool) -> StateSet {
    let (own, peer) = (ends.of(side), ends.of(side.peer()));
    // Of a segment that the capture has lost nobody can say what came with it.
    let lossless = Side::BOTH.into_iter().all(|side| {
        let end = ends.of(side);
        end.missing_octets() == 0 && end.early_ack.is_none()
    });
    let knows = watches.of(side).receipt.snd_una_proven(lossless);
    Facts::of(own, peer, knows, mid_stream).states()
}

#[cfg(test)]
mod tests;
