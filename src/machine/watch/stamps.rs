//! The timestamps of an end (RFC 7323): its clock, what it echoes, and whether it takes in
//! segments that are older than what it echoed.
//!
//! TSvals are points on a ring, as sequence numbers are. Which of two is the older can be told
//! while their sender's clock has not gone half around in between: at the RFC's fastest tick (1 ms)
//! that takes 24.8 days, at one microsecond, which is in use, 36 minutes. So nothing is said of
//! TSvals with half an hour of silence between them, nor of clocks that jump.

mod clock;
mod old_data;

use super::Step;
use super::options::has_hidden;
use crate::machine::observe::{Relative, STORE_SLACK_NS};
use crate::machine::stretch::manner::Manner;
use crate::machine::stretch::record::Record;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, NS_PER_S, Timestamp};
use crate::seq::SeqNo;

pub use clock::{Back, Clock, Said};
use old_data::OldData;
pub use old_data::{OldSegment, Taken};

/// After so much silence a clock may have gone half around.
const SILENCE_NS: i64 = 1800 * NS_PER_S;

/// A step of this size says nothing about which TSval is the older.
const JUMP: u32 = 1 << 30;

/// Echoes of unknown values that are kept.
const ECHOES: usize = 4;

/// An echo of something that the peer was not seen to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Echo {
    /// The packet with the echo.
    pub packet: u64,
    /// When.
    pub time: Timestamp,
    /// Its TSecr.
    pub tsecr: SeqNo,
    /// Lowest and highest TSval of the peer until then.
    pub range: (SeqNo, SeqNo),
    /// A segment of the peer that was stored a moment later explains it.
    pub explained: bool,
    /// One segment that the capture has lost may have brought it: the peer's clock can have
    /// shown it then.
    pub in_reach: bool,
    /// The peer has sent a timestamp since.
    settled: bool,
}

impl Echo {
    /// Above everything that the peer had sent, not below.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.tsecr.after(self.range.1)
    }
}

/// The TSvals of the peer that passed the monitor.
#[derive(Clone, Copy, Debug)]
struct Heard {
    min: SeqNo,
    max: SeqNo,
    /// The clock has gone so far that the lowest value has no meaning any more.
    wide: bool,
    /// It jumped, or was silent for long: which values are newer cannot be told.
    unclear: bool,
    /// When the highest was captured.
    at: Timestamp,
}

impl Heard {
    fn take(&mut self, tsval: SeqNo, at: Timestamp, silent: bool) {
        let step = tsval.distance_from(self.max).unsigned_abs();
        if tsval.after(self.max) {
            self.at = at;
        }
        self.unclear |= silent || step >= JUMP;
        self.max = self.max.later(tsval);
        if !self.wide {
            self.min = self.min.earlier(tsval);
            self.wide = self.max.offset_from(self.min) >= JUMP;
        }
    }

    /// Whether a clock of one tick a millisecond (RFC 7323, 5.4: the fastest) has come to
    /// `tsecr` by `now`.
    fn reaches(&self, tsecr: SeqNo, now: Timestamp) -> bool {
        let ticks = now.plus(STORE_SLACK_NS).since(self.at).max(STORE_SLACK_NS) / NS_PER_MS;
        tsecr.after(self.max) && i64::from(tsecr.offset_from(self.max)) <= ticks
    }

    /// Whether the peer may have sent `tsecr`. Once the clock has gone far, what
    /// looks far ahead may be far behind.
    fn holds(&self, tsecr: SeqNo) -> bool {
        let ahead = tsecr.after(self.max);
        if self.wide {
            !ahead || tsecr.offset_from(self.max) >= JUMP
        } else {
            !ahead && !tsecr.before(self.min)
        }
    }
}

/// What is rare.
#[derive(Clone, Debug, Default)]
struct Odd {
    echoes: Vec<Echo>,
    unknown_echoes: u64,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Stamps {
    /// Its own clock.
    pub clock: Clock,
    heard: Option<Heard>,
    /// The peer sent a segment whose timestamps, if any, could not be read.
    unread: bool,
    /// The highest TSval of the peer that it has echoed: its TS.Recent is not below.
    echoed: Option<SeqNo>,
    old_data: Option<Box<OldData>>,
    odd: Option<Box<Odd>>,
}

impl Stamps {
    /// The first echoes of something that the peer was not seen to send.
    #[must_use]
    pub fn unknown_echoes(&self) -> &[Echo] {
        self.odd.as_ref().map_or(&[], |odd| &odd.echoes)
    }

    /// How many of them there were in all.
    #[must_use]
    pub fn unknown_echo_count(&self) -> u64 {
        self.odd.as_ref().map_or(0, |odd| odd.unknown_echoes)
    }

    /// Old segments of the peer that this end took in (the first few).
    #[must_use]
    pub fn taken(&self) -> &[Taken] {
        self.old_data.as_ref().map_or(&[], |old| old.taken())
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if segment.flags.contains(Flags::RST) {
            return;
        }
        if let Some(old) = &mut self.old_data {
            old.answered(step, notes);
        }
        let Some((tsval, tsecr)) = segment.options.timestamps() else {
            return;
        };
        self.clock.sent(step, SeqNo(tsval), SeqNo(tsecr), notes);
        if segment.flags.contains(Flags::ACK) {
            self.echo(step, SeqNo(tsecr), notes);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        if let Some(old) = &mut self.old_data {
            old.sent_again(segment);
        }
        let Some((tsval, _)) = segment.options.timestamps() else {
            self.unread |= has_hidden(segment);
            return;
        };
        let tsval = SeqNo(tsval);
        self.explain(segment.time, tsval);
        match &mut self.heard {
            // Nothing new, and not old either.
            Some(heard) if heard.max == tsval => return,
            Some(heard) => heard.take(tsval, segment.time, is_silent(step)),
            None => {
                self.heard = Some(Heard {
                    min: tsval,
                    max: tsval,
                    wide: false,
                    unclear: false,
                    at: segment.time,
                });
            }
        }
        let clear = self.heard.is_some_and(|heard| !heard.unclear);
        if let Some(echoed) = self.echoed
            && clear
            && old_data::is_old(step, tsval, echoed)
        {
            self.old_data
                .get_or_insert_default()
                .suspect(step, tsval, echoed);
        }
    }

    /// Of orderly segments that this end has sent, `record` was the first with the latest TSval,
    /// and `last` was the time of the one before it.
    pub fn ticks(&mut self, record: &Record, manner: &Manner, last: Option<Timestamp>) {
        self.clock.goes_on(record, manner, last);
    }

    /// It has echoed `tsecr` last, in orderly segments.
    pub fn echoes(&mut self, tsecr: SeqNo) {
        self.echoed = Some(self.echoed.map_or(tsecr, |echoed| echoed.later(tsecr)));
    }

    /// Of orderly segments of the peer, `record` was the first with the latest TSval.
    pub fn hears(&mut self, record: &Record) {
        let tsval = SeqNo(record.tsval);
        if let Some(heard) = self.heard.as_mut().filter(|heard| heard.max != tsval) {
            heard.take(tsval, record.time, false);
        }
    }

    /// No data with an old timestamp is, or was, on its way to this end.
    #[must_use]
    pub const fn watches_no_old_data(&self) -> bool {
        self.old_data.is_none()
    }

    /// The latest TSval that it has echoed, if its own clock (whose highest value is `tsval`), and
    /// that of the peer (`theirs`), have gone on without a jump, and nothing is in question.
    #[must_use]
    pub fn calm(&self, tsval: SeqNo, theirs: SeqNo) -> Option<SeqNo> {
        let heard = self.heard?;
        let echoed = self.echoed?;
        let clear = !heard.unclear && !self.unread && self.odd.is_none() && heard.max == theirs;
        let low = if heard.wide { echoed } else { heard.min };
        let near = theirs.offset_from(echoed) < JUMP / 2 && !echoed.before(low);
        (clear && near && self.clock.stands_at(tsval)).then_some(echoed)
    }

    fn echo(&mut self, step: &Step<'_>, tsecr: SeqNo, notes: &mut Relative) {
        if self.echoed == Some(tsecr) {
            return;
        }
        let clear = |heard: &Heard| !heard.unclear && !self.unread;
        let Some(heard) = self.heard.filter(clear) else {
            return;
        };
        if heard.holds(tsecr) {
            self.echoed = Some(self.echoed.map_or(tsecr, |echoed| echoed.later(tsecr)));
        } else if echoes_this_connection(step, tsecr) {
            let odd = self.odd.get_or_insert_default();
            odd.unknown_echoes += 1;
            if odd.echoes.len() < ECHOES {
                notes.saw |= Observations::ECHO_UNKNOWN;
                odd.echoes.push(Echo {
                    packet: step.segment.packet,
                    time: step.segment.time,
                    tsecr,
                    range: (heard.min, heard.max),
                    explained: false,
                    in_reach: heard.reaches(tsecr, step.segment.time),
                    settled: false,
                });
            }
        }
    }

    /// The peer sends `tsval`: was it echoed by a segment stored a moment before?
    fn explain(&mut self, time: Timestamp, tsval: SeqNo) {
        let Some(odd) = &mut self.odd else { return };
        for echo in &mut odd.echoes {
            let near = time.apart(echo.time) <= STORE_SLACK_NS;
            echo.explained |= near && tsval == echo.tsecr;
            if !echo.settled && tsval.after(echo.range.1) {
                // Whatever the clock's rate is, now it has come so far, or has not.
                echo.settled = true;
                echo.in_reach = echo.is_ahead() && tsval.at_or_after(echo.tsecr);
            }
        }
    }
}

/// The segment answers the peer's SYN, or is of the connection that followed. A
/// SYN-ACK in a simultaneous open, or of an old stack, may echo zero.
fn echoes_this_connection(step: &Step<'_>, tsecr: SeqNo) -> bool {
    let segment = step.segment;
    if !segment.flags.contains(Flags::SYN) {
        return step.acknowledges_syn();
    }
    let answers = step.peer.syn.is_some_and(|syn| {
        let first = syn.iss + 1;
        segment.ack.within(first, first + syn.payload_len)
    });
    answers && tsecr != SeqNo(0) && !step.own.sent_bare_syn
}

/// The sender was silent so long that its clock may have gone half around.
fn is_silent(step: &Step<'_>) -> bool {
    let last = step.own.last;
    last.is_some_and(|last| step.segment.time.since(last.time) >= SILENCE_NS)
}

#[cfg(test)]
mod tests;
