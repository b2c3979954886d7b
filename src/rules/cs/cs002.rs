//! CS002: a segment with a wrong checksum was acknowledged.
//!
//! RFC 9293, 3.1 (MUST-3): the receiver must check the checksum, and drops what fails.
//! Condition: E acknowledges [s,e), and the only copies of these octets captured until
//! then have a wrong checksum, which is damage and not offload (CS001 holds); what lies before
//! them had come. The octets are taken into P's stream, so neither SQ001 nor CA003
//! speaks of this ack.
//!
//! E may have received a sound copy: the packet may have been changed in the file (in public
//! collections this is what nearly all such packets turn out to be), the damage may have been done
//! while capturing, or the capture lost a copy. Hence likely. Octets that
//! are only reported by SACK are not counted: the ack follows. CS001 on the same packet goes
//! under this: it accuses the other end, and where the receiver was content, that end
//! is the least likely to have sent a wrong sum.

use super::damage::is_damage;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CS002",
    name: "bad-checksum-accepted",
    title: "Segment with a bad checksum was acknowledged",
    group: Group::CS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Payload,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::NoOffloadPeer,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.1 (MUST-3)"],
    folds: &[("CS001", Scope::NamedPacket)],
    thresholds: &[],
    text: Explanation {
        what: "A segment with a wrong checksum must be dropped as if it had never come. This end \
               acknowledged its octets, although no sound copy of them had been sent.",
        why: "The receiver has handed damaged data to the application, and the sender believes \
              that all is well. Nothing will repair it: a file or a database is silently wrong. \
              Usual causes: a stack (or a network card that claims to have checked) that does not \
              verify checksums.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100 (checksum wrong)",
            "B > A  ACK      seq=5001 ack=1101             <- must not acknowledge it",
        ],
        excuses: &[
            "Somebody has edited the packet in the capture file, and not its checksum: the most \
             frequent reason in collections of example captures. Where both ends accept such \
             packets nothing is said.",
            "The octets were damaged only in the capture, or on a stretch that the receiver's copy \
             did not pass.",
            "A sound copy was sent, and the capture lost it.",
            "Checksums that were not filled in yet when captured (offload) are no damage, and are \
             not counted.",
        ],
    },
    wakes_on: Observations::ACKS_DAMAGED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::ACKS_DAMAGED) {
        let sender = noted.side.peer();
        let damaged = noted.about.and_then(|packet| case.packet(packet));
        let Some(damaged) = damaged.filter(|damaged| !damaged.ip.joined && is_damage(case, sender))
        else {
            continue;
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} acknowledges {} to {}, which the {} has sent only in packet {}, with a \
                 wrong checksum (unless that packet was changed in the capture).",
                noted.side.name(),
                damaged.data_start(),
                damaged.data_end() - 1,
                sender.name(),
                named(damaged.packet),
            ),
        );
        verdicts.say(
            verdict
                .related([damaged.packet])
                .expected(Numbers::default().ack(damaged.data_start()))
                .observed(Numbers::default().seq(noted.seq).ack(noted.ack)),
        );
    }
}
