//! The kinds, and what they have in common.

mod bulk;
mod flood;
mod small;
mod web;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use fastrand::Rng;

use super::Kind;
use super::connection::Setup;
use super::conversation::{Closing, Conversation, Opening, Turn};
use super::packet::Host;
use super::side::{Pair, Side};
use super::stack::{CLIENTS, LINUX, SERVERS};
use super::{MS, US};

/// All kinds.
pub static KINDS: &[&Kind] = &[&bulk::KIND, &web::KIND, &flood::KIND, &small::KIND];

/// Of so many clients one speaks IPv6.
const IPV6_ONE_IN: u64 = 10;

/// The port of all services: no known protocol's, because the data is of none.
pub const SERVICE: u16 = 30_080;

/// Ports that clients use, as Linux has it.
const PORTS: u64 = 28_232;
const FIRST_PORT: u64 = 32_768;

/// Who is there.
struct World {
    /// Addresses of clients, of either kind.
    clients: u64,
    /// Addresses of servers, of either kind.
    servers: u64,
    /// The first server.
    server: (Ipv4Addr, Ipv6Addr),
    /// How long packets take between a client and the monitor, in milliseconds.
    client_ms: (u64, u64),
    /// And between a server and the monitor.
    server_ms: (u64, u64),
}

/// The nth connection. No two have the same sockets before every client has used every port.
fn connection(world: &World, n: u64, rng: &mut Rng, conversation: Conversation) -> Setup {
    let (client, round) = (n % world.clients, n / world.clients);
    let server = rng.u64(..world.servers);
    // A host stays what it is.
    let mut of_client = Rng::with_seed(client);
    let mut of_server = Rng::with_seed(!server);
    let is_v6 = client % IPV6_ONE_IN == 1;
    let stacks = Pair {
        client: match of_client.choice(CLIENTS).unwrap_or(&LINUX) {
            stack if is_v6 && !stack.speaks_v6 => &LINUX,
            stack => stack,
        },
        server: of_server.choice(SERVERS).unwrap_or(&LINUX),
    };
    let mut between = |(least, most): (u64, u64), of: &mut Rng| {
        of.u64(least * MS + 50 * US..most * MS) + rng.u64(..50 * US)
    };
    let delays = Pair {
        client: between(world.client_ms, &mut of_client),
        server: between(world.server_ms, &mut of_server),
    };
    let ip = |v4: u32, v6: u128, nth: u64| -> IpAddr {
        match is_v6 {
            false => Ipv4Addr::from_bits(v4.wrapping_add(nth as u32)).into(),
            true => Ipv6Addr::from_bits(v6.wrapping_add(u128::from(nth))).into(),
        }
    };
    let port = FIRST_PORT + (round * 7919 + client * 31) % PORTS;
    let (v4, v6) = world.server;
    let sockets = Pair {
        // 100.64.0.0/10, and a network of 2001:db8::/32.
        client: SocketAddr::new(
            ip(0x6440_0001, 0x2001_0db8_0001 << 80 | 1, client),
            port as u16,
        ),
        server: SocketAddr::new(ip(v4.to_bits(), v6.to_bits(), server), SERVICE),
    };
    let mut host = |side: Side, nearest: u8, of: &mut Rng| Host {
        socket: sockets[side],
        hops: stacks[side].hops - of.u8(nearest..nearest + 12),
        label: rng.u32(..),
    };
    Setup {
        hosts: Pair {
            client: host(Side::Client, 5, &mut of_client),
            server: host(Side::Server, 1, &mut of_server),
        },
        stacks,
        delays,
        conversation,
    }
}

/// How the nth connection opens: the first ones in every way there is.
fn opening(n: u64, rng: &mut Rng) -> Opening {
    match (n, rng.u32(..1000)) {
        (3, _) | (_, 0) => Opening::Simultaneous,
        (5, _) | (_, 1..5) => Opening::Fast,
        (7, _) | (_, 5..7) => Opening::SynLost,
        (9, _) | (_, 7..17) => Opening::Refused,
        (_, 17..217) => Opening::DataOnThird,
        _ => Opening::ThreeWay,
    }
}

/// How it closes.
fn closing(n: u64, rng: &mut Rng) -> Closing {
    let first = if rng.u32(..10) < 6 {
        Side::Client
    } else {
        Side::Server
    };
    match (n, rng.u32(..1000)) {
        (2, _) | (_, 0..330) => Closing::ThreeWay(first),
        (4, _) | (_, 330..350) => Closing::Simultaneous,
        (6, _) | (_, 350..370) => Closing::HalfClose,
        (8, _) | (_, 370..450) => Closing::Abort,
        _ => Closing::FourWay(first),
    }
}

/// Client and server in turn, the client first.
fn speaker(n: u32) -> Side {
    if n.is_multiple_of(2) {
        Side::Client
    } else {
        Side::Server
    }
}

/// A conversation of so many turns. Who closes behind the first words speaks but once.
fn conversation(
    n: u64,
    rng: &mut Rng,
    turns: u32,
    turn: fn(u32, &mut Rng) -> Turn,
) -> Conversation {
    let closing = closing(n, rng);
    Conversation {
        opening: opening(n, rng),
        closing,
        turns: match closing {
            Closing::HalfClose => turns.min(2),
            _ => turns,
        },
        turn,
    }
}
