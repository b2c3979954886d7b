//! Many short connections: a request or a few, with answers of varied sizes.

use std::net::{Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use super::{World, connection, conversation, speaker};
use crate::generator::connection::Setup;
use crate::generator::conversation::Turn;
use crate::generator::side::Side;
use crate::generator::{Kind, MS, Supply, US};

/// The kind.
pub static KIND: Kind = Kind {
    name: "web",
    about: "short connections, 2,000 open at a time (4.3 million packets of 400,000 in 1 GB)",
    connection: set_up,
    supply: Supply::Replaced {
        at_once: 2000,
        least: 50,
    },
    losses: 2000,
    tail: 5,
    packet: 232,
    flood: false,
};

static WORLD: World = World {
    clients: 20_000,
    servers: 20,
    server: (
        Ipv4Addr::new(198, 51, 100, 1),
        Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1),
    ),
    client_ms: (4, 40),
    server_ms: (0, 2),
};

fn set_up(n: u64, rng: &mut Rng) -> Setup {
    let turns = [2, 4, 4].get(rng.usize(..3)).copied().unwrap_or(2);
    let conversation = conversation(n, rng, turns, turn);
    connection(&WORLD, n, rng, conversation)
}

/// Requests and answers in turn.
fn turn(n: u32, rng: &mut Rng) -> Turn {
    let from = speaker(n);
    let (octets, pause) = match from {
        Side::Client => (rng.u64(60..360), rng.u64(50 * US..20 * MS)),
        Side::Server => (answer(rng), rng.u64(500 * US..60 * MS)),
    };
    Turn {
        from,
        octets,
        largest: u32::MAX,
        pause,
    }
}

/// Most answers are short.
fn answer(rng: &mut Rng) -> u64 {
    match rng.u32(..100) {
        0..80 => rng.u64(100..700),
        80..99 => rng.u64(700..2_500),
        _ => rng.u64(2_500..16_000),
    }
}
