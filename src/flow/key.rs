//! Which connection a segment belongs to.

use crate::lane;
use crate::segment::{Segment, Socket};

/// The two sockets of a connection, the same for both directions, and the
/// tunnel around them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FlowKey {
    low: Socket,
    high: Socket,
    tunnel: u64,
}

impl FlowKey {
    /// The key of `segment`.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> FlowKey {
        FlowKey::between(segment.source, segment.destination, segment.tunnel)
    }

    /// The key of a connection between `a` and `b`.
    #[must_use]
    pub fn between(a: Socket, b: Socket, tunnel: u64) -> FlowKey {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        FlowKey { low, high, tunnel }
    }
    /// Which lane the connection goes by; see [`lane::between`]. Outside of tunnels it is what
    /// [`crate::decode::glance`] says of its frames.
    #[must_use]
    pub fn lane(&self) -> u32 {
        lane::between(self.low, self.high)
    }
}
