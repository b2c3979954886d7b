//! HS011: the SYN-ACK is repeated although the handshake's ACK was seen.
//!
//! RFC 9293, 3.10.8 and 3.10.7.4. The condition: a segment of A with SEG.ACK
//! at least y+1 and SEG.SEQ = x+1 (the bare ACK or the first data) passed at
//! t0, and B sends SYN-ACK y again more than a round trip later (200 ms where
//! the handshake shows none). Both are numbers on the wire, hence definite;
//! why B repeated it is open, so nobody is blamed.

use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS011",
    name: "synack-repeated-after-ack",
    title: "SYN-ACK repeated although the handshake ACK was seen",
    group: Group::HS,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections, Need::SynSelf, Need::SynPeer],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.10.8", "RFC 9293 3.10.7.4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The third segment of the handshake passed the capture, yet the server sent its \
               SYN-ACK once more. Either the ACK was lost behind the capture, or the server \
               received it and took no notice.",
        why: "The client believes the connection to be open, the server does not yet. What the \
              client sends meanwhile is dropped and must be sent again, which users see as a \
              delay of a second or more. Seen often, it points to a full accept queue. \
              The third segment has no timer of its own, so the client repeats it only in answer \
              to a repeated SYN-ACK.",
        exchange: &[
            "B > A  SYN,ACK  seq=5000 ack=1001",
            "A > B  ACK      seq=1001 ack=5001",
            "B > A  SYN,ACK  seq=5000 ack=1001    <- the ACK did not count",
            "A > B  ACK      seq=1001 ack=5001",
        ],
        excuses: &[
            "Two SYN-ACKs that were sent before the ACK arrived: only one sent more than a round \
             trip after the ACK counts.",
            "A server may wait for the first data on purpose (TCP_DEFER_ACCEPT on Linux), or \
             ignore the ACK while its queue is full.",
        ],
    },
    wakes_on: Observations::SYN_REPEATED.union(Observations::SYN_WHEN_SYNCHRONIZED),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let mut first: Option<&Noted> = None;
        for synack in case.syn_acks(side) {
            match first {
                Some(known) if known.seq == synack.seq => again(case, known, synack, verdicts),
                _ => first = Some(synack),
            }
        }
    }
}

fn again(case: &Case<'_>, first: &Noted, synack: &Noted, verdicts: &mut Verdicts) {
    let completes = |noted: &&Noted| {
        noted.packet > first.packet
            && noted.packet < synack.packet
            && noted.is_ack()
            && !noted.is_syn()
            && !noted.is_rst()
            && !noted.is_void()
            && noted.ack.at_or_after(first.seq + 1)
            && noted.seq == first.ack
    };
    let Some(ack) = case.of(first.side.peer()).find(completes) else {
        return;
    };
    let late = synack.time.since(ack.time);
    if late <= case.rtt_or_default_ns() {
        return;
    }
    verdicts.say(
        Verdict::about(
            synack,
            format!(
                "{} repeated its SYN-ACK (first in packet {}), although packet {} had \
                 acknowledged it with {}.",
                the_capital(synack.side),
                named(first.packet),
                named(ack.packet),
                ack.ack,
            ),
        )
        .related([first.packet, ack.packet])
        .observed(
            Numbers::default()
                .flags(synack.flags)
                .seq(synack.seq)
                .ack(synack.ack)
                .time(late),
        ),
    );
}
