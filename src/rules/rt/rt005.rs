//! RT005: data is sent again that the peer had acknowledged.
//!
//! RFC 6298, 5: the timer is managed so that a segment is "never retransmitted too early". E sends
//! octets that all lie below ACKMAX(P), the highest ACK of P that passed the monitor before. That alone
//! may be two segments that crossed, so it is said only where E must know:
//! - E's segment itself echoes a TSval of P newer than that ACK's: whatever brought it was sent later
//!   and acknowledged no less (*ignored what it knew*; definite, whatever the capture has lost);
//! - E's segment acknowledges octets, all copies of which carried such an ACK, or echoes the ACK's own
//!   TSval, which all segments with it confirm (receipt by implication; definite if the capture is known
//!   to hold every segment of P, else likely);
//! - or the ACK passed the monitor more than two round trips earlier (and 100 ms): likely, for it may
//!   have been lost behind the monitor.
//!
//! The proof is looked for in the very segment that repeats, so no order of E's segments is assumed.
//! Not meant: keepalives, window probes, a FIN alone (TD011). One finding per end, at its best proof.
//! The last case of the catalogue, octets beyond every window offered before the ACK, is left out: an
//! unseen window update explains it as well.

use super::resent::{about, by_end};
use crate::machine::watch::retransmit::Proof;
use crate::rules::needs::{Standing, standing};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT005",
    name: "spurious-retransmission",
    title: "Retransmission of data that was already acknowledged",
    group: Group::RT,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 6298 5", "RFC 2883 4"],
    folds: &[("RT004", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "An end sent data again that the other side had acknowledged before, and the \
               acknowledgment had time to arrive, or provably had arrived.",
        why: "The repetition carries nothing new. A timer that is too short, or a sender that \
              misreads ACKs, wastes the path and lowers its own rate, since it takes what \
              happened for a loss. If the ACK itself was lost behind the monitor, the sender is \
              right, and it is the way back that loses packets.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100",
            "B > A  ACK      ack=1101",
            "A > B  PSH,ACK  seq=1001 len=100    <- much later, and B has it already",
        ],
        excuses: &[
            "The ACK was lost between the monitor and the sender: unless the sender shows that it \
             had it, the finding is only likely.",
            "The ACK and the repetition crossed: then it is not said (RT004 counts it).",
            "A keepalive repeats the number before SND.NXT, with one octet at most.",
        ],
    },
    wakes_on: Observations::ACKED_SENT_AGAIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for (side, again) in by_end(case) {
        let Some((proof, sample, acked_at)) = again.acked.best else {
            continue;
        };
        let lossless = standing(Need::NoCaptureLoss, case, side);
        if proof == Proof::Implied && lossless == Standing::Refuted {
            verdicts.withhold(Need::NoCaptureLoss);
            continue;
        }
        let certainty = match proof {
            Proof::Echoed => Certainty::Definite,
            Proof::Implied if lossless == Standing::Met => Certainty::Definite,
            _ => Certainty::Likely,
        };
        let (who, other) = (side.name(), side.peer().name());
        let knew = match proof {
            Proof::Echoed | Proof::Implied => {
                format!("by its own ACK or timestamp echo the {who} had received that")
            }
            Proof::Time => format!(
                "the ACK had passed here {} before",
                super::resent::seconds(sample.time.since(acked_at))
            ),
        };
        let times = match again.acked.count {
            1 => String::new(),
            count => format!(" That happened {count} times."),
        };
        let message = format!(
            "The {who} sends {} octets from {} again although the {other} had acknowledged them: \
             {knew}.{times}",
            sample.len, sample.seq,
        );
        verdicts.say(
            about(case, side, &sample, message)
                .certainty(certainty)
                .related(sample.previous.map(|(packet, _)| packet))
                .expected(Numbers::default().seq_range(
                    sample.seq + sample.len,
                    case.end(side).snd_next.unwrap_or(sample.seq + sample.len),
                ))
                .observed(
                    Numbers::default()
                        .seq(sample.seq)
                        .len(sample.len)
                        .count(u64::from(again.acked.count)),
                ),
        );
    }
}
