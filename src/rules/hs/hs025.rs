//! HS025: the server accepts a third segment that does not acknowledge its SYN.
//!
//! RFC 9293, 3.10.7.4, fifth step, SYN-RECEIVED: if SND.UNA < SEG.ACK =<
//! SND.NXT does not hold, send `<SEQ=SEG.ACK><CTL=RST>`. The condition: B sent
//! SYN-ACK y; A sent at least one segment with ACK, and none whose ack lies in
//! [y+1, SMAX(B)]; and B all the same acknowledges octets or a FIN of A beyond
//! those of its SYN, or (when A's acks are all too high) sends data. B's data
//! while A's acks are too low is HS017, which takes this one under it. Sound
//! with everything that passed (K_may): a fitting ACK of A that the capture
//! lost is the one excuse. Such an ACK occupies no number and leaves no trace,
//! so where loss is unknown this is likely; the catalogue misses that here.

use super::opening::{may_be_of_previous, openings};
use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS025",
    name: "bad-handshake-ack-accepted",
    title: "Server accepted a third segment that does not acknowledge its SYN",
    group: Group::HS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::SynSelf,
        Need::SynPeer,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.4", "RFC 9293 3.5.2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "None of the client's segments acknowledged the server's SYN, so the handshake was \
               never completed. The server must refuse such a segment with a RST that carries its \
               ack. It went on as if the connection were open.",
        why: "The third segment proves that the client has seen the SYN-ACK. A server that does \
              not check it accepts connections from forged addresses, and takes old duplicates \
              for new ones.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1001",
            "A > B  PSH,ACK  seq=1001 ack=5000 len=10    (HS003)",
            "B > A  ACK      seq=5001 ack=1011           <- RST seq=5000 expected",
        ],
        excuses: &[
            "The right ACK came as well, on another path or lost by the capture: definite only \
             when the capture is known to be whole.",
            "Fast Open: the server may acknowledge the data of the SYN, and answer it, before \
             any ACK: only octets behind the SYN's count.",
            "Several SYN-ACKs with different numbers: an ack of any of them is right.",
        ],
    },
    wakes_on: Observations::ACK_NOT_BEYOND_ISN.union(Observations::ACK_BEYOND_SENT),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for server in Side::BOTH {
        let goes_on = case.of(server).find_map(|noted| {
            let bad = bad_ack_before(case, noted)?;
            (!noted.is_syn() && !noted.is_rst() && accepts(case, noted, bad))
                .then_some((noted, bad))
        });
        let Some((noted, bad)) = goes_on else {
            continue;
        };
        let Some(synack) = case.syn_acks(server).next() else {
            continue;
        };
        verdicts.say(
            Verdict::about(
                noted,
                format!(
                    "{} goes on as if the connection were open, but {} has acknowledged {} \
                     (packet {}) and never {}, the number behind the SYN-ACK (packet {}).",
                    the_capital(server),
                    the(server.peer()),
                    bad.ack,
                    named(bad.packet),
                    synack.seq + 1,
                    named(synack.packet),
                ),
            )
            .related([synack.packet, bad.packet])
            .expected(Numbers::default().flags_text("RST").seq(bad.ack))
            .observed(
                Numbers::default()
                    .flags(noted.flags)
                    .seq(noted.seq)
                    .ack(noted.ack)
                    .len(noted.payload_len),
            ),
        );
    }
}

/// The first of the client's segments with ACK before `noted`, if none of
/// them fits a SYN-ACK of the server.
fn bad_ack_before<'a>(case: &Case<'a>, noted: &Noted) -> Option<&'a Noted> {
    let (server, client) = (noted.side, noted.side.peer());
    let sent = noted.before.own_next?;
    let fits = |ack: SeqNo| {
        openings(case, server).any(|syn| ack.within(syn.seq + 1, syn.end().later(sent)))
    };
    // Every ack that fits raised this one, whether or not its segment was noted.
    if case.syn_acks(server).next().is_none() || noted.before.peer_ack.is_some_and(fits) {
        return None;
    }
    let mut acks = case.of(client).filter(|other| {
        other.packet < noted.packet
            && other.is_ack()
            && !other.is_syn()
            && !other.is_rst()
            && !other.is_void()
            && !may_be_of_previous(case, other)
    });
    let first = acks.next()?;
    (!fits(first.ack) && !acks.any(|other| fits(other.ack))).then_some(first)
}

fn accepts(case: &Case<'_>, noted: &Noted, bad: &Noted) -> bool {
    let client = noted.side.peer();
    let Some(syn_end) = case
        .syns(client)
        .map(|noted| noted.end())
        .reduce(SeqNo::later)
    else {
        return false;
    };
    let client_sent = noted
        .before
        .peer_next
        .is_some_and(|next| noted.ack.at_or_before(next));
    let takes_in = noted.is_ack() && noted.ack.after(syn_end) && client_sent;
    let too_high = noted
        .before
        .own_next
        .is_some_and(|next| bad.ack.after(next));
    // A server that is at that number itself had sent the octets before it,
    // and data that ends there was stored late: then the capture is to blame.
    let sent_unseen = too_high && (noted.seq.at_or_after(bad.ack) || noted.end() == bad.ack);
    !sent_unseen && (takes_in || too_high && noted.payload_len > 0)
}
