//! HS016: the client accepts a SYN-ACK that does not acknowledge its SYN.
//!
//! RFC 9293, 3.10.7.3, first step: SEG.ACK =< ISS or SEG.ACK > SND.NXT: send
//! `<SEQ=SEG.ACK><CTL=RST>`. The condition: every SYN of B with ISS y is a
//! SYN-ACK whose ack fits no SYN of A (wherever in the capture), and A then
//! sends ACK=1, RST=0 with SEG.ACK in [y+1, SMAX(B)]. A correct SYN-ACK that
//! the capture lost would excuse A, hence definite only without loss. Where the
//! ack is far off (HS002), a box that rewrites ISNs on one side of the monitor
//! gives the same picture, so then (beside the catalogue) it is likely at most.

use std::cell::LazyCell;

use hashbrown::HashSet;

use super::opening::{NEAR, may_be_of_previous, openings, took_unseen_syn_data};
use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS016",
    name: "unacceptable-synack-accepted",
    title: "Client accepted a SYN-ACK that does not acknowledge its SYN",
    group: Group::HS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::SynSelf, Need::SynPeer, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.3"],
    folds: &[("HS017", Scope::SameEndpoint)],
    thresholds: &[],
    text: Explanation {
        what: "The SYN-ACK does not acknowledge the client's SYN, so it answers something else. \
               The client must refuse it with a RST that carries the acknowledged number. This \
               one acknowledged it and went on as if the handshake were complete.",
        why: "The check is what protects a connection from old duplicates and from strangers who \
              guess: without it, anyone can complete a handshake that he has not seen.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1000",
            "A > B  ACK      seq=1001 ack=5001    <- must be RST seq=1000",
        ],
        excuses: &[
            "The correct SYN-ACK came as well and the capture lost it: definite only when the \
             capture is known to be whole, and withheld where anything shows loss.",
            "A box that rewrites sequence numbers on one side of the monitor: when the ack is \
             far off, the finding is no more than likely.",
        ],
    },
    wakes_on: Observations::SYN_ACK_UNFITTING,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    // Worked out once for each server: there may be a great many of each.
    let acceptable = Side::BOTH.map(|server| {
        LazyCell::new(move || {
            let fits =
                |other: &&Noted| !other.is_ack() || case.acks_a_syn_of(server.peer(), other.ack);
            let numbers = openings(case, server).filter(fits).map(|other| other.seq);
            numbers.collect::<HashSet<SeqNo>>()
        })
    });
    for synack in case.with(Observations::SYN_ACK_UNFITTING) {
        let client = synack.side.peer();
        let [of_client, of_server] = &acceptable;
        let acceptable = match synack.side {
            Side::Client => of_client,
            Side::Server => of_server,
        };
        let Some(syn) = case.syns(client).next() else {
            continue;
        };
        if acceptable.contains(&synack.seq) || case.acks_a_syn_of(client, synack.ack) {
            continue;
        }
        let accepted = case.of(client).find(|noted| accepts(case, synack, noted));
        let Some(accepted) = accepted else { continue };
        if took_unseen_syn_data(case, synack) {
            verdicts.withhold(Need::NoCaptureLoss);
            continue;
        }
        let mut verdict = Verdict::about(
            accepted,
            format!(
                "{} accepted the SYN-ACK (packet {}), which acknowledges {} and not its SYN \
                 (packet {}, number {}); RFC 9293 asks for a RST.",
                the_capital(client),
                named(synack.packet),
                synack.ack,
                named(syn.packet),
                syn.seq,
            ),
        );
        let near = openings(case, client)
            .any(|syn| synack.ack.distance_from(syn.seq + 1).unsigned_abs() <= NEAR);
        if !near {
            verdict = verdict.certainty(Certainty::Likely);
        }
        verdicts.say(
            verdict
                .related([synack.packet, syn.packet])
                .expected(Numbers::default().flags_text("RST").seq(synack.ack))
                .observed(
                    Numbers::default()
                        .flags(accepted.flags)
                        .seq(accepted.seq)
                        .ack(accepted.ack),
                ),
        );
    }
}

/// `noted` acknowledges the opening that `synack` began.
fn accepts(case: &Case<'_>, synack: &Noted, noted: &Noted) -> bool {
    let sent = noted.before.peer_next.unwrap_or(synack.end());
    noted.packet > synack.packet
        && noted.is_ack()
        && !noted.is_rst()
        && !noted.is_void()
        && noted.ack.within(synack.seq + 1, sent.later(synack.end()))
        && !may_be_of_previous(case, noted)
}
