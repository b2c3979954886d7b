//! Which lane a connection goes by: a number that both of its directions share.
//!
//! The work on connections is divided by it. It is no key: connections may share one, and whoever
//! sends packets may choose theirs. But it is the same in every run and on every machine, as what is
//! said of a capture must not depend on who said it.

use std::net::IpAddr;

use crate::segment::Socket;

/// How many lanes there are, each with its share of the limits, and so the most threads that have
/// something to do.
pub const LANES: usize = 8;

/// Odd numbers with as many ones as zeros in no order: the first digits of pi behind the point.
const PI: [u64; 3] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
];

/// The number of the connection between `a` and `b`, in whatever order. All of its bits are equally
/// well mixed. Tunnels do not count: the numbers that stand for them differ from run to run.
#[inline]
#[must_use]
pub fn between(a: Socket, b: Socket) -> u32 {
    // A sum does not ask for the order; each part is mixed before, so that the same two
    // addresses with other ports do not meet again.
    let both = of_socket(a).wrapping_add(of_socket(b));
    let mixed = multiplied(both, PI[2]);
    u32::try_from(mixed >> 32).unwrap_or_default()
}

#[inline]
fn of_socket(socket: Socket) -> u64 {
    let port = u64::from(socket.port);
    match socket.ip {
        IpAddr::V4(ip) => multiplied(u64::from(ip.to_bits()) << 16 | port, PI[0]),
        IpAddr::V6(ip) => {
            let [high, low] = halves(ip.to_bits());
            let network = multiplied(high ^ port << 48, PI[0]);
            multiplied(network ^ low, PI[1])
        }
    }
}

/// Both halves of the product: each bit of `value` reaches the bits above it in the lower half,
/// and those below in the upper one.
#[inline]
fn multiplied(value: u64, by: u64) -> u64 {
    let [high, low] = halves(u128::from(value ^ by.rotate_left(32)) * u128::from(by));
    high ^ low
}

/// The upper and the lower 64 bits.
#[inline]
fn halves(value: u128) -> [u64; 2] {
    [value >> 64, value & u128::from(u64::MAX)].map(|half| u64::try_from(half).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(ip: impl Into<IpAddr>, port: u16) -> Socket {
        Socket {
            ip: ip.into(),
            port,
        }
    }

    #[test]
    fn it_is_the_same_for_ever() {
        // Reports of many threads depend on it only in how fast they come, but what is measured should last.
        let v4 = between(socket([10, 0, 0, 1], 40_000), socket([10, 0, 0, 2], 80));
        let v6 = between(socket([1_u8; 16], 40_000), socket([2_u8; 16], 80));
        assert_eq!((v4, v6), (28_859_551, 2_379_954_296));
    }

    #[test]
    fn both_directions_share_it() {
        let (a, b) = (socket([10, 0, 0, 1], 1), socket([10, 0, 0, 2], 2));
        assert_eq!(between(a, b), between(b, a));
        assert_ne!(
            between(a, b),
            between(socket([10, 0, 0, 1], 2), socket([10, 0, 0, 2], 1))
        );
    }

    /// How uneven `values` fall into 64 lanes by their highest and by their lowest bits: the largest
    /// share of one, in hundredths of what would be its due.
    fn unevenness(values: &[u32]) -> usize {
        let mut counts = [[0_usize; 64]; 2];
        for value in values {
            counts[0][usize::try_from(value >> 26).unwrap()] += 1;
            counts[1][usize::try_from(value & 63).unwrap()] += 1;
        }
        let most = counts.iter().flatten().max().unwrap();
        most * 6400 / values.len()
    }

    #[test]
    fn what_differs_in_little_is_divided_evenly() {
        let server = socket([192, 168, 1, 1], 443);
        let ports: Vec<u32> = (0..=u16::MAX)
            .map(|port| between(socket([192, 168, 1, 2], port), server))
            .collect();
        assert!(unevenness(&ports) < 115, "{}", unevenness(&ports));
        let hosts: Vec<u32> = (0..=u16::MAX)
            .map(|host| {
                let [high, low] = host.to_be_bytes();
                between(socket([10, 0, high, low], 1024), server)
            })
            .collect();
        assert!(unevenness(&hosts) < 115, "{}", unevenness(&hosts));
        let both: Vec<u32> = (0..=u16::MAX)
            .map(|n| {
                let [high, low] = n.to_be_bytes();
                let mut ip = [0x20; 16];
                ip[15] = low;
                between(
                    socket(ip, u16::from(high)),
                    socket([0x21_u8; 16], u16::from(low)),
                )
            })
            .collect();
        assert!(unevenness(&both) < 115, "{}", unevenness(&both));
        let mut all = [ports, hosts, both].concat();
        all.sort_unstable();
        all.dedup();
        // Of 196,608 numbers of 32 bits, chance lets four or five meet.
        assert!(all.len() > 196_608 - 20, "{}", all.len());
    }
}
