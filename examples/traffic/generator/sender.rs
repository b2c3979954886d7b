//! The sending half of an end: what is under way, how much may be, and what is sent again.

use super::segment::ahead;
use super::{MS, S};

/// The retransmission timeout at first, and all the time on paths as short as those here: 1 s at
/// least (RFC 6298, 2.1 and 2.4).
const TIMEOUT: u64 = S;
/// After a SYN was sent again (RFC 6298, 5.7).
const TIMEOUT_AFTER_LOST_SYN: u64 = 3 * S;
/// It is not doubled beyond that (RFC 6298, 5.5).
const LONGEST_TIMEOUT: u64 = 60 * S;

/// The congestion window does not grow beyond that.
const LARGEST_CWND: u32 = 1 << 20;

/// A part of the stream that is sent in one segment.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub seq: u32,
    pub len: u16,
    pub push: bool,
    pub fin: bool,
}

/// A loss that is being repaired (RFC 6582).
#[derive(Clone, Copy, Debug)]
struct Recovery {
    /// It is over when all up to this number is acknowledged.
    until: u32,
    /// By duplicate ACKs and not by a timeout.
    fast: bool,
}

/// The sending half.
#[derive(Debug)]
pub struct Sender {
    /// SND.UNA.
    pub una: u32,
    /// SND.NXT.
    pub nxt: u32,
    /// Octets of data that were sent, each counted once.
    pub sent: u64,
    /// Octets that the application has written and that are still to be sent.
    queued: u64,
    /// Octets of a segment at most, as the application writes.
    largest: u32,
    /// The application has closed.
    closing: bool,
    /// The FIN was sent.
    pub fin: bool,
    mss: u32,
    /// SND.WND.
    window: u32,
    cwnd: u32,
    threshold: u32,
    duplicates: u32,
    recovery: Option<Recovery>,
    /// When to send again.
    pub timer: Option<u64>,
    timeout: u64,
    /// When something was sent last.
    last: u64,
}

impl Sender {
    /// One that will begin with `iss`.
    pub const fn new(iss: u32) -> Sender {
        Sender {
            una: iss,
            nxt: iss,
            sent: 0,
            queued: 0,
            largest: u32::MAX,
            closing: false,
            fin: false,
            mss: 536,
            window: 0,
            cwnd: 0,
            threshold: u32::MAX,
            duplicates: 0,
            recovery: None,
            timer: None,
            timeout: TIMEOUT,
            last: 0,
        }
    }

    /// The SYN leaves, with so much data.
    pub fn begin(&mut self, data: u16, now: u64) {
        self.nxt = self.una.wrapping_add(1 + u32::from(data));
        self.sent = u64::from(data);
        self.timer = Some(now + self.timeout);
    }

    /// The peer's SYN says what it takes.
    pub fn agree(&mut self, mss: u32, window: u32) {
        self.mss = mss;
        self.window = window;
        self.cwnd = self.initial_window();
    }

    /// IW (RFC 6928, 2).
    fn initial_window(&self) -> u32 {
        (10 * self.mss).min(14_600.max(2 * self.mss))
    }

    /// The SYN is acknowledged, which is no reason to send faster (RFC 5681, 3.1); it had to be
    /// `repeated` (RFC 5681, 3.1; RFC 6298, 5.7).
    pub fn establish(&mut self, repeated: bool) {
        self.cwnd = self.initial_window();
        if repeated {
            self.cwnd = self.mss;
            self.timeout = TIMEOUT_AFTER_LOST_SYN;
        }
    }

    /// The application writes: so many octets, in segments of at most `largest`.
    pub fn write(&mut self, octets: u64, largest: u32) {
        self.queued += octets;
        self.largest = largest;
    }

    /// The application will write nothing more.
    pub fn close(&mut self) {
        self.closing = true;
    }

    /// The application withdraws what is not yet sent.
    pub fn truncate(&mut self) {
        self.queued = 0;
    }

    /// The application has closed.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// All that was written was sent.
    pub fn is_drained(&self) -> bool {
        self.queued == 0
    }

    /// What may be sent now, if anything: a full segment, or all there is (RFC 9293, 3.8.6.2.1).
    pub fn next_piece(&mut self, now: u64) -> Option<Piece> {
        if self.queued == 0 && (!self.closing || self.fin) {
            return None;
        }
        let flight = self.nxt.wrapping_sub(self.una);
        if flight == 0 && now > self.last + self.timeout {
            // After a pause, gently (RFC 5681, 4.1).
            self.cwnd = self.cwnd.min(self.initial_window());
        }
        let len = self.queued.min(u64::from(self.mss.min(self.largest))) as u32;
        let all = self.queued == u64::from(len);
        let fin = all && self.closing;
        let window = self.window.saturating_sub(u32::from(fin));
        if flight + len > window.min(self.cwnd) {
            return None;
        }
        let piece = Piece {
            seq: self.nxt,
            len: len as u16,
            push: len > 0 && (all || len < self.mss),
            fin,
        };
        self.queued -= u64::from(len);
        self.sent += u64::from(len);
        self.fin |= fin;
        self.nxt = self.nxt.wrapping_add(len + u32::from(fin));
        self.timer.get_or_insert(now + self.timeout);
        self.last = now;
        Some(piece)
    }

    /// An ACK came; `bare`: it carries nothing else. Gives what is to be sent again.
    pub fn acked(&mut self, ack: u32, window: u32, bare: bool, now: u64) -> Option<Piece> {
        let gained = ahead(ack, self.una);
        if gained < 0 || ahead(ack, self.nxt) > 0 {
            return None;
        }
        let is_update = window != self.window;
        self.window = window;
        if gained > 0 {
            self.una = ack;
            return self.advanced(gained.unsigned_abs(), now);
        }
        // What is a duplicate says RFC 5681, 2.
        if !bare || is_update || self.una == self.nxt {
            return None;
        }
        self.duplicates += 1;
        match self.recovery {
            None if self.duplicates == 3 => {
                self.halve();
                self.cwnd = self.threshold + 3 * self.mss;
                self.recover(true);
                Some(self.again(now))
            }
            Some(Recovery { fast: true, .. }) => {
                self.cwnd += self.mss;
                None
            }
            _ => None,
        }
    }

    /// SND.UNA went on.
    fn advanced(&mut self, gained: u32, now: u64) -> Option<Piece> {
        self.duplicates = 0;
        self.timer = (self.una != self.nxt).then_some(now + self.timeout);
        match self.recovery {
            // A partial ACK: the next hole (RFC 6582, 3.2).
            Some(recovery) if ahead(recovery.until, self.una) > 0 => {
                if recovery.fast {
                    self.cwnd = self.cwnd.saturating_sub(gained) + self.mss;
                } else {
                    self.grow(gained);
                }
                Some(self.again(now))
            }
            recovery => {
                self.recovery = None;
                self.timeout = TIMEOUT;
                match recovery {
                    Some(Recovery { fast: true, .. }) => self.cwnd = self.threshold,
                    _ => self.grow(gained),
                }
                None
            }
        }
    }

    /// Slow start and congestion avoidance (RFC 5681, 3.1).
    fn grow(&mut self, gained: u32) {
        let by = if self.cwnd < self.threshold {
            gained.min(self.mss)
        } else {
            (self.mss * self.mss / self.cwnd).max(1)
        };
        self.cwnd = (self.cwnd + by).min(LARGEST_CWND);
    }

    /// ssthresh (RFC 5681, 3.1, equation 4).
    fn halve(&mut self) {
        let flight = self.nxt.wrapping_sub(self.una);
        self.threshold = (flight / 2).max(2 * self.mss);
    }

    fn recover(&mut self, fast: bool) {
        self.recovery = Some(Recovery {
            until: self.nxt,
            fast,
        });
    }

    /// The timer has run out on the SYN.
    pub fn syn_timed_out(&mut self, now: u64) {
        self.timeout *= 2;
        self.timer = Some(now + self.timeout);
    }

    /// The timer has run out (RFC 6298, 5.4 to 5.6). Gives what is to be sent again.
    pub fn timed_out(&mut self, now: u64) -> Piece {
        self.timeout = (2 * self.timeout).min(LONGEST_TIMEOUT);
        self.halve();
        self.cwnd = self.mss;
        self.duplicates = 0;
        self.recover(false);
        self.again(now)
    }

    /// The first segment that is not acknowledged.
    fn again(&mut self, now: u64) -> Piece {
        let end = self.nxt.wrapping_sub(u32::from(self.fin));
        let left = end.wrapping_sub(self.una);
        let len = left.min(self.mss).min(self.largest);
        self.timer = Some(now + self.timeout);
        self.last = now;
        Piece {
            seq: self.una,
            len: len as u16,
            push: len > 0 && (len == left || len < self.mss),
            fin: self.fin && len == left,
        }
    }
}

const _: () = assert!(TIMEOUT > 500 * MS, "no delayed ACK may come later");
