//! The Internet checksum over a TCP segment (RFC 1071; RFC 9293, 3.1).
//!
//! Sums are kept unfolded, and the other way round than on the wire: the ones'
//! complement sum does not depend on it (RFC 1071, 2 (B)), so octets are
//! swapped just once, at the end.

use std::net::IpAddr;

use crate::segment::Checksum;

/// So many octets are worth the wide way.
const WIDE: usize = 256;

/// Protocol number of TCP in the pseudo-header.
const TCP: u32 = 6;

/// An unfolded sum of 16-bit words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sum(u64);

impl Sum {
    /// Sum of `octets`, an odd one at the end padded with zero.
    #[inline]
    pub(super) fn of(octets: &[u8]) -> Sum {
        let (sum, rest) = match octets.len() {
            ..WIDE => (0, octets),
            _ => Sum::of_blocks(octets),
        };
        // With the carry added at the end of each, as it is the same sum to a base of 2^64.
        let add = |sum: u64, word: u64| {
            let (sum, carry) = sum.overflowing_add(word);
            sum.wrapping_add(u64::from(carry))
        };
        let (words, tail) = rest.as_chunks::<8>();
        let words = words.iter().map(|word| u64::from_le_bytes(*word));
        Sum(add(words.fold(sum, add), last_word(tail)))
    }

    /// The sum of all but the last few of many octets, and those. Of 32-bit words 2^32 fit in
    /// without a carry being lost: more than a frame can hold.
    #[inline(never)]
    fn of_blocks(octets: &[u8]) -> (u64, &[u8]) {
        // Blocks wide enough for the compiler to use vector registers.
        let (blocks, rest) = octets.as_chunks::<32>();
        let mut lanes = [0_u64; 8];
        for block in blocks {
            let (words, _) = block.as_chunks::<4>();
            for (lane, word) in lanes.iter_mut().zip(words) {
                *lane = lane.wrapping_add(u64::from(u32::from_le_bytes(*word)));
            }
        }
        (lanes.into_iter().fold(0, u64::wrapping_add), rest)
    }

    /// Both sums together.
    #[inline]
    fn plus(self, other: Sum) -> Sum {
        let (sum, carry) = self.0.overflowing_add(other.0);
        Sum(sum.wrapping_add(u64::from(carry)))
    }

    /// The sum with one more 32-bit field.
    #[inline]
    fn plus_u32(self, field: u32) -> Sum {
        self.plus(Sum(u32::from_le_bytes(field.to_be_bytes()).into()))
    }

    /// The 16-bit ones' complement sum, as it stands in a header.
    #[inline]
    pub(super) fn fold(self) -> u16 {
        // Each step adds what is above to what is below; the last one cannot
        // carry again.
        let sum = (self.0 & 0xffff_ffff) + (self.0 >> 32);
        let sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
        let sum = (sum & 0xffff) + (sum >> 16);
        let sum = (sum & 0xffff) + (sum >> 16);
        let [high, low, ..] = sum.to_le_bytes();
        u16::from_be_bytes([high, low])
    }
}

/// Fewer than eight octets as two words, padded with zeros. Each length for itself: a loop over
/// octets, or a copy, would take longer than all the rest.
#[inline]
fn last_word(tail: &[u8]) -> u64 {
    let (words, tail) = tail.as_chunks::<4>();
    let word = words.first().map_or(0, |word| u32::from_le_bytes(*word));
    let last = match *tail {
        [a] => u32::from_le_bytes([a, 0, 0, 0]),
        [a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
        _ => 0,
    };
    u64::from(word) + u64::from(last)
}

/// Sum of the pseudo-header but for the length (RFC 9293, 3.1; RFC 8200, 8.1).
#[inline(always)]
fn pseudo_header(source: IpAddr, destination: IpAddr) -> Sum {
    let address = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => Sum(u64::from(u32::from_le_bytes(ip.octets()))),
        IpAddr::V6(ip) => Sum::of(&ip.octets()),
    };
    address(source).plus(address(destination)).plus_u32(TCP)
}

/// What the checksum of a wholly captured segment says.
///
/// `tcp` is header and data, `field` the checksum as it stands there.
/// `to_be_split`: the packet is larger than any network takes it, so that the
/// network card was to make several of it.
// Asked where the addresses have just been read, so that they need not be put down and read again.
#[inline(always)]
#[must_use]
pub fn verify(
    source: IpAddr,
    destination: IpAddr,
    tcp: &[u8],
    field: u16,
    to_be_split: bool,
) -> Checksum {
    let tcp_len = u32::try_from(tcp.len()).unwrap_or(u32::MAX);
    let addresses = pseudo_header(source, destination);
    // IPv4 has 16 bits for the length and IPv6 has 32, but the upper ones are
    // zero unless a packet is larger than IPv4 can say; Linux then sums all.
    let pseudo = addresses.plus_u32(tcp_len);
    match is_good(pseudo, tcp) {
        true => Checksum::Good,
        false => not_good(addresses, pseudo, field, to_be_split),
    }
}

/// The sum over pseudo-header and segment is right.
#[inline(never)]
fn is_good(pseudo: Sum, tcp: &[u8]) -> bool {
    // The sum of all that is covered, checksum included, has all bits set. It
    // is not 0, the other zero of ones' complement: the protocol number alone
    // makes the sum positive.
    pseudo.plus(Sum::of(tcp)).fold() == 0xffff
}

/// What the checksum says where the sum is not right.
#[inline(never)]
fn not_good(addresses: Sum, pseudo: Sum, field: u16, to_be_split: bool) -> Checksum {
    if field == pseudo.fold() {
        return Checksum::Partial;
    }
    // Windows leaves the length out of a sum prepared for segmentation.
    if to_be_split && field == addresses.fold() {
        return Checksum::Partial;
    }
    Checksum::Bad
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::builder::Lcg;

    /// RFC 1071 as it stands, word by word.
    fn naive(octets: &[u8]) -> u16 {
        let mut sum = 0_u32;
        for pair in octets.chunks(2) {
            sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |octet| u32::from(*octet));
            if sum > 0xffff {
                sum -= 0xffff;
            }
        }
        u16::try_from(sum).unwrap()
    }

    #[test]
    fn the_example_of_rfc_1071() {
        let octets = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(Sum::of(&octets).fold(), 0xddf2);
    }

    #[test]
    fn zeros_and_ones_fold_to_themselves() {
        assert_eq!(Sum::of(&[]).fold(), 0);
        assert_eq!(Sum::of(&[0; 100]).fold(), 0);
        assert_eq!(Sum::of(&[0xff; 2]).fold(), 0xffff);
        assert_eq!(Sum::of(&[0xff; 65_536]).fold(), 0xffff);
        assert_eq!(Sum(u64::MAX).fold(), 0xffff);
        assert_eq!(Sum::of(&[0xab]).fold(), 0xab00);
    }

    #[test]
    fn agrees_with_the_naive_sum_at_every_length_and_alignment() {
        let mut random = Lcg(1);
        let octets: Vec<u8> = (0..3000).map(|_| random.octet()).collect();
        for from in 0..9 {
            for len in (0..200).chain([1460, 1461, 1463, 2900]) {
                let part = &octets[from..from + len];
                assert_eq!(Sum::of(part).fold(), naive(part), "{from} {len}");
            }
        }
    }

    /// A segment whose checksum is `field`.
    fn segment(field: u16, data: &[u8]) -> Vec<u8> {
        let mut tcp = vec![0x12; 16];
        tcp.extend(field.to_be_bytes());
        tcp.extend([0, 0]);
        tcp.extend(data);
        tcp
    }

    #[test]
    fn the_four_verdicts() {
        let addresses: [(IpAddr, IpAddr); 2] = [
            ([10, 0, 0, 1].into(), [192, 168, 255, 254].into()),
            ([0xfd; 16].into(), [0x20; 16].into()),
        ];
        let mut random = Lcg(2);
        for (source, destination) in addresses {
            for len in 0..100 {
                let data: Vec<u8> = (0..len).map(|_| random.octet()).collect();
                let verdict = |field, to_be_split| {
                    let tcp = segment(field, &data);
                    verify(source, destination, &tcp, field, to_be_split)
                };
                let tcp_len = 20 + len;
                let pseudo = pseudo_header(source, destination).plus_u32(tcp_len);
                let right = !pseudo.plus(Sum::of(&segment(0, &data))).fold();
                assert_eq!(verdict(right, false), Checksum::Good);
                assert_eq!(verdict(right ^ 0x0100, false), Checksum::Bad);
                assert_eq!(verdict(pseudo.fold(), false), Checksum::Partial);
                let without_length = pseudo_header(source, destination).fold();
                assert_eq!(verdict(without_length, true), Checksum::Partial);
                assert_eq!(verdict(without_length, false), Checksum::Bad);
            }
        }
    }

    #[test]
    fn both_zeros_are_the_same_checksum() {
        // Choose the data so that the right checksum is zero.
        let (source, destination) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let sum = pseudo_header(source, destination)
            .plus_u32(22)
            .plus(Sum::of(&segment(0, &[0, 0])));
        let data = (!sum.fold()).to_be_bytes();
        for field in [0, 0xffff] {
            let tcp = segment(field, &data);
            let verdict = verify(source, destination, &tcp, field, false);
            assert_eq!(verdict, Checksum::Good);
        }
    }
}
