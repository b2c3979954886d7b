//! The state diagram of RFC 9293, 3.3.2, figure 5, as one table.
//!
//! The columns are what happens to an endpoint: what it sends (its user's
//! calls show only in that) and what it receives, already found acceptable by
//! RFC 9293, 3.10.7. An empty cell means that the event changes no state.

use super::state::State;

/// Something that may change an endpoint's state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// Active OPEN, or SEND in LISTEN: a SYN goes out.
    SendSyn,
    /// A SYN without ACK of the own one arrives; SYN,ACK goes out.
    ReceiveSyn,
    /// A SYN with the ACK of the own one arrives.
    ReceiveSynAck,
    /// The ACK of the own SYN arrives.
    ReceiveAckOfSyn,
    /// CLOSE: a FIN goes out.
    SendFin,
    /// The peer's FIN arrives, everything before it had arrived.
    ReceiveFin,
    /// The ACK of the own FIN arrives.
    ReceiveAckOfFin,
    /// ABORT, or an answer to a segment for no connection: a RST goes out.
    SendRst,
    /// An acceptable RST arrives.
    ReceiveRst,
    /// An acceptable RST arrives at an end that had opened passively.
    ReceiveRstPassive,
    /// 2MSL have passed in TIME-WAIT.
    TwoMslTimeout,
}

impl Event {
    /// All events, in the order of a connection's life.
    pub const ALL: [Event; 11] = [
        Event::SendSyn,
        Event::ReceiveSyn,
        Event::ReceiveSynAck,
        Event::ReceiveAckOfSyn,
        Event::SendFin,
        Event::ReceiveFin,
        Event::ReceiveAckOfFin,
        Event::SendRst,
        Event::ReceiveRst,
        Event::ReceiveRstPassive,
        Event::TwoMslTimeout,
    ];

    /// The event in the words of figure 5.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Event::SendSyn => "send SYN",
            Event::ReceiveSyn => "receive SYN, send SYN,ACK",
            Event::ReceiveSynAck => "receive SYN,ACK",
            Event::ReceiveAckOfSyn => "receive ACK of SYN",
            Event::SendFin => "send FIN",
            Event::ReceiveFin => "receive FIN",
            Event::ReceiveAckOfFin => "receive ACK of FIN",
            Event::SendRst => "send RST",
            Event::ReceiveRst | Event::ReceiveRstPassive => "receive RST",
            Event::TwoMslTimeout => "2MSL timeout",
        }
    }
}

/// The state after `event` in `state`; `None` where nothing changes.
///
/// A segment that carries several events (a FIN that also acknowledges the
/// own one) applies them in the order of RFC 9293, 3.10.7.4: RST, SYN, ACK,
/// FIN. Note 2 of figure 5 (FIN-WAIT-1 straight to TIME-WAIT) is therefore
/// two steps here, as in the text of 3.10.7.4.
#[must_use]
pub const fn next(state: State, event: Event) -> Option<State> {
    use Event as E;
    use State as S;
    match (state, event) {
        // -------- opening: 3.10.1, 3.10.7.2, 3.10.7.3 --------
        (S::Closed | S::Listen, E::SendSyn) => Some(S::SynSent),
        (S::Listen | S::SynSent, E::ReceiveSyn) => Some(S::SynReceived),
        (S::SynSent, E::ReceiveSynAck) => Some(S::Established),
        (S::SynReceived, E::ReceiveAckOfSyn | E::ReceiveSynAck) => Some(S::Established),

        // -------- closing by this end: 3.10.4 --------
        (S::SynReceived | S::Established, E::SendFin) => Some(S::FinWait1),
        (S::CloseWait, E::SendFin) => Some(S::LastAck),

        // -------- ACK of the own FIN: 3.10.7.4, fifth --------
        (S::FinWait1, E::ReceiveAckOfFin) => Some(S::FinWait2),
        (S::Closing, E::ReceiveAckOfFin) => Some(S::TimeWait),
        (S::LastAck, E::ReceiveAckOfFin) => Some(S::Closed),

        // -------- the peer's FIN: 3.10.7.4, eighth --------
        (S::SynReceived | S::Established, E::ReceiveFin) => Some(S::CloseWait),
        (S::FinWait1, E::ReceiveFin) => Some(S::Closing),
        (S::FinWait2, E::ReceiveFin) => Some(S::TimeWait),

        // -------- resets: 3.5.3, 3.10.5, 3.10.7.4, second --------
        (S::Closed | S::Listen, E::SendRst | E::ReceiveRst | E::ReceiveRstPassive) => None,
        (S::SynReceived, E::ReceiveRstPassive) => Some(S::Listen),
        (_, E::SendRst | E::ReceiveRst | E::ReceiveRstPassive) => Some(S::Closed),

        // -------- 3.10.8 --------
        (S::TimeWait, E::TwoMslTimeout) => Some(S::Closed),

        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// The whole table, to be read beside figure 5: a changed transition is a
    /// changed line here.
    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for event in Event::ALL {
            writeln!(table, "{} ({event:?})", event.as_str()).unwrap();
            for state in State::ALL {
                if let Some(to) = next(state, event) {
                    writeln!(table, "    {state:<12} -> {to}").unwrap();
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn every_state_can_be_reached_and_left() {
        for state in State::ALL {
            let left = Event::ALL
                .iter()
                .any(|e| next(state, *e).is_some_and(|to| to != state));
            let reached = State::ALL
                .iter()
                .any(|from| Event::ALL.iter().any(|e| next(*from, *e) == Some(state)));
            // LISTEN is reached by a passive OPEN, which no segment shows, or back from SYN-RECEIVED.
            assert!(left, "{state} cannot be left");
            assert!(reached, "{state} cannot be reached");
        }
    }
}
