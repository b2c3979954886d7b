//! The nominal timeline: the states both ends go through if everything that
//! passed the monitor arrived at once and was accepted.

use super::side::{Pair, Side};
use super::state::{State, StateSet};
use super::transition::{self, Event};
use crate::segment::Timestamp;

/// One transition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// The segment that shows it; `None` for a timeout.
    pub packet: Option<u64>,
    /// When.
    pub time: Timestamp,
    /// Whose state.
    pub side: Side,
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// Why.
    pub event: Cause,
    /// Every state that the captured segments allow from here on.
    pub possible: StateSet,
}

/// Why a step was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// An event of figure 5.
    Event(Event),
    /// The end turns out to live on after a RST.
    GoesOn,
}

impl Cause {
    /// In the words of figure 5, as far as it has any.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::Event(event) => event.as_str(),
            Cause::GoesOn => "goes on after a RST from its address",
        }
    }
}

/// Transitions of both ends from the first SYN to the last ACK, and a timeout.
const ORDINARY_STEPS: usize = 11;

/// The nominal states and how they came about.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    state: Pair<Option<State>>,
    /// Where each end stood before its own RST.
    before_rst: Pair<Option<State>>,
    /// TIME-WAIT may be over: it began so early, if it has begun.
    may_be_over: Pair<bool>,
    steps: Vec<Step>,
    /// Steps before this one have their `possible` filled in.
    settled: usize,
    /// Steps that found no room.
    dropped: u32,
}

impl Timeline {
    /// The nominal state of `side`; `None` while nothing shows it.
    #[must_use]
    pub const fn state(&self, side: Side) -> Option<State> {
        *self.state.of(side)
    }

    /// All steps, in order of their packets.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Octets of memory that its steps take.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.steps.capacity() * size_of::<Step>()
    }

    /// Sets the state from which `side` starts, if it has none yet.
    pub fn begin(&mut self, side: Side, state: State) {
        self.state.of_mut(side).get_or_insert(state);
    }

    /// `side` answers a SYN: it listens, also where it has refused one before.
    pub fn listen(&mut self, side: Side) {
        self.begin(side, State::Listen);
        let moved = self.steps.iter().any(|step| step.side == side);
        if !moved && self.state(side) == Some(State::Closed) {
            *self.state.of_mut(side) = Some(State::Listen);
        }
    }

    /// Applies `event`; true if the state changed.
    pub fn apply(&mut self, side: Side, event: Event, packet: u64, time: Timestamp) -> bool {
        let Some(from) = self.state(side) else {
            return false;
        };
        let Some(to) = transition::next(from, event) else {
            return false;
        };
        if event == Event::SendRst {
            *self.before_rst.of_mut(side) = Some(from);
        }
        self.record(side, Some(packet), time, from, to, Cause::Event(event));
        true
    }

    /// `side` goes on after a RST that carried its address: the RST had not
    /// ended its connection (it was forged, or answered an old segment).
    pub fn take_back_rst(&mut self, side: Side, packet: u64, time: Timestamp) {
        if let (Some(State::Closed), Some(to)) =
            (self.state(side), self.before_rst.of_mut(side).take())
        {
            self.record(side, Some(packet), time, State::Closed, to, Cause::GoesOn);
        }
    }

    /// Undoes the latest step of `side` if it led to `to`: what was captured
    /// later shows that it had not come to that yet.
    pub fn retract(&mut self, side: Side, to: State) -> bool {
        let Some(at) = self.steps.iter().rposition(|step| step.side == side) else {
            return false;
        };
        let Some(step) = self.steps.get(at).copied() else {
            return false;
        };
        if step.to != to {
            return false;
        }
        self.steps.remove(at);
        self.settled = self.settled.min(self.steps.len());
        *self.state.of_mut(side) = Some(step.from);
        true
    }

    /// TIME-WAIT runs out, if `side` is in it.
    pub fn time_out(&mut self, side: Side, time: Timestamp) {
        if self.state(side) == Some(State::TimeWait) {
            self.may_time_out(side);
            let event = Cause::Event(Event::TwoMslTimeout);
            self.record(side, None, time, State::TimeWait, State::Closed, event);
        }
    }

    /// If `side` has come to TIME-WAIT, and no repeated FIN has reached it
    /// there, its time is over.
    pub fn may_time_out(&mut self, side: Side) {
        *self.may_be_over.of_mut(side) = true;
    }

    /// TIME-WAIT of `side` may have run out.
    #[must_use]
    pub const fn may_have_timed_out(&self, side: Side) -> bool {
        *self.may_be_over.of(side)
    }

    /// Fills in what was possible after the steps recorded since the last call.
    pub fn settle(&mut self, possible: impl Fn(Side) -> StateSet) {
        // Of several steps of one end only the last is more than passed through.
        let mut last_of = Pair::<bool>::default();
        for step in self.steps.iter_mut().skip(self.settled).rev() {
            if !std::mem::replace(last_of.of_mut(step.side), true) {
                step.possible = possible(step.side);
            }
        }
        self.settled = self.steps.len();
    }

    /// Steps that found no room.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped as u64
    }

    /// Whether steps wait for [`Timeline::settle`].
    #[must_use]
    pub const fn is_unsettled(&self) -> bool {
        self.settled < self.steps.len()
    }

    /// Steps are recorded when they are known, which for an answering side is
    /// later than the SYN that caused the first one: this puts them in order.
    pub fn sort(&mut self) {
        // An end that has gone on had taken the steps before that.
        let mut next = Pair::<Option<(u64, Timestamp)>>::default();
        for step in self.steps.iter_mut().rev() {
            let next = next.of_mut(step.side);
            if let (Some(packet), Some((earlier, time))) = (step.packet, *next)
                && earlier < packet
            {
                (step.packet, step.time) = (Some(earlier), time);
            }
            *next = step.packet.map(|packet| (packet, step.time)).or(*next);
        }
        self.steps
            .sort_by_key(|step| step.packet.unwrap_or(u64::MAX));
    }

    fn record(
        &mut self,
        side: Side,
        packet: Option<u64>,
        time: Timestamp,
        from: State,
        to: State,
        event: Cause,
    ) {
        *self.state.of_mut(side) = Some(to);
        if self.steps.len() < crate::limits::TIMELINE_STEPS {
            let possible = StateSet::of(&[to]);
            if self.steps.capacity() == 0 {
                self.steps.reserve_exact(ORDINARY_STEPS);
            }
            self.steps.push(Step {
                packet,
                time,
                side,
                from,
                to,
                event,
                possible,
            });
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }
}
