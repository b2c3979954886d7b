//! EC007: ECE, CWR or AE without a meaning.
//!
//! RFC 3168, 6.1.1: only after an agreement do hosts set these flags. Condition: a
//! segment of E that is no SYN has one of them, and no pair of a captured SYN and
//! SYN-ACK agrees on a mode (or uses a reserved combination); after an agreement on
//! classic ECN the same of AE, once the nonce of RFC 3540. In Accurate ECN the three
//! are one counter, of which every value is right.

use crate::machine::watch::ecn::Mode;
use crate::rules::prelude::*;
use crate::segment::Flags;

/// The rule.
pub static RULE: Rule = Rule {
    code: "EC007",
    name: "ecn-flags-unnegotiated",
    title: "ECE or CWR used without ECN",
    group: Group::EC,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::Handshake, Need::NoCaptureLoss, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 3168 6.1.1", "RFC 9293 3.1", "RFC 9293 3.8.2 (SHLD-8)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "ECE and CWR (and AE) carry reports of congestion, if SYN and SYN-ACK have agreed \
               on ECN. Here they did not, and the flags are set all the same.",
        why: "The other end ignores them. They show that the sender takes the connection for one \
              with ECN (then it expects reports that never come), or that something on the way \
              writes into the header.",
        exchange: &[
            "A > B  SYN           seq=1000            (no ECE, no CWR)",
            "B > A  SYN,ACK       seq=5000 ack=1001",
            "A > B  PSH,ACK,CWR   seq=1001 len=100    <- CWR without ECN",
        ],
        excuses: &[
            "SYN or SYN-ACK of another form got lost to the capture: then nothing is said where \
             loss shows.",
            "In Accurate ECN the three flags are a counter and take every value: never counted.",
            "Stacks that copy flags from what they receive, and scanners.",
        ],
    },
    wakes_on: Observations::ECN_FLAGS_STRAY,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for segment in case.with(Observations::ECN_FLAGS_STRAY) {
        let stray = match case.watch(segment.side).ecn.mode() {
            Mode::None => segment.flags & (Flags::ECE | Flags::CWR | Flags::AE),
            Mode::Classic => segment.flags & Flags::AE,
            Mode::Accurate | Mode::Unclear | Mode::Unknown => Flags::empty(),
        };
        if stray.is_empty() {
            continue;
        }
        let verdict = Verdict::about(
            segment,
            format!(
                "The {} sets {stray}, which means nothing on this connection: SYN and SYN-ACK did \
                 not agree on it.",
                segment.side.name()
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().flags(segment.flags - stray))
                .observed(Numbers::default().seq(segment.seq).flags(segment.flags)),
        );
    }
}
