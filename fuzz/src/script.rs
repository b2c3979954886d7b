//! Conversations in few octets: what the target `machine` makes of its input.
//!
//! A script is a head and a row of steps. Its numbers count from what the
//! conversation has come to (the next number of the sender, its ISN, what the
//! peer has acknowledged), so that a change of one octet is a small offence and
//! not noise. [`Script::read`] makes sense of any octets; [`Script::write`] is
//! for making scripts of captures.

/// Pairs of sockets a script can speak between.
pub const PAIRS: usize = 8;
/// Steps of one script; more say nothing new.
const STEPS: usize = 200;

/// A conversation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script {
    /// Added to all numbers of the clients, by place in [`SHIFTS`].
    pub shift: u8,
    /// How often it is spoken, less one, by other clients each time.
    pub again: u8,
    /// What is set for judging, and limits.
    pub settings: u8,
    /// When it begins and how the capture is written.
    pub capture: u8,
    /// What is said.
    pub steps: Vec<Step>,
}

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Which pair of sockets.
    pub pair: u8,
    /// The server sends.
    pub back: bool,
    /// Nanoseconds since the step before; may be negative.
    pub later_ns: i64,
    /// What is in the frame.
    pub what: What,
}

/// What a frame holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A TCP segment.
    Segment(Segment),
    /// An ICMP error about the sender's segment so many of its steps ago.
    Icmp {
        /// Its type, in either version of ICMP.
        icmp_type: u8,
        /// Its code.
        code: u8,
        /// Which segment it quotes: counted back.
        ago: u8,
        /// MTU, in units of 16 octets.
        mtu: u8,
    },
}

/// A TCP segment, all numbers absolute.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Segment {
    /// Control bits.
    pub flags: u16,
    /// SEG.SEQ.
    pub seq: u32,
    /// SEG.ACK.
    pub ack: u32,
    /// SEG.WND.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Octets of data.
    pub len: u16,
    /// Options, to be filled up to a multiple of four octets.
    pub options: Vec<u8>,
    /// Time to live.
    pub ttl: u8,
    /// Identification; `None` counts on.
    pub id: Option<u16>,
    /// DSCP and ECN.
    pub tos: u8,
    /// Two bits each: checksum (good, bad, partial, zero), snap length (all, no
    /// data, fixed header, up to the flags), direction (unknown, in, out); then
    /// other data, a wrong data offset.
    pub how: u8,
}

/// What numbers are counted from, per direction.
#[derive(Clone, Copy, Default)]
struct Book {
    isn: u32,
    next: u32,
    ack: u32,
    tsval: u32,
    window: u16,
    ttl: u8,
    tos: u8,
}

#[derive(Default)]
struct Books([[Book; 2]; PAIRS]);

/// Bits of the octet that says which optional fields follow.
mod more {
    pub(super) const WINDOW: u8 = 1;
    pub(super) const TTL: u8 = 2;
    pub(super) const ID: u8 = 4;
    pub(super) const TOS: u8 = 8;
    pub(super) const URGENT: u8 = 16;
    pub(super) const HOW: u8 = 32;
    pub(super) const HIGH_FLAGS: u8 = 64;
}

/// Bits of a step's first octet above pair and direction.
mod has {
    pub(super) const ICMP: u8 = 16;
    pub(super) const TIME: u8 = 32;
    pub(super) const DATA: u8 = 64;
    pub(super) const MORE: u8 = 128;
}

/// Codes of options; 1 to 4 are the kinds on the wire.
mod option {
    pub(super) const SACK: u8 = 5;
    pub(super) const TIMESTAMPS: u8 = 8;
    pub(super) const RAW: u8 = 9;
}

impl Books {
    fn pair(&mut self, step: &Step) -> (&mut Book, &mut Book) {
        let [client, server] = &mut self.0[usize::from(step.pair) % PAIRS];
        if step.back {
            (server, client)
        } else {
            (client, server)
        }
    }

    /// What `step` changes.
    fn turn(&mut self, step: &Step) {
        let (own, _) = self.pair(step);
        let What::Segment(segment) = &step.what else {
            return;
        };
        let syn = segment.flags & 2 != 0;
        let occupied = u32::from(segment.len) + u32::from(syn) + u32::from(segment.flags & 1);
        let end = segment.seq.wrapping_add(occupied);
        if syn {
            own.isn = segment.seq;
        }
        if syn || end.wrapping_sub(own.next) < 1 << 31 {
            own.next = end;
        }
        if segment.flags & 16 != 0 {
            own.ack = segment.ack;
        }
        if let Some(tsval) = tsval(&segment.options) {
            own.tsval = tsval;
        }
        (own.window, own.ttl, own.tos) = (segment.window, segment.ttl, segment.tos);
    }

    fn seq_anchors(&mut self, step: &Step) -> [u32; 4] {
        let (own, peer) = self.pair(step);
        [own.next, own.isn, peer.ack, 0]
    }

    fn ack_anchors(&mut self, step: &Step) -> [u32; 4] {
        let (own, peer) = self.pair(step);
        [peer.next, peer.isn, own.ack, 0]
    }
}

/// TSval where timestamps stand in their usual places.
fn tsval(options: &[u8]) -> Option<u32> {
    let at = options.windows(2).position(|two| two == [8, 10])?;
    let value = options.get(at + 2..at + 6)?;
    Some(u32::from_be_bytes(value.try_into().ok()?))
}

impl Script {
    /// The script that any octets are.
    pub fn read(data: &[u8]) -> Script {
        let mut input = Input(data);
        let mut script = Script {
            shift: input.u8(),
            again: input.u8(),
            settings: input.u8(),
            capture: input.u8(),
            steps: Vec::new(),
        };
        let mut books = Books::default();
        while !input.0.is_empty() && script.steps.len() < STEPS {
            let step = input.step(&mut books);
            books.turn(&step);
            script.steps.push(step);
        }
        script
    }

    /// The octets that are read as this script.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![self.shift, self.again, self.settings, self.capture];
        let mut books = Books::default();
        for step in &self.steps {
            write_step(step, &mut books, &mut out);
            books.turn(step);
        }
        out
    }
}

/// What is left of the input; behind its end stand zeros.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn u8(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes([self.u8(), self.u8(), self.u8(), self.u8()])
    }

    /// A number by what it is counted from and how wide the distance is written.
    fn number(&mut self, code: u8, anchors: [u32; 4]) -> u32 {
        let distance = match code >> 2 & 3 {
            0 => 0,
            1 => i32::from(i8::from_le_bytes([self.u8()])).cast_unsigned(),
            2 => i32::from(self.u16().cast_signed()).cast_unsigned(),
            _ => self.u32(),
        };
        anchors[usize::from(code & 3)].wrapping_add(distance)
    }

    fn time(&mut self) -> i64 {
        let code = self.u8();
        let scale = [1, 1_000, 1_000_000, 1_000_000_000][usize::from(code & 3)];
        let count = match code >> 2 & 3 {
            0 => i64::from(i8::from_le_bytes([self.u8()])),
            1 => i64::from(self.u16().cast_signed()),
            2 => i64::from(self.u32().cast_signed()),
            _ => i64::from(self.u32().cast_signed()) << 32,
        };
        count.saturating_mul(scale)
    }

    fn step(&mut self, books: &mut Books) -> Step {
        let first = self.u8();
        let mut step = Step {
            pair: first & 7,
            back: first & 8 != 0,
            later_ns: 100_000,
            what: What::Segment(Segment::default()),
        };
        if first & has::TIME != 0 {
            step.later_ns = self.time();
        }
        if first & has::ICMP != 0 {
            step.what = What::Icmp {
                icmp_type: self.u8(),
                code: self.u8(),
                ago: self.u8(),
                mtu: self.u8(),
            };
            return step;
        }
        let flags = self.u8();
        let codes = self.u8();
        let own = *books.pair(&step).0;
        let mut segment = Segment {
            flags: u16::from(flags),
            seq: self.number(codes & 15, books.seq_anchors(&step)),
            ack: self.number(codes >> 4, books.ack_anchors(&step)),
            window: own.window,
            ttl: own.ttl,
            tos: own.tos,
            ..Segment::default()
        };
        if first & has::DATA != 0 {
            let short = self.u8();
            segment.len = match short {
                0..240 => u16::from(short),
                240.. => self.u16(),
            };
        }
        if first & has::MORE != 0 {
            let fields = self.u8();
            let has = |bit: u8| fields & bit != 0;
            if has(more::WINDOW) {
                segment.window = self.u16();
            }
            if has(more::TTL) {
                segment.ttl = self.u8();
            }
            if has(more::ID) {
                segment.id = Some(self.u16());
            }
            if has(more::TOS) {
                segment.tos = self.u8();
            }
            if has(more::URGENT) {
                segment.urgent = self.u16();
            }
            if has(more::HOW) {
                segment.how = self.u8();
            }
            if has(more::HIGH_FLAGS) {
                segment.flags |= u16::from(self.u8() & 15) << 8;
            }
        }
        // The first segment of an orderly pair of sockets is told by its flags alone.
        let options = flags & 2 != 0 || first & has::MORE != 0 || own.tsval != 0;
        if options {
            let anchors = (
                books.pair(&step).0.tsval,
                books.pair(&step).1.tsval,
                own.ack,
            );
            segment.options = self.options(anchors);
        }
        step.what = What::Segment(segment);
        step
    }

    fn options(&mut self, (own, peer, ack): (u32, u32, u32)) -> Vec<u8> {
        let mut options = Vec::new();
        let count = self.u8() % 16;
        for _ in 0..count {
            let code = self.u8();
            match code & 15 {
                kind @ (0 | 1) => options.push(kind),
                2 => {
                    options.extend([2, 4]);
                    options.extend(self.u16().to_be_bytes());
                }
                3 => options.extend([3, 3, self.u8()]),
                4 => options.extend([4, 2]),
                option::SACK => {
                    let blocks = (code >> 4 & 3) + 1;
                    options.extend([5, blocks * 8 + 2]);
                    for _ in 0..blocks {
                        let codes = self.u8();
                        let left = self.number(codes & 15, [ack, own, peer, 0]);
                        let right = self.number(codes >> 4, [left, ack, own, 0]);
                        options.extend(left.to_be_bytes());
                        options.extend(right.to_be_bytes());
                    }
                }
                option::TIMESTAMPS => {
                    let codes = self.u8();
                    options.extend([8, 10]);
                    let tsval = self.number(codes & 15, [own, peer, 0, 0]);
                    let tsecr = self.number(codes >> 4, [peer, own, 0, 0]);
                    options.extend(tsval.to_be_bytes());
                    options.extend(tsecr.to_be_bytes());
                }
                _ => {
                    let len = self.u8() % 40;
                    options.extend(std::iter::repeat_with(|| self.u8()).take(usize::from(len)));
                }
            }
            if options.len() >= 40 {
                break;
            }
        }
        options.truncate(40);
        options
    }
}

/// Appends the number and returns its code.
fn number(value: u32, anchors: [u32; 4], out: &mut Vec<u8>) -> u8 {
    let distance = |anchor: u32| value.wrapping_sub(anchor).cast_signed();
    let mut best = 0;
    for place in 1..4 {
        if distance(anchors[place]).unsigned_abs() < distance(anchors[best]).unsigned_abs() {
            best = place;
        }
    }
    let distance = distance(anchors[best]);
    let width = if distance == 0 {
        0
    } else if let Ok(short) = i8::try_from(distance) {
        out.extend(short.to_le_bytes());
        1
    } else if let Ok(short) = i16::try_from(distance) {
        out.extend(short.to_le_bytes());
        2
    } else {
        out.extend(distance.to_le_bytes());
        3
    };
    u8::try_from(best).unwrap() | width << 2
}

/// Times are exact where four octets can hold them, else as fine as these can.
fn write_time(ns: i64, out: &mut Vec<u8>) {
    let scales = [(3, 1_000_000_000), (2, 1_000_000), (1, 1_000), (0, 1)];
    let fits = |scale: i64| i32::try_from(ns / scale).ok();
    let exact = |(code, scale): (u8, i64)| Some((code, fits(scale).filter(|_| ns % scale == 0)?));
    let finest = |(code, scale): (u8, i64)| Some((code, fits(scale)?));
    let found = scales.into_iter().find_map(exact);
    let found = found.or_else(|| scales.into_iter().rev().find_map(finest));
    let (code, count) = found.unwrap_or((3, i32::MAX));
    if let Ok(short) = i8::try_from(count) {
        out.push(code);
        out.extend(short.to_le_bytes());
    } else if let Ok(short) = i16::try_from(count) {
        out.push(code | 1 << 2);
        out.extend(short.to_le_bytes());
    } else {
        out.push(code | 2 << 2);
        out.extend(count.to_le_bytes());
    }
}

fn write_step(step: &Step, books: &mut Books, out: &mut Vec<u8>) {
    let mut first = step.pair & 7 | u8::from(step.back) << 3;
    let mut tail = Vec::new();
    if step.later_ns != 100_000 {
        first |= has::TIME;
        write_time(step.later_ns, &mut tail);
    }
    let segment = match &step.what {
        What::Icmp {
            icmp_type,
            code,
            ago,
            mtu,
        } => {
            tail.extend([*icmp_type, *code, *ago, *mtu]);
            out.push(first | has::ICMP);
            out.extend(tail);
            return;
        }
        What::Segment(segment) => segment,
    };
    let flags = segment.flags.to_le_bytes();
    tail.push(flags[0]);
    let mut numbers = Vec::new();
    let seq = number(segment.seq, books.seq_anchors(step), &mut numbers);
    let ack = number(segment.ack, books.ack_anchors(step), &mut numbers);
    tail.push(seq | ack << 4);
    tail.extend(numbers);
    if segment.len > 0 {
        first |= has::DATA;
        match u8::try_from(segment.len) {
            Ok(short @ 0..240) => tail.push(short),
            _ => {
                tail.push(240);
                tail.extend(segment.len.to_le_bytes());
            }
        }
    }
    let (own, peer) = books.pair(step);
    let (own, peer) = (*own, *peer);
    let mut fields = 0;
    let mut values: Vec<u8> = Vec::new();
    let mut field = |bit: u8, is_other: bool, value: &[u8]| {
        if is_other {
            fields |= bit;
            values.extend(value);
        }
    };
    field(
        more::WINDOW,
        segment.window != own.window,
        &segment.window.to_le_bytes(),
    );
    field(more::TTL, segment.ttl != own.ttl, &[segment.ttl]);
    field(
        more::ID,
        segment.id.is_some(),
        &segment.id.unwrap_or(0).to_le_bytes(),
    );
    field(more::TOS, segment.tos != own.tos, &[segment.tos]);
    field(
        more::URGENT,
        segment.urgent != 0,
        &segment.urgent.to_le_bytes(),
    );
    field(more::HOW, segment.how != 0, &[segment.how]);
    field(more::HIGH_FLAGS, flags[1] & 15 != 0, &[flags[1] & 15]);
    let implied = segment.flags & 2 != 0 || own.tsval != 0;
    if fields != 0 || !implied && !segment.options.is_empty() {
        first |= has::MORE;
        tail.push(fields);
        tail.extend(values);
    }
    if implied || first & has::MORE != 0 {
        write_options(
            &segment.options,
            (own.tsval, peer.tsval, own.ack),
            &mut tail,
        );
    }
    out.push(first);
    out.extend(tail);
}

fn write_options(options: &[u8], (own, peer, ack): (u32, u32, u32), out: &mut Vec<u8>) {
    let u32_at = |option: &[u8], at: usize| {
        u32::from_be_bytes([option[at], option[at + 1], option[at + 2], option[at + 3]])
    };
    let place = out.len();
    out.push(0);
    let mut rest = options;
    let mut count = 0;
    while !rest.is_empty() && count < 15 {
        count += 1;
        let len = match *rest {
            [0 | 1, ..] => {
                out.push(rest[0]);
                1
            }
            [2, 4, high, low, ..] => {
                out.extend([2, low, high]);
                4
            }
            [3, 3, shift, ..] => {
                out.extend([3, shift]);
                3
            }
            [4, 2, ..] => {
                out.push(4);
                2
            }
            [5, len @ (10 | 18 | 26 | 34), ..] if rest.len() >= usize::from(len) => {
                let blocks = len / 8;
                out.push(option::SACK | (blocks - 1) << 4);
                for block in 0..usize::from(blocks) {
                    let left = u32_at(rest, 2 + block * 8);
                    let right = u32_at(rest, 6 + block * 8);
                    let mut numbers = Vec::new();
                    let first = number(left, [ack, own, peer, 0], &mut numbers);
                    let second = number(right, [left, ack, own, 0], &mut numbers);
                    out.push(first | second << 4);
                    out.extend(numbers);
                }
                usize::from(len)
            }
            [8, 10, _, _, _, _, _, _, _, _, ..] => {
                let mut numbers = Vec::new();
                let tsval = number(u32_at(rest, 2), [own, peer, 0, 0], &mut numbers);
                let tsecr = number(u32_at(rest, 6), [peer, own, 0, 0], &mut numbers);
                out.extend([option::TIMESTAMPS, tsval | tsecr << 4]);
                out.extend(numbers);
                10
            }
            _ => {
                let len = match *rest {
                    [_, len, ..] if len >= 2 && usize::from(len) <= rest.len() => usize::from(len),
                    _ => rest.len(),
                }
                .min(39);
                out.extend([option::RAW, u8::try_from(len).unwrap()]);
                out.extend(&rest[..len]);
                len
            }
        };
        rest = &rest[len..];
    }
    out[place] = count;
}
