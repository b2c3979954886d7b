//! Captures of ordinary traffic.
//!
//! `kinds/` says who talks with whom and how much; `simulation.rs` lets time go by, and writes
//! what passes the monitor; a `connection.rs` has two ends (`endpoint.rs`, with `sender.rs` and
//! `receiver.rs`) and what their applications do (`conversation.rs`).
//!
//! A new kind is a file of `kinds/`: a [`Kind`], and a function that sets up its nth connection.

mod connection;
mod conversation;
mod endpoint;
mod flood;
mod kinds;
mod link;
mod output;
mod packet;
mod receiver;
mod segment;
mod sender;
mod side;
mod simulation;
mod stack;

use std::io::{self, Write};

pub use kinds::KINDS;

use connection::Setup;

/// Nanoseconds of a microsecond.
const US: u64 = 1_000;
/// Nanoseconds of a millisecond.
const MS: u64 = 1_000_000;
/// Nanoseconds of a second.
const S: u64 = 1_000_000_000;

/// A kind of traffic.
pub struct Kind {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is like.
    pub about: &'static str,
    /// Sets up its nth connection.
    connection: fn(n: u64, rng: &mut fastrand::Rng) -> Setup,
    /// How connections follow each other.
    supply: Supply,
    /// Of a million segments with data or a FIN, so many are lost behind the monitor.
    losses: u32,
    /// Packets that an open connection is expected to send yet once the capture is long enough.
    tail: u64,
    /// Octets of a packet with its record, on average. It has to be right only roughly.
    packet: u64,
    /// SYNs in the names of others besides.
    flood: bool,
}

/// How connections follow each other.
enum Supply {
    /// So many that last from the beginning to the end; in a short capture fewer, so that each
    /// has at least so many packets.
    Lasting { at_once: u64, least: u64 },
    /// So many are open at a time, and another one begins when one ends; in a short capture
    /// fewer.
    Replaced { at_once: u64, least: u64 },
    /// One begins every so many nanoseconds.
    Every(u64),
}

/// How large a capture is to be, roughly.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// Packets.
    Packets(u64),
    /// Octets of the file.
    Octets(u64),
}

/// What to write.
pub struct Plan {
    /// The kind of traffic.
    pub kind: &'static Kind,
    /// How much of it.
    pub goal: Goal,
    /// Another one gives another capture of the kind.
    pub seed: u64,
}

/// Writes the capture.
pub fn write(plan: &Plan, sink: &mut dyn Write) -> io::Result<()> {
    simulation::Simulation::new(plan, sink)?.run()
}
