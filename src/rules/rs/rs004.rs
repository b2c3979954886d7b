//! RS004: an end goes on after its own RST.
//!
//! RFC 9293, 3.10.5 and 3.5.3: who resets deletes the connection. Condition: E
//! sent a RST at the number where it stood (SND.UNA to SND.NXT as captured; a
//! RST with the number of an old segment's ack, or one that answers an
//! unacceptable ACK during the opening, ends nothing), and provably later a
//! segment with octets beyond SMAX(E) at the RST, or with an ack beyond
//! ACKMAX(E) at the RST. ACKs with old numbers are left out: by note 3 of
//! figure 5 the resetter may be in TIME-WAIT and answer.
//!
//! That it was sent later is proven by the capture's place, by a newer TSval,
//! or by an ack of octets that P first sent after the RST had passed the
//! monitor. Without that it is withheld, because segments overtake each other.
//! The picture of a forged RST is the same, so never more than likely.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS004",
    name: "segments-after-own-rst",
    title: "Endpoint goes on after its own RST",
    group: Group::RS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::OrderProof,
    needs: &[Need::OrderProof],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.5.3", "RFC 9293 3.10.5", "RFC 9293 3.5.2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A reset deletes the connection at the one who sends it. Yet this endpoint sends \
               new data, or acknowledges new data, after its own RST.",
        why: "Either the RST was not its own: somebody on the path (a censor, a firewall, an \
              attacker) has sent it in its name, and the endpoint knows nothing of it. Or the \
              stack is broken and keeps state that it has just declared dead; the other side has \
              closed and answers everything with resets.",
        exchange: &[
            "A > B  RST      seq=1101",
            "A > B  PSH,ACK  seq=1101 ack=5001 len=50   <- nothing may follow a RST",
        ],
        excuses: &[
            "A segment that left before the RST and was overtaken by it: the later sending must be \
             proven (by time stamps in the segments, by the place of the capture, or by an \
             acknowledgment of data that was sent after the RST), else nothing is said.",
            "The RST was forged: look at its TTL and IP identification.",
            "A RST during the opening that answers an ACK out of place ends nothing and is not \
             counted.",
        ],
    },
    wakes_on: Observations::AFTER_OWN_RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for segment in case.with(Observations::AFTER_OWN_RST) {
        let before = |rst: &&Noted| rst.packet < segment.packet && ends_connection(rst);
        let Some(rst) = case
            .resets(segment.side)
            .filter(before)
            .find(|rst| goes_on(rst, segment))
        else {
            continue;
        };
        if !proven_later(case, rst, segment) {
            verdicts.withhold(Need::OrderProof);
            continue;
        }
        let what = if segment.is_empty() || !sends_new(rst, segment) {
            format!("acknowledges {}", segment.ack)
        } else {
            format!("sends octets up to {}", segment.end())
        };
        let verdict = Verdict::about(
            segment,
            format!(
                "The {} {what} after its own RST (packet {}); a RST deletes the connection, so \
                 the RST was somebody else's or the {} goes on against the rules.",
                segment.side.name(),
                named(rst.packet),
                segment.side.name(),
            ),
        );
        verdicts.say(
            verdict.related([rst.packet]).observed(
                Numbers::default()
                    .seq(segment.seq)
                    .ack(segment.ack)
                    .len(segment.payload_len)
                    .flags(segment.flags),
            ),
        );
    }
}

/// The RST stands where its sender stood, on a connection that was open.
fn ends_connection(rst: &Noted) -> bool {
    let (Some(next), Some(acked)) = (rst.before.own_next, rst.before.peer_ack) else {
        return false;
    };
    let opening = rst
        .before
        .own_last
        .is_none_or(|last| last.flags.contains(crate::segment::Flags::SYN));
    !opening && !rst.is_syn() && rst.seq.within(acked.earlier(next), next)
}

fn goes_on(rst: &Noted, segment: &Noted) -> bool {
    let new_ack = rst
        .before
        .own_ack
        .is_some_and(|ack| segment.is_ack() && segment.ack.after(ack));
    !segment.is_syn() && (sends_new(rst, segment) || new_ack)
}

fn sends_new(rst: &Noted, segment: &Noted) -> bool {
    let next = rst.before.own_next;
    segment.payload_len > 0 && next.is_some_and(|next| segment.data_end().after(next))
}

fn proven_later(case: &Case<'_>, rst: &Noted, segment: &Noted) -> bool {
    let acks_later_octets = rst
        .before
        .peer_next
        .is_some_and(|next| segment.is_ack() && segment.ack.after(next));
    case.order_is_proven(rst, segment) || acks_later_octets
}
