//! A connection: two ends, the way between them, and what is to be said.

use super::MS;
use super::conversation::{Closing, Conversation, Opening, Turn};
use super::endpoint::Endpoint;
use super::link::Link;
use super::packet::Host;
use super::segment::Segment;
use super::side::{Pair, Side};
use super::stack::Stack;

/// What a connection is made from.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub hosts: Pair<Host>,
    pub stacks: Pair<&'static Stack>,
    /// How long a packet takes between each end and the monitor, in nanoseconds.
    pub delays: Pair<u64>,
    pub conversation: Conversation,
}

/// What the applications do at a time that is fixed.
#[derive(Clone, Copy, Debug)]
enum Step {
    Speak(Turn),
    Close(Side),
    CloseBoth,
    Abort(Side),
}

/// What they wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Await {
    Nothing,
    /// That this side may speak.
    Open(Side),
    /// That all that this side said has arrived.
    Delivery(Side),
    /// That this side learns that the other one has closed.
    End(Side),
}

/// A connection.
pub struct Connection {
    pub setup: Setup,
    ends: Pair<Endpoint>,
    /// What they have sent, and the simulation has not yet taken.
    pub sent: Pair<Vec<Segment>>,
    /// Segments on their way.
    pub in_flight: u32,
    /// The time for which the simulation was asked to wake it.
    pub alarm: u64,
    /// The way from each side.
    pub link: Pair<Link>,
    /// The first segment of the client is to be lost.
    pub loses_syn: bool,
    /// The capture is long enough.
    is_last_turn: bool,
    /// Turns that were taken.
    turns: u32,
    due: Option<(u64, Step)>,
    awaits: Await,
}

impl Connection {
    /// Opens a connection.
    pub fn open(setup: Setup, now: u64, rng: &mut fastrand::Rng) -> Connection {
        let mut end =
            |side| -> Endpoint { Endpoint::new(setup.stacks[side], &setup.hosts[side], rng) };
        let (client, server) = (end(Side::Client), end(Side::Server));
        let mut this = Connection {
            setup,
            ends: Pair { client, server },
            sent: Pair {
                client: Vec::new(),
                server: Vec::new(),
            },
            in_flight: 0,
            alarm: u64::MAX,
            link: Pair {
                client: Link::default(),
                server: Link::default(),
            },
            loses_syn: setup.conversation.opening == Opening::SynLost,
            is_last_turn: false,
            turns: 0,
            due: None,
            awaits: Await::Nothing,
        };
        this.begin(now, rng);
        this
    }

    fn begin(&mut self, now: u64, rng: &mut fastrand::Rng) {
        let Pair { client, server } = &mut self.ends;
        let conversation = &self.setup.conversation;
        let out = &mut self.sent.client;
        match conversation.opening {
            Opening::Refused => return client.open(now, out),
            Opening::Simultaneous => {
                client.open(now, out);
                server.open(now, &mut self.sent.server);
            }
            Opening::Fast => {
                let turn = (conversation.turn)(0, rng);
                server.listen();
                // What a SYN has room for next to its options.
                let data = turn.octets.min(1200).min(u64::from(turn.largest));
                client.open_fast(data as u16, rng.u64(..), now, out);
                self.turns = 1;
                self.awaits = Await::Delivery(Side::Client);
                return;
            }
            Opening::ThreeWay | Opening::DataOnThird | Opening::SynLost => {
                server.listen();
                client.open(now, out);
            }
        }
        let first = (conversation.turn)(0, rng).from;
        self.awaits = Await::Open(first);
    }

    /// Whether nothing more is to come.
    pub fn is_over(&self) -> bool {
        let ends = &self.ends;
        self.in_flight == 0 && self.due.is_none() && ends.client.is_over() && ends.server.is_over()
    }

    /// When something is to be done though nothing comes.
    pub fn deadline(&self) -> u64 {
        let step = self.due.map_or(u64::MAX, |(time, _)| time);
        let ends = &self.ends;
        step.min(ends.client.deadline()).min(ends.server.deadline())
    }

    /// A segment comes to a side.
    pub fn arrive(&mut self, to: Side, segment: &Segment, now: u64, rng: &mut fastrand::Rng) {
        self.ends[to].receive(segment, now, &mut self.sent[to]);
        self.go_on(now, rng);
    }

    /// Time has passed.
    pub fn wake(&mut self, now: u64, rng: &mut fastrand::Rng) {
        for side in Side::BOTH {
            self.ends[side].wake(now, &mut self.sent[side]);
        }
        self.go_on(now, rng);
    }

    /// The capture is long enough: what is being said is the last that is said.
    pub fn finish(&mut self) {
        self.is_last_turn = true;
        self.setup.conversation.turns = self.turns.max(1);
        for side in Side::BOTH {
            self.ends[side].sender.truncate();
        }
    }

    fn go_on(&mut self, now: u64, rng: &mut fastrand::Rng) {
        loop {
            if let Some((_, step)) = self.due.take_if(|(time, _)| *time <= now) {
                self.perform(step, now);
            }
            if !self.look(now, rng) {
                break;
            }
        }
        for side in Side::BOTH {
            self.ends[side].flush(now, &mut self.sent[side]);
        }
    }

    /// Looks whether what is awaited has come; if so, it plans what is next.
    fn look(&mut self, now: u64, rng: &mut fastrand::Rng) -> bool {
        let come = match self.awaits {
            Await::Nothing => false,
            Await::Open(side) => self.ends[side].is_open(),
            Await::Delivery(from) => self.is_delivered(from),
            Await::End(at) => self.ends[at].receiver.closed,
        };
        if !come {
            return false;
        }
        let conversation = &self.setup.conversation;
        let turn = (self.turns < conversation.turns).then(|| (conversation.turn)(self.turns, rng));
        let planned = match (self.awaits, turn) {
            (Await::Delivery(_) | Await::End(_), None) => self.plan_end(rng),
            (Await::Open(_), Some(turn)) if conversation.opening == Opening::DataOnThird => {
                Some((0, Step::Speak(turn)))
            }
            (_, Some(turn)) => Some((turn.pause, Step::Speak(turn))),
            (_, None) => None,
        };
        self.awaits = Await::Nothing;
        self.due = planned.map(|(pause, step)| (now + pause, step));
        true
    }

    fn is_delivered(&self, from: Side) -> bool {
        let sender = &self.ends[from].sender;
        sender.is_drained() && sender.sent == self.ends[from.other()].receiver.received
    }

    /// How it ends now that all is said, or now that one side has closed.
    fn plan_end(&self, rng: &mut fastrand::Rng) -> Option<(u64, Step)> {
        // Long enough that the ACK of a FIN goes alone.
        let pause = rng.u64(MS..20 * MS);
        match (self.awaits, self.setup.conversation.closing) {
            (Await::End(at), Closing::ThreeWay(_)) => Some((0, Step::Close(at))),
            (Await::End(at), _) => Some((pause, Step::Close(at))),
            (_, Closing::FourWay(side) | Closing::ThreeWay(side)) => {
                Some((pause, Step::Close(side)))
            }
            (_, Closing::Simultaneous) => Some((pause, Step::CloseBoth)),
            (_, Closing::HalfClose) => Some((pause, Step::Close(Side::Server))),
            (Await::Delivery(from), Closing::Abort) => Some((pause, Step::Abort(from.other()))),
            _ => None,
        }
    }

    fn perform(&mut self, step: Step, now: u64) {
        match step {
            Step::Speak(turn) => self.speak(&turn),
            Step::Close(side) => {
                self.ends[side].sender.close();
                if !self.ends[side.other()].receiver.closed && !self.ends[side].receiver.closed {
                    self.awaits = Await::End(side.other());
                }
            }
            Step::CloseBoth => {
                self.ends.client.sender.close();
                self.ends.server.sender.close();
            }
            Step::Abort(side) => self.ends[side].abort(now, &mut self.sent[side]),
        }
    }

    fn speak(&mut self, turn: &Turn) {
        let conversation = &self.setup.conversation;
        let from = turn.from;
        let octets = match self.is_last_turn {
            true => turn.octets.min(u64::from(u16::MAX)),
            false => turn.octets,
        };
        self.ends[from].sender.write(octets, turn.largest);
        self.turns += 1;
        self.awaits = Await::Delivery(from);
        let is_last = self.turns == conversation.turns;
        match conversation.closing {
            // It closes with its last words.
            Closing::FourWay(side) | Closing::ThreeWay(side) if is_last && side == from => {
                self.ends[from].sender.close();
                self.awaits = Await::End(from.other());
            }
            Closing::HalfClose if self.turns == 1 && from == Side::Client => {
                self.ends[from].sender.close();
                self.awaits = Await::End(Side::Server);
            }
            _ => {}
        }
    }
}
