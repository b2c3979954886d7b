//! The shapes, and what they are written with.

mod dialogue;
mod output;
mod packet;
mod shapes;

pub use output::Output;
pub use shapes::SHAPES;

use std::io;

/// How much is wanted, and of which kind.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many; of what, each shape says.
    pub count: u64,
    /// Of 100 SYNs of a flood, so many are answered.
    pub answered: u64,
    /// How often each answer to a flood is repeated.
    pub repetitions: u32,
    /// Real connections among a flood.
    pub real: u64,
    /// Flooded services.
    pub victims: u16,
    /// IPv6 instead of IPv4.
    pub ipv6: bool,
    /// Frames per second of capture time.
    pub rate: u32,
}

impl Plan {
    /// So many of a shape, and nothing special.
    #[allow(
        dead_code,
        reason = "the program sets all members itself; tests start here"
    )]
    pub const fn of(count: u64) -> Plan {
        Plan {
            count,
            answered: 100,
            repetitions: 0,
            real: 0,
            victims: 1,
            ipv6: false,
            rate: 100_000,
        }
    }
}

/// A kind of hostile capture.
pub struct Shape {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What is counted, and what it is hard on.
    pub about: &'static str,
    /// Writes it.
    pub write: fn(&Plan, &mut Output<'_>) -> io::Result<()>,
}
