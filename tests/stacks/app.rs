//! The program that uses a socket: what it sends, how it reads, how it ends.

use smoltcp::socket::tcp::{Socket, State};

use crate::side::Side;

/// How a program reads. Times are microseconds since the round began.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// All there is, at once.
    Eager,
    /// So many octets each time so much has passed.
    Slow(usize, i64),
    /// Nothing before then, then all.
    Late(i64),
}

/// How a program ends its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    CloseWhenSent,
    /// When the peer has closed and everything is sent.
    CloseAfterPeer,
    CloseAt(i64),
    AbortWhenSent,
    AbortAfterPeer,
    AbortAt(i64),
    /// Closes when all is sent, and aborts so much later.
    AbortAfterClose(i64),
    Never,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub octets: usize,
    /// How many it writes at once.
    pub at_once: usize,
    pub write_pause: i64,
    /// When it begins to write.
    pub begin: i64,
    pub reading: Reading,
    pub ending: Ending,
    /// From the moment when it could end its connection until it does.
    pub hesitation: i64,
}

/// A program at work.
#[derive(Clone, Debug)]
pub struct App {
    plan: Plan,
    side: Side,
    written: usize,
    next_write: i64,
    next_read: i64,
    ready_at: Option<i64>,
    closed_at: Option<i64>,
    done: bool,
}

impl App {
    pub fn new(plan: Plan, side: Side, now: i64) -> App {
        App {
            next_write: now + plan.begin,
            next_read: match plan.reading {
                Reading::Late(after) => now + after,
                _ => now,
            },
            plan,
            side,
            written: 0,
            ready_at: None,
            closed_at: None,
            done: false,
        }
    }

    /// Does what is to be done now; says when it wants to be asked again.
    pub fn act(&mut self, socket: &mut Socket<'_>, began: i64, now: i64) -> Option<i64> {
        let mut wake = None;
        let mut ask_at = |at: i64| {
            if at > now {
                wake = Some(wake.map_or(at, |known: i64| known.min(at)));
            }
        };
        if socket.can_recv() && now >= self.next_read {
            self.read(socket, now);
        }
        ask_at(self.next_read);
        if now >= self.next_write {
            self.write(socket, now);
        }
        ask_at(self.next_write);
        if self.is_ready(socket, now, began) {
            let at = *self.ready_at.get_or_insert(now + self.plan.hesitation);
            if now >= at {
                self.end(socket, now);
            }
            ask_at(at);
        }
        match self.plan.ending {
            Ending::CloseAt(at) | Ending::AbortAt(at) => ask_at(began + at),
            Ending::AbortAfterClose(after) => {
                if let Some(at) = self.closed_at {
                    ask_at(at + after);
                }
            }
            _ => {}
        }
        wake
    }

    fn read(&mut self, socket: &mut Socket<'_>, now: i64) {
        let most = match self.plan.reading {
            Reading::Slow(octets, pause) => {
                self.next_read = now + pause;
                octets
            }
            _ => usize::MAX,
        };
        let mut left = most;
        while left > 0 && socket.can_recv() {
            let taken = socket.recv(|data| {
                let count = data.len().min(left);
                (count, count)
            });
            left -= taken.unwrap_or(left).max(1).min(left);
        }
    }

    fn write(&mut self, socket: &mut Socket<'_>, now: i64) {
        let end = self.plan.octets.min(self.written + self.plan.at_once);
        while self.written < end && socket.can_send() {
            let (from, side) = (self.written, self.side);
            let sent = socket.send(|room| {
                let count = room.len().min(end - from);
                for (at, octet) in room[..count].iter_mut().enumerate() {
                    *octet = octet_at(side, from + at);
                }
                (count, count)
            });
            match sent {
                Ok(count) if count > 0 => self.written += count,
                _ => break,
            }
        }
        if self.written > 0 && self.plan.write_pause > 0 && self.written < self.plan.octets {
            self.next_write = now + self.plan.write_pause;
        }
    }

    fn is_ready(&self, socket: &Socket<'_>, now: i64, began: i64) -> bool {
        let state = socket.state();
        let open = !matches!(
            state,
            State::Closed | State::Listen | State::SynSent | State::SynReceived
        );
        let sent = open && (self.written == self.plan.octets || !socket.may_send());
        let peer_closed = open && !socket.may_recv();
        match self.plan.ending {
            Ending::CloseWhenSent | Ending::AbortWhenSent => sent,
            Ending::CloseAfterPeer => sent && peer_closed,
            Ending::AbortAfterPeer => peer_closed,
            // smoltcp does not take a close in SYN-RECEIVED well: it goes to
            // FIN-WAIT-1 and forgets that its SYN is still to be counted.
            Ending::CloseAt(at) => now >= began + at && state != State::SynReceived,
            Ending::AbortAt(at) => now >= began + at,
            Ending::AbortAfterClose(after) => match self.closed_at {
                Some(closed) => now >= closed + after,
                None => sent,
            },
            Ending::Never => false,
        }
    }

    fn end(&mut self, socket: &mut Socket<'_>, now: i64) {
        if self.done {
            return;
        }
        match self.plan.ending {
            Ending::AbortAfterClose(_) if self.closed_at.is_none() => {
                self.closed_at = Some(now);
                self.ready_at = None;
                socket.close();
            }
            Ending::AbortWhenSent
            | Ending::AbortAfterPeer
            | Ending::AbortAt(_)
            | Ending::AbortAfterClose(_) => {
                self.done = true;
                socket.abort();
            }
            _ => {
                self.done = true;
                socket.close();
            }
        }
    }
}

/// The octet at a place in a stream: a retransmission must repeat it.
fn octet_at(side: Side, at: usize) -> u8 {
    let mixed = (at as u32 ^ (side as u32) << 20).wrapping_mul(0x9e37_79b9);
    (mixed >> 24) as u8
}
