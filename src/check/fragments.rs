//! What the decoder says of IP fragments, as a finding.

use crate::decode::fragments::Overlap;
use crate::finding::Numbers;
use crate::flow::patterns::PatternFinding;
use crate::report::words;
use crate::segment::Socket;

/// The finding about fragments that overlap.
pub fn finding(overlap: &Overlap) -> PatternFinding {
    let Overlap {
        source,
        destination,
        differs,
        ..
    } = *overlap;
    let packets = words::count(overlap.packets, "packet");
    let what = if differs {
        "other octets in the same place, or ends that contradict each other"
    } else {
        "the same octets twice"
    };
    let fate = match (differs, overlap.packets) {
        (false, _) if source.is_ipv4() => "that changes nothing of what they say",
        (_, 1) => "it was left out",
        _ => "they were left out",
    };
    PatternFinding {
        code: "AT011",
        case: Some(if differs {
            "octets-differ"
        } else {
            "same-octets"
        }),
        subject: Socket {
            ip: source,
            port: 0,
        },
        // Both hosts are named, and where they are does not change what is said.
        tunnel: 0,
        time: overlap.time,
        packets: vec![overlap.other, overlap.packet],
        message: format!(
            "Fragments of {packets} from {source} to {destination} overlap, with {what}; {fate}."
        ),
        expected: Numbers::default(),
        observed: Numbers::default().count(overlap.packets),
        certainty: None,
        followers: 0,
    }
}
