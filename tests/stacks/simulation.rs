//! The simulation: two hosts, the path between them, three monitors, and time
//! that passes only when something happens.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use fastrand::Rng;
use smoltcp::socket::tcp::State;

use crate::app::App;
use crate::capture::{Capture, Monitor};
use crate::endpoint::Endpoint;
use crate::event::{Due, Event};
use crate::life::{Life, Lives, Move};
use crate::packet::{self, Packet, RST};
use crate::scenario::{Opening, Round, SECOND, Scenario};
use crate::side::{Both, Side};
use crate::wire::Wire;

/// A simulation that has put so many datagrams on the wire is stopped.
const DATAGRAMS: usize = 400;

/// smoltcp's TIME-WAIT.
const TIME_WAIT: i64 = 10 * SECOND;

/// What tcpcheck takes for the time of TIME-WAIT: less, because smoltcp counts
/// from the FIN and acknowledges it later, and that ACK may arrive later still.
pub const TWO_MSL: i64 = 6 * SECOND;

/// What came of a scenario.
pub struct Outcome {
    pub captures: [Capture; 3],
    pub lives: Lives,
}

struct Simulation {
    rng: Rng,
    now: i64,
    began: i64,
    moment: u64,
    round: usize,
    /// What happens in it.
    plan: Round,
    queue: BinaryHeap<Reverse<Due>>,
    endpoints: Both<Endpoint>,
    apps: Both<Option<App>>,
    app_wakes: Both<Option<i64>>,
    lives: Lives,
    captures: [Capture; 3],
    datagrams: usize,
    wire: Wire,
    /// The stack at work has nothing to send.
    sleeping: bool,
}

/// Lets `scenario` happen.
pub fn run(scenario: &Scenario, rng: Rng) -> Outcome {
    let now = SECOND;
    let mut simulation = Simulation {
        rng,
        now,
        began: now,
        moment: 0,
        round: 0,
        plan: scenario.rounds[0].clone(),
        queue: BinaryHeap::new(),
        endpoints: Both {
            a: Endpoint::new(Side::A, scenario, now),
            b: Endpoint::new(Side::B, scenario, now),
        },
        apps: Both::default(),
        app_wakes: Both::default(),
        lives: Vec::new(),
        captures: Monitor::ALL.map(Capture::at),
        datagrams: 0,
        wire: Wire::default(),
        sleeping: false,
    };
    for (index, round) in scenario.rounds.iter().enumerate() {
        if !simulation.play(index, round) {
            break;
        }
    }
    Outcome {
        captures: simulation.captures,
        lives: simulation.lives,
    }
}

impl Simulation {
    /// One round; false if no other can follow.
    fn play(&mut self, index: usize, round: &Round) -> bool {
        self.round = index;
        self.plan = round.clone();
        self.began = self.now;
        self.lives.push(Both::default());
        if index > 0 && !self.queue.is_empty() {
            for lives in &mut self.lives[index - 1..] {
                lives.a.entangled = true;
            }
        }
        self.wire = Wire::default();
        self.apps = Both::default();
        self.app_wakes = Both::default();
        for hop in self
            .plan
            .towards_a
            .iter_mut()
            .chain(&mut self.plan.towards_b)
        {
            let began = self.began;
            hop.outage = hop.outage.map(|(from, to)| (began + from, began + to));
        }
        let (a, b) = match round.opening {
            Opening::Passive => (0, Some(0)),
            Opening::Refused => (0, None),
            Opening::Late(after) => (0, Some(after)),
            Opening::Simultaneous(after) => ((-after).max(0), Some(after.max(0))),
        };
        if let Some(after) = b {
            self.schedule(self.now + after, Event::Begins(Side::B));
        }
        self.schedule(self.now + a, Event::Begins(Side::A));
        let limit = self.now + round.limit;
        self.until(limit, true);
        if self.is_over() || !round.aborted_at_limit {
            let over = self.is_over();
            self.rest(round.pause);
            return over;
        }
        for side in Side::BOTH {
            if self.endpoints.of(side).state() != State::TimeWait {
                self.act(side, |endpoint| endpoint.socket().abort());
            }
        }
        // Some of it may still be under way when the next round begins.
        let waits = Side::BOTH
            .iter()
            .any(|side| self.endpoints.of(*side).state() == State::TimeWait);
        if waits {
            self.until(self.now + 3 * TIME_WAIT, true);
        }
        self.rest(round.pause);
        Side::BOTH
            .iter()
            .all(|side| self.endpoints.of(*side).state() == State::Closed)
    }

    /// Between two rounds.
    fn rest(&mut self, pause: i64) {
        let end = self.now + pause;
        self.until(end, false);
        self.now = self.now.max(end);
        if self.endpoints.b.state() == State::Listen && self.endpoints.a.state() == State::Closed {
            self.endpoints.b.socket().close();
        }
    }

    fn is_over(&self) -> bool {
        let (a, b) = (self.endpoints.a.state(), self.endpoints.b.state());
        a == State::Closed && matches!(b, State::Closed | State::Listen) && self.queue.is_empty()
    }

    /// Lets happen what happens until `end`.
    fn until(&mut self, end: i64, stop_when_over: bool) {
        while self.datagrams < DATAGRAMS && !(stop_when_over && self.is_over()) {
            let due = self.queue.peek().map(|Reverse(due)| due.at);
            let mut next = due;
            let mut whose = None;
            for side in Side::BOTH {
                let stack = self.endpoints.of_mut(side).wakes_at(self.now);
                let wakes = [stack, *self.app_wakes.of(side)];
                for at in wakes.into_iter().flatten() {
                    // A stack that is awake and does nothing is asked later.
                    let at = at.max(self.now + 1);
                    if next.is_none_or(|next| at < next) {
                        (next, whose) = (Some(at), Some(side));
                    }
                }
            }
            let Some(at) = next.filter(|at| *at <= end) else {
                return;
            };
            self.now = self.now.max(at);
            match whose {
                Some(side) => self.serve(side),
                None => self.next_event(),
            }
        }
    }

    fn schedule(&mut self, at: i64, event: Event) {
        self.moment += 1;
        let (order, round) = (self.moment, self.round);
        self.queue.push(Reverse(Due {
            at,
            order,
            round,
            event,
        }));
    }

    fn next_event(&mut self) {
        let Some(Reverse(due)) = self.queue.pop() else {
            return;
        };
        match due.event {
            Event::Begins(side) if due.round == self.round => self.begin(side),
            Event::Begins(_) => {}
            Event::AtMiddle(packet) => {
                self.moment += 1;
                self.captures[1].record(self.now, self.moment, &packet);
                self.forward(packet, 1);
            }
            Event::Arrives(packet) => {
                let side = packet.from.other();
                self.moment += 1;
                self.captures[end_of(side)].record(self.now, self.moment, &packet);
                let (now, before) = (self.now, self.endpoints.of(side).state());
                self.endpoints.of_mut(side).receive(&packet.octets, now);
                self.note(side, false);
                let life = self.lives[self.round].of_mut(side);
                if packet.has(RST) {
                    self.wire.reset(side, &packet, before, life);
                } else if packet.round == self.round {
                    self.wire.arrived(side, &packet, before, life);
                }
                self.emit(side);
                self.serve(side);
            }
        }
    }

    fn begin(&mut self, side: Side) {
        let (now, round) = (self.now, &self.plan);
        let rest = self.rng.u64(..);
        let isn = *round.isns.of(side);
        let (a, b) = round.ports;
        let peer = self.endpoints.of(side.other()).address();
        let endpoint = self.endpoints.of_mut(side);
        match side {
            Side::A => endpoint.connect((a, b), peer, isn, rest, now),
            Side::B if matches!(round.opening, Opening::Simultaneous(_)) => {
                endpoint.connect((b, a), peer, isn, rest, now);
            }
            Side::B => endpoint.listen(b, isn, rest, now),
        }
        let plan = round.plans.of(side).clone();
        *self.apps.of_mut(side) = Some(App::new(plan, side, now));
        self.note(side, false);
        self.serve(side);
    }

    /// Lets program and stack of a host do what they have to do now.
    fn serve(&mut self, side: Side) {
        let (began, now) = (self.began, self.now);
        loop {
            self.moment += 1;
            let app = self.apps.of_mut(side).take();
            if let Some(mut app) = app {
                let mut wake = None;
                self.act(side, |endpoint| {
                    wake = app.act(endpoint.socket(), began, now);
                });
                *self.apps.of_mut(side) = Some(app);
                *self.app_wakes.of_mut(side) = wake;
            }
            if !self.pump(side) {
                return;
            }
        }
    }

    /// The program of a host does something, which may end its connection.
    fn act(&mut self, side: Side, what: impl FnOnce(&mut Endpoint)) {
        let before = self.endpoints.of(side).state();
        self.moment += 1;
        what(self.endpoints.of_mut(side));
        let gave_up = !matches!(before, State::Closed | State::Listen)
            && self.endpoints.of(side).state() == State::Closed;
        self.note(side, gave_up);
        if gave_up {
            self.pump(side);
        }
    }

    /// Lets the stack send; false if it had nothing to send.
    fn pump(&mut self, side: Side) -> bool {
        let mut any = false;
        loop {
            let now = self.now;
            let before = self.endpoints.of(side).state();
            let sends = self.endpoints.of_mut(side).send(now);
            let closed =
                before != State::Closed && self.endpoints.of(side).state() == State::Closed;
            self.sleeping = !sends;
            self.note(side, closed && sends);
            self.sleeping = false;
            self.emit(side);
            if !sends || self.datagrams >= DATAGRAMS {
                return any;
            }
            any = true;
        }
    }

    /// Puts on the wire what a host has sent.
    fn emit(&mut self, side: Side) {
        while let Some(datagram) = self.endpoints.of_mut(side).take() {
            let flags = packet::flags(&datagram);
            let life = self.lives[self.round].of_mut(side);
            self.wire.sent(side, &datagram, life);
            self.moment += 1;
            let packet = Packet {
                from: side,
                round: self.round,
                id: self.datagrams,
                flags,
                sent: self.moment,
                octets: Rc::from(datagram),
            };
            self.datagrams += 1;
            self.captures[end_of(side)].record(self.now, self.moment, &packet);
            self.forward(packet, 0);
        }
    }

    fn forward(&mut self, packet: Packet, hop: usize) {
        let hops = match packet.from {
            Side::A => &mut self.plan.towards_b,
            Side::B => &mut self.plan.towards_a,
        };
        for at in hops[hop].carry(self.now, &mut self.rng) {
            let event = match hop {
                0 => Event::AtMiddle(packet.clone()),
                _ => Event::Arrives(packet.clone()),
            };
            self.schedule(at, event);
        }
    }

    /// Notes the state of a stack if it has changed.
    fn note(&mut self, side: Side, gives_up: bool) {
        let to = self.endpoints.of(side).state();
        let moment = self.moment;
        let life: &mut Life = self.lives[self.round].of_mut(side);
        if life.state() != to {
            let silent = life.state() == State::TimeWait && self.sleeping;
            life.took_liberties |= gives_up && life.state() == State::SynSent;
            life.moves.push(Move {
                moment,
                to,
                gives_up,
                silent,
            });
        }
    }
}

/// Which capture is the one taken at a host.
fn end_of(side: Side) -> usize {
    match side {
        Side::A => 0,
        Side::B => 2,
    }
}
