//! Segments above the peer's MSS (RFC 9293, 3.7.1).

use super::Step;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Checksum, Flags, Segment};

/// RFC 9293, 3.7.1, MUST-15: the MSS where none was announced.
const DEFAULT_V4: u16 = 536;
/// The same for IPv6.
const DEFAULT_V6: u16 = 1220;

/// Stacks defend themselves against an MSS lower than this, whatever was announced.
const FLOOR: u16 = 216;

/// A TCP header without options.
const HEADER: u32 = 20;

/// What crosses an Ethernet: a larger packet was put together by a host.
const ETHERNET_MTU: u32 = 1500;

/// Segments noted.
const EXAMPLES: u8 = 2;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct SegmentSize {
    /// The largest MSS of all SYNs of the peer, if one of them had the option.
    announced: Option<u16>,
    seen: bool,
    cut: bool,
    noted: u8,
    /// How many segments were larger.
    pub count: u32,
}

impl SegmentSize {
    /// The most that this end may put into a segment, its options counted; `None`:
    /// cannot be known. And whether the peer announced it.
    #[must_use]
    pub fn limit(&self, ipv6: bool) -> Option<(u16, bool)> {
        let default = if ipv6 { DEFAULT_V6 } else { DEFAULT_V4 };
        (self.seen && !self.cut).then(|| {
            let limit = self.announced.unwrap_or(default);
            (limit.max(FLOOR), self.announced.is_some())
        })
    }

    /// A SYN of the peer passes.
    pub fn passed(&mut self, step: &Step<'_>) {
        self.seen = true;
        self.cut |= !step.segment.header_whole();
        self.announced = self.announced.max(step.segment.options.mss());
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if !self.seen || segment.payload_len == 0 || segment.has(Flags::SYN) {
            return;
        }
        let ipv6 = segment.source.ip.is_ipv6();
        let Some((limit, _)) = self.limit(ipv6) else {
            return;
        };
        if segment.ip.total_len <= packet_of(limit, ipv6) || segment.ip.length_zero {
            return;
        }
        self.count = self.count.saturating_add(1);
        if is_on_the_wire(segment) && self.noted < EXAMPLES {
            self.noted += 1;
            notes.saw |= Observations::OVER_MSS;
        }
    }

    /// The largest IP packet within the peer's MSS; without a limit where that is not known.
    #[must_use]
    pub fn largest_packet(&self, ipv6: bool) -> u32 {
        let limit = self.limit(ipv6);
        limit.map_or(u32::MAX, |(limit, _)| packet_of(limit, ipv6))
    }
}

/// The IP packet of a segment of `limit` octets, its options counted.
fn packet_of(limit: u16, ipv6: bool) -> u32 {
    let ip_header = if ipv6 { 40 } else { 20 };
    u32::from(limit) + HEADER + ip_header
}

/// The segment was one on the wire. What a host has put together, or not yet cut, has no right
/// checksum, or is larger than any packet. IP fragments are of one segment.
#[must_use]
pub fn is_on_the_wire(segment: &Segment<'_>) -> bool {
    let one_packet = segment.ip.total_len <= ETHERNET_MTU || segment.ip.joined;
    segment.checksum == Checksum::Good && one_packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::connection::Connection;
    use crate::machine::script::segments;
    use crate::segment::{OptionSet, Segment};

    const OPEN: &str = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\n";

    fn seen(text: &str, change: impl Fn(&mut Segment<'_>)) -> bool {
        let mut segments = segments(&format!("{OPEN}{text}"));
        segments.iter_mut().for_each(change);
        let mut connection = Connection::beginning_with(&segments[0]);
        segments.iter().for_each(|segment| connection.step(segment));
        connection.seen.contains(Observations::OVER_MSS)
    }

    fn mss(octets: u16) -> impl Fn(&mut Segment<'_>) {
        move |segment| {
            if segment.has(Flags::SYN) {
                segment.options.present = OptionSet::MSS;
                segment.options.mss = octets;
            }
        }
    }

    #[test]
    fn options_count_against_the_mss() {
        assert!(!seen("A ACK 101 301 len=1000\n", mss(1000)));
        assert!(seen("A ACK 101 301 len=1001\n", mss(1000)));
        let stamped = |segment: &mut Segment<'_>| {
            mss(1000)(segment);
            if segment.payload_len > 0 {
                (segment.data_offset, segment.ip.total_len) = (8, 52 + segment.payload_len);
            }
        };
        assert!(seen("A ACK 101 301 len=1000\n", stamped));
        assert!(!seen("A ACK 101 301 len=988\n", stamped));
    }

    #[test]
    fn without_the_option_the_default_holds() {
        assert!(!seen("A ACK 101 301 len=536\n", |_| ()));
        assert!(seen("A ACK 101 301 len=537\n", |_| ()));
    }

    #[test]
    fn what_no_wire_carries_is_not_noted() {
        assert!(!seen("A ACK 101 301 len=1461\n", mss(1000)));
        assert!(!seen("A ACK 101 301 len=1200 partial\n", mss(1000)));
        assert!(
            !seen("A ACK 101 301 len=200\n", mss(100)),
            "below the floor"
        );
    }
}
