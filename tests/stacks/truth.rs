//! What of all that happened a monitor could have seen.

use smoltcp::socket::tcp::State as Stack;
use tcpcheck::machine::state::State;

use crate::capture::Capture;
use crate::life::Lives;
use crate::packet::{FIN, RST, SYN};
use crate::side::Side;

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
