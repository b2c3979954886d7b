//! Which connection a segment belongs to.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::lane;
use crate::segment::{Segment, Socket};

/// The two sockets of a connection, the same for both directions, and the
/// tunnel around them.
#[derive(Clone, Copy, Eq, Debug)]
pub struct FlowKey {
    low: Words,
    high: Words,
    tunnel: u64,
}

/// A socket in whole words: the octets of an [`IpAddr`] stand at odd places, and to write
/// them one by one and read them together takes longer than all else that is done with a key.
/// The order is that of sockets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Words {
    is_v6: bool,
    ip: [u64; 2],
    port: u16,
}

impl Words {
    #[inline]
    fn of(socket: Socket) -> Words {
        match socket.ip {
            IpAddr::V4(ip) => Words::v4(ip.to_bits(), socket.port),
            IpAddr::V6(ip) => {
                let low = ip.to_bits() & u128::from(u64::MAX);
                Words {
                    is_v6: true,
                    ip: [ip.to_bits() >> 64, low]
                        .map(|half| u64::try_from(half).unwrap_or_default()),
                    port: socket.port,
                }
            }
        }
    }

    #[inline]
    fn v4(ip: u32, port: u16) -> Words {
        Words {
            is_v6: false,
            ip: [0, ip.into()],
            port,
        }
    }

    fn socket(self) -> Socket {
        let [high, low] = self.ip;
        Socket {
            ip: if self.is_v6 {
                Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low)).into()
            } else {
                Ipv4Addr::from_bits(u32::try_from(low).unwrap_or_default()).into()
            },
            port: self.port,
        }
    }
}

/// All at once: keys that are compared are nearly always the same.
impl PartialEq for FlowKey {
    #[inline]
    fn eq(&self, other: &FlowKey) -> bool {
        let apart = |one: Words, other: Words| {
            let ([high, low], [other_high, other_low]) = (one.ip, other.ip);
            let kind = u64::from(one.is_v6 ^ other.is_v6) << 16;
            high ^ other_high | low ^ other_low | u64::from(one.port ^ other.port) | kind
        };
        apart(self.low, other.low) | apart(self.high, other.high) | self.tunnel ^ other.tunnel == 0
    }
}

/// In as few steps as can be: it is asked of every segment.
impl Hash for FlowKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        for Words { is_v6, ip, port } in [self.low, self.high] {
            let [high, low] = ip;
            if is_v6 {
                state.write_u64(high);
                state.write_u64(low);
                state.write_u64(port.into());
            } else {
                state.write_u64(low << 16 | u64::from(port));
            }
        }
        // Outside of tunnels there is none to be told apart.
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
        match (a.ip, b.ip) {
            (IpAddr::V4(a_ip), IpAddr::V4(b_ip)) if tunnel == 0 => {
                FlowKey::plain([a_ip.to_bits(), b_ip.to_bits()], [a.port, b.port])
            }
            (IpAddr::V6(a_ip), IpAddr::V6(b_ip)) => {
                let in_order = (a_ip.to_bits(), a.port) <= (b_ip.to_bits(), b.port);
                let (low, high) = if in_order { (a, b) } else { (b, a) };
                FlowKey {
                    low: Words::of(low),
                    high: Words::of(high),
                    tunnel,
                }
            }
            _ => {
                let (a, b) = (Words::of(a), Words::of(b));
                let (low, high) = if a <= b { (a, b) } else { (b, a) };
                FlowKey { low, high, tunnel }
            }
        }
    }

    /// The key of a connection between two IPv4 addresses and ports, outside of tunnels.
    #[inline]
    #[must_use]
    pub fn plain([a, b]: [u32; 2], [a_port, b_port]: [u16; 2]) -> FlowKey {
        let (a, b) = (
            u64::from(a) << 16 | u64::from(a_port),
            u64::from(b) << 16 | u64::from(b_port),
        );
        let words = |socket: u64| Words {
            is_v6: false,
            ip: [0, socket >> 16],
            port: (socket & 0xffff) as u16,
        };
        FlowKey {
            low: words(a.min(b)),
            high: words(a.max(b)),
            tunnel: 0,
        }
    }

    /// Which lane the connection goes by; see [`lane::between`]. Outside of tunnels it is what
    /// [`crate::decode::glance`] says of its frames.
    #[must_use]
    pub fn lane(&self) -> u32 {
        lane::between(self.low.socket(), self.high.socket())
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
                assert_eq!(
                    (key.low.socket(), key.high.socket()),
                    (*a.min(b), *a.max(b))
                );
                assert_eq!(Words::of(*a).cmp(&Words::of(*b)), a.cmp(b));
                let outside = FlowKey::between(*a, *b, 0);
                assert_eq!((outside.low, outside.high), (key.low, key.high));
                assert_eq!(key, FlowKey::between(*b, *a, 7));
            }
        }
    }
}
