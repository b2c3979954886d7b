//! A few long transfers in full segments, most of them downloads.

use std::net::{Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use super::{World, connection, conversation};
use crate::generator::connection::Setup;
use crate::generator::conversation::{ENDLESS, Turn};
use crate::generator::side::Side;
use crate::generator::{Kind, MS, Supply, US};

/// The kind.
pub static KIND: Kind = Kind {
    name: "bulk",
    about: "64 long transfers in full segments with delayed ACKs (969,000 packets in 1 GB)",
    connection: set_up,
    supply: Supply::Lasting {
        at_once: 64,
        least: 400,
    },
    losses: 1500,
    tail: 25,
    packet: 1045,
    flood: false,
};

static WORLD: World = World {
    clients: 200,
    servers: 8,
    server: (
        Ipv4Addr::new(198, 51, 100, 1),
        Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1),
    ),
    client_ms: (1, 20),
    server_ms: (0, 10),
};

fn set_up(n: u64, rng: &mut Rng) -> Setup {
    let conversation = if rng.u32(..4) == 0 {
        conversation(n, rng, 1, upload)
    } else {
        conversation(n, rng, 2, download)
    };
    connection(&WORLD, n, rng, conversation)
}

fn endless(from: Side, rng: &mut Rng) -> Turn {
    Turn {
        from,
        octets: ENDLESS,
        largest: u32::MAX,
        pause: rng.u64(100 * US..5 * MS),
    }
}

fn upload(_: u32, rng: &mut Rng) -> Turn {
    endless(Side::Client, rng)
}

fn download(n: u32, rng: &mut Rng) -> Turn {
    if n > 0 {
        return endless(Side::Server, rng);
    }
    Turn {
        octets: rng.u64(100..400),
        ..endless(Side::Client, rng)
    }
}
