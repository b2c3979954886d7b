//! What really happened: the states that each stack went through, and in which
//! ways it, or the path, was out of the ordinary.

use smoltcp::socket::tcp::State as Stack;

use crate::side::Both;

/// A change of state of a stack.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub moment: u64,
    pub to: Stack,
    /// It goes with a RST by which the stack gives the connection up.
    pub gives_up: bool,
    /// Nothing on the wire shows it: TIME-WAIT has passed.
    pub silent: bool,
}

/// What one stack went through in one round.
#[derive(Clone, Debug, Default)]
pub struct Life {
    pub moves: Vec<Move>,
    /// It took a segment otherwise than the nominal timeline does, and both may:
    /// - it forgot a FIN that came ahead of missing data (3.10.7.4 lets it be kept),
    /// - it answered a SYN-ACK in SYN-RECEIVED as an old duplicate (figure 7 takes
    ///   it for the ACK of its SYN),
    /// - it passed over the acknowledgment on an old segment (stacks use it),
    /// - it went by a RST that is in its window but not the next number (RFC 9293
    ///   asks for a challenge ACK, RFC 793 did not), or passed over one with the
    ///   number of the FIN before it (some stacks go by those),
    /// - it gave up in SYN-SENT with a RST, where RFC 9293 has none.
    pub took_liberties: bool,
    /// Its FIN was put on the wire.
    pub sent_fin: bool,
    /// It did not take in a FIN that came: one ahead of missing data, or one that
    /// is the only new octet of its segment (smoltcp measures segments without it).
    pub forgot_fin: bool,
    /// It took in a FIN whose data did not fit its window (a fault of smoltcp):
    /// from then on it acknowledges an octet that it has not got.
    pub false_fin: bool,
    /// It sent a keepalive, with an octet of garbage, while data or a FIN was not
    /// acknowledged (a fault of smoltcp; RFC 9293, 3.8.4).
    pub false_probe: bool,
    /// It echoed the timestamp of a segment that it had rejected, its ACK with it
    /// (RFC 7323, 5.3, updates TS.Recent by segments in the window only).
    pub echoes_rejected: bool,
    /// It sent data beyond every window that it had been given (a fault of smoltcp:
    /// its fast retransmission does not ask for the window).
    pub overran: bool,
    /// Segments of this round were still under way when the next one began (or of
    /// the one before, when this one began): with numbers that smoltcp draws at
    /// random, nobody can always tell whose they are.
    pub entangled: bool,
    /// It refused a SYN before it sent its own: two attempts, one after the other.
    pub refused_first: bool,
}

impl Life {
    /// It was given up in this state.
    pub fn gave_up_in(&self, state: Stack) -> bool {
        self.moves
            .windows(2)
            .any(|pair| pair[0].to == state && pair[1].gives_up)
    }

    /// It came from TIME-WAIT to CLOSED by time alone.
    pub fn timed_out(&self) -> bool {
        self.moves.last().is_some_and(|last| last.silent)
    }

    pub fn state(&self) -> Stack {
        self.moves.last().map_or(Stack::Closed, |last| last.to)
    }

    pub fn went_through(&self, state: Stack) -> bool {
        self.moves.iter().any(|made| made.to == state)
    }
}

/// Nobody can say what happened who was not there: segments of two rounds were
/// mixed; a stack took in a FIN that it had not got, or sent garbage where a FIN
/// stood; or it gave up in SYN-SENT, here or in the round before. RFC 9293 has no
/// RST for that; smoltcp sends one, with numbers that say nothing.
pub fn is_entangled(lives: &Lives, round: usize) -> bool {
    let given_up = |lives: &Both<Life>| {
        let both = [&lives.a, &lives.b];
        both.iter().any(|life| life.gave_up_in(Stack::SynSent))
    };
    let broken = |life: &Life| life.false_fin || life.false_probe;
    let this = &lives[round];
    this.a.entangled
        || broken(&this.a)
        || broken(&this.b)
        || lives[round.saturating_sub(1)..=round].iter().any(given_up)
}

/// One round, several connections: B went back to LISTEN and was asked again, or
/// both opened, but not at the same time: the one had been refused, or had given
/// up, before the other began.
pub fn are_several(lives: &Both<Life>) -> bool {
    let both = [&lives.a, &lives.b];
    let listens = |made: &&Move| made.to == Stack::Listen;
    let again = lives.b.moves.iter().filter(listens).count() > 1;
    let opened = both.iter().all(|life| life.went_through(Stack::SynSent));
    let missed = both
        .iter()
        .any(|life| life.refused_first || life.gave_up_in(Stack::SynSent));
    again || opened && missed
}

/// Both stacks' lives, by round.
pub type Lives = Vec<Both<Life>>;
