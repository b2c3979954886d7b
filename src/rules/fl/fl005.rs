//! FL005: a segment without ACK that is neither SYN nor RST.
//!
//! RFC 9293, 3.1: once a connection is established the acknowledgment "is
//! always sent", and 3.10.7.4, fifth step, drops a segment without it.
//! Condition: SYN=0, RST=0, ACK=0 and FIN, PSH or URG set (with none of them
//! it is FL001). One header shows it. The machine leaves the segment out of
//! the connection, as its receiver must.

use crate::rules::prelude::*;
use crate::segment::Flags;

/// What a Christmas tree lights up.
const XMAS: Flags = Flags::FIN.union(Flags::PSH).union(Flags::URG);

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL005",
    name: "ack-missing",
    title: "Segment without ACK outside the opening",
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
    rfc: &["RFC 9293 3.1", "RFC 9293 3.8", "RFC 9293 3.10.7.4"],
    folds: &[("FL006", Scope::SamePacket), ("FL009", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "A segment that carries data, FIN or URG but no acknowledgment. Only the first SYN \
               and a RST may do without the ACK flag; everything after them acknowledges what its \
               sender has received.",
        why: "The receiver must drop the segment, so its data or FIN never arrives, however often \
              it is sent. A bare FIN is the classic mistake of self-made stacks (a close is \
              FIN,ACK), and also what FIN and Xmas scanners send.",
        exchange: &[
            "A > B  FIN      seq=1101            <- FIN,ACK seq=1101 ack=5001 is what closes",
            "        (B drops it: no ACK, no close)",
        ],
        excuses: &[
            "The first SYN and resets are legal without ACK and are not judged.",
            "None for the rest: the header alone shows it.",
        ],
    },
    wakes_on: Observations::ODD_FLAGS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let bare = |noted: &&Noted| {
        !noted.flags.intersects(Flags::SYN | Flags::RST | Flags::ACK)
            && noted.flags.intersects(XMAS)
    };
    for noted in case.with(Observations::ODD_FLAGS).filter(bare) {
        let kind = if noted.flags.contains(XMAS) {
            " (FIN, PSH and URG together: an Xmas scan)"
        } else if noted.ack.0 != 0 {
            " (the acknowledgment field is filled in, only its flag is missing)"
        } else {
            ""
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent {} without ACK{kind}; the receiver must drop it.",
                noted.side.name(),
                noted.flags,
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().flags(noted.flags | Flags::ACK))
                .observed(
                    Numbers::default()
                        .seq(noted.seq)
                        .len(noted.payload_len)
                        .flags(noted.flags),
                ),
        );
    }
}
