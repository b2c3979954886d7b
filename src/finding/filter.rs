//! The packets of a finding as Wireshark's display filter, to be typed or pasted there.

use std::collections::BTreeSet;
use std::fmt;

use super::Finding;

/// Shows the packets of a finding in the file that it names; others are in other files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DisplayFilter(BTreeSet<u64>);

impl DisplayFilter {
    /// `None` where the finding names no packet of its file.
    pub fn of(finding: &Finding) -> Option<DisplayFilter> {
        let related = finding.related_packets.iter();
        let same_file = related.filter(|related| related.capture == finding.capture);
        let packets: BTreeSet<u64> = same_file
            .map(|related| related.packet)
            .chain(finding.packet)
            .collect();
        (!packets.is_empty()).then_some(DisplayFilter(packets))
    }
}

impl fmt::Display for DisplayFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("frame.number in {")?;
        for (place, packet) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{packet}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::PacketRef;
    use crate::report::sample;

    #[test]
    fn a_filter_names_each_packet_of_the_file_once() {
        let mut finding = sample::one_error().findings.remove(0);
        let filter =
            |finding: &Finding| DisplayFilter::of(finding).map(|filter| filter.to_string());
        assert_eq!(filter(&finding).unwrap(), "frame.number in {2, 3}");
        for (capture, packet) in [("lab.pcap", 3), ("lab.pcap", 12), ("other.pcap", 7)] {
            let capture = capture.into();
            finding.related_packets.push(PacketRef { capture, packet });
        }
        assert_eq!(filter(&finding).unwrap(), "frame.number in {2, 3, 12}");
        finding.related_packets.clear();
        assert_eq!(filter(&finding).unwrap(), "frame.number in {3}");
        finding.packet = None;
        assert_eq!(filter(&finding), None);
    }
}
