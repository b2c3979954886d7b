//! Goes on with a conversation from a quiet moment of it, segment by segment,
//! as both ends would; whoever plants a fault makes single segments otherwise.

use super::dialogue::octets;
use super::random::Random;
use super::{ACK, CWR, ECE, FIN, PSH, Packet, Quirk, RST, SYN, Trace, kind};
use crate::exchange::wire::Sum;

const MS: i64 = 1_000_000;
/// Between two segments of one flight.
const SPACING_NS: i64 = 20_000;
/// Segments of one flight: fewer than a first one may have.
const FLIGHT: usize = 8;
/// More room than this is not worth filling.
const LARGEST_ROOM: u32 = 200_000;

/// An end of the connection.
#[derive(Clone, Debug)]
pub struct End {
    /// Its latest segment: addresses, hops and timestamps go on from it.
    model: Packet,
    /// SND.NXT.
    pub next: u32,
    /// RCV.NXT.
    pub expects: u32,
    /// What lies beyond a hole in what it has got.
    held: Vec<(u32, u32)>,
    /// Whether its application takes what comes: else the edge of its window stays.
    pub reads: bool,
    /// Furthest edge that it has offered.
    pub edge: u32,
    /// Last.ACK.sent and TS.Recent of RFC 7323, 4.3.
    acked: u32,
    ts_recent: u32,
    /// Its window while it reads, as it stands in the header.
    window: u16,
    shift: u8,
    ect: bool,
    /// From a segment of the peer at the monitor to its answer there.
    pub delay_ns: i64,
}

/// The conversation, as it goes on.
pub struct Scene<'t> {
    pub trace: &'t mut Trace,
    client: End,
    server: End,
    pub now_ns: i64,
    /// Octets of data in a full segment.
    pub full: usize,
    /// The smaller MSS.
    pub mss: usize,
}

/// Indices of the first connection's segments behind which all is said: everything
/// has arrived, both have room, and nobody has closed. The handshake's third is the first.
pub fn quiet_moments(trace: &Trace) -> Vec<usize> {
    let (client, mut found) = (trace.client(), Vec::new());
    // By client and server: SND.NXT, and the highest ACK.
    let mut next: [Option<u32>; 2] = [None; 2];
    let mut acked: [Option<u32>; 2] = [None; 2];
    let mut has_room = [true; 2];
    let later = |known: Option<u32>, number: u32| {
        Some(known.map_or(number, |known| {
            if (number.wrapping_sub(known) as i32) > 0 {
                number
            } else {
                known
            }
        }))
    };
    for at in trace.all(|_| true) {
        let packet = &trace.packets[at];
        if packet.has(FIN) || packet.has(RST) {
            break;
        }
        let own = usize::from(packet.source != client);
        next[own] = later(next[own], packet.end());
        if packet.has(ACK) {
            acked[1 - own] = later(acked[1 - own], packet.ack);
        }
        has_room[own] = packet.window > 0;
        if next[0].is_some() && next == acked && has_room == [true; 2] {
            found.push(at);
        }
    }
    found
}

impl<'t> Scene<'t> {
    /// Leaves of the conversation what comes up to a moment drawn at random.
    pub fn at_rest(trace: &'t mut Trace, random: &mut Random) -> Option<Scene<'t>> {
        let moments = quiet_moments(trace);
        let at = *random.choose(&moments)?;
        Scene::behind(trace, at)
    }

    /// The same, where both ends have sent more than the handshake.
    pub fn in_use(trace: &'t mut Trace, random: &mut Random) -> Option<Scene<'t>> {
        let first = |source| trace.first(|p| p.source == source && !p.has(SYN));
        let both = first(trace.client())?.max(first(trace.server())?);
        let mut moments = quiet_moments(trace);
        moments.retain(|at| *at >= both);
        let at = *random.choose(&moments)?;
        Scene::behind(trace, at)
    }

    /// The same right behind the handshake.
    pub fn at_start(trace: &'t mut Trace) -> Option<Scene<'t>> {
        let at = *quiet_moments(trace).first()?;
        Scene::behind(trace, at)
    }

    /// The same at the last quiet moment.
    pub fn at_end(trace: &'t mut Trace) -> Option<Scene<'t>> {
        let at = *quiet_moments(trace).last()?;
        Scene::behind(trace, at)
    }

    fn behind(trace: &'t mut Trace, at: usize) -> Option<Scene<'t>> {
        trace.keep(|index, _| index <= at);
        let (client, server) = (end(trace, true)?, end(trace, false)?);
        let now_ns = trace.packets[trace.last(|_| true)?].time_ns + 3 * MS;
        let mss = |syn: Option<usize>| {
            let body = trace.packets[syn?].option(kind::MSS)?;
            Some(usize::from(u16::from_be_bytes(body.try_into().ok()?)))
        };
        let syns = [trace.last(Packet::is_syn), trace.last(Packet::is_syn_ack)];
        let mss = syns.map(|syn| mss(syn).unwrap_or(536));
        let stamped = client.model.timestamps().is_some();
        let link = if client.model.source.is_ipv4() {
            1460
        } else {
            1440
        };
        let mss = mss[0].min(mss[1]);
        let full = mss.min(link) - if stamped { 12 } else { 0 };
        Some(Scene {
            trace,
            client,
            server,
            now_ns,
            full,
            mss,
        })
    }

    pub fn end(&mut self, client: bool) -> &mut End {
        if client {
            &mut self.client
        } else {
            &mut self.server
        }
    }

    /// See [`End::state`].
    pub fn state(&self, client: bool) -> (u32, u32, u32, u32, u16) {
        if client {
            self.client.state()
        } else {
            self.server.state()
        }
    }

    /// Which end the marks of the capture prove it to be taken at.
    pub fn near(&self) -> Option<bool> {
        Some(self.trace.at? == self.client.model.source)
    }

    pub fn has_timestamps(&self) -> bool {
        self.client.model.timestamps().is_some()
    }

    /// Time passes.
    pub fn wait(&mut self, ns: i64) {
        self.now_ns += ns;
    }

    /// An end's next segment, `after_ns` from now: an ACK that `edit` may change.
    fn next(&mut self, client: bool, after_ns: i64, edit: impl FnOnce(&mut Packet)) -> Packet {
        self.now_ns += after_ns;
        let now_ns = self.now_ns;
        let end = self.end(client);
        let mut packet = Packet {
            time_ns: now_ns,
            seq: end.next,
            ack: end.expects,
            flags: ACK,
            window: if end.reads {
                end.window
            } else {
                (end.edge.wrapping_sub(end.expects) >> end.shift) as u16
            },
            ecn: 0,
            urgent_pointer: 0,
            data: Vec::new(),
            options: Vec::new(),
            sum: Sum::Good,
            quirk: Quirk::None,
            ..end.model.clone()
        };
        if let Some((tsval, _)) = end.model.timestamps() {
            let elapsed = u32::try_from((now_ns - end.model.time_ns) / MS).unwrap();
            packet.set_timestamps(tsval.wrapping_add(elapsed), end.ts_recent);
        }
        edit(&mut packet);
        if !packet.has(RST) {
            let end = self.end(client);
            if (packet.end().wrapping_sub(end.next) as i32) > 0 {
                end.next = packet.end();
            }
            let edge = packet
                .ack
                .wrapping_add(u32::from(packet.window) << end.shift);
            if (edge.wrapping_sub(end.edge) as i32) > 0 {
                end.edge = edge;
            }
            end.acked = packet.ack;
        }
        packet
    }

    /// Says it; the other end takes it in. Returns the index.
    pub fn say(&mut self, client: bool, after_ns: i64, edit: impl FnOnce(&mut Packet)) -> usize {
        let packet = self.next(client, after_ns, edit);
        self.end(!client).receive(&packet);
        self.put(packet)
    }

    /// Says it, but it never arrives.
    pub fn lose(&mut self, client: bool, after_ns: i64, edit: impl FnOnce(&mut Packet)) -> usize {
        let packet = self.next(client, after_ns, edit);
        self.put(packet)
    }

    /// Puts it in. Another's segments in this end's name do not move its count.
    fn put(&mut self, mut packet: Packet) -> usize {
        let client = packet.source == self.client.model.source;
        let model = &mut self.end(client).model;
        if packet.source.is_ipv4() {
            model.id = model.id.wrapping_add(1);
            packet.id = model.id;
        }
        self.trace.insert_as_is(packet)
    }

    /// New data.
    pub fn data(&mut self, client: bool, after_ns: i64, len: usize) -> usize {
        let (seq, ect) = (self.end(client).next, self.end(client).ect);
        self.say(client, after_ns, |p| fill(p, client, seq, len, ect))
    }

    /// New data that is lost behind the monitor.
    pub fn lost_data(&mut self, client: bool, after_ns: i64, len: usize) -> usize {
        let (seq, ect) = (self.end(client).next, self.end(client).ect);
        self.lose(client, after_ns, |p| fill(p, client, seq, len, ect))
    }

    /// The data at index `at` once more (without an ECN mark, as repetitions go).
    pub fn again(&mut self, client: bool, after_ns: i64, at: usize, arrives: bool) -> usize {
        let (seq, data, flags) = {
            let first = &self.trace.packets[at];
            (first.seq, first.data.clone(), first.flags)
        };
        let edit = |p: &mut Packet| (p.seq, p.data, p.flags) = (seq, data, flags);
        if arrives {
            self.say(client, after_ns, edit)
        } else {
            self.lose(client, after_ns, edit)
        }
    }

    /// The ACK of what this end has got, as soon as it can pass the monitor.
    pub fn reply(&mut self, client: bool) -> usize {
        let delay = self.end(client).delay_ns;
        self.say(client, delay, |_| ())
    }

    /// What takes a segment of this end and the peer's answer.
    pub fn delay(&mut self, client: bool) -> i64 {
        self.end(client).delay_ns
    }

    /// Data and its ACK.
    pub fn exchange(&mut self, client: bool, len: usize) -> usize {
        let delay = self.delay(client);
        let at = self.data(client, delay, len);
        self.reply(!client);
        at
    }

    /// A hundred octets of data, which the peer acknowledges with `ahead` octets more than it got.
    /// Returns the index of that ACK.
    pub fn data_acked_ahead(&mut self, client: bool, ahead: u32) -> usize {
        let delay = self.delay(client);
        self.data(client, delay, 100);
        let delay = self.delay(!client);
        self.say(!client, delay, |p| p.ack = p.ack.wrapping_add(ahead))
    }

    /// The same, where the peer reports a hundred octets behind a gap that were not sent yet.
    pub fn data_sacked_ahead(&mut self, client: bool, gap: u32) -> usize {
        let delay = self.delay(client);
        self.data(client, delay, 100);
        let left = self.end(!client).expects.wrapping_add(gap);
        let delay = self.delay(!client);
        self.say(!client, delay, |p| {
            p.set_sack(&[(left, left.wrapping_add(100))]);
        })
    }

    /// `client` sends until the peer, which does not read, has room for `left` octets.
    pub fn fill(&mut self, client: bool, left: u32) -> Option<()> {
        self.end(!client).reads = false;
        let full = self.full;
        if self.room(client) > LARGEST_ROOM {
            return None;
        }
        while self.room(client) > left {
            let mut unanswered = 0;
            let delay = self.delay(client);
            self.wait(delay);
            for _ in 0..FLIGHT {
                let len = full.min((self.room(client) - left) as usize);
                if len == 0 {
                    break;
                }
                self.data(client, SPACING_NS, len);
                unanswered += 1;
            }
            assert!(unanswered > 0);
            self.reply(!client);
        }
        Some(())
    }

    /// Octets that `client` may send: all that it has sent has arrived.
    pub fn room(&mut self, client: bool) -> u32 {
        let next = self.end(client).next;
        let room = self.end(!client).edge.wrapping_sub(next);
        if (room as i32) < 0 { 0 } else { room }
    }

    /// The smallest step of `client`'s window.
    pub fn unit(&mut self, client: bool) -> u32 {
        1 << self.end(client).shift
    }

    /// The peer's application reads again, and says so.
    pub fn reopen(&mut self, client: bool, after_ns: i64) -> usize {
        self.end(client).reads = true;
        self.say(client, after_ns, |_| ())
    }

    /// Life goes on: some data each way, and perhaps a close.
    pub fn go_on(&mut self, random: &mut Random) {
        self.wait(500 * MS);
        for client in [true, false] {
            let len = random.within(1..400) as usize;
            self.exchange(client, len);
        }
        if random.one_in(2) {
            self.close(random.one_in(2));
        }
    }

    /// FIN, ACK, FIN, ACK.
    pub fn close(&mut self, client_first: bool) {
        let delay = self.delay(client_first).max(5 * MS);
        self.say(client_first, delay, |p| p.flags |= FIN);
        self.reply(!client_first);
        self.say(!client_first, 5 * MS, |p| p.flags |= FIN);
        self.reply(client_first);
    }
}

fn fill(packet: &mut Packet, client: bool, seq: u32, len: usize, ect: bool) {
    packet.data = octets(client, seq, len);
    packet.flags |= PSH;
    packet.ecn = if ect { 2 } else { 0 };
}

/// What the segments so far say of an end.
fn end(trace: &Trace, client: bool) -> Option<End> {
    let source = if client {
        trace.client()
    } else {
        trace.server()
    };
    let own = trace.all(|p| p.source == source && !p.has(RST));
    let syn = *own.iter().find(|at| trace.packets[**at].has(SYN))?;
    let later = |numbers: &mut dyn Iterator<Item = u32>| {
        numbers.reduce(|a, b| if (b.wrapping_sub(a) as i32) > 0 { b } else { a })
    };
    let scaled = trace
        .all(Packet::is_syn_ack)
        .iter()
        .chain(&trace.all(Packet::is_syn))
        .all(|at| trace.packets[*at].option(kind::WINDOW_SCALE).is_some());
    let shift = trace.packets[syn]
        .option(kind::WINDOW_SCALE)
        .filter(|_| scaled);
    let shift = shift.map_or(0, |body| body[0]);
    let mut offers = own
        .iter()
        .map(|at| &trace.packets[*at])
        .filter(|p| p.has(ACK))
        .map(|p| {
            let shift = if p.has(SYN) { 0 } else { shift };
            p.ack.wrapping_add(u32::from(p.window) << shift)
        });
    let edge = later(&mut offers);
    let next = later(&mut own.iter().map(|at| trace.packets[*at].end()))?;
    let expects = later(
        &mut trace
            .all(|p| p.source != source && !p.has(RST))
            .iter()
            .map(|at| trace.packets[*at].end()),
    )?;
    let heard = trace.last(|p| p.source != source && p.timestamps().is_some());
    let answered = if client {
        trace.first(Packet::is_syn_ack)
    } else {
        trace.last(Packet::is_syn)
    };
    let answered = trace.packets[answered?].time_ns;
    let answer = *own
        .iter()
        .find(|at| trace.packets[**at].time_ns > answered)?;
    let model = trace.packets[*own.last()?].clone();
    let windows = [true, false].map(|is_syn| {
        let of = |at: &&usize| trace.packets[**at].has(SYN) == is_syn;
        own.iter()
            .rev()
            .find(of)
            .map(|at| trace.packets[*at].window)
    });
    let [of_syn, of_others] = windows;
    Some(End {
        next,
        expects,
        held: Vec::new(),
        reads: true,
        // The server has said nothing since its SYN: what it offered there stands.
        edge: edge.unwrap_or_else(|| expects.wrapping_add(u32::from(of_syn.unwrap_or(0)))),
        acked: expects,
        ts_recent: heard.map_or(0, |at| trace.packets[at].timestamps().unwrap().0),
        window: of_others.or_else(|| of_syn.map(|window| window >> shift))?,
        shift,
        ect: trace.packets[trace.last(Packet::is_syn)?].has(ECE | CWR)
            && trace.packets[trace.last(Packet::is_syn_ack)?].flags & (ECE | CWR) == ECE,
        delay_ns: (trace.packets[answer].time_ns - answered).clamp(20_000, 300 * MS),
        model,
    })
}

impl End {
    /// Takes in a segment, and what has waited behind it.
    fn receive(&mut self, packet: &Packet) {
        let behind = |a: u32, b: u32| (a.wrapping_sub(b) as i32) > 0;
        if packet.has(RST) {
            return;
        }
        if let Some((tsval, _)) = packet.timestamps()
            && !behind(packet.seq, self.acked)
        {
            self.ts_recent = tsval;
        }
        if packet.len() > 0 {
            self.held.push((packet.seq, packet.end()));
        }
        let mut expects = self.expects;
        while let Some((_, end)) = self
            .held
            .iter()
            .find(|(start, end)| !behind(*start, expects) && behind(*end, expects))
        {
            expects = *end;
        }
        self.held.retain(|(_, end)| behind(*end, expects));
        self.expects = expects;
    }

    /// Where what lies behind the hole begins.
    pub fn held_from(&self) -> u32 {
        let first = |a: u32, b: u32| if (b.wrapping_sub(a) as i32) < 0 { b } else { a };
        self.held
            .iter()
            .map(|(start, _)| *start)
            .reduce(first)
            .unwrap_or(self.expects)
    }

    /// What a host that goes on from here has to know: SND.NXT, RCV.NXT, Last.ACK.sent, TS.Recent
    /// and the identification of its latest packet.
    pub fn state(&self) -> (u32, u32, u32, u32, u16) {
        (
            self.next,
            self.expects,
            self.acked,
            self.ts_recent,
            self.model.id,
        )
    }

    /// The blocks that it would report.
    pub fn blocks(&self) -> Vec<(u32, u32)> {
        self.held.iter().rev().copied().collect()
    }
}
