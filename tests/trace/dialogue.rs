//! Clean conversations between two hosts that do everything right, drawn at
//! random within a [`Plan`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::episode::Episode;
use super::random::Random;
use super::scene::Scene;
use super::{ACK, CWR, ECE, FIN, PSH, Packet, Quirk, RST, SYN, Trace, kind};
use crate::exchange::Link;
use crate::exchange::wire::Sum;

const MS: i64 = 1_000_000;
/// Begin of all captures: 2024-01-01.
const START_NS: i64 = 1_704_067_200_000_000_000;
/// Between two segments of one flight.
const SPACING_NS: i64 = 20_000;
/// What a host needs to answer.
const ANSWER_NS: i64 = 150_000;
/// Segments of the first flight (RFC 6928).
const INITIAL_WINDOW: usize = 10;

/// Who the monitor is next to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Monitor {
    Client,
    Middle,
    Server,
}

/// How the connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Close {
    /// FIN, ACK, FIN, ACK; the client first.
    ByClient,
    /// The same, the server first.
    ByServer,
    /// The server's ACK and FIN are one segment.
    ThreeSegments,
    /// The FINs cross.
    Crossed,
    /// The client closes, the server goes on sending, then closes.
    Half,
    /// The client resets.
    Reset,
    /// It does not.
    Open,
}

/// What to draw.
#[derive(Clone, Debug)]
pub struct Plan {
    pub v6: bool,
    pub monitor: Monitor,
    /// Frames carry marks that prove where the capture was taken.
    pub marked: bool,
    pub rtt_ns: i64,
    pub isns: (u32, u32),
    pub mss: u16,
    pub timestamps: bool,
    pub sack: bool,
    /// Shift of both windows; `None`: no option.
    pub window_scale: Option<u8>,
    pub ecn: bool,
    /// Segments of request and answer, turn by turn.
    pub turns: Vec<(usize, usize)>,
    /// What else happens, behind the last turn.
    pub episode: Option<Episode>,
    pub close: Close,
    /// The capture goes on for so many seconds, as another connection shows.
    pub tail_s: i64,
}

impl Plan {
    pub fn random(random: &mut Random) -> Plan {
        let isn = |random: &mut Random| {
            let near_wrap = 0u32.wrapping_sub(random.within(0..4000));
            if random.one_in(2) {
                near_wrap
            } else {
                random.within(0..u32::MAX)
            }
        };
        let turns = (0..1 + random.below(3))
            .map(|_| (1 + random.below(3), 1 + random.below(12)))
            .collect();
        let v6 = random.one_in(2);
        // What fits an Ethernet frame behind the IP header.
        let largest = if v6 { 1440 } else { 1460 };
        Plan {
            v6,
            monitor: *random
                .choose(&[Monitor::Client, Monitor::Middle, Monitor::Server])
                .unwrap(),
            marked: random.one_in(2),
            rtt_ns: MS * i64::from(random.within(4..120)),
            isns: (isn(random), isn(random)),
            mss: *random.choose(&[largest, 1400, 1340]).unwrap(),
            timestamps: random.one_in(2),
            sack: random.one_in(2),
            window_scale: random.one_in(2).then_some(7),
            ecn: random.one_in(4),
            turns,
            episode: random
                .choose(&Episode::ALL)
                .copied()
                .filter(|_| random.one_in(3)),
            close: *random
                .choose(&[
                    Close::ByClient,
                    Close::ByServer,
                    Close::ThreeSegments,
                    Close::Crossed,
                    Close::Half,
                ])
                .unwrap(),
            tail_s: 400,
        }
    }

    /// The conversation.
    pub fn play(&self, random: &mut Random) -> Trace {
        let mut stage = Stage::new(self, random);
        stage.open();
        for (request, answer) in &self.turns {
            stage.transfer(true, *request);
            stage.transfer(false, *answer);
        }
        if let Some(episode) = self.episode {
            stage.episode(episode, random);
        }
        stage.close(self.close);
        if self.tail_s > 0 {
            stage.tail(self.tail_s);
        }
        let at = match self.monitor {
            Monitor::Client => Some(stage.client.socket),
            Monitor::Server => Some(stage.server.socket),
            Monitor::Middle => None,
        };
        let mut trace = Trace {
            link: if self.marked {
                Link::Sll
            } else {
                Link::Ethernet
            },
            at: at.filter(|_| self.marked),
            packets: stage.packets,
        };
        trace.packets.sort_by_key(|packet| packet.time_ns);
        trace
    }
}

/// A host with what it knows of the connection.
struct Host {
    socket: SocketAddr,
    ttl: u8,
    id: u16,
    /// SND.NXT.
    next: u32,
    /// RCV.NXT, once the peer's SYN has come.
    expects: Option<u32>,
    /// Last.ACK.sent of RFC 7323, 4.3.
    acked: u32,
    /// TS.Recent of RFC 7323, 4.3.
    ts_recent: u32,
    /// What its clock for timestamps shows at the start.
    clock: u32,
}

struct Stage<'a> {
    plan: &'a Plan,
    packets: Vec<Packet>,
    client: Host,
    server: Host,
    /// Time at the monitor.
    now_ns: i64,
}

impl Stage<'_> {
    fn new<'a>(plan: &'a Plan, random: &mut Random) -> Stage<'a> {
        let mut host = |last: u8, port: u16, isn: u32, ttl: u8| Host {
            socket: socket(plan.v6, last, port),
            ttl,
            id: random.within(1..60000) as u16,
            next: isn,
            expects: None,
            acked: 0,
            ts_recent: 0,
            clock: random.within(1..u32::MAX),
        };
        let (to_client, to_server) = match plan.monitor {
            Monitor::Client => (64, 57),
            Monitor::Middle => (61, 60),
            Monitor::Server => (58, 64),
        };
        let port = 40000 + (plan.isns.0 % 20000) as u16;
        Stage {
            plan,
            client: host(1, port, plan.isns.0, to_client),
            server: host(2, 80, plan.isns.1, to_server),
            packets: Vec::new(),
            now_ns: START_NS,
        }
    }

    /// From a segment of one end at the monitor to the other's answer there.
    fn turnaround_ns(&self, to_server: bool) -> i64 {
        let path = match (self.plan.monitor, to_server) {
            (Monitor::Client, true) | (Monitor::Server, false) => self.plan.rtt_ns,
            (Monitor::Client, false) | (Monitor::Server, true) => 0,
            (Monitor::Middle, _) => self.plan.rtt_ns / 2,
        };
        path + ANSWER_NS
    }

    /// A segment at `time_ns` that arrives before anything else is sent.
    fn send(&mut self, by_client: bool, time_ns: i64, flags: u16, data_len: usize) {
        let packet = self.emit(by_client, time_ns, flags, data_len);
        self.host(!by_client).receive(&packet);
    }

    fn host(&mut self, client: bool) -> &mut Host {
        if client {
            &mut self.client
        } else {
            &mut self.server
        }
    }

    /// A segment at `time_ns`, on its way; `data_len` octets of data.
    fn emit(&mut self, by_client: bool, time_ns: i64, flags: u16, data_len: usize) -> Packet {
        let plan = self.plan;
        let (own, peer) = if by_client {
            (&mut self.client, &self.server)
        } else {
            (&mut self.server, &self.client)
        };
        let data = octets(by_client, own.next, data_len);
        let syn = flags & SYN != 0;
        let mut packet = Packet {
            time_ns,
            source: own.socket,
            destination: peer.socket,
            ttl: own.ttl,
            id: own.id,
            ecn: if plan.ecn && data_len > 0 { 2 } else { 0 },
            seq: own.next,
            ack: own.expects.filter(|_| flags & ACK != 0).unwrap_or(0),
            flags,
            window: if syn { 64240 } else { 502 },
            urgent_pointer: 0,
            options: Vec::new(),
            data,
            sum: Sum::Good,
            quirk: Quirk::None,
        };
        if plan.window_scale.is_none() {
            packet.window = 64240;
        }
        if syn {
            packet.set_option(kind::MSS, &plan.mss.to_be_bytes());
            if plan.sack {
                packet.set_option(kind::SACK_PERMITTED, &[]);
            }
            if let Some(shift) = plan.window_scale {
                packet.set_option(kind::WINDOW_SCALE, &[shift]);
            }
            if plan.ecn {
                packet.flags |= if flags & ACK == 0 { ECE | CWR } else { ECE };
            }
        }
        if plan.timestamps {
            let elapsed = u32::try_from((time_ns - START_NS) / MS).unwrap();
            let echo = if flags & ACK == 0 { 0 } else { own.ts_recent };
            packet.set_timestamps(own.clock.wrapping_add(elapsed), echo);
        }
        own.id = own.id.wrapping_add(1).max(1);
        own.next = packet.end();
        own.acked = own.expects.unwrap_or(0);
        self.now_ns = self.now_ns.max(time_ns);
        self.packets.push(packet.clone());
        packet
    }

    fn open(&mut self) {
        self.send(true, self.now_ns, SYN, 0);
        self.send(false, self.now_ns + self.turnaround_ns(true), SYN | ACK, 0);
        self.send(true, self.now_ns + self.turnaround_ns(false), ACK, 0);
    }

    /// `segments` of data one way, flight by flight, every other one acknowledged.
    fn transfer(&mut self, by_client: bool, segments: usize) {
        let room = if self.plan.timestamps { 12 } else { 0 };
        let size = usize::from(self.plan.mss) - room;
        let mut left = segments;
        let mut flight = INITIAL_WINDOW;
        let mut at = self.now_ns + self.turnaround_ns(!by_client);
        while left > 0 {
            // All of a flight is sent before its first ACK has come.
            let now = left.min(flight);
            let mut on_the_way = Vec::new();
            for sent in 0..now {
                left -= 1;
                let (len, flags) = if left == 0 {
                    (size / 2, PSH | ACK)
                } else {
                    (size, ACK)
                };
                let time = at + sent as i64 * SPACING_NS;
                on_the_way.push(self.emit(by_client, time, flags, len));
            }
            let mut acks = Vec::new();
            for (number, packet) in (1..).zip(&on_the_way) {
                self.host(!by_client).receive(packet);
                if number % 2 == 0 || number == now {
                    let time = packet.time_ns + self.turnaround_ns(by_client);
                    acks.push(self.emit(!by_client, time, ACK, 0));
                }
            }
            for ack in &acks {
                self.host(by_client).receive(ack);
                at = ack.time_ns + self.turnaround_ns(!by_client);
            }
            flight *= 2;
        }
    }

    /// Hands over to a scene and takes back what both hosts know then.
    fn episode(&mut self, episode: Episode, random: &mut Random) {
        let mut trace = Trace {
            link: Link::Ethernet,
            at: None,
            packets: std::mem::take(&mut self.packets),
        };
        trace.packets.sort_by_key(|packet| packet.time_ns);
        if episode.play(&mut trace, random).is_some() {
            let scene = Scene::at_end(&mut trace).unwrap();
            for (client, host) in [(true, &mut self.client), (false, &mut self.server)] {
                let (next, expects, acked, ts_recent, id) = scene.state(client);
                (host.next, host.expects) = (next, Some(expects));
                (host.acked, host.ts_recent) = (acked, ts_recent);
                host.id = id.wrapping_add(1).max(1);
            }
        }
        let latest = trace.packets.iter().map(|packet| packet.time_ns).max();
        self.now_ns = latest.unwrap_or(self.now_ns);
        self.packets = trace.packets;
    }

    fn close(&mut self, close: Close) {
        let to_server = self.turnaround_ns(true);
        let to_client = self.turnaround_ns(false);
        let start = self.now_ns + to_client.max(to_server) + 3 * MS;
        match close {
            Close::Open => {}
            Close::Reset => self.send(true, start, RST | ACK, 0),
            Close::ByClient | Close::ByServer | Close::Half => {
                let first = close != Close::ByServer;
                let (there, back) = if first {
                    (to_server, to_client)
                } else {
                    (to_client, to_server)
                };
                self.send(first, start, FIN | ACK, 0);
                self.send(!first, start + there, ACK, 0);
                if close == Close::Half {
                    self.transfer(false, 3);
                }
                self.send(!first, self.now_ns + 5 * MS, FIN | ACK, 0);
                self.send(first, self.now_ns + back, ACK, 0);
            }
            Close::ThreeSegments => {
                self.send(true, start, FIN | ACK, 0);
                self.send(false, start + to_server, FIN | ACK, 0);
                self.send(true, self.now_ns + to_client, ACK, 0);
            }
            Close::Crossed => self.crossed(start),
        }
    }

    /// Neither FIN acknowledges the other.
    fn crossed(&mut self, start: i64) {
        let of_client = self.emit(true, start, FIN | ACK, 0);
        let of_server = self.emit(false, start + ANSWER_NS, FIN | ACK, 0);
        self.server.receive(&of_client);
        self.client.receive(&of_server);
        let acks = [
            (false, start + self.turnaround_ns(true)),
            (true, start + ANSWER_NS + self.turnaround_ns(false)),
        ];
        for (by_client, time) in acks {
            self.emit(by_client, time.max(start + 2 * ANSWER_NS), ACK, 0);
        }
    }

    /// Another pair of hosts says hello much later, so that the capture is
    /// known to have gone on.
    fn tail(&mut self, seconds: i64) {
        let from = self.packets.len();
        let other = Plan {
            turns: vec![(1, 1)],
            episode: None,
            close: Close::ByClient,
            tail_s: 0,
            isns: (
                self.plan.isns.1 ^ 0x1357_9bdf,
                self.plan.isns.0 ^ 0x2468_ace0,
            ),
            ..self.plan.clone()
        };
        let mut stage = Stage::new(&other, &mut Random(u64::from(self.plan.isns.0)));
        stage.client.socket = socket(self.plan.v6, 3, 50001);
        stage.server.socket = socket(self.plan.v6, 4, 443);
        // A first sign of life each half minute, so that no pause is taken
        // for a stopped capture.
        let mut times: Vec<i64> = (0..seconds / 30).map(|n| n * 30).collect();
        times.push(seconds);
        stage.now_ns = self.now_ns + 1000 * MS;
        stage.open();
        for time in times {
            stage.now_ns = self.now_ns + (time + 2) * 1000 * MS;
            stage.transfer(true, 1);
        }
        stage.close(Close::ByClient);
        for packet in stage.packets {
            self.packets.push(packet);
        }
        debug_assert!(self.packets.len() > from);
    }
}

/// What an end sends from this number on: always the same.
pub fn octets(by_client: bool, seq: u32, len: usize) -> Vec<u8> {
    let first = if by_client { 1u8 } else { 101 };
    (0..len)
        .map(|at| first.wrapping_add((seq.wrapping_add(at as u32) % 97) as u8))
        .collect()
}

impl Host {
    /// Takes in a segment, in order as all of them.
    fn receive(&mut self, packet: &Packet) {
        let first = packet.has(SYN);
        if let Some((tsval, _)) = packet.timestamps() {
            let old = first || packet.seq.wrapping_sub(self.acked) as i32 <= 0;
            if old {
                self.ts_recent = tsval;
            }
        }
        if packet.len() > 0 {
            self.expects = Some(packet.end());
        }
    }
}

fn socket(v6: bool, last: u8, port: u16) -> SocketAddr {
    let ip = if v6 {
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()))
    } else {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
    };
    SocketAddr::new(ip, port)
}
