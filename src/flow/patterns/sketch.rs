//! Counting without keeping: how many different ones, and a fair sample of them.
//!
//! The hash here is a fixed one, not the seeded one of the tables: the same
//! capture has to give the same figures in every run. Somebody who chooses
//! addresses to fit it can spoil a figure in a message, nothing else.

use std::net::IpAddr;

use crate::segment::Socket;

/// Spreads the bits of `x` over all 64 (the finalizer of splitmix64).
#[must_use]
pub const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A fixed hash of an address.
#[must_use]
pub fn of_ip(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => mix(u64::from(ip.to_bits()) | 1 << 32),
        IpAddr::V6(ip) => {
            let bits = ip.to_bits();
            of_pair(halves(bits).0, halves(bits).1)
        }
    }
}

/// A fixed hash of the network of an address: /24, for IPv6 /64.
#[must_use]
pub fn of_network(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => mix(u64::from(ip.to_bits() >> 8) | 1 << 33),
        IpAddr::V6(ip) => of_pair(halves(ip.to_bits()).0, 0),
    }
}

/// A fixed hash of address and port.
#[must_use]
pub fn of_socket(socket: Socket) -> u64 {
    of_pair(of_ip(socket.ip), u64::from(socket.port))
}

/// A fixed hash of two numbers, in this order.
#[must_use]
pub const fn of_pair(a: u64, b: u64) -> u64 {
    mix(mix(a ^ 0x9e37_79b9_7f4a_7c15) ^ b)
}

/// The upper half of a hash: enough to tell a few thousand things apart.
#[must_use]
pub fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(u32::MAX)
}

fn halves(bits: u128) -> (u64, u64) {
    let low = bits & u128::from(u64::MAX);
    (
        u64::try_from(bits >> 64).unwrap_or(u64::MAX),
        u64::try_from(low).unwrap_or(u64::MAX),
    )
}

/// Up to here different ones are counted exactly.
pub const EXACT: usize = 12;
/// Registers beyond that: a standard error of 1.04 / sqrt(1024), 3 %.
const REGISTERS: usize = 1024;
const REGISTER_BITS: u32 = REGISTERS.ilog2();

/// How many different ones: exact for a few, then `HyperLogLog` (Flajolet et
/// al. 2007). It depends on what was added, not on its order.
#[derive(Clone, Debug)]
pub enum Distinct {
    /// So many, and their hashes.
    Few(u8, [u32; EXACT]),
    /// Per register, the longest run of leading zeros, plus one.
    Many(Box<[u8; REGISTERS]>),
}

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct::Few(0, [0; EXACT])
    }
}

impl Distinct {
    /// Counts what has this hash.
    pub fn add(&mut self, hash: u64) {
        let hash = short(hash);
        match self {
            Distinct::Few(len, hashes) => {
                let known = hashes.get(..usize::from(*len)).unwrap_or_default();
                if known.contains(&hash) {
                    return;
                }
                if let Some(free) = hashes.get_mut(usize::from(*len)) {
                    *free = hash;
                    *len += 1;
                    return;
                }
                let mut registers = Box::new([0; REGISTERS]);
                for hash in hashes.iter().chain([&hash]) {
                    count(&mut registers, *hash);
                }
                *self = Distinct::Many(registers);
            }
            Distinct::Many(registers) => count(registers, hash),
        }
    }

    /// Counts are exact, not estimates.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        matches!(self, Distinct::Few(..))
    }

    /// How many.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rounded estimate between 0 and 2^33"
    )]
    pub fn estimate(&self) -> u64 {
        let registers = match self {
            Distinct::Few(len, _) => return u64::from(*len),
            Distinct::Many(registers) => registers,
        };
        let m = REGISTERS as f64;
        let sum: f64 = registers.iter().map(|r| 0.5_f64.powi(i32::from(*r))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let empty = registers.iter().filter(|r| **r == 0).count();
        // Linear counting is the better estimate while registers are empty.
        let estimate = if raw <= 2.5 * m && empty > 0 {
            m * (m / empty as f64).ln()
        } else {
            raw
        };
        estimate.round() as u64
    }
}

fn count(registers: &mut [u8; REGISTERS], hash: u32) {
    let at = usize::try_from(hash >> (32 - REGISTER_BITS)).unwrap_or(0);
    // The bit set at the end bounds the run of zeros.
    let rest = hash << REGISTER_BITS | 1 << (REGISTER_BITS - 1);
    let run = u8::try_from(rest.leading_zeros() + 1).unwrap_or(u8::MAX);
    if let Some(register) = registers.get_mut(at) {
        *register = (*register).max(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(n: u64) -> Distinct {
        let mut distinct = Distinct::default();
        for i in 0..n {
            distinct.add(mix(i));
            distinct.add(mix(i));
        }
        distinct
    }

    #[test]
    fn a_few_are_counted_exactly_and_many_nearly() {
        for n in [0, 1, 7, 12] {
            assert_eq!(counted(n).estimate(), n);
            assert!(counted(n).is_exact());
        }
        for n in [13, 60, 1000, 3000, 100_000, 1_000_000] {
            let off = counted(n).estimate().abs_diff(n);
            assert!(off * 12 <= n, "{n} counted {off} off");
        }
    }

    #[test]
    fn networks_are_24_and_64_bits() {
        let net = |ip: &str| of_network(ip.parse().unwrap());
        assert_eq!(net("192.0.2.1"), net("192.0.2.254"));
        assert_ne!(net("192.0.2.1"), net("192.0.3.1"));
        assert_eq!(net("2001:db8::1"), net("2001:db8::ffff:0:0:1"));
        assert_ne!(net("2001:db8::1"), net("2001:db8:0:1::1"));
    }
}
