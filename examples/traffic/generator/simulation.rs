//! Time goes by: connections open, packets pass the monitor and arrive, timers run out.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io::{self, Write};

use fastrand::Rng;

use super::connection::Connection;
use super::conversation::Opening;
use super::flood::Flood;
use super::output::Output;
use super::packet::Framer;
use super::segment::Segment;
use super::side::Side;
use super::{Goal, Kind, MS, Plan, Supply};

/// What a link takes for an octet: a gigabit a second.
const NS_PER_OCTET: u64 = 8;
/// Octets of a frame besides its data, roughly.
const HEADERS: u64 = 66;

/// The first connections open within that time.
const FIRST_ONES: u64 = 100 * MS;

/// What happens at a time.
enum What {
    /// The next connection opens.
    Open,
    /// A segment from a side passes the monitor.
    Pass(Side, Segment),
    /// And arrives at the other side.
    Arrive(Side, Segment),
    /// A connection has asked to be woken.
    Wake,
}

/// An event of a connection.
struct Event {
    at: u64,
    /// What was planned earlier comes first among events of one time.
    order: u64,
    /// Where the connection is kept, and which it is.
    slot: usize,
    serial: u64,
    what: What,
}

impl Ord for Event {
    fn cmp(&self, other: &Event) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Event) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Event) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

/// Connections that are under way, and the capture so far.
pub struct Simulation<'a> {
    kind: &'static Kind,
    goal: Goal,
    rng: Rng,
    output: Output<'a>,
    framer: Framer,
    queue: BinaryHeap<Reverse<Event>>,
    planned: u64,
    /// With the serial number of each.
    connections: Vec<Option<(u64, Connection)>>,
    free: Vec<usize>,
    live: u64,
    opened: u64,
    flood: Option<Flood>,
    /// The capture is long enough.
    is_full: bool,
}

impl<'a> Simulation<'a> {
    /// A simulation at its beginning.
    pub fn new(plan: &Plan, sink: &'a mut dyn Write) -> io::Result<Simulation<'a>> {
        let mut rng = Rng::with_seed(plan.seed);
        Ok(Simulation {
            kind: plan.kind,
            goal: plan.goal,
            output: Output::to(sink)?,
            framer: Framer::new(&mut rng),
            flood: plan.kind.flood.then(Flood::default),
            rng,
            queue: BinaryHeap::new(),
            planned: 0,
            connections: Vec::new(),
            free: Vec::new(),
            live: 0,
            opened: 0,
            is_full: false,
        })
    }

    /// Writes the capture.
    pub fn run(mut self) -> io::Result<()> {
        self.begin();
        loop {
            let next = self.queue.peek().map(|Reverse(event)| event.at);
            let flood = self.flood.as_ref().and_then(Flood::next_at);
            if let (Some(flood), Some(active)) = (flood, &mut self.flood)
                && next.is_none_or(|next| flood < next)
            {
                active.write(&mut self.rng, &mut self.framer, &mut self.output)?;
                self.look_at_goal();
            } else if let Some(Reverse(event)) = self.queue.pop() {
                self.happen(event)?;
            } else {
                return Ok(());
            }
        }
    }

    fn begin(&mut self) {
        let packets = match self.goal {
            Goal::Packets(packets) => packets,
            Goal::Octets(octets) => octets / self.kind.packet,
        };
        let at_once = match self.kind.supply {
            Supply::Lasting { at_once, least } | Supply::Replaced { at_once, least } => {
                at_once.min(packets / least).max(1)
            }
            Supply::Every(_) => 1,
        };
        for n in 0..at_once {
            self.plan(n * FIRST_ONES / at_once, What::Open, 0, 0);
        }
    }

    fn plan(&mut self, at: u64, what: What, slot: usize, serial: u64) {
        self.planned += 1;
        self.queue.push(Reverse(Event {
            at,
            order: self.planned,
            slot,
            serial,
            what,
        }));
    }

    fn happen(&mut self, event: Event) -> io::Result<()> {
        let Event {
            at: now,
            slot,
            serial,
            what,
            ..
        } = event;
        if matches!(what, What::Open) {
            self.open(now);
            return Ok(());
        }
        let kept = self.connections.get_mut(slot).and_then(Option::as_mut);
        let Some((_, connection)) = kept.filter(|(known, _)| *known == serial) else {
            return Ok(());
        };
        match what {
            What::Open => {}
            What::Pass(from, segment) => {
                let hosts = &connection.setup.hosts;
                let frame = self
                    .framer
                    .frame(&hosts[from], &hosts[from.other()], &segment)?;
                self.output.frame(now, frame)?;
                let is_lost = std::mem::take(&mut connection.loses_syn)
                    || segment.is_data() && self.rng.u32(..1_000_000) < self.kind.losses;
                if is_lost {
                    connection.in_flight -= 1;
                } else {
                    let delay = connection.setup.delays[from.other()];
                    let at = now + delay + self.rng.u64(..=delay / 16);
                    let at = connection.link[from].keep_order_at_end(at);
                    self.plan(at, What::Arrive(from.other(), segment), slot, serial);
                }
                self.look_at_goal();
            }
            What::Arrive(to, segment) => {
                connection.in_flight -= 1;
                connection.arrive(to, &segment, now, &mut self.rng);
                self.follow(slot, now);
            }
            What::Wake => {
                if connection.alarm == now {
                    connection.alarm = u64::MAX;
                    connection.wake(now, &mut self.rng);
                    self.follow(slot, now);
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, now: u64) {
        if self.is_full {
            return;
        }
        let setup = (self.kind.connection)(self.opened, &mut self.rng);
        let connection = Connection::open(setup, now, &mut self.rng);
        self.opened += 1;
        self.live += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        if let Some(room) = self.connections.get_mut(slot) {
            *room = Some((self.opened, connection));
        }
        self.follow(slot, now);
        if let Supply::Every(interval) = self.kind.supply {
            let at = now + self.rng.u64(interval / 2..interval + interval / 2);
            self.plan(at, What::Open, 0, 0);
        }
    }

    /// Plans what follows from what a connection has just done.
    fn follow(&mut self, slot: usize, now: u64) {
        let kept = self.connections.get_mut(slot).and_then(Option::take);
        let Some((serial, mut connection)) = kept else {
            return;
        };
        for side in Side::BOTH {
            let mut sent = std::mem::take(&mut connection.sent[side]);
            for segment in sent.drain(..) {
                let delay = connection.setup.delays[side];
                let delay = delay + self.rng.u64(..=delay / 16);
                let octets = HEADERS + u64::from(segment.len);
                let at = connection.link[side].send(now, octets * NS_PER_OCTET, delay);
                connection.in_flight += 1;
                self.plan(at, What::Pass(side, segment), slot, serial);
            }
            connection.sent[side] = sent;
        }
        if connection.is_over() {
            self.ended(&connection, slot, now);
            return;
        }
        let deadline = connection.deadline();
        if deadline < connection.alarm {
            connection.alarm = deadline;
            self.plan(deadline, What::Wake, slot, serial);
        }
        if let Some(room) = self.connections.get_mut(slot) {
            *room = Some((serial, connection));
        }
    }

    fn ended(&mut self, connection: &Connection, slot: usize, now: u64) {
        self.free.push(slot);
        self.live -= 1;
        let was_refused = connection.setup.conversation.opening == Opening::Refused;
        let is_replaced = match self.kind.supply {
            Supply::Replaced { .. } => true,
            Supply::Lasting { .. } => was_refused,
            Supply::Every(_) => false,
        };
        if is_replaced && !self.is_full {
            let at = now + self.rng.u64(..MS);
            self.plan(at, What::Open, 0, 0);
        }
    }

    /// Ends what lasts when the capture is long enough.
    fn look_at_goal(&mut self) {
        let tail = self.live * self.kind.tail;
        let is_reached = match self.goal {
            Goal::Packets(packets) => self.output.packets + tail >= packets,
            Goal::Octets(octets) => self.output.octets + tail * self.kind.packet >= octets,
        };
        if self.is_full || !is_reached {
            return;
        }
        self.is_full = true;
        if let Some(flood) = &mut self.flood {
            flood.stop();
        }
        if let Supply::Lasting { .. } = self.kind.supply {
            for (_, connection) in self.connections.iter_mut().flatten() {
                connection.finish();
            }
        }
    }
}
