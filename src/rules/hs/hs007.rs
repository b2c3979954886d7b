//! HS007: the SYN-ACK of a simultaneous open uses another ISN.
//!
//! RFC 9293, 3.10.7.3, fourth step: an end in SYN-SENT that receives a SYN
//! without ACK forms `<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>`, with the ISS of
//! its own SYN. The condition: E sent SYN i, then SYN-ACK with SEG.SEQ other
//! than any ISN of its SYNs, acknowledging a SYN of the peer, with no RST of E
//! in between and E's latest SYN less than a second (the initial RTO, RFC 6298,
//! 2.1) before: so long it waits, while one that closed its socket, which leaves
//! no trace in SYN-SENT, may accept the peer's SYN on a listening one. Some
//! stacks do send a RST then; away from E the path may have lost it before the
//! monitor. So, unlike in the catalogue, definite only in a capture at E.

use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::NS_PER_S;

/// A SYN is outstanding at least this long: the initial RTO.
const OUTSTANDING_S: u64 = 1;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS007",
    name: "simultaneous-open-new-iss",
    title: "SYN-ACK of a simultaneous open uses another ISN",
    group: Group::HS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::SynSelf, Need::BothDirections],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.5 (MUST-10)", "RFC 9293 3.10.7.3"],
    folds: &[("HS010", Scope::Connection), ("HS014", Scope::SameEndpoint)],
    thresholds: &[("outstanding_s", OUTSTANDING_S)],
    text: Explanation {
        what: "This end had sent a SYN of its own when the other end's SYN arrived. The two \
               crossed, so its SYN-ACK is the same SYN once more, with an ACK added, and must \
               carry the same initial sequence number. It carries another.",
        why: "The other end has the first SYN already, or will have it soon, and then two \
              sequence numbers for one connection. Whichever it believes, the data of the other \
              numbering is lost or reset.",
        exchange: &[
            "A > B  SYN      seq=100",
            "B > A  SYN      seq=300",
            "A > B  SYN,ACK  seq=777 ack=301    <- must be seq=100",
        ],
        excuses: &[
            "The program gave its attempt up and accepted the other end's on a listening socket: \
             legal, so nothing is said when its own SYN is a second old or more, or when it \
             sent a RST in between.",
            "Two hosts behind one translated address, one opening, the other listening.",
        ],
    },
    wakes_on: Observations::ISN_CHANGED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for synack in case.with(Observations::ISN_CHANGED) {
        if !synack.is_syn_ack() || synack.is_void() {
            continue;
        }
        let side = synack.side;
        let own = || case.syns(side).filter(|syn| syn.packet < synack.packet);
        let Some(syn) = own().last() else { continue };
        let answers_a_syn = case
            .syns(side.peer())
            .any(|other| synack.ack.within(other.seq + 1, other.end()));
        let gave_up = case
            .resets(side)
            .any(|rst| rst.packet > syn.packet && rst.packet < synack.packet);
        let outstanding =
            synack.time.since(syn.time) < i64::try_from(OUTSTANDING_S).unwrap_or(0) * NS_PER_S;
        if own().any(|syn| syn.seq == synack.seq) || !answers_a_syn || gave_up || !outstanding {
            continue;
        }
        let certainty = if case.vantage.is_proven_at(side) {
            Certainty::Definite
        } else {
            Certainty::Likely
        };
        verdicts.say(
            Verdict::about(
                synack,
                format!(
                    "{} answers the crossing SYN with a SYN-ACK numbered {}, but its own SYN \
                     (packet {}) has number {}, which the SYN-ACK must repeat.",
                    the_capital(side),
                    synack.seq,
                    named(syn.packet),
                    syn.seq,
                ),
            )
            .certainty(certainty)
            .related([syn.packet])
            .expected(Numbers::default().seq(syn.seq).ack(synack.ack))
            .observed(Numbers::default().seq(synack.seq).ack(synack.ack)),
        );
    }
}
