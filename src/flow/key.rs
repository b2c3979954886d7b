//! Which connection a segment belongs to.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use crate::lane;
use crate::segment::{Segment, Socket};

/// The two sockets of a connection, the same for both directions, and the
/// tunnel around them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlowKey {
    low: Socket,
    high: Socket,
    tunnel: u64,
}

/// Outside of tunnels there is none to be hashed; no number of a tunnel makes up for the sockets.
impl Hash for FlowKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.low.hash(state);
        self.high.hash(state);
        if self.tunnel != 0 {
            state.write_u64(self.tunnel);
        }
    }
}

impl FlowKey {
    /// The key of `segment`.
    #[inline]
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> FlowKey {
        FlowKey::between(segment.source, segment.destination, segment.tunnel)
    }

    /// The key of a connection between `a` and `b`.
    #[inline]
    #[must_use]
    pub fn between(a: Socket, b: Socket, tunnel: u64) -> FlowKey {
        // The order of sockets, in fewer steps.
        let in_order = match (a.ip, b.ip) {
            (IpAddr::V4(first), IpAddr::V4(second)) => {
                (first.to_bits(), a.port) <= (second.to_bits(), b.port)
            }
            _ => a <= b,
        };
        let (low, high) = if in_order { (a, b) } else { (b, a) };
        FlowKey { low, high, tunnel }
    }
    /// Which lane the connection goes by; see [`lane::between`]. Outside of tunnels it is what
    /// [`crate::decode::glance`] says of its frames.
    #[must_use]
    pub fn lane(&self) -> u32 {
        lane::between(self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_stand_in_their_order() {
        let addresses: [IpAddr; 5] = [
            [10, 0, 0, 1].into(),
            [10, 0, 0, 2].into(),
            [9, 255, 0, 2].into(),
            [1_u8; 16].into(),
            [0_u8; 16].into(),
        ];
        let sockets = addresses.map(|ip| [1, 443].map(|port| Socket { ip, port }));
        for a in sockets.as_flattened() {
            for b in sockets.as_flattened() {
                let key = FlowKey::between(*a, *b, 7);
                assert_eq!((key.low, key.high), (*a.min(b), *a.max(b)));
                assert_eq!(key, FlowKey::between(*b, *a, 7));
            }
        }
    }
}
