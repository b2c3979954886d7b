//! What really happened: the states that each stack went through, and what of
//! it a monitor could have seen.

use smoltcp::socket::tcp::State as Stack;
use tcpcheck::machine::state::State;

use crate::capture::Capture;
use crate::packet::{FIN, RST, SYN};
use crate::side::{Both, Side};

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
    ///   number of the FIN before it (some stacks go by those).
    /// - it gave up in SYN-SENT with a RST, where RFC 9293 has none.
    pub took_liberties: bool,
    /// It did not take in a FIN that came: one ahead of missing data, or one that
    /// is the only new octet of its segment (smoltcp measures segments without it).
    pub forgot_fin: bool,
    /// It took in a FIN whose data did not fit its window (a fault of smoltcp):
    /// from then on it acknowledges an octet that it has not got.
    pub false_fin: bool,
    /// It sent a keepalive, with an octet of garbage, while data or a FIN was not
    /// acknowledged (a fault of smoltcp; RFC 9293, 3.8.4).
    pub false_probe: bool,
    /// Segments of this round were still under way when the next one began on the
    /// same ports (or of the one before, when this one began): with numbers that
    /// smoltcp draws at random, nobody can always tell whose they are.
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

/// B went back to LISTEN and was asked again: one round, several connections.
pub fn listened_again(lives: &Both<Life>) -> bool {
    let listens = |made: &&Move| made.to == Stack::Listen;
    lives.b.moves.iter().filter(listens).count() > 1
}

/// Both opened, but not at the same time: the one had been refused, or had given
/// up, before the other began. Those are two connections.
pub fn missed_each_other(lives: &Both<Life>) -> bool {
    let both = [&lives.a, &lives.b];
    both.iter().all(|life| life.went_through(Stack::SynSent))
        && both
            .iter()
            .any(|life| life.refused_first || life.gave_up_in(Stack::SynSent))
}

/// Both stacks' lives, by round.
pub type Lives = Vec<Both<Life>>;

/// The RFC's name of a state.
pub fn named(state: Stack) -> State {
    match state {
        Stack::Closed => State::Closed,
        Stack::Listen => State::Listen,
        Stack::SynSent => State::SynSent,
        Stack::SynReceived => State::SynReceived,
        Stack::Established => State::Established,
        Stack::FinWait1 => State::FinWait1,
        Stack::FinWait2 => State::FinWait2,
        Stack::CloseWait => State::CloseWait,
        Stack::Closing => State::Closing,
        Stack::LastAck => State::LastAck,
        Stack::TimeWait => State::TimeWait,
    }
}

/// Where the stack of `side` was when the frame at `index` of `capture` had
/// passed the monitor (and, where that stands at the receiver, been taken in),
/// as far as its own segments had passed it by then. A stack is in FIN-WAIT-1
/// when its program has closed; that cannot be seen until the FIN is sent, and
/// not at a monitor before which it was lost. So with SYNs and RSTs.
pub fn state_at(lives: &Lives, round: usize, side: Side, capture: &Capture, index: usize) -> State {
    let life = lives[round].of(side);
    let frames = &capture.frames[..=index];
    let moment = frames[index].moment;
    let passed = |wanted: &dyn Fn(&crate::packet::Packet) -> bool| {
        frames
            .iter()
            .map(|frame| &frame.packet)
            .any(|packet| packet.from == side && packet.round == round && wanted(packet))
    };
    let mut made = life.moves.partition_point(|made| made.moment <= moment);
    // RSTs that answer later segments show as well that it has given up.
    if made > 0 && life.moves[made - 1].gives_up {
        let gave_up = life.moves[made - 1].moment;
        let shown = |frame: &crate::capture::Frame| {
            let packet = &frame.packet;
            packet.from == side && packet.has(RST) && packet.sent >= gave_up
        };
        made -= usize::from(!frames.iter().any(shown));
    }
    let before = &life.moves[..made];
    let mut state = before.last().map_or(Stack::Closed, |last| last.to);
    if !passed(&|packet| packet.has(FIN)) {
        state = match state {
            Stack::FinWait1 => Stack::Established,
            Stack::LastAck | Stack::Closing => Stack::CloseWait,
            other => other,
        };
    }
    // Of a FIN that crossed the peer's, perhaps only a copy that acknowledges it.
    let crossed = life.moves.iter().find(|made| made.to == Stack::Closing);
    if let Some(crossed) = crossed
        && !passed(&|packet| packet.has(FIN) && packet.sent < crossed.moment)
    {
        state = match state {
            Stack::Closing => Stack::LastAck,
            Stack::TimeWait => Stack::Closed,
            other => other,
        };
    }
    if !passed(&|packet| packet.has(SYN)) {
        let listened = before.iter().any(|made| made.to == Stack::Listen);
        state = match state {
            Stack::SynSent => Stack::Closed,
            Stack::SynReceived if listened => Stack::Listen,
            Stack::SynReceived => Stack::Closed,
            other => other,
        };
    }
    named(state)
}

/// The latest change of state shows nowhere.
fn silent(lives: &Lives, round: usize, side: Side, moment: u64) -> bool {
    let moves = &lives[round].of(side).moves;
    let made = moves.partition_point(|made| made.moment <= moment);
    made > 0 && moves[made - 1].silent
}

/// Where the stack was, for one who has seen that its answer to a SYN came.
fn hindsight(lives: &Lives, round: usize, side: Side, capture: &Capture, index: usize) -> State {
    let state = state_at(lives, round, side, capture, index);
    let life = lives[round].of(side);
    let moment = capture.frames[index].moment;
    let made = life.moves.partition_point(|made| made.moment <= moment);
    let received = made > 0 && life.moves[made - 1].to == Stack::SynReceived;
    let answered = capture.frames.iter().any(|frame| {
        let packet = &frame.packet;
        packet.from == side && packet.round == round && packet.has(SYN)
    });
    if received && answered && state == State::Listen {
        State::SynReceived
    } else {
        state
    }
}

/// The states that the stack of `side` went through, as its own capture shows
/// them: each with the number of the packet that it was sent or taken in with.
/// What a RST or a FIN would show is left out where that was never sent, and
/// what time alone brought about.
pub fn timeline(lives: &Lives, round: usize, side: Side, capture: &Capture) -> Vec<(u64, State)> {
    let mut rows: Vec<(u64, State)> = Vec::new();
    let mut state = None;
    for (index, frame) in capture.frames.iter().enumerate() {
        if frame.packet.round != round && rows.is_empty() {
            continue;
        }
        let now = hindsight(lives, round, side, capture, index);
        let known = state.unwrap_or(State::Closed);
        let idle = |state| matches!(state, State::Closed | State::Listen);
        if now != known && !(idle(known) && idle(now)) && !silent(lives, round, side, frame.moment)
        {
            rows.push((index as u64 + 1, now));
        }
        state = Some(now);
    }
    rows
}
