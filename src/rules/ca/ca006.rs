//! CA006: segmentation or checksums are left to a network card.
//!
//! Condition, per end: IP packets larger than any that can cross the link
//! (1500 octets, or what the peer's MSS allows where that is more) or with IP
//! length 0; or checksums that hold just the pseudo-header's sum; or none of
//! its checksums is right. The last two mean that the frames were captured
//! before the sending host's card finished them; large packets may as well have
//! been put together by the receiving host's card.

use super::remark::about_connection;
use crate::machine::end::End;
use crate::rules::prelude::*;

/// What crosses an Ethernet.
const ETHERNET_MTU: u32 = 1500;

/// IP and TCP headers without options: 40 octets for IPv4, 60 for IPv6.
const HEADERS: u32 = 60;

/// One wrong checksum may be damage.
const LEAST_WRONG: u32 = 2;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA006",
    name: "offload-seen",
    title: "Segmentation or checksum offload at the capturing host",
    group: Group::CA,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Segments are larger than the link can carry, or their checksums are not filled in. \
               The host leaves cutting and summing to its network card (or the card puts received \
               segments together), and the capture was taken on the host's side of the card.",
        why: "The packets on the wire look different from those in the capture. Checks of segment \
              sizes and checksums are not made for this endpoint. It also tells where the capture \
              was taken: on one of the two hosts.",
        exchange: &["A > B  PSH,ACK  seq=1001 len=14480 checksum=0xfe30 (pseudo-header only)"],
        excuses: &[
            "Jumbo frames are real on some networks: the MSS that the other side announced is \
             taken into account.",
        ],
    },
    wakes_on: Observations::ENDED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let (own, peer) = (case.end(side), case.end(side.peer()));
        let traces = &own.traces;
        let large = oversized(own, peer);
        let unsummed = traces.partial_checksums > 0;
        let all_wrong = traces.good_checksums == 0 && traces.bad_checksums_accepted >= LEAST_WRONG;
        let who = side.name();
        let size = || match traces.largest_packet {
            0 => "IP packets with length 0".to_owned(),
            largest => format!("IP packets of up to {largest} octets"),
        };
        let message = match (large, unsummed || all_wrong) {
            (true, true) => format!(
                "The {who}'s host leaves cutting and checksums to its network card: {}, \
                 checksums not filled in.",
                size()
            ),
            (true, false) => format!(
                "Segments of the {who} were captured before a network card cut them, or after one \
                 put them together: {}.",
                size()
            ),
            (false, true) => format!(
                "The {who}'s host leaves checksums to its network card: they are not filled in."
            ),
            (false, false) => continue,
        };
        let verdict = about_connection(case.connection.first.1, message).endpoint(Some(side));
        verdicts.say(verdict);
    }
}

/// Larger than the link, or than what the peer said it can take in one piece.
fn oversized(own: &End, peer: &End) -> bool {
    let announced = peer.syn.and_then(|syn| syn.options.mss());
    let limit = announced.map_or(ETHERNET_MTU, |mss| {
        ETHERNET_MTU.max(u32::from(mss) + HEADERS)
    });
    own.traces.length_zero > 0 || own.traces.largest_packet > limit
}
