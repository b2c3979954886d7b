//! SQ005: a SACK block of octets that were never sent.
//!
//! RFC 2018, 3: a block names octets that were received, so all of it lies in what P
//! has sent. Two forms:
//! - The block lies where no octet of the connection can: it begins below ISS(P), ends
//!   behind P's FIN, or more than 2^30 octets (the largest window) beyond the ack.
//!   The number ISS(P) itself is the SYN's and may be reported, as a D-SACK of a
//!   repeated SYN, or of a keepalive right behind the opening.
//! - It ends beyond SMAX(P). This looks exactly like a segment that the capture has
//!   lost, so it is held as the early ACK of SQ001 is, until P contradicts it: P sends
//!   octets of the block for the first time (without a jump over others), stands
//!   below its end with an empty segment at SND.NXT, or ends its stream below it; more
//!   than a round trip later, since what crosses on the way contradicts nothing. Nothing
//!   of the sort until the end: CA003.
//!
//! Certainty. Octets that come only now may repeat a segment that the capture lost
//! (after a timeout a sender forgets what was reported, RFC 2018, 5.1), and an empty
//! segment may carry the edge of a window that has shrunk: likely. A FIN
//! is the end of P's stream for good: definite. The catalogue also takes a newer TSval of
//! P for proof; a repetition has one as well, so the round trip is asked for in every case.
//!
//! Case middlebox: some devices replace sequence numbers (to make old ISNs random, or after
//! they have changed the text of a protocol) and forget those in the SACK option. Then
//! *every* block of the end is off, all by one number. This is assumed where no block
//! of the end lay where it should, one number would put all of them right, and either several
//! blocks agree, or that number is larger than 2^24, as one drawn by chance is. SQ006 and
//! SQ008, which compare these blocks with the ack, are silent then.

use crate::machine::watch::sack::beyond::{Held, Refuted};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ005",
    name: "sack-of-unsent-data",
    title: "SACK block beyond anything sent",
    group: Group::SQ,
    severity: Severity::Error,
    cases: &[
        ("block-wrong", Severity::Error),
        ("middlebox", Severity::Notice),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::SynPeer, Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 2018 3", "RFC 2018 4"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "With SACK a receiver reports which octets beyond a hole have arrived. This one \
               reports octets that the other side has not sent: they lie outside of all its \
               numbers, or it sends them only later.",
        why: "The sender takes reported octets off its list of what to repeat. If they never \
              arrived they are missing for ever, and the connection hangs or breaks. Where every \
              block is off by the same number, a firewall has renumbered the stream and left the \
              SACK blocks as they were: SACK is then worse than useless on this path, and losses \
              are repaired only by timeouts. Such devices have a setting for it.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100",
            "B > A  ACK      ack=1001 SACK=1301-1401      <- A had sent up to 1101",
            "A > B  PSH,ACK  seq=1101 len=300             (proves it: 1301 comes only now)",
        ],
        excuses: &[
            "The capture lost the packets in between, by far the most frequent reason: as long \
             as nothing contradicts the block, it is CA003.",
            "Frames stored out of order, and what crossed the report on its way: a round trip \
             must lie between, and at least 10 ms.",
            "A device that shifts sequence numbers without those in SACK: then all blocks are off \
             by one number, and no end is accused.",
        ],
    },
    wakes_on: Observations::SACK_UNSENT,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(book) = case.watch(side).sack.book() else {
            continue;
        };
        let beyond = &book.beyond;
        let verdict = if beyond.is_shifted() {
            let first = beyond.nowhere().or(beyond.held());
            let first = first.or(beyond.refuted().map(|refuted| refuted.held));
            first.and_then(|held| shifted(case, &held))
        } else if let Some(held) = beyond.nowhere() {
            nowhere(case, &held)
        } else {
            beyond
                .refuted()
                .and_then(|refuted| contradicted(case, &refuted))
        };
        if let Some(verdict) = verdict {
            verdicts.say(verdict);
        }
    }
}

fn shifted(case: &Case<'_>, held: &Held) -> Option<Verdict> {
    let noted = case.packet(held.packet)?;
    let (left, right) = held.block;
    let verdict = about(
        noted,
        held,
        format!(
            "The {}'s SACK blocks, the first of them {left} to {}, all lie elsewhere than the \
             {}'s numbers, by the same distance: it seems that a device on the way shifts \
             sequence numbers and leaves those in SACK as they are.",
            noted.side.name(),
            right - 1,
            noted.side.peer().name(),
        ),
    );
    Some(verdict.case("middlebox").endpoint(None))
}

fn nowhere(case: &Case<'_>, held: &Held) -> Option<Verdict> {
    let noted = case.packet(held.packet)?;
    let (left, right) = held.block;
    let peer = noted.side.peer();
    let behind_fin = case
        .end(peer)
        .fin
        .filter(|fin| right.after(fin.seq + 1) && fin.packet < held.packet);
    let bound = match behind_fin {
        Some(fin) => format!(
            "the {}'s stream ends with its FIN at {}",
            peer.name(),
            fin.seq
        ),
        None => format!(
            "the {}'s numbers run from {} to {}",
            peer.name(),
            case.end(peer).iss().unwrap_or(held.sent),
            held.sent - 1,
        ),
    };
    let verdict = about(
        noted,
        held,
        format!(
            "The {} reports by SACK that it has {left} to {}, but {bound}.",
            noted.side.name(),
            right - 1,
        ),
    );
    let certainty = if behind_fin.is_some() {
        Certainty::Definite
    } else {
        Certainty::Likely
    };
    Some(verdict.case("block-wrong").certainty(certainty))
}

fn contradicted(case: &Case<'_>, refuted: &Refuted) -> Option<Verdict> {
    let Refuted { held, proof } = refuted;
    let noted = case.packet(held.packet)?;
    let (left, right) = held.block;
    let other = noted.side.peer().name();
    let ends = proof.is_fin() && proof.end().before(right);
    let shows = if ends {
        format!("ends its stream at {}", proof.end())
    } else if proof.is_empty() {
        format!("still stands at {}", proof.seq)
    } else {
        format!("sends number {} only then", proof.seq)
    };
    let verdict = about(
        noted,
        held,
        format!(
            "The {} reports by SACK that it has {left} to {}, but the {other} had sent only up to \
             {}: with packet {} it {shows}.",
            noted.side.name(),
            right - 1,
            held.sent - 1,
            named(proof.packet),
        ),
    );
    let certainty = if ends {
        Certainty::Definite
    } else {
        Certainty::Likely
    };
    Some(
        verdict
            .case("block-wrong")
            .certainty(certainty)
            .related([proof.packet]),
    )
}

fn about(noted: &Noted, held: &Held, message: String) -> Verdict {
    let (left, right) = held.block;
    Verdict::about(noted, message)
        .expected(Numbers::default().options(format!("SACK up to {}", held.sent)))
        .observed(
            Numbers::default()
                .ack(noted.ack)
                .options(format!("SACK {left}-{right}")),
        )
}
