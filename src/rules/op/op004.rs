//! OP004: a SYN-ACK with an option that the SYN did not offer.
//!
//! RFC 7323, 2.2 (window scale) and 3.2 (timestamps): in a SYN-ACK only if the
//! SYN had it: case ws-or-ts. RFC 8684, 3.1: MP_CAPABLE likewise: case mptcp.
//! RFC 2018, 2 lets any SYN say SACK-permitted: case sack-permitted is only
//! information. B's SYN-ACK acknowledges a SYN of A, and none of A's SYNs in
//! this incarnation carried the option. "Not allowed" with all SYNs that B can
//! have received; an unseen copy of the SYN would allow it, so it is likely
//! only while it is not known that the capture lost nothing.
//!
//! Excluded: crossing SYNs, where the SYN-ACK repeats the options of B's own
//! SYN; a SYN of A whose options were cut or are malformed (what it offered is
//! not known then); a SYN-ACK that acknowledges none of the SYNs (HS001 and its
//! like, or a SYN that was not captured).

use super::common::names;
use crate::rules::prelude::*;
use crate::segment::{Captured, OptionFaults, OptionSet};

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP004",
    name: "option-not-offered",
    title: "SYN-ACK uses an option that the SYN did not offer",
    group: Group::OP,
    severity: Severity::Error,
    cases: &[
        ("mptcp", Severity::Error),
        ("ws-or-ts", Severity::Warning),
        ("sack-permitted", Severity::Info),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::SynPeer, Need::NoCaptureLoss, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 2.2", "RFC 7323 3.2", "RFC 8684 3.1", "RFC 2018 2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Window scale, timestamps and Multipath TCP are in use only if both SYNs carry them. \
               The one who opens offers, the one who answers accepts. Here the answer contains \
               one of them although the SYN had not offered it.",
        why: "The opener ignores the option, as it must. If the answering side counts it as \
              agreed all the same, it scales its windows, or expects timestamps, and the other \
              end does not: windows are then wrong by a factor of up to 16384.",
        exchange: &[
            "A > B  SYN      seq=1000 mss=1460",
            "B > A  SYN,ACK  seq=5000 ack=1001 mss=1460 wscale=7    <- was not offered",
        ],
        excuses: &[
            "An earlier SYN had the option, and the capture lost it: until it is known that \
             nothing was lost, the verdict is only likely.",
            "Both ends opened at once: then the SYN-ACK repeats the options of its sender's own \
             SYN, and nothing is said.",
            "A middlebox between the monitor and the answering host put the option into the SYN, \
             or answered in its place.",
        ],
    },
    wakes_on: Observations::OPTION_UNOFFERED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for answer in case.with(Observations::OPTION_UNOFFERED) {
        let opener = answer.side.peer();
        if case.end(answer.side).sent_bare_syn || !case.acks_a_syn_of(opener, answer.ack) {
            continue;
        }
        let Some(offered) = offered(case, opener) else {
            continue;
        };
        let new = answer.options.present - offered;
        let (scale, rest) = (
            OptionSet::WINDOW_SCALE | OptionSet::TIMESTAMPS,
            OptionSet::SACK_PERMITTED,
        );
        let (name, of_note) = if new.contains(OptionSet::MPTCP) {
            ("mptcp", OptionSet::MPTCP | scale)
        } else if new.intersects(scale) {
            ("ws-or-ts", scale)
        } else if new.contains(rest) {
            ("sack-permitted", rest)
        } else {
            continue;
        };
        let new = new & of_note;
        let verdict = Verdict::about(
            answer,
            format!(
                "The {} answers with {}, which no SYN of the {} had offered.",
                answer.side.name(),
                names(new),
                opener.name(),
            ),
        );
        verdicts.say(
            verdict
                .case(name)
                .related(case.syns(opener).map(|syn| syn.packet))
                .expected(Numbers::default().options(format!("without {}", names(new))))
                .observed(
                    Numbers::default()
                        .seq(answer.seq)
                        .ack(answer.ack)
                        .options(names(new)),
                ),
        );
    }
}

/// What the SYNs of `opener` offered together; `None` where one cannot be read.
fn offered(case: &Case<'_>, opener: Side) -> Option<OptionSet> {
    let hidden =
        OptionFaults::LENGTH_TOO_SMALL | OptionFaults::LENGTH_OVERRUN | OptionFaults::WRONG_LENGTH;
    case.syns(opener).try_fold(OptionSet::empty(), |all, syn| {
        let readable = syn.captured >= Captured::Header && !syn.options.faults.intersects(hidden);
        readable.then_some(all | syn.options.present)
    })
}
