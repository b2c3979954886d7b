//! FL001: a segment without any control bit.
//!
//! RFC 9293, 3.1 and 3.10.7: every segment that a state sends is a SYN, a RST,
//! or carries ACK. Condition: `flags & 0x3f == 0` (ECE, CWR, AE and the
//! reserved bits do not make a segment anything). One header shows it, so it
//! is sound from anywhere.

use crate::rules::prelude::*;
use crate::segment::Flags;

/// The six control bits of RFC 793 that say what a segment is.
const CONTROL: Flags = Flags::FIN
    .union(Flags::SYN)
    .union(Flags::RST)
    .union(Flags::PSH)
    .union(Flags::ACK)
    .union(Flags::URG);

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL001",
    name: "no-flags",
    title: "No control bits at all (null segment)",
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
    rfc: &["RFC 9293 3.1", "RFC 9293 3.10.7.4"],
    folds: &[("FL006", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "A segment with none of SYN, FIN, RST, PSH, ACK and URG. TCP has no use for such a \
               segment in any state: it opens nothing, closes nothing and acknowledges nothing.",
        why: "No TCP implementation sends it on its own. It comes from a scanner (a null scan: \
              closed ports answer with RST, open ones stay silent, and so the answer tells which \
              is which), or from a program that builds its own headers and forgot the flags. A \
              receiver drops it, whatever data it holds.",
        exchange: &[
            "A > B  (no flags)  seq=1000     <- nothing in TCP looks like this",
            "B > A  RST,ACK     seq=0 ack=1000",
        ],
        excuses: &[
            "None: the header alone shows it. A damaged segment (bad checksum) is not judged.",
        ],
    },
    wakes_on: Observations::ODD_FLAGS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let null = |noted: &&Noted| !noted.flags.intersects(CONTROL);
    for noted in case.with(Observations::ODD_FLAGS).filter(null) {
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent a segment without any control bit; every segment is a SYN, a RST or \
                 carries ACK.",
                noted.side.name()
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().flags_text("SYN, RST or ACK"))
                .observed(Numbers::default().seq(noted.seq).flags(noted.flags)),
        );
    }
}
