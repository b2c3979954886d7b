//! One end of a connection: what RFC 9293, 3.10 makes of segments that come, of what the
//! application asks for, and of time that passes. It has no clock and writes nothing: the time
//! is an argument, and what it sends goes to a list.

use super::packet::Host;
use super::receiver::{Due, Receiver};
use super::segment::{Offered, SACKS, Segment, ahead, flags};
use super::sender::{Piece, Sender};
use super::stack::{Offer, Stack};

/// The states of RFC 9293, 3.3.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

/// What both ends have offered; before that, what this one offers.
#[derive(Clone, Copy, Debug)]
struct Agreed {
    times: bool,
    sack: bool,
    scale: bool,
}

/// One end.
#[derive(Debug)]
pub struct Endpoint {
    pub state: State,
    stack: &'static Stack,
    pub sender: Sender,
    pub receiver: Receiver,
    iss: u32,
    /// Largest segment that it takes.
    mss: u16,
    agreed: Agreed,
    /// Shift of the peer's windows.
    peer_scale: u8,
    /// What its clock of timestamps began with.
    clock: u32,
    /// TS.Recent and Last.ACK.sent (RFC 7323, 4.3).
    recent: u32,
    last_ack: u32,
    /// Of its next packet.
    id: u16,
    /// Of Fast Open, and how much data its SYN carries.
    cookie: Option<u64>,
    syn_data: u16,
    /// It may send before its SYN is acknowledged (RFC 7413, 4.2.1).
    speaks_early: bool,
    syn_was_repeated: bool,
}

impl Endpoint {
    /// One that is closed.
    pub fn new(stack: &'static Stack, host: &Host, rng: &mut fastrand::Rng) -> Endpoint {
        let iss = rng.u32(..);
        Endpoint {
            state: State::Closed,
            stack,
            sender: Sender::new(iss),
            receiver: Receiver::new(stack),
            iss,
            // The header of IPv6 is longer.
            mss: stack.mss - if host.socket.is_ipv6() { 20 } else { 0 },
            agreed: Agreed {
                times: stack.offers(Offer::Times),
                sack: stack.offers(Offer::Sack),
                scale: stack.offers(Offer::Scale),
            },
            peer_scale: 0,
            clock: rng.u32(..),
            recent: 0,
            last_ack: 0,
            id: rng.u16(..),
            cookie: None,
            syn_data: 0,
            speaks_early: false,
            syn_was_repeated: false,
        }
    }

    /// Waits for a SYN.
    pub fn listen(&mut self) {
        self.state = State::Listen;
    }

    /// Sends a SYN.
    pub fn open(&mut self, now: u64, out: &mut Vec<Segment>) {
        self.state = State::SynSent;
        self.sender.begin(self.syn_data, now);
        self.send_syn(now, out);
    }

    /// Sends a SYN with data and the cookie that the server gave earlier (RFC 7413, 4.2).
    pub fn open_fast(&mut self, data: u16, cookie: u64, now: u64, out: &mut Vec<Segment>) {
        self.syn_data = data;
        self.cookie = Some(cookie);
        self.open(now, out);
    }

    /// Whether the application can write and read.
    pub fn is_open(&self) -> bool {
        !matches!(
            self.state,
            State::Closed | State::Listen | State::SynSent | State::SynReceived
        )
    }

    /// Whether nothing more is to come of it.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Closed | State::Listen | State::TimeWait)
    }

    /// ABORT (RFC 9293, 3.10.5).
    pub fn abort(&mut self, now: u64, out: &mut Vec<Segment>) {
        let seq = self.sender.nxt;
        let segment = self.segment(flags::RST | flags::ACK, seq, 0, now);
        out.push(Segment {
            sacks: [(0, 0); SACKS],
            ..segment
        });
        self.end();
    }

    fn end(&mut self) {
        self.state = State::Closed;
        self.sender.timer = None;
        self.receiver.due = Due::Nothing;
    }

    /// When something is to be done though nothing comes.
    pub fn deadline(&self) -> u64 {
        let ack = match self.receiver.due {
            Due::By(time) => time,
            Due::Now | Due::Nothing => u64::MAX,
        };
        self.sender.timer.unwrap_or(u64::MAX).min(ack)
    }

    /// Time has passed.
    pub fn wake(&mut self, now: u64, out: &mut Vec<Segment>) {
        if matches!(self.receiver.due, Due::By(time) if time <= now) {
            self.receiver.due = Due::Now;
        }
        if self.sender.timer.is_none_or(|time| time > now) {
            return;
        }
        match self.state {
            State::SynSent | State::SynReceived => {
                self.syn_was_repeated = true;
                self.sender.syn_timed_out(now);
                self.send_syn(now, out);
            }
            _ => {
                let piece = self.sender.timed_out(now);
                self.send(piece, now, out);
            }
        }
    }

    /// A segment comes.
    pub fn receive(&mut self, segment: &Segment, now: u64, out: &mut Vec<Segment>) {
        match self.state {
            State::Closed => refuse(segment, out),
            State::Listen => self.accept(segment, now, out),
            State::SynSent => self.hear(segment, now, out),
            _ if segment.has(flags::RST) => self.end(),
            _ => self.take(segment, now, out),
        }
    }

    /// LISTEN: a SYN.
    fn accept(&mut self, segment: &Segment, now: u64, out: &mut Vec<Segment>) {
        self.meet(segment);
        self.speaks_early = segment.len > 0;
        self.sender.begin(0, now);
        self.state = State::SynReceived;
        self.send_syn(now, out);
    }

    /// SYN-SENT: a SYN-ACK, a SYN that crosses, or a refusal.
    fn hear(&mut self, segment: &Segment, now: u64, out: &mut Vec<Segment>) {
        if segment.has(flags::RST) {
            return self.end();
        }
        self.meet(segment);
        if segment.has(flags::ACK) {
            self.establish(segment, now);
            self.receiver.due = Due::Now;
        } else {
            self.state = State::SynReceived;
            self.send_syn(now, out);
        }
    }

    /// Takes over what the peer's SYN says.
    fn meet(&mut self, segment: &Segment) {
        self.receiver.begin(segment.seq, segment.len);
        let Some(offered) = segment.offer else {
            return;
        };
        self.agreed.times &= segment.times.is_some();
        self.agreed.sack &= offered.sack;
        self.agreed.scale &= offered.scale.is_some();
        if self.agreed.scale {
            self.peer_scale = offered.scale.unwrap_or(0);
        }
        self.recent = segment.times.map_or(0, |(value, _)| value);
        let options = if self.agreed.times { 12 } else { 0 };
        let mss = offered.mss.min(self.mss) - options;
        self.sender.agree(u32::from(mss), u32::from(segment.window));
    }

    /// The own SYN is acknowledged.
    fn establish(&mut self, segment: &Segment, now: u64) {
        self.state = State::Established;
        let scale = if segment.has(flags::SYN) {
            0
        } else {
            self.peer_scale
        };
        let window = u32::from(segment.window) << scale;
        self.sender.acked(segment.ack, window, false, now);
        self.sender.establish(self.syn_was_repeated);
    }

    /// The synchronized states, and SYN-RECEIVED.
    fn take(&mut self, segment: &Segment, now: u64, out: &mut Vec<Segment>) {
        if let Some((value, _)) = segment.times
            && ahead(value, self.recent) >= 0
            && ahead(segment.seq, self.last_ack) <= 0
        {
            self.recent = value;
        }
        if self.state == State::SynReceived && ahead(segment.ack, self.iss) > 0 {
            self.establish(segment, now);
        }
        if segment.has(flags::SYN) {
            return;
        }
        let window = u32::from(segment.window) << self.peer_scale;
        let bare = !segment.is_data();
        let again = self.sender.acked(segment.ack, window, bare, now);
        if segment.is_data() {
            let fin = segment.has(flags::FIN);
            self.receiver.take(segment.seq, segment.len, fin, now);
        }
        self.move_on();
        if let Some(piece) = again {
            self.send(piece, now, out);
        }
    }

    /// The transitions of closing (RFC 9293, figure 5).
    fn move_on(&mut self) {
        let fin_acked = self.sender.fin && self.sender.una == self.sender.nxt;
        self.state = match (self.state, fin_acked, self.receiver.closed) {
            (State::Established, _, true) => State::CloseWait,
            (State::FinWait1, true, false) => State::FinWait2,
            (State::FinWait1, false, true) => State::Closing,
            (State::FinWait1 | State::Closing, true, true) => State::TimeWait,
            (State::FinWait2, _, true) => State::TimeWait,
            (State::LastAck, true, _) => State::Closed,
            (state, ..) => state,
        };
    }

    /// Sends what can be sent, and the ACK that is due.
    pub fn flush(&mut self, now: u64, out: &mut Vec<Segment>) {
        let may_send = match self.state {
            State::Established | State::CloseWait => true,
            // A FIN waits for the end of the handshake.
            State::SynReceived => self.speaks_early && !self.sender.is_closing(),
            _ => false,
        };
        while may_send && let Some(piece) = self.sender.next_piece(now) {
            self.send(piece, now, out);
        }
        if self.receiver.due == Due::Now {
            let seq = self.sender.nxt;
            let segment = self.segment(flags::ACK, seq, 0, now);
            out.push(segment);
        }
    }

    fn send(&mut self, piece: Piece, now: u64, out: &mut Vec<Segment>) {
        let mut bits = flags::ACK;
        if piece.push {
            bits |= flags::PSH;
        }
        if piece.fin {
            bits |= flags::FIN;
            self.state = match self.state {
                State::Established => State::FinWait1,
                State::CloseWait => State::LastAck,
                state => state,
            };
        }
        let segment = self.segment(bits, piece.seq, piece.len, now);
        out.push(segment);
    }

    /// Sends its SYN or SYN-ACK, for the first time or again.
    fn send_syn(&mut self, now: u64, out: &mut Vec<Segment>) {
        let (bits, len) = match self.state {
            State::SynSent => (flags::SYN, self.syn_data),
            _ => (flags::SYN | flags::ACK, 0),
        };
        let segment = self.segment(bits, self.iss, len, now);
        let offer = Offered {
            stack: self.stack,
            mss: self.mss,
            scale: self.agreed.scale.then_some(self.stack.scale),
            sack: self.agreed.sack,
            cookie: self.cookie,
        };
        out.push(Segment {
            offer: Some(offer),
            ..segment
        });
    }

    /// A segment as it is sent now.
    fn segment(&mut self, bits: u8, seq: u32, len: u16, now: u64) -> Segment {
        let has_ack = bits & flags::ACK != 0;
        let is_syn = bits & flags::SYN != 0;
        let scale = if is_syn || !self.agreed.scale {
            0
        } else {
            self.stack.scale
        };
        let window = if has_ack {
            self.receiver.window(scale)
        } else {
            self.receiver.first_window()
        };
        let value = self.clock.wrapping_add((now / self.stack.tick) as u32);
        let echo = if has_ack { self.recent } else { 0 };
        let sacks = if self.agreed.sack && !is_syn {
            self.receiver.sacks()
        } else {
            [(0, 0); SACKS]
        };
        if has_ack {
            self.receiver.answered();
            self.last_ack = self.receiver.nxt;
        }
        self.id = self.id.wrapping_add(1);
        Segment {
            flags: bits,
            seq,
            ack: if has_ack { self.receiver.nxt } else { 0 },
            window,
            len,
            id: self.id,
            times: self.agreed.times.then_some((value, echo)),
            sacks,
            offer: None,
        }
    }
}

/// CLOSED: a SYN is refused (RFC 9293, 3.5.2); nothing else comes to a closed end here.
fn refuse(segment: &Segment, out: &mut Vec<Segment>) {
    if segment.has(flags::SYN) {
        out.push(Segment {
            flags: flags::RST | flags::ACK,
            seq: 0,
            ack: segment.seq.wrapping_add(1 + u32::from(segment.len)),
            window: 0,
            len: 0,
            id: 0,
            times: None,
            sacks: [(0, 0); SACKS],
            offer: None,
        });
    }
}
