//! What is said of a flood.

use super::{Flood, SLOT_NS, Victim};
use crate::finding::{Numbers, Span};
use crate::flow::patterns::PatternFinding;
use crate::flow::patterns::words::{about, share};
use crate::segment::Timestamp;

/// So many networks are more than any army of real hosts has. A flood of many
/// millions meets the same ones again, as IPv4 has no more than 14 million.
const MANY_NETWORKS: u64 = 1_000_000;

/// Nearly each attempt has an address of its own, and they are everywhere.
fn look_forged(sources: u64, networks: u64, incomplete: u64) -> bool {
    let everywhere = networks * 2 >= incomplete || networks >= MANY_NETWORKS;
    sources * 5 > incomplete * 4 && everywhere
}

/// How the sources look: the catalogue's kinds, and one more where neither
/// "one" nor "all different" is true.
fn kind(victim: &Victim) -> &'static str {
    let (sources, networks) = (victim.sources.estimate(), victim.networks.estimate());
    let ttls: u64 = victim.ttls.iter().map(|b| u64::from(b.count_ones())).sum();
    if look_forged(sources, networks, victim.incomplete) {
        "spoofed"
    } else if victim.sources.is_exact() && ttls > sources * 2 {
        // So many that at least one address has shown three.
        "single-address-several-hosts"
    } else if sources == 1 {
        "single-source"
    } else {
        "several-sources"
    }
}

/// The finding about `flood`.
pub fn finding(flood: &Flood, victim: &Victim) -> PatternFinding {
    let sums = &flood.sums;
    let slots: i64 = flood.bursts.iter().map(|(from, to)| to - from + 1).sum();
    let kind = kind(victim);
    let sources = match kind {
        "single-source" => "all from one address".to_owned(),
        "single-address-several-hosts" => format!(
            "from {}, with more times to live than one host has",
            about(&victim.sources, "address", "addresses")
        ),
        _ => format!(
            "from {} in {}",
            about(&victim.sources, "address", "addresses"),
            about(&victim.networks, "network", "networks")
        ),
    };
    let message = format!(
        "{syns} connections were requested within {span} s (up to {peak} in a second), {sources}; \
         {completed} ({share}) were completed, {half_open} were answered and left half-open (up to \
         {held} at once; {again} of them were answered again), {unanswered} drew no answer. This is \
         consistent with a SYN flood, whose source addresses may be forged; a path on which \
         the ACKs of real clients get lost looks alike.",
        syns = sums.syns,
        span = Span(slots.saturating_mul(SLOT_NS)),
        peak = flood.peak_syns,
        completed = sums.completed,
        share = share(sums.completed, sums.syns),
        half_open = sums.half_open,
        held = flood.peak_half_open,
        again = sums.answered_again,
        unanswered = sums.unanswered,
    );
    let first = flood.named.first();
    let start = flood.bursts.first().map_or(0, |(from, _)| *from);
    PatternFinding {
        code: "AT001",
        case: Some(kind),
        subject: flood.victim.addr,
        tunnel: flood.victim.tunnel,
        time: first.map_or(Timestamp(start.saturating_mul(SLOT_NS)), |(time, _)| *time),
        packets: flood.named.iter().map(|(_, packet)| *packet).collect(),
        message,
        expected: Numbers::default(),
        observed: Numbers::default()
            .count(sums.syns)
            .time(slots.saturating_mul(SLOT_NS)),
        certainty: None,
        followers: sums.half_open + sums.unanswered,
    }
}

#[cfg(test)]
mod tests {
    use super::look_forged;

    #[test]
    fn random_addresses_look_forged_however_many_there_are() {
        assert!(look_forged(3000, 2900, 3000));
        assert!(look_forged(9_800_000, 3_700_000, 10_000_000));
        assert!(!look_forged(9_800_000, 300_000, 10_000_000));
        assert!(!look_forged(2000, 2000, 3000));
        assert!(!look_forged(3000, 1000, 3000));
    }
}
