//! FL008: the data offset is impossible.
//!
//! RFC 9293, 3.1: the header has at least five words and lies inside the
//! segment. Condition: offset < 5, or 4 * offset > length of the segment, the
//! length taken from the IP header (never from what was captured). The decoder
//! does not judge where the IP length is 0 (TSO) and the frame is cut, nor
//! anything but the first fragment of a datagram.

use crate::rules::prelude::*;

/// Words in a header without options.
const LEAST: u8 = 5;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL008",
    name: "data-offset-invalid",
    title: "Data offset invalid",
    group: Group::FL,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.1"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The data offset says how many 32-bit words the header has. Five is the least \
               (20 octets), and the header cannot be longer than the segment itself. Here it is \
               one or the other.",
        why: "Nobody can tell where options end and data begins, so a receiver has to drop the \
              segment, and a careless one reads beyond its buffer. Nothing else about the segment \
              is judged.",
        exchange: &["A > B  ACK  seq=1001 ack=5001 data offset=4   <- at least 5"],
        excuses: &[
            "Frames of a host that leaves segmentation to its network card may have an IP length \
             of 0: the length of the frame is taken then.",
            "A damaged segment (bad checksum), or one that was cut in the header, is not judged.",
        ],
    },
    wakes_on: Observations::BAD_DATA_OFFSET,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::BAD_DATA_OFFSET) {
        let octets = u32::from(noted.data_offset) * 4;
        let what = if noted.data_offset < LEAST {
            "a TCP header has at least 5 words (20 octets)"
        } else {
            "which is more than the whole segment"
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent a segment with data offset {} ({octets} octets of header); {what}.",
                noted.side.name(),
                noted.data_offset,
            ),
        );
        verdicts.say(verdict.observed(Numbers::default().seq(noted.seq).flags(noted.flags)));
    }
}
