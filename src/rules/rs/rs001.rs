//! RS001: the RST that refuses a SYN has the wrong numbers.
//!
//! RFC 9293, 3.5.2, group 1 and 3.10.7.1: with no connection, and no ACK in
//! what arrived, the answer is `<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>`,
//! and 3.10.7.3 accepts it only if the ack covers the SYN. Condition: E has
//! sent nothing but RSTs, P had sent nothing but SYNs, and E's RST has no ACK,
//! or an ack in `x+1 ..= x+SEG.LEN` of none of those SYNs (`wrong-ack`); or the
//! ack is right and SEG.SEQ is not 0 (`seq-not-zero`). An ack that leaves out
//! the data of the SYN is accepted, as stacks that do not look at it send that.
//!
//! E has no history, so the form is fixed; that it has none takes a capture
//! that lost nothing. And, beside the catalogue, one at E: away from it, the
//! path may have lost E's SYN-ACK (or what E sent on an older connection) before
//! the monitor, and the RST is an ABORT with SEQ = SND.NXT. Only a RST,ACK
//! numbered 0 is none. So any other is likely at most, and nothing is said when it
//! comes a second or more after the SYN: nobody aborts as fast as a host refuses.
//! Left out: a connection in which E also sent a SYN or SYN-ACK (the RST may then
//! answer something else), and a RST with the numbers of the connection before.

use crate::rules::prelude::*;
use crate::segment::{Flags, NS_PER_S};
use crate::seq::SeqNo;

/// Numbers of the connection before lie no further from its end.
const NEAR_OCTETS: u32 = 1 << 16;
/// A host that refuses a SYN does so sooner.
const AT_ONCE_NS: i64 = NS_PER_S;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS001",
    name: "rst-to-syn-malformed",
    title: "RST answering a SYN has the wrong numbers",
    group: Group::RS,
    severity: Severity::Error,
    cases: &[
        ("wrong-ack", Severity::Error),
        ("seq-not-zero", Severity::Warning),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::SynPeer, Need::NoCaptureLoss, Need::BothDirections],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.5.2", "RFC 9293 3.10.7.1", "RFC 9293 3.10.7.3"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A SYN to a port where nobody listens is refused with RST,ACK. Its sequence number \
               is 0 and it acknowledges what it answers: x+1 for a SYN numbered x (more if the SYN \
               carries data). This RST has another number, or no ACK at all.",
        why: "The client believes a reset in SYN-SENT only if it acknowledges its SYN; anybody \
              could forge it otherwise. With a wrong ack the client ignores the refusal, repeats \
              its SYN and waits for its timeout, often a minute or more, where it should fail at \
              once. A sequence number other than 0 does no harm to the client, but shows that the \
              RST was made by something that does not follow the RFC.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  RST,ACK  seq=0 ack=1000     <- must be ack=1001",
            "A > B  SYN      seq=1000           (ignored the reset, tries again)",
        ],
        excuses: &[
            "A firewall or intrusion prevention system refuses in the server's name: then it is \
             that box which does not keep to the RFC.",
            "The RST may answer another segment of the client that the capture does not hold (it \
             would have that segment's ack as its number and no ACK flag): without proof that the \
             capture is complete this is only likely.",
            "The RST may be the abort of a connection whose SYN-ACK was lost on the path, before \
             the monitor: unless the capture was taken at the end that sent it, a number other \
             than 0 is at most likely a fault, and none where it comes late.",
            "A SYN with data or FIN: every ack from x+1 to its end is accepted.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    if case.connection.mid_stream {
        return;
    }
    for side in Side::BOTH {
        let (own, peer) = (case.end(side), side.peer());
        // SYNs that opened nothing count as well.
        let sent_syn = case.of(side).any(|noted| noted.is_syn() && !noted.is_rst());
        if sent_syn || own.syn.is_some() || own.sent_after_syn {
            continue;
        }
        for rst in case.resets(side).filter(|rst| !rst.is_syn()) {
            let only_syns = case
                .of(peer)
                .filter(|noted| noted.packet < rst.packet)
                .all(|noted| noted.is_bare_syn());
            if only_syns {
                judge(case, rst, verdicts);
            }
        }
    }
}

fn judge(case: &Case<'_>, rst: &Noted, verdicts: &mut Verdicts) {
    let syns = case.syns(rst.side.peer());
    let Some(syn) = syns
        .filter(|syn| syn.packet < rst.packet)
        .min_by_key(|syn| rst.ack.distance_from(syn.seq + 1).unsigned_abs())
    else {
        return;
    };
    let right_ack = rst.is_ack() && case.acks_a_syn_of(rst.side.peer(), rst.ack);
    let who = rst.side.name();
    let (name, message) = if !right_ack && rst.is_ack() {
        (
            "wrong-ack",
            format!(
                "The {who} refuses the SYN (packet {}, number {}) with a RST that acknowledges \
                 {} where {} is due; the {} must ignore it.",
                named(syn.packet),
                syn.seq,
                rst.ack,
                syn.seq + syn.len(),
                rst.side.peer().name(),
            ),
        )
    } else if !right_ack {
        (
            "wrong-ack",
            format!(
                "The {who} refuses the SYN (packet {}) with a RST without ACK; it must be RST,ACK \
                 acknowledging {}, or the {} ignores it.",
                named(syn.packet),
                syn.seq + syn.len(),
                rst.side.peer().name(),
            ),
        )
    } else if rst.seq != SeqNo(0) {
        (
            "seq-not-zero",
            format!(
                "The {who} refuses the SYN (packet {}) with a RST numbered {}; with no connection \
                 it has number 0.",
                named(syn.packet),
                rst.seq,
            ),
        )
    } else {
        return;
    };
    let at_sender = case.vantage.is_proven_at(rst.side);
    let may_abort = !(at_sender || rst.is_ack() && rst.seq == SeqNo(0));
    let late = may_abort && rst.time.since(syn.time) >= AT_ONCE_NS;
    if late || answers_previous(case, rst) {
        return;
    }
    let verdict = Verdict::about(rst, message)
        .case(name)
        .related([syn.packet])
        .expected(
            Numbers::default()
                .seq(SeqNo(0))
                .ack_range(syn.seq + 1, syn.seq + syn.len())
                .flags(Flags::RST | Flags::ACK),
        )
        .observed(observed(rst));
    // A number far off is rather that of another SYN, which came late.
    let near = rst.ack.distance_from(syn.seq).unsigned_abs() <= NEAR_OCTETS;
    let elsewhere = rst.is_ack() && rst.ack != SeqNo(0) && !near;
    verdicts.say(if may_abort || elsewhere {
        verdict.certainty(Certainty::Likely)
    } else {
        verdict
    });
}

/// It answers a late segment of the connection before: its SYN, or one with an
/// ack (the number of the RST) of what this end had sent there.
fn answers_previous(case: &Case<'_>, rst: &Noted) -> bool {
    let numbers = |side| {
        case.previous
            .and_then(|previous| previous.ends.of(side).snd_next)
    };
    if rst.is_ack() {
        let late_syn = numbers(rst.side.peer()) == Some(rst.ack);
        return late_syn || numbers(rst.side) == Some(rst.seq);
    }
    let behind = |next: SeqNo| next.distance_from(rst.seq).unsigned_abs() <= NEAR_OCTETS;
    numbers(rst.side).is_some_and(behind)
}

fn observed(rst: &Noted) -> Numbers {
    let numbers = Numbers::default().seq(rst.seq).flags(rst.flags);
    if rst.is_ack() {
        numbers.ack(rst.ack)
    } else {
        numbers
    }
}
