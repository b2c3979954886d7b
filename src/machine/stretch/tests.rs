use crate::flow::incarnation::{Ended, Track};
use crate::machine::tests::{segment, socket};
use crate::segment::{
    Captured, Checksum, Direction, Flags, NS_PER_MS, NS_PER_S, OptionSet, Segment, Timestamp,
};
use crate::seq::SeqNo;

/// One end of a made-up conversation.
#[derive(Clone, Copy)]
struct Host {
    next: SeqNo,
    /// The peer's octets that it has acknowledged, and that it has got.
    acked: SeqNo,
    got: SeqNo,
    /// What the peer's TSval was when it got them.
    heard: u32,
    window: u16,
    mark: u16,
    clock: u32,
}

/// What a conversation is like.
struct Talk {
    dice: fastrand::Rng,
    stamps: bool,
    /// The first SYN offers timestamps, and they are declined.
    declined: bool,
    ids: u8,
    shift: Option<u8>,
    ipv6: bool,
    time: i64,
    packet: u64,
    hosts: [Host; 2],
    all: Vec<Segment<'static>>,
}

static DATA: [u8; 1448] = {
    let mut data = [0; 1448];
    let mut at = 0;
    while at < data.len() {
        data[at] = (at * 7) as u8;
        at += 1;
    }
    data
};

impl Talk {
    fn new(seed: u64) -> Talk {
        let mut dice = fastrand::Rng::with_seed(seed);
        let host = |dice: &mut fastrand::Rng| Host {
            next: SeqNo(dice.u32(..)),
            acked: SeqNo(0),
            got: SeqNo(0),
            heard: 0,
            window: *dice.choice(&[800, 9000, 30_000, 64_000]).unwrap(),
            mark: dice.u16(..),
            clock: dice.u32(..),
        };
        let hosts = [host(&mut dice), host(&mut dice)];
        Talk {
            stamps: dice.u8(0..4) > 0,
            declined: dice.u8(0..3) == 0,
            ids: dice.u8(0..4),
            shift: dice.bool().then(|| dice.u8(0..8)),
            ipv6: dice.u8(0..5) == 0,
            time: 0,
            packet: 0,
            hosts,
            all: Vec::new(),
            dice,
        }
    }

    /// A segment of host `who` with so much data.
    fn make(&mut self, who: usize, flags: Flags, len: usize) -> Segment<'static> {
        self.packet += self.dice.u64(1..4);
        let mut made = segment(self.time);
        made.packet = self.packet;
        let (a, b) = match self.ipv6 {
            false => (socket(1, 40000), socket(2, 80)),
            true => {
                let ipv6 = |last: u16, port| crate::segment::Socket {
                    ip: std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into(),
                    port,
                };
                (ipv6(1, 40000), ipv6(2, 80))
            }
        };
        (made.source, made.destination) = if who == 0 { (a, b) } else { (b, a) };
        let heard = self.hosts[1 - who].clock;
        let host = &mut self.hosts[who];
        made.flags = flags;
        (made.seq, made.ack, made.window) = (host.next, host.got, host.window);
        if !flags.contains(Flags::ACK) {
            made.ack = SeqNo(0);
        }
        (made.payload_len, made.payload) = (len as u32, &DATA[..len]);
        made.ip.total_len = 52 + len as u32;
        host.mark = match self.ids {
            0 => 0,
            1 => host.mark,
            2 => host.mark.wrapping_add(1),
            _ => self.dice.u16(..),
        };
        made.ip.id = (!self.ipv6).then_some(host.mark);
        if self.ipv6 {
            made.ip.dont_fragment = None;
        }
        let offers = self.declined && flags == Flags::SYN;
        if self.stamps || offers {
            made.options.present |= OptionSet::TIMESTAMPS;
            made.data_offset = 8;
            host.clock = host.clock.max(1).wrapping_add(self.dice.u32(0..3));
            (made.options.tsval, made.options.tsecr) = (host.clock, host.heard);
            host.heard = heard;
            if flags == Flags::SYN {
                made.options.tsecr = 0;
            } else {
                made.options.tsecr = heard;
            }
        }
        host.acked = host.got;
        host.next = made.end();
        made
    }

    fn say(&mut self, who: usize, flags: Flags, len: usize) {
        let made = self.make(who, flags, len);
        if flags.contains(Flags::SYN) {
            self.hosts[1 - who].got = made.end();
        }
        self.all.push(made);
    }

    fn open(&mut self) {
        for (who, flags) in [(0, Flags::SYN), (1, Flags::SYN | Flags::ACK)] {
            let mut made = self.make(who, flags, 0);
            made.options.present |= OptionSet::MSS;
            made.options.mss = 1460;
            if let Some(shift) = self.shift {
                made.options.present |= OptionSet::WINDOW_SCALE;
                made.options.window_scale = shift;
            }
            self.hosts[1 - who].got = made.end();
            self.all.push(made);
            self.time += 10 * NS_PER_MS;
        }
        self.say(0, Flags::ACK, 0);
    }

    /// One of them goes on, as it should or, if `odd`, in some other way.
    fn go_on(&mut self, talker: usize, sizes: &[usize], odd: bool) {
        const ACK: Flags = Flags::ACK;
        let waits = [0, 0, 5_000, NS_PER_MS, 40 * NS_PER_MS];
        self.time += *self.dice.choice(&waits).unwrap();
        let listener = 1 - talker;
        let outstanding = self.hosts[talker]
            .next
            .offset_from(self.hosts[listener].got);
        let len = *self.dice.choice(sizes).unwrap();
        let push = len < 600 && self.dice.u8(0..20) > 0 || self.dice.bool();
        let flags = if push { ACK | Flags::PSH } else { ACK };
        if outstanding > 0 && self.dice.u8(0..3) == 0 || outstanding > 6000 {
            let all = self.dice.u8(0..4) > 0;
            let part = outstanding / 2;
            let next = self.hosts[talker].next;
            self.hosts[listener].got = if all { next } else { next - part };
            let len = if self.dice.u8(0..6) == 0 { len } else { 0 };
            self.say(listener, if len > 0 { flags } else { ACK }, len);
        } else {
            self.say(talker, flags, len);
        }
        if odd {
            self.spoil();
        }
    }

    /// What was sent last is something else, or something else follows it.
    fn spoil(&mut self) {
        let kind = self.dice.u8(0..36);
        let at = self.all.len() - 1;
        let earlier = self.dice.usize(at.saturating_sub(40)..=at);
        let copy = self.all[earlier];
        let last = &mut self.all[at];
        match kind {
            0 => last.window = 0,
            1 => last.window /= 2,
            2 => last.window = last.window.saturating_add(900),
            3 => last.ip.ttl = 60,
            4 => last.ip.dscp = 3,
            5 => last.ip.ecn = 3,
            6 => last.checksum = Checksum::Bad,
            7 => last.checksum = Checksum::Partial,
            8 => last.captured = Captured::Header,
            9 => last.direction = Direction::Outbound,
            10 => last.loopback = true,
            11 => last.options.tsval = last.options.tsval.wrapping_sub(9),
            12 => last.options.tsecr = last.options.tsecr.wrapping_add(70_000),
            13 => last.options.tsval = last.options.tsval.wrapping_add(1 << 26),
            14 => last.options.present.toggle(OptionSet::TIMESTAMPS),
            15 => last.seq = last.seq - 1,
            16 => last.ack = last.ack + 3000,
            17 => last.ack = last.ack - 700,
            18 => last.flags |= Flags::URG,
            19 => last.flags |= Flags::ECE,
            20 => last.ip.total_len = 4000,
            21 => last.ip.total_len = 1600,
            22 => last.ip.dont_fragment = last.ip.dont_fragment.map(|df| !df),
            23 => self.time += self.dice.i64(0..3) * 700 * NS_PER_MS,
            24 => self.time += self.dice.i64(5..2500) * NS_PER_S,
            25 => {
                // Something is lost before the monitor.
                self.all.pop();
            }
            26 | 27 => {
                let later = Timestamp(self.time + self.dice.i64(0..400) * NS_PER_MS);
                self.all.push(Segment {
                    packet: self.packet + 1,
                    time: later,
                    ..copy
                });
                (self.packet, self.time) = (self.packet + 1, later.0);
            }
            28 if at > 20 => self.all.swap(at, at - 1),
            29..=32 => {
                let left = last.ack + self.dice.u32(0..4) * 500 - 700;
                last.options.present |= OptionSet::SACK;
                last.options.sack_blocks = 1;
                last.options.sack[0] = (left, left + 400);
            }
            _ => self.hosts[1].window = self.dice.u16(1..),
        }
    }

    fn close(&mut self) {
        for who in [0, 1] {
            self.hosts[1 - who].got = self.hosts[who].next;
            self.say(1 - who, Flags::ACK, 0);
        }
        self.say(0, Flags::ACK | Flags::FIN, 0);
        self.hosts[1].got = self.hosts[0].next;
        self.say(1, Flags::ACK | Flags::FIN, 0);
        self.hosts[0].got = self.hosts[1].next;
        self.say(0, Flags::ACK, 0);
    }
}

/// A long conversation, with something odd in it about once in `every` segments.
fn conversation(seed: u64, every: u32) -> Vec<Segment<'static>> {
    let mut talk = Talk::new(seed);
    if talk.dice.u8(0..5) > 0 {
        talk.open();
    } else {
        talk.hosts[0].got = talk.hosts[1].next;
        talk.hosts[1].got = talk.hosts[0].next;
    }
    let sizes: &[usize] = match talk.dice.u8(0..4) {
        0 => &[20],
        1 => &[1448],
        2 => &[7, 400, 1448],
        _ => &[600, 100],
    };
    let one_way = talk.dice.bool();
    for _ in 0..talk.dice.usize(20..400) {
        let odd = every > 0 && talk.dice.u32(0..every) == 0;
        let talker = if one_way { 0 } else { talk.dice.usize(0..2) };
        talk.go_on(talker, sizes, odd);
    }
    if talk.dice.bool() {
        talk.close();
    }
    talk.all
}

/// Conversations of each sort.
const SEEDS: u64 = 60;

/// Everything that is kept of the incarnations that ended, and how many segments no step was made
/// for; none if there are no `stretches`.
fn outcome(segments: &[Segment<'_>], stretches: bool) -> (Vec<String>, usize) {
    let mut spared = 0;
    let mut ended: Vec<Ended> = Vec::new();
    let mut track = Track::beginning_with(&segments[0]);
    for segment in &segments[1..] {
        if stretches && track.goes_on(segment) {
            spared += 1;
        } else {
            ended.extend(track.take(segment));
        }
    }
    let (last, next) = track.end();
    ended.push(last);
    ended.extend(next);
    let kept = ended.iter().map(|ended| format!("{ended:#?}")).collect();
    (kept, spared)
}

/// The two ways to take in `segments` lead to the same; returns how many segments were spared.
#[track_caller]
fn check(segments: &[Segment<'_>], what: &str) -> usize {
    let (quick, spared) = outcome(segments, true);
    let (close, _) = outcome(segments, false);
    for (quick, close) in quick.iter().zip(&close) {
        let mut lines = quick.lines().zip(close.lines()).enumerate();
        if let Some((at, (quick_line, close_line))) = lines.find(|(_, (a, b))| a != b) {
            let before: Vec<&str> = quick.lines().skip(at.saturating_sub(12)).take(12).collect();
            panic!(
                "{what}: {quick_line} instead of {close_line} behind\n{}",
                before.join("\n")
            );
        }
    }
    assert_eq!(quick.len(), close.len(), "{what}");
    spared
}

#[test]
fn a_connection_that_has_caught_up_is_as_if_stepped_through_every_segment() {
    for (every, share) in [(0, 3), (60, 8), (12, 50)] {
        let (mut spared, mut all) = (0, 0);
        for seed in 0..SEEDS {
            let segments = conversation(seed, every);
            spared += check(&segments, &format!("seed {seed}, one odd in {every}"));
            all += segments.len();
        }
        assert!(
            spared * share > all,
            "{spared} of {all}, one odd in {every}"
        );
    }
}

#[test]
fn timestamps_that_were_declined_keep_no_connection_from_a_stretch() {
    let rounds = (0..20).map(|at| (101 + 10 * at, 111 + 10 * at));
    let rounds = rounds.map(|(s, end)| format!("A PSH,ACK {s} 301 len=10\nB ACK 301 {end}\n"));
    let rounds = rounds.collect::<String>();
    let text = format!("A SYN 100 ts=7/0\nB SYN,ACK 300 101\nA ACK 101 301\n{rounds}");
    let all = crate::machine::script::segments(&text);
    let spared = check(&all, "declined");
    assert!(spared > 20, "{spared}");
}

/// How many segments of a connection are spared, in which a loss was reported and repaired.
#[test]
fn a_loss_that_was_repaired_keeps_no_connection_from_a_stretch() {
    let rounds = |from: u32| {
        let of = |at: u32| (from + 10 * at, from + 10 * at + 10);
        let rounds = (0..40).map(of);
        let lines = rounds.map(|(s, end)| format!("A PSH,ACK {s} 301 len=10\nB ACK 301 {end}\n"));
        lines.collect::<String>()
    };
    let text = format!(
        "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\n{}
        A PSH,ACK 501 301 len=10\nA PSH,ACK 511 301 len=10
        B ACK 301 501 sack=511-521
        A PSH,ACK 501 301 len=10\nB ACK 301 521\n{}",
        rounds(101),
        rounds(521)
    );
    let all = crate::machine::script::segments(&text);
    let before = check(&all[..83], "before the loss");
    let after = check(&all, "with the loss");
    assert!(before > 50 && after > before + 60, "{before}, {after}");
}
