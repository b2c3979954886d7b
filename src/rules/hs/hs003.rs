//! HS003: a segment does not acknowledge the peer's SYN.
//!
//! RFC 9293, 3.10.7.3, fourth step: the answer to a SYN-ACK is
//! `<SEQ=SND.NXT><ACK=RCV.NXT>` with RCV.NXT = y+1. Two forms:
//!
//! * SEG.ACK =< y and y - SEG.ACK =< 1024, on any segment of the incarnation
//!   with ACK and without RST. Definite from anywhere: an end that has not
//!   received the SYN sends no ACK at all, and one that has acknowledges at
//!   least y+1 for ever after. SYNs of the peer with other ISNs are compared
//!   as well, and numbers of the incarnation before are passed over.
//! * SEG.ACK > y+1, by at most 1024, in the end's first segment after its SYN,
//!   when the peer has sent nothing but its SYN. It looks just like the loss
//!   of the peer's first octets by the capture, so it is said (as likely) only
//!   when the peer shows that it had not sent them: by the RST that 3.10.7.4
//!   asks for, or by first-time octets below that ack. Octets that end just
//!   there are taken for a frame that was stored late.
//!
//! An end of which no SYN was captured before may be showing the numbers of a
//! connection that the capture does not hold (RFC 9293, 3.5.1; 3.10.7.4): withheld.

use super::opening::{NEAR, may_be_of_previous, openings};
use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS003",
    name: "handshake-ack-off",
    title: "Third segment does not acknowledge y+1",
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
    rfc: &["RFC 9293 3.4.1", "RFC 9293 3.10.7.3"],
    folds: &[
        ("SQ001", Scope::SamePacket),
        ("SQ002", Scope::SamePacket),
        ("HS010", Scope::Connection),
    ],
    thresholds: &[("near_octets", NEAR as u64)],
    text: Explanation {
        what: "The peer's SYN has number y and occupies it, so from then on every segment must \
               acknowledge at least y+1. This one acknowledges y or less (which says \"I have not \
               received your SYN\", though only who has received it sends an ACK), or, as the \
               first answer, a number above everything that the peer had sent.",
        why: "The other end stays in SYN-RECEIVED: it cannot take the handshake for completed, \
              and answers with a RST or with silence. The connection does not come about, or \
              only after a repetition.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1001",
            "A > B  ACK      seq=1001 ack=5000    <- must be 5001",
            "B > A  RST      seq=5000",
        ],
        excuses: &[
            "A segment of an earlier connection on the same ports: its numbers are known and \
             passed over.",
            "Two SYN-ACKs with different numbers: the ack may belong to either, and both are \
             compared.",
            "Data of the peer that the capture lost makes an ack above y+1 right: that form is \
             reported only when the peer shows that it had sent nothing more.",
            "The ack field of a RST counts for nothing here.",
        ],
    },
    wakes_on: Observations::ACK_NOT_BEYOND_ISN.union(Observations::ACK_BEYOND_SENT),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::ACK_NOT_BEYOND_ISN) {
        not_beyond_isn(case, noted, verdicts);
    }
    for noted in case.with(Observations::ACK_BEYOND_SENT) {
        if noted.saw(Observations::FIRST_AFTER_SYN) {
            beyond_isn(case, noted, verdicts);
        }
    }
}

fn not_beyond_isn(case: &Case<'_>, noted: &Noted, verdicts: &mut Verdicts) {
    let peer = noted.side.peer();
    let fits_another = openings(case, peer).any(|syn| {
        let reach = (1 << 16) + syn.payload_len;
        noted.ack.within(syn.seq + 1, syn.seq + reach)
    });
    if fits_another || may_be_of_previous(case, noted) {
        return;
    }
    let short = |syn: &Noted| syn.seq.offset_from(noted.ack);
    let nearest = openings(case, peer)
        .filter(|syn| syn.packet < noted.packet && short(syn) <= NEAR)
        .min_by_key(|syn| short(syn));
    let Some(syn) = nearest else { return };
    if opened_before(case, noted) {
        verdicts.say(verdict(noted, syn));
    } else {
        verdicts.withhold(Need::SynSelf);
    }
}

/// A SYN of the end was captured before; else what it sends may show the numbers of a
/// connection that the capture does not hold.
fn opened_before(case: &Case<'_>, noted: &Noted) -> bool {
    openings(case, noted.side).any(|own| own.packet < noted.packet)
}

/// The other end's answer to it is `<SEQ=SEG.ACK><CTL=RST>`.
fn is_reset(case: &Case<'_>, noted: &Noted) -> bool {
    case.resets(noted.side.peer()).any(|rst| {
        let answers = rst
            .before
            .peer_last
            .is_some_and(|last| last.packet == noted.packet);
        let at_once = rst
            .before
            .own_last
            .is_none_or(|last| last.packet < noted.packet);
        answers && at_once && !rst.is_ack() && rst.seq == noted.ack
    })
}

fn beyond_isn(case: &Case<'_>, noted: &Noted, verdicts: &mut Verdicts) {
    let peer = noted.side.peer();
    let only_syn = noted
        .before
        .peer_last
        .and_then(|last| openings(case, peer).find(|syn| syn.packet == last.packet));
    let Some(syn) = only_syn else { return };
    let beyond = noted.ack.distance_from(syn.end());
    let near = 0 < beyond && beyond.unsigned_abs() <= NEAR;
    if !near || case.acks_a_syn_of(peer, noted.ack) || may_be_of_previous(case, noted) {
        return;
    }
    let contradicted = case
        .with(Observations::CONTRADICTS_ACK)
        .any(|other| other.about == Some(noted.packet) && other.end() != noted.ack);
    if !opened_before(case, noted) {
        verdicts.withhold(Need::SynSelf);
    } else if contradicted || is_reset(case, noted) {
        verdicts.say(verdict(noted, syn).certainty(Certainty::Likely));
    } else {
        verdicts.withhold(Need::NoCaptureLoss);
    }
}

fn verdict(noted: &Noted, syn: &Noted) -> Verdict {
    let right = syn.seq + 1;
    let what = if syn.is_ack() { "SYN-ACK" } else { "SYN" };
    Verdict::about(
        noted,
        format!(
            "{} acknowledges {}, but the {what} (packet {}) has number {}, so it must \
             acknowledge {}{right}.",
            the_capital(noted.side),
            noted.ack,
            named(syn.packet),
            syn.seq,
            if noted.ack.after(right) {
                "just "
            } else {
                "at least "
            },
        ),
    )
    .related([syn.packet])
    .expected(Numbers::default().ack_range(right, right + syn.payload_len))
    .observed(Numbers::default().seq(noted.seq).ack(noted.ack))
}
