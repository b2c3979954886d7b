//! TD015: a FIN is sent before the SYN was acknowledged.
//!
//! RFC 9293, 3.10.4: CLOSE in SYN-SENT just deletes the TCB; figure 5 has no
//! FIN before SYN-RECEIVED. E opened with a SYN without ACK, no segment of P
//! had passed the monitor, E had sent no acknowledgment, and it sends FIN=1 at
//! its own next number, with ACK clear, with SEG.ACK = 0, or with an ack that
//! fits no SYN of P seen later. A FIN whose ack may be a real y+1 is not
//! judged: it shows rather that the capture lost the SYN-ACK. Excluded as well:
//! a FIN with numbers unlike the SYN's (a FIN scan on the same ports). An
//! unseen SYN-ACK would allow the FIN, so where it is unknown whether the
//! capture lost something, it is only likely.

use super::closing;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD015",
    name: "fin-before-synchronized",
    title: "FIN sent before the SYN was acknowledged",
    group: Group::TD,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::SynSelf,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
        Need::BothDirections,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.3.2", "RFC 9293 3.10.4"],
    folds: &[
        ("HS017", Scope::SameEndpoint),
        ("HS003", Scope::SamePacket),
        ("FL005", Scope::SamePacket),
        ("TD017", Scope::Connection),
        ("RT014", Scope::SameEndpoint),
    ],
    thresholds: &[],
    text: Explanation {
        what: "The opener has sent its SYN and nothing has come back, so it is in SYN-SENT. From \
               there a program that closes leaves no trace: the attempt is simply dropped. This \
               end sends a FIN instead, on a connection that does not exist yet.",
        why: "The other end is in LISTEN or SYN-RECEIVED and cannot take the FIN for the end of \
              anything; it drops it or answers with a RST. A half-open connection is left behind.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "A > B  FIN,ACK  seq=1001 ack=0    <- nothing has come from B yet",
        ],
        excuses: &[
            "The SYN-ACK is missing in the capture: then the FIN acknowledges a real number, and \
             it is not judged.",
            "A capture of one direction only: not judged either.",
            "A FIN scan on the ports of an earlier SYN: its numbers do not continue the SYN's.",
        ],
    },
    wakes_on: Observations::FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for fin in case.with(Observations::FIN) {
        // Of nearly every FIN this is all there is to ask.
        if fin.before.peer_last.is_some() || fin.before.peer_next.is_some() {
            continue;
        }
        let peer = fin.side.peer();
        let opened = case
            .syns(fin.side)
            .any(|syn| syn.packet < fin.packet && fin.seq.within(syn.seq + 1, syn.seq + syn.len()));
        let judged = !fin.is_syn() && !fin.is_rst() && !closing::is_corrupt(fin);
        let acknowledged_before = case
            .of(fin.side)
            .any(|n| n.packet < fin.packet && n.is_ack() && !n.is_rst() && n.ack.0 != 0);
        if !(judged && opened) || acknowledged_before {
            continue;
        }
        let isn = case.end(peer).iss();
        let acks_nothing = !fin.is_ack() || fin.ack.0 == 0 && isn.is_none_or(|y| (y + 1).0 != 0);
        let acks_other = isn.is_some() && fin.is_ack() && !case.acks_a_syn_of(peer, fin.ack);
        if !acks_nothing && !acks_other {
            continue;
        }
        let verdict = Verdict::about(
            fin,
            format!(
                "{} sends a FIN although nothing of its peer has come since its SYN: in SYN-SENT \
                 there is no connection to close.",
                the_capital(fin.side),
            ),
        );
        let syn = case.syns(fin.side).next().map(|syn| syn.packet);
        verdicts.say(
            verdict.related(syn).observed(
                Numbers::default()
                    .seq(fin.seq)
                    .ack(fin.ack)
                    .flags(fin.flags),
            ),
        );
    }
}
