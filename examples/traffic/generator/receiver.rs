//! The receiving half of an end: what has come, what is said about it and when.

use super::segment::{SACKS, ahead};
use super::stack::Stack;

/// When an ACK is to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    Nothing,
    By(u64),
    Now,
}

/// The receiving half.
#[derive(Debug)]
pub struct Receiver {
    /// RCV.NXT.
    pub nxt: u32,
    /// Octets of data that came in order.
    pub received: u64,
    /// What came early, the latest first, as left and right edges.
    early: Vec<(u32, u32)>,
    /// Number of the peer's FIN.
    fin: Option<u32>,
    /// All of the peer's stream has come.
    pub closed: bool,
    /// Right edge of the window, as last said. It never goes back.
    edge: u32,
    /// Octets of room at first.
    buffer: u32,
    /// And at most.
    most: u32,
    /// How long an ACK is delayed.
    delay: u64,
    pub due: Due,
    /// Segments that came since the last ACK.
    waiting: u8,
}

impl Receiver {
    /// One that has received nothing.
    pub const fn new(stack: &Stack) -> Receiver {
        Receiver {
            nxt: 0,
            received: 0,
            early: Vec::new(),
            fin: None,
            closed: false,
            edge: 0,
            buffer: stack.buffer,
            most: stack.most,
            delay: stack.delay,
            due: Due::Nothing,
            waiting: 0,
        }
    }

    /// The window that a SYN without ACK offers.
    pub fn first_window(&self) -> u16 {
        self.buffer.min(u32::from(u16::MAX)) as u16
    }

    /// The peer's SYN came, with so much data.
    pub fn begin(&mut self, irs: u32, data: u16) {
        self.nxt = irs.wrapping_add(1 + u32::from(data));
        self.received = u64::from(data);
        self.edge = irs
            .wrapping_add(1)
            .wrapping_add(u32::from(self.first_window()));
    }

    /// The window to be said, in units of `1 << shift` octets. Room grows with what has come,
    /// and since the right edge is rounded up it never moves to the left.
    pub fn window(&mut self, shift: u8) -> u16 {
        let grown = u64::from(self.buffer) + 2 * self.received;
        let room = grown.min(u64::from(self.most.max(self.buffer))) as u32;
        let left = ahead(self.edge, self.nxt).max(0).unsigned_abs();
        let unit = 1 << shift;
        let field = room.max(left).div_ceil(unit).min(u32::from(u16::MAX));
        self.edge = self.nxt.wrapping_add(field << shift);
        field as u16
    }

    /// A segment with data or a FIN came.
    pub fn take(&mut self, seq: u32, len: u16, fin: bool, now: u64) {
        let end = seq.wrapping_add(u32::from(len));
        if fin {
            self.fin = Some(end);
        }
        let right = end.wrapping_add(u32::from(fin));
        self.waiting += 1;
        if ahead(right, self.nxt) <= 0 || ahead(seq, self.nxt) > 0 {
            // Old or early: said at once (RFC 9293, 3.10.7.4; RFC 5681, 4.2).
            if ahead(seq, self.nxt) > 0 {
                self.keep(seq, right);
            }
            self.due = Due::Now;
            return;
        }
        let fills = !self.early.is_empty();
        self.advance(right);
        // RFC 5681, 4.2: at once for every second segment, and where a gap is filled.
        if fills || self.closed || self.waiting >= 2 {
            self.due = Due::Now;
        } else if self.due == Due::Nothing {
            self.due = Due::By(now + self.delay);
        }
    }

    fn keep(&mut self, left: u32, right: u32) {
        let mut whole = (left, right);
        self.early.retain(|(left, right)| {
            let apart = ahead(*left, whole.1) > 0 || ahead(whole.0, *right) > 0;
            if !apart {
                if ahead(whole.0, *left) > 0 {
                    whole.0 = *left;
                }
                if ahead(*right, whole.1) > 0 {
                    whole.1 = *right;
                }
            }
            apart
        });
        self.early.insert(0, whole);
    }

    /// All up to `right` has come, and what came early behind it.
    fn advance(&mut self, right: u32) {
        let mut to = right;
        while let Some(at) = self
            .early
            .iter()
            .position(|(left, _)| ahead(*left, to) <= 0)
        {
            let (_, right) = self.early.remove(at);
            if ahead(right, to) > 0 {
                to = right;
            }
        }
        self.received += u64::from(to.wrapping_sub(self.nxt));
        self.nxt = to;
        if self.fin.is_some_and(|fin| fin.wrapping_add(1) == to) && !self.closed {
            self.closed = true;
            self.received -= 1;
        }
    }

    /// SACK blocks: the one with the latest segment first (RFC 2018, 4).
    pub fn sacks(&self) -> [(u32, u32); SACKS] {
        let mut blocks = [(0, 0); SACKS];
        for (to, from) in blocks.iter_mut().zip(&self.early) {
            *to = *from;
        }
        blocks
    }

    /// A segment with an ACK leaves.
    pub fn answered(&mut self) {
        self.due = Due::Nothing;
        self.waiting = 0;
    }
}
