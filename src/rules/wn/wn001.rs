//! WN001: data beyond the window.
//!
//! RFC 9293, 3.4 (figure 3) and 3.8.6: a sender may send up to SND.UNA +
//! SND.WND. E sends data with SEG.SEQ + length > WEDGE(P), where WEDGE(P) is the
//! furthest edge SEG.ACK + (SEG.WND << shift) of all segments of P that passed the
//! monitor before; for the first flight, also what P's SYN offers, counted from
//! ISS+1. "Not allowed, whatever it had received": which of these segments E had
//! processed is unknown, but none of them allows it, and each that it can have
//! processed passed the monitor first.
//!
//! Excluded: octets of a SYN; a FIN (it is no data); one octet at the edge (a
//! probe); and, other than in the catalogue, more octets at the edge of a closed
//! window after a pause of 200 ms: RFC 9293, 3.8.6.1 lets a probe
//! carry "at least one octet". A window that is stored within 10 ms after the
//! data excuses it if its ack shows that it may have been sent before.
//! Not judged: Multipath TCP, and where the scale is not known for certain.
//!
//! Likely, also in a lossless capture, where P then acknowledges octets beyond its
//! own window (WN009): both ends agree, so a middlebox may have changed the
//! scale of the windows between them and the monitor.

use crate::rules::at::forgery;
use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::{the, the_capital};
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN001",
    name: "data-beyond-window",
    title: "Data sent beyond the offered window",
    group: Group::WN,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.4",
        "RFC 9293 3.8.6 (MAY-7)",
        "RFC 7323 2.3",
        "RFC 9293 3.1 (MUST-1, REC-1)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "With every segment a receiver says how many octets behind its acknowledgment it has \
               room for. This end sent octets beyond the furthest point that the other end had \
               ever offered.",
        why: "The receiver has no obligation to keep such octets, and most throw them away: they \
              must be sent again, and the connection becomes slow or stalls. Usual causes are a \
              window scale that is applied wrongly (the window in a SYN is never scaled), or a \
              stack that ignores the window altogether.",
        exchange: &[
            "B > A  ACK      seq=5001 ack=1001 win=100    (room up to 1100)",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=150    <- 50 octets too many",
        ],
        excuses: &[
            "The receiver has taken window back: the furthest edge that it ever offered counts, \
             so data that was on its way then is not meant.",
            "The capture missed a segment with a larger window: unless the capture shows that it \
             lost nothing, this is only likely.",
            "A probe of a closed window: one octet at the edge at any time, more of them after a \
             pause.",
            "The window scale is unknown because the handshake was not captured: not judged.",
        ],
    },
    wakes_on: Observations::BEYOND_WINDOW,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(beyond) = &case.watch(side).window.beyond else {
            continue;
        };
        let peer = side.peer();
        if !super::windows_are_known(case, peer) {
            verdicts.withhold(Need::Handshake);
            continue;
        }
        let agreed = !case.watch(peer).window.offered.taken().is_empty();
        let offered_by_syn = syn_edge(case, peer);
        for excess in &beyond.segments {
            let Some(noted) = case.packet(excess.packet) else {
                continue;
            };
            let by_syn = offered_by_syn.is_some_and(|edge| excess.end.at_or_before(edge));
            if by_syn || !closing::fits_connection(noted) || closing::may_be_of_next(noted) {
                continue;
            }
            let room = excess.edge.distance_from(excess.seq).max(0).unsigned_abs();
            let verdict = Verdict::about(
                noted,
                format!(
                    "{} sends octets {} to {}, but {} has offered a window only up to {}: {} \
                     too many.",
                    the_capital(side),
                    excess.seq,
                    excess.end - 1,
                    the(peer),
                    excess.edge - 1,
                    noted.payload_len - room.min(noted.payload_len),
                ),
            )
            .expected(Numbers::default().seq(excess.seq).len(room))
            .observed(
                Numbers::default()
                    .seq(excess.seq)
                    .len(noted.payload_len)
                    .count(beyond.count),
            );
            verdicts.say(if forgery::is_marked(case, noted) {
                verdict.endpoint(None).certainty(Certainty::Likely)
            } else if agreed {
                verdict.certainty(Certainty::Likely)
            } else {
                verdict
            });
        }
    }
}

/// The edge that the SYNs without ACK of `receiver` offer: they speak of a
/// stream whose first octet they do not know.
pub(super) fn syn_edge(case: &Case<'_>, receiver: Side) -> Option<SeqNo> {
    let first = case.end(receiver.peer()).iss()? + 1;
    let widest = case.syns(receiver).map(|syn| syn.window).max()?;
    Some(first + u32::from(widest))
}
