//! HS001: a SYN-ACK does not acknowledge x+1.
//!
//! RFC 9293, 3.10.7.2: "RCV.NXT is set to SEG.SEQ+1", and the SYN-ACK carries
//! `<SEQ=ISS><ACK=RCV.NXT>`. With data in the SYN (RFC 7413) any number up to
//! the end of that data is right. Sound from anywhere: the sender can have
//! received only SYNs of its peer, and a near miss fits none of those seen; a
//! SYN that was not captured and has an ISN within 1024 of a captured one is
//! excluded by chance (2^-21 with random ISNs). Where the opener is seen to
//! count its ISNs up in small steps, that chance is not one, and the verdict
//! is only likely. A SYN stored behind its SYN-ACK counts like one before it.
//!
//! A number above x+1 may also acknowledge data of a SYN that the capture lost, where
//! only a copy without data was captured (RFC 7413). If the opener goes on from there, it
//! had sent them; if it refuses the SYN-ACK, or goes on from x+1, it had not, and if
//! nothing shows, the verdict is likely.

use super::opening::{NEAR, goes_on_from, openings, took_unseen_syn_data};
use crate::rules::prelude::*;
use crate::seq::SeqNo;

/// Two ISNs of one opener closer than this are counted, not drawn at random.
const COUNTED: u32 = 1 << 16;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS001",
    name: "synack-ack-off",
    title: "SYN-ACK does not acknowledge x+1",
    group: Group::HS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::SynPeer, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.4.1",
        "RFC 9293 3.5",
        "RFC 9293 3.10.7.2",
        "RFC 7413 4.2.2",
    ],
    folds: &[
        ("HS010", Scope::Connection),
        ("HS015", Scope::Connection),
        ("RT014", Scope::Connection),
    ],
    thresholds: &[("near_octets", NEAR as u64)],
    text: Explanation {
        what: "A SYN occupies one sequence number. A SYN-ACK that answers a SYN numbered x \
               therefore acknowledges x+1 (or, when it takes in data that came with the SYN, up \
               to x+1+n). This one acknowledges a number close by, but not that.",
        why: "The opener must take such a SYN-ACK for an answer to some other SYN and reply with \
              a RST (RFC 9293, 3.10.7.3), so the connection cannot be opened.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1000    <- must be 1001",
            "A > B  RST      seq=1000",
        ],
        excuses: &[
            "An old SYN of the same opener that the capture does not hold: its number would have \
             to lie within 1024 of the captured one, which random numbers all but exclude. Where \
             the SYN-ACK misses by more, HS002 speaks instead.",
            "Data in the SYN: every number from x+1 to x+1+n is accepted. The capture may hold only \
             a repetition without the data; then the opener goes on from the number acknowledged.",
            "A box that guards against floods sends a wrong number on purpose, to see whether \
             the opener resets it as a real TCP does: wrong by the RFC all the same.",
            "A proxy that rewrites sequence numbers on one side of the monitor only.",
        ],
    },
    wakes_on: Observations::SYN_ACK_UNFITTING,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for synack in case.with(Observations::SYN_ACK_UNFITTING) {
        let opener = synack.side.peer();
        if case.acks_a_syn_of(opener, synack.ack) {
            continue;
        }
        let nearest = openings(case, opener)
            .filter(|syn| syn.packet < synack.packet)
            .min_by_key(|syn| synack.ack.distance_from(syn.seq + 1).unsigned_abs());
        let Some(syn) = nearest else { continue };
        if has_answered(case, synack, syn) {
            continue;
        }
        let right = syn.seq + 1;
        let off = synack.ack.distance_from(right);
        if off.unsigned_abs() > NEAR {
            continue;
        }
        if took_unseen_syn_data(case, synack) {
            verdicts.withhold(Need::SynPeer);
            continue;
        }
        let mut verdict = Verdict::about(
            synack,
            format!(
                "The SYN-ACK acknowledges {}, but the SYN (packet {}) has number {}, so it must \
                 acknowledge {right}; it is {} too {}.",
                synack.ack,
                named(syn.packet),
                syn.seq,
                off.unsigned_abs(),
                if off < 0 { "low" } else { "high" },
            ),
        );
        if counts_isns(case, opener, syn.seq) || off > 0 && !has_no_data(case, synack, syn) {
            verdict = verdict.certainty(Certainty::Likely);
        }
        verdicts.say(
            verdict
                .related([syn.packet])
                .expected(Numbers::default().ack_range(right, right + syn.payload_len))
                .observed(Numbers::default().seq(synack.seq).ack(synack.ack)),
        );
    }
}

/// The opener shows that it had sent no data with its SYN: it refuses `synack`, or
/// goes on behind the SYN itself.
fn has_no_data(case: &Case<'_>, synack: &Noted, syn: &Noted) -> bool {
    let refuses = |rst: &Noted| rst.packet > synack.packet && rst.seq == synack.ack;
    case.resets(syn.side).any(refuses) || goes_on_from(case, synack, syn.end())
}

/// Whoever has answered `syn` with another ISN answers another SYN now, which
/// the capture lost.
fn has_answered(case: &Case<'_>, synack: &Noted, syn: &Noted) -> bool {
    let acked_it = synack.before.own_ack.is_some_and(|ack| ack.after(syn.seq));
    let repeats = |other: &Noted| other.packet < synack.packet && other.seq == synack.seq;
    acked_it && !case.syn_acks(synack.side).any(repeats)
}

/// The opener is seen to choose its ISNs one close behind the other.
fn counts_isns(case: &Case<'_>, opener: Side, isn: SeqNo) -> bool {
    let close = |other: SeqNo| other != isn && other.distance_from(isn).unsigned_abs() < COUNTED;
    openings(case, opener).any(|syn| close(syn.seq))
        || case
            .previous
            .and_then(|previous| previous.ends.of(opener).snd_next)
            .is_some_and(close)
}
