//! Segments of an end whose numbers look guessed.
//!
//! Who cannot see a connection must try numbers (RFC 5961, 1.2): resets, SYNs or data in the
//! name of one end, far from where that end really stands. Here the first numbers of such a
//! series are kept, and whether both ends go on as if nothing had happened.

use super::Step;
use crate::machine::end::End;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_S, Segment, Timestamp};
use crate::seq::SeqNo;

/// So many are a series.
pub const ENOUGH: u32 = 5;
/// They come within this time.
pub const WITHIN_S: i64 = 60;
/// Numbers that are kept, to be compared with later ones.
const KEPT: usize = 8;
/// Numbers so far below SMAX are those of octets sent long ago.
const OWN_PAST: u32 = 1 << 24;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Guesses {
    series: Option<Box<Series>>,
}

/// What a guess is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Reset,
    Syn,
    Data,
}

/// Segments of one end with numbers that look guessed.
#[derive(Clone, Debug)]
pub struct Series {
    /// Where the end really stands: SMAX as its other segments show it.
    pub next: SeqNo,
    /// How far it may send, at the first guess.
    pub edge: Option<SeqNo>,
    /// How many.
    pub count: u32,
    /// RSTs among them.
    pub resets: u32,
    /// SYNs among them.
    pub syns: u32,
    /// The first one, and when it came.
    pub first: (u64, Timestamp),
    /// The latest one.
    pub last: (u64, Timestamp),
    /// Further than `OWN_PAST` from where the end stands.
    pub far: u32,
    /// Outside of the window.
    pub outside: u32,
    /// Each is so far ahead of the one before; `None` where that varies.
    pub step: Option<u32>,
    /// No number came twice, as far as they are kept.
    pub distinct: bool,
    /// Data that goes on where the guess before ended: a stream.
    pub continued: bool,
    /// After a guess, the end itself went on at its own numbers.
    pub went_on: bool,
    /// After a guess, the other end sent segments with its true numbers.
    pub held: u32,
    /// The other end answered with RST.
    pub refused: bool,
    seqs: [SeqNo; KEPT],
    latest: SeqNo,
    latest_end: SeqNo,
    noted: bool,
}

impl Guesses {
    /// Octets of memory that it takes in boxes.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.series.as_deref().map_or(0, size_of_val)
    }

    /// The series, if anything looked guessed.
    #[must_use]
    pub fn series(&self) -> Option<&Series> {
        self.series.as_deref()
    }

    /// A series may go on.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.series.is_some()
    }

    /// This end sends `step.segment`, or somebody in its name.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let rare = segment.has(Flags::RST | Flags::SYN)
            || segment.payload_len > 0 && step.saw.intersects(BAD_ACK);
        if rare || self.series.is_some() {
            self.look(step, notes);
        }
    }

    fn look(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let Some(kind) = self.kind(step) else {
            if let Some(series) = &mut self.series {
                series.goes_on(segment);
            }
            return;
        };
        let Some(next) = step.own.snd_next else {
            return;
        };
        let too_old = |series: &Series| {
            let within = WITHIN_S * NS_PER_S;
            if series.count < ENOUGH {
                segment.time.since(series.first.1) > within
            } else {
                segment.time.since(series.last.1) > within && !series.noted
            }
        };
        match &mut self.series {
            Some(series) if !too_old(series) => series.add(kind, segment),
            slot => {
                let edge = step.peer.window_edge;
                *slot = Some(Box::new(Series::beginning_with(kind, segment, next, edge)));
            }
        }
        if let Some(series) = &mut self.series
            && series.count >= ENOUGH
            && !series.noted
            && series.looks_guessed()
        {
            series.noted = true;
            notes.saw |= Observations::GUESSES;
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    #[inline]
    pub fn passed(&mut self, step: &Step<'_>) {
        let Some(series) = &mut self.series else {
            return;
        };
        let segment = step.segment;
        if segment.has(Flags::RST) {
            series.refused = true;
        } else if segment.has(Flags::ACK) && segment.ack == series.next {
            series.held = series.held.saturating_add(1);
        }
    }

    fn kind(&self, step: &Step<'_>) -> Option<Kind> {
        let (segment, own, peer) = (step.segment, step.own, step.peer);
        if !(own.sent_after_syn && peer.sent_after_syn) {
            return None;
        }
        let next = match &self.series {
            Some(series) => series.next,
            None => own.snd_next?,
        };
        let seq = segment.seq;
        if segment.has(Flags::RST) {
            let without_connection = segment.has(Flags::ACK) && seq == SeqNo(0);
            let plain = !segment.has(Flags::SYN | Flags::FIN);
            let own_number = seq.within(next - OWN_PAST, furthest(next, peer));
            return (plain && !own_number && !without_connection).then_some(Kind::Reset);
        }
        if segment.has(Flags::SYN) {
            return (own.iss() != Some(seq)).then_some(Kind::Syn);
        }
        let bad_ack =
            step.saw.intersects(BAD_ACK) && own.ack_max.is_some_and(|ack| is_far(segment.ack, ack));
        (segment.payload_len > 0 && bad_ack && is_far(seq, next)).then_some(Kind::Data)
    }
}

/// An ack of something never sent, or of something very old.
const BAD_ACK: Observations = Observations::ACK_BEYOND_SENT.union(Observations::ACK_BACK);

/// The highest number of an end that stands at `next` which `peer` was seen to acknowledge: a
/// RST may copy that.
fn furthest(next: SeqNo, peer: &End) -> SeqNo {
    let acks = [
        peer.ack_max,
        peer.early_ack.map(|(ack, _, _)| ack),
        peer.last.filter(|last| last.is_ack()).map(|last| last.ack),
    ];
    acks.into_iter().flatten().fold(next, SeqNo::later)
}

fn is_far(number: SeqNo, known: SeqNo) -> bool {
    number.distance_from(known).unsigned_abs() > OWN_PAST
}

impl Series {
    fn beginning_with(
        kind: Kind,
        segment: &Segment<'_>,
        next: SeqNo,
        edge: Option<SeqNo>,
    ) -> Series {
        let mut series = Series {
            next,
            edge,
            count: 0,
            resets: 0,
            syns: 0,
            first: (segment.packet, segment.time),
            last: (segment.packet, segment.time),
            far: 0,
            outside: 0,
            step: None,
            distinct: true,
            continued: false,
            went_on: false,
            held: 0,
            refused: false,
            seqs: [SeqNo(0); KEPT],
            latest: segment.seq,
            latest_end: segment.end(),
            noted: false,
        };
        series.add(kind, segment);
        series
    }

    fn add(&mut self, kind: Kind, segment: &Segment<'_>) {
        let seq = segment.seq;
        let kept = usize::try_from(self.count).unwrap_or(KEPT).min(KEPT);
        let known = self.seqs.iter().take(kept).any(|known| *known == seq);
        self.distinct &= !known && (self.count == 0 || seq != self.latest);
        let ahead = seq.offset_from(self.latest);
        self.step = match self.count {
            0 => None,
            1 => Some(ahead),
            _ => self.step.filter(|step| *step == ahead),
        };
        self.continued |= kind == Kind::Data && self.count > 0 && seq == self.latest_end;
        if let Some(slot) = self.seqs.get_mut(kept) {
            *slot = seq;
        }
        self.count = self.count.saturating_add(1);
        let plus = |counter: &mut u32, is: bool| *counter = counter.saturating_add(is.into());
        plus(&mut self.resets, kind == Kind::Reset);
        plus(&mut self.syns, kind == Kind::Syn);
        plus(&mut self.far, is_far(seq, self.next));
        let inside = self.edge.is_some_and(|edge| seq.within(self.next, edge));
        plus(&mut self.outside, !inside);
        (self.latest, self.latest_end) = (seq, segment.end());
        self.last = (segment.packet, segment.time);
    }

    /// A segment of the end that is no guess.
    fn goes_on(&mut self, segment: &Segment<'_>) {
        if segment.has(Flags::RST | Flags::SYN) {
            return;
        }
        if segment.seq.within(self.next - OWN_PAST, self.next) {
            self.went_on = true;
            self.next = self.next.later(segment.end());
        }
    }

    /// The number of the first one.
    #[must_use]
    pub fn first_seq(&self) -> SeqNo {
        self.seqs.first().copied().unwrap_or_default()
    }

    /// Different numbers that are mostly outside of the window, or that march.
    #[must_use]
    pub fn looks_guessed(&self) -> bool {
        let mostly_outside = self.outside.saturating_mul(2) >= self.count;
        self.distinct && !self.continued && (mostly_outside || self.step.is_some())
    }
}

#[cfg(test)]
mod tests;
