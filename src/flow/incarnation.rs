//! Incarnations: the connections that use one pair of sockets one after the other.
//!
//! A SYN with a new number on known sockets is only a *candidate*. It opens a
//! new incarnation when the other end answers it (SYN-ACK, SYN or RST with
//! fitting numbers), when its sender goes on behind it, or when the old
//! connection was over and nothing of it follows. Else it stays an event of
//! the old one: an old duplicate, or a SYN that draws a challenge ACK
//! (RFC 9293, 3.5 and 3.10.7.4; RFC 5961, 4).
//!
//! Where the SYN was not captured, numbers that cannot be the old
//! connection's begin a new one: at once if the old one was closed, else when
//! the other end answers them. A forger's segment draws no such answer.

use super::key::FlowKey;
use crate::icmp::IcmpError;
use crate::limits;
use crate::machine::connection::Connection;
use crate::machine::end::End;
use crate::machine::header;
use crate::machine::knowledge;
use crate::machine::observe;
use crate::machine::side::{Pair, Side};
use crate::machine::sketch::Sketch;
use crate::machine::state::State;
use crate::machine::stretch::Stretch;
use crate::machine::surroundings::{Previous, PreviousEnd};
use crate::segment::{Flags, NS_PER_S, Segment, Timestamp};
use crate::seq::SeqNo;

/// SYNs of one unfinished opening whose numbers differ are told apart from
/// two openings by the time between them: stacks wait at least so long
/// before they use a port anew without an answer (and repeat a SYN sooner).
const ONE_OPENING_NS: i64 = 3 * NS_PER_S;

/// Numbers within this of the last known ones belong to the same incarnation.
const NEAR_OCTETS: u32 = 1 << 16;

/// Numbers further than this from the last known ones are another connection's.
const FAR_OCTETS: u32 = 1 << 18;

/// Beyond a FIN by more than this is no slip of its sender.
const SLIP_OCTETS: i32 = 1024;

/// A connection takes in so many segments one by one before it is tried whether they go on in a
/// stretch: what is odd seldom comes alone.
const BETWEEN_STRETCHES: u8 = 4;

/// The same at the beginning, for a short connection would gain nothing.
const BEFORE_STRETCHES: u8 = 12;

/// A connection that is over, or was cut off by the next one.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The connection.
    pub connection: Box<Connection>,
    /// The incarnation before it.
    pub previous: Option<Box<Previous>>,
    /// The SYN that began the next one.
    pub followed_by: Option<(u64, Timestamp)>,
}

/// What happens on one pair of sockets. It moves about, so all that is large, and what few
/// have, stands in boxes.
#[derive(Clone, Debug)]
pub struct Track {
    /// Orderly segments that the connection was not told of yet.
    stretch: Option<Box<Stretch>>,
    /// After so many segments more it may be tried to begin a stretch; none goes on before that.
    rest: u8,
    connection: Box<Connection>,
    previous: Option<Box<Previous>>,
    candidate: Option<Box<Candidate>>,
    /// Segments of one end with numbers of another connection, until the
    /// other end answers them.
    strays: Vec<Segment<'static>>,
    /// The latest SYN-ACK among them, also when they count as events of this
    /// connection already: whose sender goes on behind it, that has been answered.
    syn_ack: Option<Box<Segment<'static>>>,
}

#[derive(Clone, Debug)]
struct Candidate {
    syn: Segment<'static>,
    /// Its latest copy, if it was sent again.
    again: Option<Segment<'static>>,
    /// Something of the old connection followed: it was noted there.
    noted: bool,
    /// An ICMP error answered it.
    answer: Option<IcmpError>,
}

impl Track {
    /// Begins with `segment`.
    #[must_use]
    pub fn beginning_with(segment: &Segment<'_>) -> Track {
        Track::drawn(segment, None)
    }

    /// The same; all connections on it are drawn where there is a `sketch` to begin with.
    #[must_use]
    pub fn drawn(segment: &Segment<'_>, sketch: Option<Sketch>) -> Track {
        let mut connection = Box::new(Connection::beginning_with(segment));
        connection.sketch = sketch.map(Box::new);
        connection.step(segment);
        Track {
            stretch: None,
            rest: BEFORE_STRETCHES,
            connection,
            previous: None,
            candidate: None,
            strays: Vec::new(),
            syn_ack: None,
        }
    }

    /// The key of its segments.
    #[must_use]
    pub fn key(&self) -> FlowKey {
        let Pair { client, server } = self.connection.sockets;
        FlowKey::between(client, server, self.connection.tunnel)
    }

    /// The current incarnation, which has to be up to date (see [`Track::catch_up`]).
    #[must_use]
    pub fn connection(&self) -> &Connection {
        debug_assert!(!self.is_behind(), "the connection is behind its stretch");
        &self.connection
    }

    /// Octets of memory that the picture of the current incarnation takes, which are counted apart.
    #[must_use]
    pub fn drawn_octets(&self) -> usize {
        self.connection
            .sketch
            .as_ref()
            .map_or(0, |sketch| sketch.octets())
    }

    /// Gives up most of the picture, and of those of later incarnations; false if that was done.
    pub fn draw_less(&mut self) -> bool {
        let sketch = self.connection.sketch.as_mut();
        sketch.is_some_and(|sketch| sketch.reduce())
    }

    /// Octets of memory that it takes, about.
    #[must_use]
    pub fn octets(&self) -> usize {
        let boxed = |present: bool, size: usize| if present { size } else { 0 };
        size_of::<Track>()
            + size_of::<Connection>()
            + self.connection.octets()
            + boxed(self.stretch.is_some(), size_of::<Stretch>())
            + boxed(self.previous.is_some(), size_of::<Previous>())
            + boxed(self.candidate.is_some(), size_of::<Candidate>())
            + boxed(self.syn_ack.is_some(), size_of::<Segment<'_>>())
            + self.strays.capacity() * size_of::<Segment<'_>>()
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

    /// Takes in the next segment if it goes on with a stretch of orderly ones.
    #[inline]
    pub fn goes_on(&mut self, segment: &Segment<'_>) -> bool {
        if self.rest > 0 {
            return false;
        }
        let Some(stretch) = &mut self.stretch else {
            return false;
        };
        if stretch.is_full() {
            stretch.catch_up(&mut self.connection);
            if !stretch.begin_anew(&self.connection) {
                self.rest = BETWEEN_STRETCHES;
                return false;
            }
        }
        stretch.take(segment)
    }

    /// Tells the connection of all that was taken in, with which the stretch is over.
    pub fn catch_up(&mut self) {
        if let Some(stretch) = self.stretch.as_deref_mut().filter(|s| s.is_behind()) {
            stretch.catch_up(&mut self.connection);
            self.rest = BETWEEN_STRETCHES;
        }
    }

    /// Takes in the next segment, with which no stretch goes on; returns the incarnation that it
    /// ends, if any.
    pub fn take(&mut self, segment: &Segment<'_>) -> Option<Ended> {
        if self.rest == 0 {
            self.catch_up();
            self.rest = BETWEEN_STRETCHES;
        }
        let ended = self.step(segment);
        self.rest -= 1;
        if self.rest == 0 && !self.begins_stretch() {
            self.rest = BETWEEN_STRETCHES;
        }
        ended
    }

    /// Nothing is open between this incarnation and another one, and the machine finds nothing odd.
    fn begins_stretch(&mut self) -> bool {
        let alone = self.previous.is_none()
            && self.candidate.is_none()
            && self.strays.is_empty()
            && self.syn_ack.is_none();
        if !alone {
            return false;
        }
        match &mut self.stretch {
            Some(stretch) => stretch.begin_anew(&self.connection),
            None => {
                self.stretch = Stretch::begin(&self.connection);
                self.stretch.is_some()
            }
        }
    }

    fn is_behind(&self) -> bool {
        self.stretch
            .as_ref()
            .is_some_and(|stretch| stretch.is_behind())
    }

    fn step(&mut self, segment: &Segment<'_>) -> Option<Ended> {
        if header::is_inert(segment) || self.connection.self_connect {
            self.connection.step(segment);
            return None;
        }
        if self.belongs_to_previous(segment) {
            return None;
        }
        let syn = segment.flags.contains(Flags::SYN) && !segment.has(Flags::RST);
        if syn && !segment.flags.contains(Flags::ACK) {
            self.settle_strays();
            return self.take_syn(segment);
        }
        if let Some(candidate) = &self.candidate
            && opens(&candidate.syn, segment, &self.connection)
        {
            let first = candidate.clone();
            self.settle_strays();
            return Some(self.renew(&first, segment));
        }
        let is_foreign = self.is_foreign(segment, syn);
        if self.answers_stray(segment, is_foreign) {
            return Some(self.renew_from_strays(segment));
        }
        if let Some(syn_ack) = self
            .syn_ack
            .as_deref()
            .filter(|first| goes_on_behind(first, segment))
        {
            let syn_ack = *syn_ack;
            return Some(self.renew_from_syn_ack(&syn_ack, segment));
        }
        if is_foreign {
            if self.is_closed_for(segment) {
                self.settle_strays();
                return Some(self.begin_anew(segment));
            }
            if self
                .strays
                .first()
                .is_some_and(|s| s.source != segment.source)
            {
                self.settle_strays();
            }
            if syn {
                self.syn_ack = Some(Box::new(segment.without_payload()));
            }
            if self.strays.len() < limits::STRAYS {
                self.strays.push(segment.without_payload());
                return None;
            }
        }
        self.settle_strays();
        self.note_candidate();
        self.connection.step(segment);
        None
    }

    /// Takes in an ICMP error about one of its segments.
    pub fn hear(&mut self, error: &IcmpError) {
        self.catch_up();
        match &mut self.candidate {
            Some(candidate)
                if candidate.syn.source == error.source && candidate.syn.seq == error.seq =>
            {
                candidate.answer.get_or_insert(*error);
            }
            _ => self.connection.hear(error),
        }
    }

    /// The end of the capture (or of the table's patience).
    #[must_use]
    pub fn end(mut self) -> (Ended, Option<Ended>) {
        self.catch_up();
        self.settle_strays();
        match self.candidate.take() {
            Some(candidate) if !candidate.noted && is_over(&self.connection) => {
                let followed_by = Some((candidate.syn.packet, candidate.syn.time));
                let mut next = next_to(&self.connection, &candidate.syn);
                next.step(&candidate.syn);
                if let Some(again) = &candidate.again {
                    next.step(again);
                }
                if let Some(answer) = &candidate.answer {
                    next.hear(answer);
                }
                let previous = Some(Box::new(remember(&self.connection, &next)));
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
                    candidate
                        .answer
                        .iter()
                        .for_each(|e| self.connection.hear(e));
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
        self.forget_stale_candidate(segment);
        // A candidate is no SYN of the old opening, also where it was noted there.
        if let Some(candidate) = &mut self.candidate
            && candidate.syn.source == segment.source
            && candidate.syn.seq == segment.seq
        {
            candidate.again = Some(segment.without_payload());
            return None;
        }
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
        let rejected = connection.icmp.rejects(side);
        let refused = peer.rst.is_some() || own.rst.is_some() || rejected;
        let crossing = own.syn.is_none() && peer.sent_bare_syn && !refused;
        // The answer was stored before the SYN (several interfaces or queues).
        let stored_late = own.syn.is_none()
            && peer
                .syn
                .and_then(|syn| syn.ack)
                .is_some_and(|ack| ack.within(segment.seq + 1, segment.seq + segment.len()));
        let recent = own
            .syn
            .is_some_and(|syn| segment.time.apart(syn.last_time) < ONE_OPENING_NS);
        // The other half of an answer in two segments: its ACK came before.
        // (A SYN-ACK of the peer would answer a SYN that was not captured.)
        let second_half = own.syn.is_none()
            && peer.syn.is_some_and(|syn| syn.ack.is_none())
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
        self.candidate.get_or_insert_with(|| {
            Box::new(Candidate {
                syn: segment.without_payload(),
                again: None,
                noted: false,
                answer: None,
            })
        });
        None
    }

    /// A candidate to which the old connection has gone on, and that came long
    /// before `segment` or repeats the SYN of the old connection, does not cross it.
    fn forget_stale_candidate(&mut self, segment: &Segment<'_>) {
        let ends = &self.connection.ends;
        let is_stale = |candidate: &Candidate| {
            let side = self.connection.sender(&candidate.syn);
            let known = ends.of(side).iss();
            let apart = segment.time.apart(candidate.syn.time);
            let crosses = side != self.connection.sender(segment);
            crosses
                && candidate.noted
                && (known == Some(candidate.syn.seq) || apart >= ONE_OPENING_NS)
        };
        if self.candidate.as_deref().is_some_and(is_stale) {
            self.candidate = None;
        }
    }

    /// The candidate stays an event of the old connection, for now.
    fn note_candidate(&mut self) {
        if let Some(candidate) = &mut self.candidate
            && !candidate.noted
        {
            candidate.noted = true;
            let (syn, answer) = (candidate.syn, candidate.answer);
            self.connection.note_aside(&syn);
            answer.iter().for_each(|error| self.connection.hear(error));
        }
    }

    /// The candidate `first` opens a new incarnation, as `segment` shows.
    fn renew(&mut self, first: &Candidate, segment: &Segment<'_>) -> Ended {
        let ended = self.begin_anew(&first.syn);
        if let Some(again) = &first.again {
            self.connection.step(again);
        }
        if let Some(answer) = &first.answer {
            self.connection.hear(answer);
        }
        self.connection.step(segment);
        ended
    }

    /// The strays begin a new incarnation whose SYN was not captured, as
    /// their answer `segment` shows.
    fn renew_from_strays(&mut self, segment: &Segment<'_>) -> Ended {
        let strays = std::mem::take(&mut self.strays);
        let mut all = strays.iter().chain([segment]);
        let ended = self.begin_anew(all.next().unwrap_or(segment));
        for next in all {
            self.connection.step(next);
        }
        ended
    }

    /// The SYN-ACK `first` opened a new incarnation: its sender goes on behind
    /// it with `segment`, and what the other end sends was not captured.
    fn renew_from_syn_ack(&mut self, first: &Segment<'_>, segment: &Segment<'_>) -> Ended {
        if self
            .strays
            .first()
            .is_some_and(|s| s.packet == first.packet)
        {
            return self.renew_from_strays(segment);
        }
        self.settle_strays();
        let ended = self.begin_anew(first);
        self.connection.step(segment);
        ended
    }

    /// Nothing has answered the strays: they are events of the connection.
    fn settle_strays(&mut self) {
        for stray in std::mem::take(&mut self.strays) {
            self.note_candidate();
            self.connection.step(&stray);
        }
    }

    fn begin_anew(&mut self, first: &Segment<'_>) -> Ended {
        let mut next = next_to(&self.connection, first);
        next.step(first);
        let previous = Some(Box::new(remember(&self.connection, &next)));
        let connection = std::mem::replace(&mut self.connection, next);
        self.candidate = None;
        self.syn_ack = None;
        self.stretch = None;
        Ended {
            connection,
            previous: std::mem::replace(&mut self.previous, previous),
            followed_by: Some((first.packet, first.time)),
        }
    }

    /// The numbers of `segment` are another connection's.
    fn is_foreign(&self, segment: &Segment<'_>, syn_ack: bool) -> bool {
        if segment.has(Flags::RST) || !segment.flags.contains(Flags::ACK) {
            return false;
        }
        let side = self.connection.sender(segment);
        let ends = &self.connection.ends;
        let (own, peer) = (ends.of(side), ends.of(side.peer()));
        if syn_ack {
            let is_new = own.iss().is_none_or(|iss| iss != segment.seq);
            let known = observe::fits_a_syn(&self.connection, side.peer(), segment.ack)
                || own.syn.and_then(|syn| syn.ack) == Some(segment.ack);
            let over = self.is_over();
            return is_new
                && (over && own.syn.is_some()
                    || !known && (over || own.sent_after_syn || has_closed(peer)));
        }
        if !Side::BOTH.into_iter().any(|side| has_closed(ends.of(side))) {
            return false;
        }
        let stands_at = |end: &End, other: &End| end.snd_next.or(other.ack_max);
        let seq = Place::of(segment.seq, stands_at(own, peer), own.fin_seq());
        let ack = Place::of(segment.ack, stands_at(peer, own), peer.fin_seq());
        match seq.max(ack) {
            Place::BeyondFin => seq.min(ack) >= Place::Ahead,
            Place::Far => seq == ack,
            Place::Within | Place::Ahead => false,
        }
    }

    /// Nothing of the old connection can be expected any more but repetitions,
    /// or nobody is there who could answer.
    fn is_closed_for(&self, segment: &Segment<'_>) -> bool {
        let ends = &self.connection.ends;
        let peer = ends.of(self.connection.sender(segment).peer());
        let closed = |side| has_closed(ends.of(side));
        self.is_over()
            || Side::BOTH
                .into_iter()
                .all(|side| ends.of(side).fin.is_some())
            || !peer.was_seen() && Side::BOTH.into_iter().any(closed)
    }

    /// `segment` answers a stray of the other end.
    fn answers_stray(&self, segment: &Segment<'_>, is_foreign: bool) -> bool {
        let near = |a: SeqNo, b: SeqNo| a.apart(b) < NEAR_OCTETS;
        self.strays.iter().any(|stray| {
            let third = stray.flags.contains(Flags::SYN)
                && segment.seq == stray.ack
                && segment.ack == stray.seq + 1;
            let near = near(segment.seq, stray.ack) && near(segment.ack, stray.seq);
            stray.source != segment.source
                && segment.flags.contains(Flags::ACK)
                && !segment.has(Flags::RST)
                && (third || near && is_foreign)
        })
    }

    /// An old duplicate: it fits the incarnation before and not this one.
    fn belongs_to_previous(&self, segment: &Segment<'_>) -> bool {
        let Some(previous) = &self.previous else {
            return false;
        };
        if segment.flags.contains(Flags::SYN)
            || segment.time.since(previous.last) > limits::LINGER_NS
        {
            return false;
        }
        let side = self.connection.sender(segment);
        let near = |known: Option<SeqNo>, number: SeqNo| {
            known.is_some_and(|known| number.apart(known) < NEAR_OCTETS)
        };
        let old = previous.ends.of(side);
        let is_ack = segment.flags.contains(Flags::ACK);
        // Where none of its ACKs came: what there was to acknowledge.
        let acked = old.ack_max.or(previous.ends.of(side.peer()).snd_next);
        let fits_old = near(old.snd_next, segment.seq) && (!is_ack || near(acked, segment.ack));
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

/// The incarnation behind `old`, which begins with `first`; it is drawn if that was.
fn next_to(old: &Connection, first: &Segment<'_>) -> Box<Connection> {
    let mut next = Box::new(Connection::beginning_with(first));
    next.sketch = old.sketch.as_ref().map(|sketch| Box::new(sketch.beside()));
    next
}

/// Where a number lies beside those of a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// It was sent before, or comes next.
    Within,
    /// Further on: the capture may have lost what lies between.
    Ahead,
    /// Too far for that.
    Far,
    /// Beyond the end of the stream.
    BeyondFin,
}

impl Place {
    fn of(number: SeqNo, next: Option<SeqNo>, fin: Option<SeqNo>) -> Place {
        let beyond = |fin: SeqNo| number.distance_from(fin + 1) > SLIP_OCTETS;
        match next.map(|next| number.distance_from(next)) {
            _ if fin.is_some_and(beyond) => Place::BeyondFin,
            Some(off) if off.unsigned_abs() > FAR_OCTETS => Place::Far,
            Some(1..) => Place::Ahead,
            _ => Place::Within,
        }
    }
}

/// Its FIN was captured, or a RST behind which it fell silent.
fn has_closed(end: &End) -> bool {
    end.any_fin().is_some() || end.rst.is_some() && !end.went_on
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
        let is_new = old.ends.of(side).iss() != Some(syn.seq);
        // Of a connection that is over, no RST is left to come.
        let goes_on = !segment.has(Flags::SYN) && (!segment.has(Flags::RST) || is_over(old));
        return behind && is_new && goes_on && old_next.is_none_or(|next| segment.seq != next);
    }
    let syn_ack = segment.flags.contains(Flags::SYN);
    let refusal = segment.has(Flags::RST);
    // The RST of an old connection in which nothing was sent behind the SYN
    // has the same ack, but seldom the number of a refusal.
    let repeated = old.ends.of(side).iss() == Some(syn.seq);
    let refusal = refusal && (!repeated || is_over(old) && segment.seq == SeqNo(0));
    // A SYN-ACK of the old opening again answers the old SYN.
    let same = old.ends.of(side.peer()).iss() == Some(segment.seq);
    let is_new = !same || is_over(old) && !repeated;
    acks_it && (refusal || syn_ack && is_new)
}

/// `segment` stands where the sender of the SYN-ACK `first` goes on once its SYN
/// is acknowledged.
fn goes_on_behind(first: &Segment<'_>, segment: &Segment<'_>) -> bool {
    first.source == segment.source
        && !segment.has(Flags::SYN | Flags::RST)
        && segment.flags.contains(Flags::ACK)
        && segment.seq == first.end()
        && segment.ack.offset_from(first.ack) < NEAR_OCTETS
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
