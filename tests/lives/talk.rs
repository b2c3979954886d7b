//! Conversations at random: legal ones, and such with one thing changed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use crate::exchange::wire::{self, Ip, Sum, Tcp};
use crate::exchange::{FileFormat, Frame, Link, write_capture};

const FIN: u16 = 1;
const SYN: u16 = 2;
const RST: u16 = 4;
const PSH: u16 = 8;
const ACK: u16 = 16;

const US: i64 = 1_000;
const MS: i64 = 1_000_000;

/// One segment, in all that a test may want to change.
#[derive(Clone)]
struct Sent {
    time: i64,
    by_client: bool,
    seq: u32,
    ack: u32,
    flags: u16,
    window: u16,
    urgent: u16,
    /// MSS, scale and SACK permitted, of SYNs.
    opening: Option<(u16, Option<u8>, bool)>,
    stamps: Option<(u32, u32)>,
    odd_option: bool,
    data: Vec<u8>,
    ttl: u8,
    id: u16,
    ecn: u8,
    length: Option<u16>,
    sum: Sum,
}

/// An end as it goes.
struct End {
    next: u32,
    /// All of the peer's up to here has come.
    received: u32,
    /// What it acknowledged last.
    acked: u32,
    window: u16,
    scale: Option<u8>,
    ttl: u8,
    id: u16,
    counts_ids: bool,
    clock: u32,
    /// The peer's latest TSval.
    heard: u32,
    finished: bool,
}

struct Talk {
    rng: Rng,
    now: i64,
    client: End,
    server: End,
    mss: u16,
    stamps: bool,
    /// Nothing is late, small or odd.
    calm: bool,
    all: Vec<Sent>,
}

impl Talk {
    fn new(seed: u64, start: i64) -> Talk {
        let mut rng = Rng::with_seed(seed);
        let calm = rng.u8(..3) > 0;
        let scaled = rng.u8(..4) > 0;
        let mut end = || {
            let counts = rng.u8(..4) > 0;
            let next = if rng.u8(..4) == 0 {
                u32::MAX - rng.u32(..3000)
            } else {
                rng.u32(..)
            };
            End {
                next,
                received: 0,
                acked: 0,
                window: if rng.bool() { 64240 } else { 65535 },
                scale: (scaled || !calm && rng.bool()).then(|| rng.u8(..9)),
                ttl: if rng.bool() { 64 } else { 120 },
                id: if calm && !counts { 0 } else { rng.u16(..) },
                counts_ids: counts,
                clock: rng.u32(..),
                heard: 0,
                finished: false,
            }
        };
        let (client, server) = (end(), end());
        Talk {
            mss: [1460, 1460, 1400, 1220, 536][rng.usize(..if calm { 4 } else { 5 })],
            calm,
            stamps: rng.u8(..3) > 0,
            now: start,
            client,
            server,
            rng,
            all: Vec::new(),
        }
    }

    fn end(&mut self, client: bool) -> &mut End {
        if client {
            &mut self.client
        } else {
            &mut self.server
        }
    }

    fn wait(&mut self) {
        if self.calm {
            let quiet =
                self.client.acked == self.server.next && self.server.acked == self.client.next;
            self.now += match self.rng.u8(..20) {
                0 if quiet => self.rng.i64(0..20_000 * MS),
                1..4 => self.rng.i64(0..50 * MS),
                _ => self.rng.i64(0..500) * US,
            };
            return;
        }
        self.now += match self.rng.u8(..40) {
            0 => self.rng.i64(400 * MS..700 * MS),
            1 => self.rng.i64(MS..20_000 * MS),
            2 if self.rng.u8(..10) == 0 => self.rng.i64(200_000 * MS..400_000 * MS),
            3..8 => self.rng.i64(MS..200 * MS),
            _ => self.rng.i64(0..500) * US,
        };
    }

    fn send(&mut self, client: bool, flags: u16, len: usize) {
        self.wait();
        let now = self.now;
        let (stamps, mss, start) = (self.stamps, self.mss, self.rng.u8(..));
        let lag = !self.calm && self.rng.u8(..8) == 0;
        let id_step = self.rng.u16(u16::from(self.calm)..3);
        let end = self.end(client);
        // What is on the way may not have come.
        let ack = if lag || flags & ACK == 0 {
            end.acked
        } else {
            end.received
        };
        end.acked = ack;
        if end.counts_ids {
            end.id = end.id.wrapping_add(id_step);
        }
        let is_syn = flags & SYN != 0;
        let opening = is_syn.then_some((mss, end.scale, true));
        let tsval = end.clock.wrapping_add((now / MS) as u32);
        let heard = if flags & ACK == 0 { 0 } else { end.heard };
        let sent = Sent {
            time: now,
            by_client: client,
            seq: end.next,
            ack: if flags & ACK == 0 { 0 } else { ack },
            flags,
            window: end.window,
            urgent: 0,
            opening,
            stamps: stamps.then_some((tsval, heard)),
            odd_option: false,
            data: (0..len).map(|at| start.wrapping_add(at as u8)).collect(),
            ttl: end.ttl,
            id: end.id,
            ecn: 0,
            length: None,
            sum: Sum::Good,
        };
        let occupies = len as u32 + u32::from(is_syn) + u32::from(flags & FIN != 0);
        end.next = end.next.wrapping_add(occupies);
        end.finished |= flags & FIN != 0;
        let (next, own_clock) = (end.next, tsval);
        let peer = self.end(!client);
        peer.received = next;
        peer.heard = own_clock;
        self.all.push(sent);
    }

    fn open(&mut self) {
        self.send(true, SYN, 0);
        self.server.acked = self.server.received;
        self.send(false, SYN | ACK, 0);
        self.client.acked = self.client.received;
        let [c, s] = [self.client.scale, self.server.scale];
        let both = c.is_some() && s.is_some();
        for client in [true, false] {
            let rng_window = self.rng.u16(200..2000);
            let end = self.end(client);
            if both && end.scale.is_some_and(|scale| scale > 5) {
                end.window = rng_window;
            }
        }
        if self.rng.u8(..5) > 0 {
            self.send(true, ACK, 0);
        }
    }

    fn data(&mut self, client: bool) {
        let room = usize::from(self.mss) - if self.stamps { 12 } else { 0 };
        for _ in 0..self.rng.u8(1..4) {
            let len = match self.rng.u8(..4) {
                0 => room,
                1 => self.rng.usize(1..4),
                _ => self.rng.usize(1..room),
            };
            let push = if len < room && (self.calm || self.rng.u8(..8) > 0) {
                PSH
            } else {
                0
            };
            self.send(client, ACK | push, len);
        }
    }

    fn acknowledge(&mut self, client: bool) {
        let end = self.end(client);
        if end.acked != end.received {
            self.send(client, ACK, 0);
        }
    }

    fn window(&mut self, client: bool) {
        let change = self.rng.u16(1..60);
        let up = self.calm || self.rng.u8(..4) > 0;
        let end = self.end(client);
        end.window = if up {
            end.window.saturating_add(change)
        } else {
            end.window.saturating_sub(change).max(40)
        };
    }

    fn close(&mut self) {
        let client = self.rng.u8(..4) > 0;
        let len = if self.rng.u8(..6) == 0 { 20 } else { 0 };
        match self.rng.u8(..10) {
            // Both at once, in either order of what follows.
            0 => {
                self.send(client, FIN | ACK, len);
                let known = self.end(!client);
                known.received = known.acked;
                self.send(!client, FIN | ACK, 0);
                for client in [client, !client] {
                    let next = self.end(!client).next;
                    self.end(client).received = next;
                    self.send(client, ACK, 0);
                }
                return;
            }
            // Merged.
            1..3 => self.send(client, FIN | ACK, len),
            // Half-closed.
            3 => {
                self.send(client, FIN | ACK, len);
                self.acknowledge(!client);
                self.data(!client);
                self.acknowledge(client);
            }
            4 => return self.send(client, RST | ACK, 0),
            5 => return,
            _ => {
                self.send(client, FIN | ACK, len);
                self.acknowledge(!client);
            }
        }
        self.send(!client, FIN | ACK, 0);
        if self.rng.u8(..20) > 0 {
            self.acknowledge(client);
            self.acknowledge(!client);
            self.acknowledge(client);
        }
    }

    fn run(mut self) -> Vec<Sent> {
        self.open();
        for _ in 0..self.rng.u8(..8) {
            let client = self.rng.bool();
            match self.rng.u8(..8) {
                0 => self.window(client),
                1..4 => self.acknowledge(client),
                _ => {
                    self.data(client);
                    if self.rng.u8(..4) > 0 {
                        self.acknowledge(!client);
                    }
                }
            }
        }
        if self.rng.bool() {
            self.acknowledge(true);
            self.acknowledge(false);
        }
        self.close();
        self.all
    }
}

/// Changes one thing about one segment.
fn deviate(all: &mut Vec<Sent>, rng: &mut Rng) {
    let at = rng.usize(..all.len());
    let small = rng.u32(1..4);
    let sent = &mut all[at];
    match rng.u8(..30) {
        0 => sent.seq = sent.seq.wrapping_add(small),
        1 => sent.seq = sent.seq.wrapping_sub(small),
        2 => sent.ack = sent.ack.wrapping_add(small),
        3 => sent.ack = sent.ack.wrapping_sub(small),
        4 => sent.flags ^= 1 << rng.u8(..12),
        5 => sent.window = 0,
        6 => sent.window = rng.u16(..),
        7 => sent.urgent = 1,
        8 => sent.stamps = None,
        9 => sent.stamps = Some((rng.u32(..), rng.u32(..))),
        10 => {
            if let Some((tsval, _)) = &mut sent.stamps {
                *tsval = tsval.wrapping_sub(small);
            }
        }
        11 => {
            if let Some((_, tsecr)) = &mut sent.stamps {
                *tsecr = tsecr.wrapping_add(small).wrapping_sub(2);
            }
        }
        12 => sent.odd_option = true,
        13 => sent.ttl = sent.ttl.wrapping_add(small as u8),
        14 => sent.id = rng.u16(..),
        15 => sent.ecn = small as u8,
        16 => sent.length = Some(0),
        17 => sent.sum = Sum::Bad,
        18 => sent.sum = Sum::Partial,
        19 => sent.opening = Some((rng.u16(..1500), Some(rng.u8(..20)), rng.bool())),
        20 => sent.time -= rng.i64(0..3 * MS),
        21 => {
            for later in &mut all[at..] {
                later.time += 700_000 * MS;
            }
        }
        22 => drop(all.remove(at)),
        23 => {
            let mut copy = sent.clone();
            copy.time += rng.i64(0..600 * MS);
            copy.id = copy.id.wrapping_add(small as u16 - 1);
            all.push(copy);
        }
        24 => {
            let mut reset = sent.clone();
            (reset.flags, reset.opening) = (RST, None);
            reset.data.clear();
            reset.time += rng.i64(0..100 * MS);
            all.push(reset);
        }
        25 => {
            let mut syn = all[0].clone();
            let last = all.last().map_or(0, |last| last.time);
            syn.time = last + rng.i64(0..3_000 * MS);
            syn.seq = syn.seq.wrapping_add(rng.u32(..1 << 20));
            all.push(syn);
        }
        26 => sent.data.truncate(1),
        27 => sent.data.resize(1460, 7),
        28 => {
            sent.data.iter_mut().for_each(|octet| *octet ^= 1);
            let mut again = sent.clone();
            again.data.iter_mut().for_each(|octet| *octet ^= 1);
            again.time += rng.i64(0..600 * MS);
            again.id = again.id.wrapping_add(9);
            all.push(again);
        }
        _ => sent.time += rng.i64(0..700 * MS),
    }
}

fn options(sent: &Sent) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some((mss, scale, sack)) = sent.opening {
        out.extend([2, 4]);
        out.extend(mss.to_be_bytes());
        out.extend(scale.iter().flat_map(|scale| [1, 3, 3, *scale]));
        out.extend(if sack { &[1, 1, 4, 2][..] } else { &[] });
    }
    if let Some((tsval, tsecr)) = sent.stamps {
        out.extend([1, 1, 8, 10]);
        out.extend(tsval.to_be_bytes());
        out.extend(tsecr.to_be_bytes());
    }
    if sent.odd_option {
        out.extend([77, 4, 0, 0]);
    }
    out
}

/// A capture of `count` conversations; in some of them something is changed.
pub fn capture(seed: u64, count: u64, changed_of_8: u8) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    let v6 = rng.u8(..4) == 0;
    let host = |last: u8| match v6 {
        true => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into())),
        false => IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
    };
    let mut frames: Vec<(i64, Vec<u8>)> = Vec::new();
    for number in 0..count {
        let start = 1_700_000_000_000 * MS + rng.i64(0..2_000 * MS);
        let mut all = Talk::new(rng.u64(..), start).run();
        if rng.u8(..8) < changed_of_8 {
            deviate(&mut all, &mut rng);
        }
        let sockets = [(host(1), 40000 + number as u16), (host(2), 80)];
        for sent in &all {
            let [to, from] = match sent.by_client {
                true => [sockets[1], sockets[0]],
                false => sockets,
            };
            let ip = Ip {
                source: from.0,
                destination: to.0,
                ttl: sent.ttl,
                id: sent.id,
                ecn: sent.ecn,
                length: sent.length,
            };
            let octets = wire::tcp(
                &Tcp {
                    source_port: from.1,
                    destination_port: to.1,
                    seq: sent.seq,
                    ack: sent.ack,
                    flags: sent.flags,
                    window: sent.window,
                    urgent_pointer: sent.urgent,
                    options: &options(sent),
                    data: &sent.data,
                    offset: None,
                    sum: sent.sum,
                },
                &ip,
            );
            frames.push((sent.time, wire::ip_tcp(&ip, &octets).unwrap()));
        }
    }
    // What has a time of its own stays in order otherwise.
    frames.sort_by_key(|(time, _)| *time);
    let frames: Vec<Frame> = (1..)
        .zip(frames)
        .map(|(number, (time_ns, bytes))| Frame {
            number,
            time_ns,
            original_len: bytes.len() as u32,
            bytes,
            link_len: 0,
            direction: None,
            from: String::new(),
            to: String::new(),
            source: (host(1), 0).into(),
            destination: (host(2), 0).into(),
            line: 0,
            label: None,
        })
        .collect();
    write_capture(&frames, Link::Raw, FileFormat::default())
}
