//! RS008: a challenge ACK does not carry its sender's own numbers.
//!
//! RFC 9293, 3.10.7.4, first and fourth step: the answer to a segment that does
//! not fit is `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>`. c is P's RST, SYN or
//! unacceptable segment; E's next segment within a round trip is an empty ACK
//! with
//! - (a) SEG.ACK = end of c, outside ISS(P)+1 ..= SMAX(P) as it was before c: E
//!   has adopted the number it should refuse; or
//! - (b) SEG.SEQ = SEG.ACK of c, below ACKMAX(P) as it was before c: E has put
//!   the other's number in place of its own.
//!
//! Of (b) the catalogue also counts numbers that are not c's; a late ACK that
//! was overtaken, a keepalive (SND.NXT-1) or a probe (SND.UNA-1) has such ones
//! too, so only the copied number is. A copied number above SMAX(E) cannot be
//! told from data that the capture lost, and is left to CA003.

use crate::rules::prelude::*;
use crate::segment::NS_PER_MS;
use crate::seq::SeqNo;

/// Least time that counts as one round trip.
const LEAST_RTT_NS: i64 = 10 * NS_PER_MS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS008",
    name: "challenge-ack-wrong-numbers",
    title: "Challenge ACK does not carry the own numbers",
    group: Group::RS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.4", "RFC 5961 3.2", "RFC 5961 4.2"],
    folds: &[("SQ001", Scope::SamePacket), ("WN009", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "A segment that does not fit (a SYN in mid-connection, a RST beside the expected \
               number, data far off) must be answered with an ACK that shows the connection's own \
               numbers. This ACK repeats the number of the segment that did not fit.",
        why: "The answer is meant as a question: only a peer that really lost the connection can \
              reply to the true numbers with a RST that fits. An endpoint that adopts foreign \
              numbers believes a forger, and a real peer that asks for a new connection gets an \
              answer that it cannot use.",
        exchange: &[
            "(open: A will send 1101 next, B 5001)",
            "A > B  SYN  seq=90000",
            "B > A  ACK  seq=5001 ack=90001   <- must be ack=1101",
        ],
        excuses: &[
            "The endpoint had lost its state and answers for a new connection: then it would \
             answer with SYN,ACK or RST.",
            "An older ACK that was overtaken, or a copy of one, carries an older acknowledgment as \
             well: it is left out.",
            "Keepalives and window probes have numbers one below their own on purpose.",
        ],
    },
    wakes_on: Observations::AFTER_PROVOCATION,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let within = case.rtt_or_default_ns().max(LEAST_RTT_NS);
    for answer in case.with(Observations::AFTER_PROVOCATION) {
        let to = answer.about.and_then(|packet| case.packet(packet));
        let Some(to) = to.filter(|to| answer.time.since(to.time) <= within) else {
            continue;
        };
        if !answer.is_pure_ack() || answer.is_syn() {
            continue;
        }
        let who = answer.side.name();
        let message = if adopts(case, answer, to) {
            format!(
                "The {who} answers packet {}, which does not fit, with an ACK of {}: it takes over \
                 that packet's number where its own, {}, is due.",
                named(to.packet),
                answer.ack,
                known(answer.before.own_ack),
            )
        } else if copies_ack(answer, to) {
            format!(
                "The {who} answers packet {}, which does not fit, with number {}, copied from \
                 that packet's acknowledgment, where its own, {}, is due.",
                named(to.packet),
                answer.seq,
                known(answer.before.own_next),
            )
        } else {
            continue;
        };
        let mut due = Numbers::default();
        if let Some(next) = answer.before.own_next {
            due = due.seq(next);
        }
        if let Some(ack) = answer.before.own_ack {
            due = due.ack(ack);
        }
        verdicts.say(
            Verdict::about(answer, message)
                .related([to.packet])
                .expected(due)
                .observed(Numbers::default().seq(answer.seq).ack(answer.ack)),
        );
    }
}

fn known(number: Option<SeqNo>) -> String {
    number.map_or_else(|| "unknown".to_owned(), |number| number.to_string())
}

/// (a): the ack is the end of a segment that should have been refused.
fn adopts(case: &Case<'_>, answer: &Noted, to: &Noted) -> bool {
    let (Some(iss), Some(next)) = (case.end(to.side).iss(), to.before.own_next) else {
        return false;
    };
    let foreign = to.is_syn() || to.seq.after(next);
    !to.is_rst() && foreign && answer.ack == to.end() && !answer.ack.within(iss + 1, next)
}

/// (b): the number is the ack of the segment that should have been refused.
fn copies_ack(answer: &Noted, to: &Noted) -> bool {
    let (Some(acked), Some(next)) = (to.before.own_ack, answer.before.own_next) else {
        return false;
    };
    let probe = answer.seq + 1 == next || answer.seq + 1 == acked;
    // With an older ack, or without a newer time stamp, it may be an old
    // segment and no answer.
    let stamps = answer.options.timestamps().zip(answer.before.own_tsval);
    let not_newer = stamps.is_some_and(|((tsval, _), max)| SeqNo(tsval).at_or_before(SeqNo(max)));
    let old = answer.saw.contains(Observations::ACK_BACK) || not_newer;
    to.is_ack() && !old && answer.seq == to.ack && answer.seq.before(acked) && !probe
}
