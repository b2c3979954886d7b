//! How hosts differ.

use super::MS;

/// An option of a SYN, in its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offer {
    Mss,
    Scale,
    Sack,
    Times,
    Nop,
}

/// A kind of host.
#[derive(Debug)]
pub struct Stack {
    /// Largest segment that it takes over IPv4; over IPv6 it is 20 octets less.
    pub mss: u16,
    /// Options of its SYNs in their order.
    pub options: &'static [Offer],
    /// Shift of its windows.
    pub scale: u8,
    /// A tick of its timestamps, in nanoseconds.
    pub tick: u64,
    /// How long it delays an ACK, in nanoseconds: less than half a second (RFC 9293, 3.8.6.3).
    pub delay: u64,
    /// Octets that it offers to take at first.
    pub buffer: u32,
    /// Octets that it offers to take once much has come.
    pub most: u32,
    /// TTL or hop limit of its packets when they leave.
    pub hops: u8,
    /// It knows IPv6.
    pub speaks_v6: bool,
}

impl Stack {
    /// Whether its SYNs have this option.
    pub fn offers(&self, option: Offer) -> bool {
        self.options.contains(&option)
    }
}

use Offer::{Mss, Nop, Sack, Scale, Times};

/// As Linux has it.
pub static LINUX: Stack = Stack {
    mss: 1460,
    options: &[Mss, Sack, Times, Nop, Scale],
    scale: 7,
    tick: MS,
    delay: 40 * MS,
    buffer: 64_240,
    most: 1 << 19,
    hops: 64,
    speaks_v6: true,
};

/// As Linux has it behind a tunnel that takes less, with a coarser clock.
pub static TUNNELLED: Stack = Stack {
    mss: 1400,
    tick: 4 * MS,
    scale: 9,
    ..LINUX
};

/// As Windows has it: no timestamps.
pub static WINDOWS: Stack = Stack {
    mss: 1460,
    options: &[Mss, Nop, Scale, Nop, Nop, Sack],
    scale: 8,
    tick: MS,
    delay: 50 * MS,
    buffer: 64_240,
    most: 1 << 18,
    hops: 128,
    speaks_v6: true,
};

/// As the BSDs have it.
pub static BSD: Stack = Stack {
    mss: 1460,
    options: &[Mss, Nop, Scale, Nop, Nop, Times, Sack],
    scale: 6,
    tick: MS,
    delay: 100 * MS,
    buffer: 65_535,
    most: 1 << 18,
    hops: 64,
    speaks_v6: true,
};

/// A small device that knows but one option.
pub static DEVICE: Stack = Stack {
    mss: 1460,
    options: &[Mss],
    scale: 0,
    tick: MS,
    delay: 200 * MS,
    buffer: 16_384,
    most: 16_384,
    hops: 255,
    speaks_v6: false,
};

/// Who calls: of ten, so many of each.
pub static CLIENTS: [&Stack; 10] = [
    &LINUX, &LINUX, &LINUX, &LINUX, &TUNNELLED, &WINDOWS, &WINDOWS, &BSD, &BSD, &DEVICE,
];

/// Who is called.
pub static SERVERS: [&Stack; 10] = [
    &LINUX, &LINUX, &LINUX, &LINUX, &LINUX, &LINUX, &LINUX, &BSD, &BSD, &WINDOWS,
];
