//! A flood of SYNs against one service, and those who still use it.

use std::net::Ipv6Addr;

use fastrand::Rng;

use super::{World, connection, conversation, speaker};
use crate::generator::connection::Setup;
use crate::generator::conversation::Turn;
use crate::generator::flood::{RATE, VICTIM};
use crate::generator::{Kind, MS, S, Supply, US};

/// Of so many SYNs one is real.
const REAL_ONE_IN: u64 = 500;

/// The kind.
pub static KIND: Kind = Kind {
    name: "flood",
    about: "10 million SYNs of random sources, 3 million answers, 20,000 real connections in 1 GB",
    connection: set_up,
    supply: Supply::Every(S * REAL_ONE_IN / RATE),
    losses: 2000,
    tail: 10,
    packet: 78,
    flood: true,
};

static WORLD: World = World {
    clients: 20_000,
    servers: 1,
    server: (VICTIM, Ipv6Addr::new(0x2001, 0xdb8, 3, 0, 0, 0, 0, 0x80)),
    client_ms: (4, 40),
    server_ms: (0, 1),
};

fn set_up(n: u64, rng: &mut Rng) -> Setup {
    let turns = rng.u32(2..=4) * 2;
    let conversation = conversation(n, rng, turns, turn);
    connection(&WORLD, n, rng, conversation)
}

fn turn(n: u32, rng: &mut Rng) -> Turn {
    Turn {
        from: speaker(n),
        octets: rng.u64(40..400),
        largest: u32::MAX,
        pause: rng.u64(200 * US..30 * MS),
    }
}
