//! RT007: fewer acknowledgments than one for two full segments.
//!
//! RFC 9293, 3.8.6.3 (SHLD-19), RFC 5681, 4.2, RFC 2525, 2.13: an ACK at least for every
//! 2*RMSS octets of new data. RMSS is E's own MSS option (536 without one). Of at least 20
//! segments of E that acknowledge new data, more than half cover more than 2*RMSS octets: so
//! the median does. ACKs of little data count as well, in E's favour, so a bulk transfer need
//! not be told from others.
//!
//! A pattern, and only at E: elsewhere ACKs may have been thinned out or lost on the way. The
//! need for E's SYN is not in the catalogue; without it RMSS is not known. Frames of P larger
//! than the link carries show that E's card or kernel merges segments before TCP sees them
//! (the RFC names that as a reason); then nothing is said either. So do segments with new data
//! under one identification: a card of P, or a virtual network, has split them.

use crate::machine::watch::acks::{self, ENOUGH_ACKS};
use crate::rules::prelude::*;
use crate::rules::words::the;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT007",
    name: "stretch-ack",
    title: "Fewer acknowledgments than one per two full segments",
    group: Group::RT,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::SynSelf,
        Need::BothDirections,
        Need::AtSelf,
        Need::NoOffloadSelf,
        Need::NoCaptureLoss,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.8.6.3 (SHLD-19)",
        "RFC 5681 4.2",
        "RFC 2525 2.13",
    ],
    folds: &[],
    thresholds: &[("acks", ENOUGH_ACKS as u64), ("segments_per_ack", 2)],
    text: Explanation {
        what: "A receiver should acknowledge at least every second full-sized segment. This one \
               lets more than two go by most of the time and acknowledges them together (a \
               stretch ACK).",
        why: "Senders count ACKs: each opens their congestion window a little and sets off the \
              next segments. Few ACKs for much data make a sender start slowly and then send in \
              bursts, which fill queues on the way and get lost. Today it is normal wherever the \
              network card or the kernel merges segments on receipt, and modern senders count \
              octets instead of ACKs and space out what they send.",
        exchange: &[
            "A > B  8 segments of 1460 octets, seq=1001 to 12681",
            "B > A  ACK  seq=5001 ack=12681   (one for all; four were due)",
        ],
        excuses: &[
            "Segments merged by the receiver's network card or kernel (LRO, GRO): nothing is said \
             where the capture shows segments larger than the link carries, but a capture may \
             be taken before they are merged.",
            "ACKs thinned out by the path (Wi-Fi, cable, satellite): judged only in captures \
             taken at the receiver.",
            "A receiver whose program reads slowly holds its window updates back on purpose.",
        ],
    },
    wakes_on: Observations::STRETCH_ACKS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for first in case.with(Observations::STRETCH_ACKS) {
        let side = first.side;
        let counts = &case.watch(side).acks;
        let Some(syn) = case.end(side).syn.filter(|_| counts.covers_too_much()) else {
            continue;
        };
        // The pieces of a large segment that a virtual network has split bear its identification;
        // the receiver may have got it whole.
        if case.end(side.peer()).traces.oversized > 0 || counts.pieces > 0 {
            verdicts.withhold(Need::NoOffloadSelf);
            continue;
        }
        let full = acks::full_segment(&syn);
        let message = format!(
            "{} of the {} ACKs of new data that {} sent cover more than two full segments of \
             {full} octets from {}; one ACK for two is advised.",
            counts.stretched,
            counts.advances,
            the(side),
            the(side.peer()),
        );
        let average = counts.octets / u64::from(counts.advances.max(1));
        verdicts.say(
            Verdict::about(first, message)
                .expected(Numbers::default().len(full.saturating_mul(2)))
                .observed(
                    Numbers::default()
                        .len(u32::try_from(average).unwrap_or(u32::MAX))
                        .count(counts.stretched.into()),
                ),
        );
    }
}
