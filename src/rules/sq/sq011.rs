//! SQ011: acknowledgments that are one short.
//!
//! RFC 9293, 3.4: the acknowledgment number is the next number expected, SEG.SEQ + SEG.LEN
//! of what was received. Condition: three acknowledgments of E in a row (each of
//! something new), sent while all captured data of P was in order, are one less than the end
//! of a segment of P, where no segment of P begins or ends; and P sends the octet that is
//! asked for again, alone or with others. Contradicts nothing that E might have received,
//! since each segment came whole; but three coincidences (a buffer that is full one
//! octet short of a segment) are possible, so it is never more than likely.
//!
//! Left out: the SYN's and the FIN's numbers (HS001, HS003, TD002 speak of them). One more
//! than was sent is SQ001.

use crate::machine::watch::off_by_one::IN_A_ROW;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ011",
    name: "ack-off-by-one",
    title: "Acknowledgments are one off the end of the segment",
    group: Group::SQ,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynPeer, Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.10.7.4"],
    folds: &[],
    thresholds: &[("times", IN_A_ROW as u64)],
    text: Explanation {
        what: "An acknowledgment number is that of the octet which should come next: \
               ack = seq + number of octets (and one more for a SYN or a FIN). This end, time \
               after time, acknowledges one less than the end of what it was sent.",
        why: "It asks for the last octet of each segment again and again. The sender never gets \
              everything acknowledged, repeats that octet by its timer, and slows down. The usual \
              cause is a stack of one's own in which somebody has taken the acknowledgment for \
              the number of the last octet.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "B > A  ACK      seq=5001 ack=1100            <- 1101 is next",
            "A > B  PSH,ACK  seq=1100 ack=5001 len=1      (asked for again)",
        ],
        excuses: &[
            "A receiver may take in a part of a segment when its buffer is full; that this part \
             is one octet short three times in a row is not to be expected.",
            "Where the last segment is a single octet, an ACK of all but that is right, and is \
             not counted.",
        ],
    },
    wakes_on: Observations::ACKS_ONE_SHORT,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(run) = case.watch(side).off_by_one.run() else {
            continue;
        };
        let [first, others @ ..] = run.packets;
        let message = format!(
            "The {} acknowledges one octet less than the end of the segments that it got, {} \
             times in a row; the {} has to send {} again.",
            side.name(),
            run.length,
            side.peer().name(),
            run.ack,
        );
        let time = case.connection.last.1;
        let mut verdict = Verdict::omission(side, time, message)
            .related(others)
            .related(run.again)
            .expected(Numbers::default().ack(run.ack + 1))
            .observed(Numbers::default().ack(run.ack).count(u64::from(run.length)));
        verdict.packet = Some(first);
        verdicts.say(verdict);
    }
}
