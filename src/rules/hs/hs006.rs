//! HS006: both ends opened at the same time.
//!
//! RFC 9293, 3.5, figure 7, and MUST-10: both ends sent a SYN without ACK in
//! one incarnation, and at least one of them then sent a SYN-ACK with SEQ =
//! its own ISS and ACK = the other's ISS+1 (behind the data of the SYN, if it
//! took that in). Both facts are numbers on the wire, hence definite anywhere.
//! An incarnation with exchanged roles is kept apart by the tracker.

use super::opening::openings;
use crate::machine::noted::Noted;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS006",
    name: "simultaneous-open",
    title: "Both ends opened at the same time",
    group: Group::HS,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections, Need::SynSelf, Need::SynPeer],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.5 (MUST-10)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Each end sent a SYN before it had received the other's, so the two crossed on the \
               way. Each then answers with a SYN-ACK that repeats its own number, and one \
               connection comes about, not two.",
        why: "Nothing is wrong: every TCP has to support it. It is rare, though, since both ends \
              must use a fixed port, and worth knowing when one asks who opened the connection: \
              both did.",
        exchange: &[
            "A > B  SYN      seq=100",
            "B > A  SYN      seq=300",
            "A > B  SYN,ACK  seq=100 ack=301",
            "B > A  SYN,ACK  seq=300 ack=101",
        ],
        excuses: &[
            "A server that splits its SYN-ACK in two looks alike: HS005 speaks where the times \
             say so.",
            "Two connections with exchanged roles, one after the other, on the same ports: they \
             are told apart by their numbers.",
        ],
    },
    wakes_on: Observations::SYN_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let firsts = Side::BOTH.map(|side| case.syns(side).next());
    let [Some(one), Some(other)] = firsts else {
        return;
    };
    let (first, second) = if one.packet < other.packet {
        (one, other)
    } else {
        (other, one)
    };
    let repeats_own = |synack: &Noted| case.syns(synack.side).any(|syn| syn.seq == synack.seq);
    let answers_syn = |synack: &Noted| {
        case.syns(synack.side.peer())
            .any(|syn| synack.ack.within(syn.seq + 1, syn.end()))
    };
    let confirmed = Side::BOTH
        .into_iter()
        .flat_map(|side| openings(case, side))
        .filter(|noted| noted.is_syn_ack() && repeats_own(noted) && answers_syn(noted))
        .min_by_key(|noted| noted.packet);
    let Some(synack) = confirmed else { return };
    verdicts.say(
        Verdict::about(
            second,
            format!(
                "Both ends sent a SYN (packets {} and {}), and the SYN-ACK in packet {} repeats \
                 its sender's own number: a simultaneous open.",
                named(first.packet),
                named(second.packet),
                named(synack.packet),
            ),
        )
        .endpoint(None)
        .related([first.packet, synack.packet])
        .observed(Numbers::default().flags(second.flags).seq(second.seq)),
    );
}
