//! HS017: data is sent before the handshake was acknowledged.
//!
//! RFC 9293, 3.10.2: SEND in SYN-SENT and SYN-RECEIVED: "Queue the data for
//! transmission after entering ESTABLISHED". The condition: E sends data
//! outside its SYN while no segment of P with ACK and SEG.ACK >= ISS(E)+1 has
//! passed. Sound with everything that passed (K_may), so an unseen ACK is the
//! one excuse: definite only without loss. Excluded: a server whose received
//! SYN carried a Fast Open cookie, and (beside the catalogue) one whose SYN-ACK
//! took in data of the SYN, which Fast Open servers may be set up to do without
//! a cookie. An ACK of P beyond all that E had sent counts as one here (HS025
//! looks at those). Also excluded: E's segment acknowledges a SYN-ACK that
//! acknowledges E's SYN, or echoes a TSval that P sent only later than its SYN,
//! which proves receipt; or P's ACK is stored within a millisecond behind, as
//! frames of two interfaces may be stored in the wrong order, unless the
//! capture was taken at E, where its own order is the order of sending.
//!
//! A third segment that the capture lost is common and leaves no trace, so
//! where loss is unknown more is asked for (beside the catalogue): that P's ACK
//! of just the SYN follows behind the data, as it does when E did not wait for
//! it, or that all P had acknowledged before was wrong (HS003). Else it is
//! withheld.

use super::opening::openings;
use crate::machine::noted::Noted;
use crate::rules::needs::{Standing, standing};
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_MS;
use crate::seq::SeqNo;

/// Frames closer than this may be stored in the wrong order.
const ORDER_SLACK_NS: i64 = NS_PER_MS;

/// Fast Open cookies have at least so many octets (RFC 7413, 4.1.1).
const COOKIE_OCTETS: u8 = 4;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS017",
    name: "data-before-established",
    title: "Data sent before the handshake was acknowledged",
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
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.2", "RFC 7413 4.2.2"],
    folds: &[("HS008", Scope::SamePacket), ("HS025", Scope::SameEndpoint)],
    thresholds: &[],
    text: Explanation {
        what: "Until an end knows that its SYN has arrived, it keeps its data back. This one sent \
               data although no segment that acknowledges its SYN had passed yet.",
        why: "Whoever sends before the handshake is complete has not made sure that the other \
              side exists and asked for it. A server that does so can be made to send to a forged \
              address; a client that does so loses the data.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1001",
            "B > A  PSH,ACK  seq=5001 ack=1001 len=100    <- nobody has acknowledged 5001 yet",
        ],
        excuses: &[
            "The ACK did pass and the capture lost it: unless the capture is known to be whole, \
             the ACK has to turn up behind the data, and the finding is only likely.",
            "Fast Open (RFC 7413): a server that was shown a valid cookie may answer before the \
             third segment.",
            "A FIN without data may leave SYN-RECEIVED: not judged here.",
            "Frames stored in the wrong order: an ACK stored less than a millisecond behind the \
             data counts as before it, unless the capture was taken at the sender.",
        ],
    },
    wakes_on: Observations::DATA_BEFORE_SYN_ACKED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::DATA_BEFORE_SYN_ACKED) {
        let Some(syn) = openings(case, noted.side)
            .filter(|syn| syn.packet < noted.packet)
            .last()
        else {
            continue;
        };
        if is_fast_open(case, noted) || is_excused(case, noted, syn) {
            continue;
        }
        let lossless = standing(Need::NoCaptureLoss, case, noted.side) == Standing::Met;
        if !lossless && !ack_was_still_to_come(case, noted, syn) {
            verdicts.withhold(Need::NoCaptureLoss);
            continue;
        }
        let what = if syn.is_ack() { "SYN-ACK" } else { "SYN" };
        verdicts.say(
            Verdict::about(
                noted,
                format!(
                    "{} sends {} octets of data, although nothing of {} has acknowledged its \
                     {what} (packet {}) with {} yet.",
                    the_capital(noted.side),
                    noted.payload_len,
                    the(noted.side.peer()),
                    named(syn.packet),
                    syn.seq + 1,
                ),
            )
            .related([syn.packet])
            .expected(Numbers::default().len(0))
            .observed(
                Numbers::default()
                    .seq(noted.seq)
                    .ack(noted.ack)
                    .len(noted.payload_len),
            ),
        );
    }
}

/// The sender may answer early: the SYN showed a cookie, or its data was
/// taken in all the same.
fn is_fast_open(case: &Case<'_>, noted: &Noted) -> bool {
    let cookie = |syn: &Noted| {
        syn.fast_open()
            .is_some_and(|option| option.cookie_len >= COOKIE_OCTETS)
    };
    let took_data = |syn: &Noted| {
        case.syn_acks(noted.side)
            .any(|synack| synack.ack.within(syn.seq + 2, syn.end()))
    };
    case.syns(noted.side.peer())
        .filter(|syn| syn.packet < noted.packet)
        .any(|syn| cookie(syn) || syn.payload_len > 0 && took_data(syn))
}

fn is_excused(case: &Case<'_>, noted: &Noted, syn: &Noted) -> bool {
    let peer = noted.side.peer();
    let at_sender = case.vantage.is_proven_at(noted.side);
    let acks = |other: &Noted| {
        other.is_ack()
            && !other.is_rst()
            && !other.is_void()
            && other.ack.within(syn.seq + 1, syn.seq + (1 << 30))
    };
    let acked = case.of(peer).any(|other| {
        let behind = other.time.since(noted.time);
        let beside = !at_sender && (0..ORDER_SLACK_NS).contains(&behind);
        acks(other) && (other.packet < noted.packet || beside)
    });
    acked || knows_synack(case, noted, syn) || echoes_later_segment(case, noted)
}

/// The peer shows that it had not acknowledged the SYN before: what it sends
/// next takes in the SYN and nothing behind it (and is no duplicate ACK), or
/// all it had acknowledged was a wrong number.
fn ack_was_still_to_come(case: &Case<'_>, noted: &Noted, syn: &Noted) -> bool {
    let peer = noted.side.peer();
    let counts = |other: &&Noted| other.is_ack() && !other.is_rst() && !other.is_void();
    let next = case
        .of(peer)
        .filter(counts)
        .find(|other| other.packet > noted.packet);
    let now = next.is_some_and(|other| {
        other.ack.within(syn.seq + 1, syn.end()) && other.options.sack_blocks().is_empty()
    });
    let wrong = case
        .of(peer)
        .filter(counts)
        .any(|other| other.packet < noted.packet && other.ack.at_or_before(syn.seq));
    now || wrong
}

/// It acknowledges a SYN-ACK of the peer that acknowledges its own SYN, so it
/// has received that, whether or not a copy was captured in time.
fn knows_synack(case: &Case<'_>, noted: &Noted, syn: &Noted) -> bool {
    let peer = noted.side.peer();
    noted.is_ack()
        && case.syns(peer).next().is_none()
        && case.syn_acks(peer).any(|synack| {
            synack.ack.within(syn.seq + 1, syn.end())
                && noted.ack.within(synack.seq + 1, synack.seq + (1 << 30))
        })
}

/// The TSecr shows that its sender had received more than the peer's SYN.
fn echoes_later_segment(case: &Case<'_>, noted: &Noted) -> bool {
    let Some((_, echo)) = noted.options.timestamps() else {
        return false;
    };
    let newest_syn = openings(case, noted.side.peer())
        .filter(|syn| syn.packet < noted.packet)
        .filter_map(|syn| syn.options.timestamps())
        .map(|(tsval, _)| SeqNo(tsval))
        .reduce(SeqNo::later);
    newest_syn.is_some_and(|tsval| SeqNo(echo).after(tsval))
}
