//! Interactive connections: a few octets to and fro, all the time.

use std::net::{Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use super::{World, connection, conversation, speaker};
use crate::generator::connection::Setup;
use crate::generator::conversation::Turn;
use crate::generator::{Kind, MS, Supply, US};

/// The kind.
pub static KIND: Kind = Kind {
    name: "small",
    about: "1,000 interactive connections, at most 64 octets in a packet (8 million in 1 GB)",
    connection: set_up,
    supply: Supply::Lasting {
        at_once: 1000,
        least: 40,
    },
    losses: 1500,
    tail: 5,
    packet: 120,
    flood: false,
};

/// Octets of data in a packet at most.
const LARGEST: u32 = 64;

static WORLD: World = World {
    clients: 5_000,
    servers: 20,
    server: (
        Ipv4Addr::new(198, 51, 100, 1),
        Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1),
    ),
    client_ms: (1, 15),
    server_ms: (0, 3),
};

fn set_up(n: u64, rng: &mut Rng) -> Setup {
    let conversation = conversation(n, rng, u32::MAX, turn);
    connection(&WORLD, n, rng, conversation)
}

/// Mostly a key and its echo, at times some lines, each in a segment of its own.
fn turn(n: u32, rng: &mut Rng) -> Turn {
    let largest = rng.u32(48..=LARGEST);
    let segments = match rng.u32(..100) {
        0..60 => 1,
        60..85 => 2,
        _ => rng.u32(3..8),
    };
    Turn {
        from: speaker(n),
        octets: u64::from(largest * segments - rng.u32(..8)),
        largest,
        pause: rng.u64(100 * US..50 * MS),
    }
}
