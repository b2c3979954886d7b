//! The eleven states of RFC 9293, 3.3.2, and sets of them.

use std::fmt;

/// A connection state, spelled as RFC 9293 spells it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// No connection state at all.
    Closed,
    /// Waiting for a connection request.
    Listen,
    /// Sent a SYN, waiting for a matching one.
    SynSent,
    /// Sent and received a SYN, waiting for the ACK of the own one.
    SynReceived,
    /// Open; data flows.
    Established,
    /// Sent a FIN, waiting for its ACK or for the peer's FIN.
    FinWait1,
    /// Own FIN acknowledged, waiting for the peer's.
    FinWait2,
    /// Received the peer's FIN, waiting for the own application to close.
    CloseWait,
    /// Both sent a FIN; the peer's arrived before the ACK of the own one.
    Closing,
    /// Sent the FIN after the peer's, waiting for its ACK.
    LastAck,
    /// Closed by both; waits 2MSL so that the peer's FIN can be acknowledged again.
    TimeWait,
}

impl State {
    /// All states, in the order of RFC 9293, 3.3.2.
    pub const ALL: [State; 11] = [
        State::Closed,
        State::Listen,
        State::SynSent,
        State::SynReceived,
        State::Established,
        State::FinWait1,
        State::FinWait2,
        State::CloseWait,
        State::Closing,
        State::LastAck,
        State::TimeWait,
    ];

    /// The RFC's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::Listen => "LISTEN",
            State::SynSent => "SYN-SENT",
            State::SynReceived => "SYN-RECEIVED",
            State::Established => "ESTABLISHED",
            State::FinWait1 => "FIN-WAIT-1",
            State::FinWait2 => "FIN-WAIT-2",
            State::CloseWait => "CLOSE-WAIT",
            State::Closing => "CLOSING",
            State::LastAck => "LAST-ACK",
            State::TimeWait => "TIME-WAIT",
        }
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of states: where an endpoint may be, for all that can be known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StateSet(u16);

impl StateSet {
    /// No state.
    pub const EMPTY: StateSet = StateSet(0);

    /// The set of just these.
    #[must_use]
    pub fn of(states: &[State]) -> StateSet {
        states.iter().copied().collect()
    }

    /// Adds one.
    pub const fn insert(&mut self, state: State) {
        self.0 |= state.bit();
    }

    /// Whether `state` is in the set.
    #[must_use]
    pub const fn contains(self, state: State) -> bool {
        self.0 & state.bit() != 0
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set as a number, a bit for each state; what [`StateSet::from_bits`] takes.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set that [`StateSet::bits`] gave as a number; bits that stand for no state are left out.
    #[must_use]
    pub const fn from_bits(bits: u16) -> StateSet {
        StateSet(bits & ((1 << State::ALL.len()) - 1))
    }

    /// The members in the RFC's order.
    pub fn iter(self) -> impl Iterator<Item = State> {
        State::ALL.into_iter().filter(move |s| self.contains(*s))
    }
}

impl FromIterator<State> for StateSet {
    fn from_iter<I: IntoIterator<Item = State>>(states: I) -> StateSet {
        let mut set = StateSet::EMPTY;
        for state in states {
            set.insert(state);
        }
        set
    }
}

impl fmt::Debug for StateSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = StateSet::of(&[State::TimeWait, State::Closed]);
        assert!(set.contains(State::TimeWait) && !set.contains(State::Closing));
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [State::Closed, State::TimeWait]
        );
        assert_eq!(StateSet::from_bits(set.bits()), set);
        assert_eq!(StateSet::from_bits(1 << 15), StateSet::EMPTY);
    }
}
