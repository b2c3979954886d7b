//! OP011: SACK towards an end that did not permit it.
//!
//! RFC 2018, 4: the option must not be sent unless the other end's SYN carried
//! SACK-permitted. "Not allowed" with all SYNs of P that E can have received;
//! an unseen copy with the option would allow it, so it is only likely while it
//! is not known that nothing was lost. Nothing is said where the options of a
//! SYN of P were cut or are malformed, nor of segments that do not acknowledge
//! P's SYN.

use super::common::{counted, more};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP011",
    name: "sack-not-permitted",
    title: "SACK sent although the peer did not permit it",
    group: Group::OP,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::SynPeer, Need::NoCaptureLoss, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 2018 4", "RFC 2018 2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A receiver may report what it holds beyond a gap (SACK) only if the sender has said \
               on its SYN that it understands such reports. Here it had not, and gets them all \
               the same.",
        why: "An end that did not ask for SACK does not read it: it sends again what has long \
              arrived. Worse, some take an option they do not expect for an attack or a fault. \
              It is a fault in the stack that sends it, or a middlebox changed one of the SYNs.",
        exchange: &[
            "A > B  SYN      seq=1000 mss=1460                (no SACK-permitted)",
            "B > A  SYN,ACK  seq=5000 ack=1001 mss=1460",
            "B > A  ACK      seq=5001 ack=1001 sack=1101-1201    <- was not permitted",
        ],
        excuses: &[
            "Another copy of the SYN permitted it, and the capture lost it: until it is known \
             that nothing was lost, the verdict is only likely.",
            "A middlebox behind the monitor put SACK-permitted into the SYN.",
        ],
    },
    wakes_on: Observations::SACK_UNPERMITTED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::SACK_UNPERMITTED;
    for noted in case.with(what) {
        let other = noted.side.peer();
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sends SACK, although the SYN of the {} did not permit it.{}",
                noted.side.name(),
                other.name(),
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default()
            .seq(noted.seq)
            .ack(noted.ack)
            .options("SACK");
        verdicts.say(
            verdict
                .related(case.end(other).syn.map(|syn| syn.packet))
                .expected(Numbers::default().options("no SACK"))
                .observed(counted(case, noted, what, observed)),
        );
    }
}
