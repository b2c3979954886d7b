//! What happens under one seed: everything is drawn here, before it begins.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fastrand::Rng;
use smoltcp::socket::tcp::CongestionControl;

use crate::app::{Ending, Plan, Reading};
use crate::link::Hop;
use crate::packet::Without;
use crate::side::{Both, Side};

pub const MS: i64 = 1000;
pub const SECOND: i64 = 1000 * MS;

/// True in so many of a thousand cases.
pub fn chance(rng: &mut Rng, of_a_thousand: u32) -> bool {
    rng.u32(0..1000) < of_a_thousand
}

fn one_of<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(0..choices.len())]
}

/// A host and its stack.
#[derive(Clone, Debug)]
pub struct Host {
    pub mtu: usize,
    pub receive_buffer: usize,
    pub send_buffer: usize,
    pub nagle: bool,
    pub ack_delay_ms: Option<u64>,
    pub keep_alive_ms: Option<u64>,
    pub timeout_ms: Option<u64>,
    pub congestion: CongestionControl,
    pub timestamps: bool,
    /// What the clock of its timestamps shows when the simulation begins.
    pub clock_offset: u32,
    pub ttl: u8,
    /// 0: it leaves the identification of its datagrams at 0.
    pub first_ip_id: u16,
    pub without: Without,
}

/// How a round begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// B listens, A connects.
    Passive,
    /// Nobody listens.
    Refused,
    /// B listens only after so many microseconds.
    Late(i64),
    /// Both connect, B so many microseconds after A (or before).
    Simultaneous(i64),
}

/// One connection, from its opening to its end.
#[derive(Clone, Debug)]
pub struct Round {
    pub opening: Opening,
    pub isns: Both<u32>,
    pub ports: (u16, u16),
    pub plans: Both<Plan>,
    /// It is given up after so long.
    pub limit: i64,
    /// Time between its end and the next round.
    pub pause: i64,
    /// Sockets that are open at its end are aborted; else it is the last one.
    pub aborted_at_limit: bool,
    /// What the network does: A to the middle, the middle to B, and back.
    pub towards_b: [Hop; 2],
    pub towards_a: [Hop; 2],
}

#[derive(Clone, Debug)]
pub struct Scenario {
    pub ipv6: bool,
    pub hosts: Both<Host>,
    pub rounds: Vec<Round>,
}

impl Scenario {
    /// The address of a host.
    pub fn ip(&self, side: Side) -> IpAddr {
        let last = side as u8 + 1;
        if self.ipv6 {
            Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last.into()).into()
        } else {
            Ipv4Addr::new(10, 0, 0, last).into()
        }
    }

    pub fn draw(rng: &mut Rng) -> Scenario {
        let ipv6 = rng.bool();
        let hosts = Both {
            a: host(rng, ipv6),
            b: host(rng, ipv6),
        };
        let path = path(rng);
        let ports = (rng.u16(1024..=65535), rng.u16(1..=65535));
        let count = one_of(rng, &[1, 1, 1, 2, 3]);
        let mut rounds: Vec<Round> = (0..count).map(|_| round(rng, ports, &path)).collect();
        // No stack takes two initial numbers that are close to each other.
        for (round, apart) in rounds.iter_mut().zip((0..).step_by(1 << 29)) {
            for side in Side::BOTH {
                let isn = round.isns.of_mut(side);
                *isn = isn.wrapping_add(apart);
            }
        }
        Scenario {
            ipv6,
            hosts,
            rounds,
        }
    }
}

fn host(rng: &mut Rng, ipv6: bool) -> Host {
    let mtus: &[usize] = if ipv6 {
        &[1280, 1500]
    } else {
        &[296, 576, 1500]
    };
    let small = chance(rng, 400);
    let mut buffer = |large: usize| {
        if small {
            rng.usize(64..2000)
        } else {
            rng.usize(2000..large)
        }
    };
    let (receive_buffer, send_buffer) = (buffer(200_000), buffer(20_000));
    Host {
        mtu: one_of(rng, mtus),
        receive_buffer,
        send_buffer,
        nagle: rng.bool(),
        ack_delay_ms: one_of(rng, &[None, Some(10), Some(40), Some(200), Some(400)]),
        keep_alive_ms: one_of(rng, &[None, None, None, Some(1200), Some(3000)]),
        timeout_ms: one_of(rng, &[None, None, None, Some(2500), Some(8000)]),
        congestion: one_of(
            rng,
            &[
                CongestionControl::None,
                CongestionControl::Reno,
                CongestionControl::Cubic,
            ],
        ),
        timestamps: rng.bool(),
        clock_offset: one_of(
            rng,
            &[0, 1, 5_000_000, u32::MAX - 1500, i32::MAX as u32 - 900],
        ),
        ttl: one_of(rng, &[64, 128, 255]),
        first_ip_id: if rng.bool() { 0 } else { rng.u16(1..) },
        without: Without {
            window_scale: chance(rng, 300),
            sack: chance(rng, 300),
            mss: chance(rng, 50),
        },
    }
}

/// Initial sequence numbers: anything, or such that the numbers of the round
/// pass 2^32 at its beginning, in its data, or at its end.
fn isn(rng: &mut Rng) -> u32 {
    match rng.u32(0..10) {
        0..5 => rng.u32(..),
        5 => u32::MAX,
        6 => u32::MAX - rng.u32(0..4),
        7 => rng.u32(0..2),
        _ => u32::MAX - rng.u32(0..5000),
    }
}

fn hop(rng: &mut Rng, quiet: bool) -> Hop {
    let delay = match rng.u32(0..6) {
        0 => rng.i64(20..200),
        1 => rng.i64(200..2000),
        2 | 3 => rng.i64(2 * MS..40 * MS),
        4 => rng.i64(40 * MS..200 * MS),
        _ => rng.i64(200 * MS..700 * MS),
    };
    if quiet {
        return Hop {
            delay,
            in_order: true,
            ..Hop::default()
        };
    }
    let jitter = one_of(rng, &[0, 50, 2 * MS, delay / 2, 2 * delay]);
    Hop {
        delay,
        jitter,
        lost: one_of(rng, &[0, 0, 20, 100, 250]),
        duplicated: one_of(rng, &[0, 0, 30, 150]),
        held_up: one_of(rng, &[0, 0, 50, 200]),
        holdup: one_of(rng, &[2 * MS, 100 * MS, 1500 * MS]),
        in_order: rng.bool(),
        ..Hop::default()
    }
}

fn path(rng: &mut Rng) -> [[Hop; 2]; 2] {
    let quiet = chance(rng, 250);
    let symmetric = rng.bool();
    let there = [hop(rng, quiet), hop(rng, quiet)];
    let mut back = [hop(rng, quiet), hop(rng, quiet)];
    if symmetric {
        back[0].delay = there[1].delay;
        back[1].delay = there[0].delay;
    }
    [there, back]
}

fn outage(rng: &mut Rng) -> Option<(i64, i64)> {
    chance(rng, 60).then(|| {
        let from = rng.i64(0..3 * SECOND);
        (from, from + rng.i64(100 * MS..20 * SECOND))
    })
}

fn round(rng: &mut Rng, ports: (u16, u16), path: &[[Hop; 2]; 2]) -> Round {
    let opening = match rng.u32(0..20) {
        0..15 => Opening::Passive,
        15 => Opening::Refused,
        16 => Opening::Late(rng.i64(0..3 * SECOND)),
        _ => Opening::Simultaneous(rng.i64(-300 * MS..300 * MS)),
    };
    let [mut towards_b, mut towards_a] = path.clone();
    for hop in towards_b.iter_mut().chain(&mut towards_a) {
        hop.outage = outage(rng);
    }
    Round {
        opening,
        isns: Both {
            a: isn(rng),
            b: isn(rng),
        },
        ports: if chance(rng, 700) {
            ports
        } else {
            (rng.u16(1024..=65535), ports.1)
        },
        plans: Both {
            a: plan(rng),
            b: plan(rng),
        },
        limit: one_of(rng, &[2 * SECOND, 20 * SECOND, 60 * SECOND, 60 * SECOND]),
        pause: one_of(rng, &[0, 10 * MS, SECOND, 5 * SECOND, 70 * SECOND]),
        aborted_at_limit: rng.bool(),
        towards_b,
        towards_a,
    }
}

fn plan(rng: &mut Rng) -> Plan {
    let octets = match rng.u32(0..8) {
        0..2 => 0,
        2 => 1,
        3..6 => rng.usize(1..1500),
        6 => rng.usize(1500..6000),
        _ => rng.usize(6000..16_000),
    };
    let ending = match rng.u32(0..16) {
        0..6 => Ending::CloseWhenSent,
        6..10 => Ending::CloseAfterPeer,
        10 => Ending::CloseAt(rng.i64(0..4 * SECOND)),
        11 => Ending::CloseAt(one_of(rng, &[500 * MS, SECOND, 2 * SECOND])),
        12 => Ending::AbortAt(rng.i64(0..4 * SECOND)),
        13 => one_of(rng, &[Ending::AbortWhenSent, Ending::AbortAfterPeer]),
        14 => Ending::AbortAfterClose(rng.i64(0..2 * SECOND)),
        _ => Ending::Never,
    };
    Plan {
        octets,
        at_once: one_of(rng, &[1, 10, 100, 1000, 20_000, 20_000, 20_000]).max(octets / 12),
        write_pause: one_of(rng, &[0, 0, 0, MS, 50 * MS, 1200 * MS]),
        begin: one_of(rng, &[0, 0, 0, 5 * MS, 300 * MS, 2 * SECOND]),
        reading: match rng.u32(0..8) {
            0..5 => Reading::Eager,
            5 => Reading::Slow(rng.usize(1..1000).max(octets / 20), rng.i64(MS..500 * MS)),
            6 => Reading::Late(rng.i64(0..5 * SECOND)),
            _ => Reading::Late(rng.i64(0..300 * MS)),
        },
        ending,
        hesitation: one_of(rng, &[0, 0, 0, 100, 20 * MS, 600 * MS, 3 * SECOND]),
    }
}
