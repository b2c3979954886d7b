//! TD001: an ACK acknowledges more than the peer's FIN.
//!
//! RFC 9293, 3.4: the FIN occupies the number behind the last octet of data,
//! and nothing comes after it. With FINSEQ(P) = u, E sends ACK=1, RST=0 with
//! SEG.ACK > u+1. Sound from anywhere, in whatever order the two were
//! captured: the FIN bounds P's numbers for good, so no segment that was not
//! captured can make u+2 right. Excluded: numbers further than 2^16 beyond (an
//! incarnation whose SYN was not captured), a segment whose own numbers are
//! not those of this connection, and every connection on which P itself sent
//! something at or beyond its FIN (TD003, TD004), because then it is P that
//! left the place of the FIN open. Where the FIN itself bears marks of another
//! sender, the verdict is only likely.

use super::closing;
use crate::rules::at::forgery;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// Further beyond u+1 than this it is taken for another incarnation.
const NEAR: i32 = 1 << 16;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD001",
    name: "ack-beyond-fin",
    title: "Acknowledges more than the FIN (more than u+1)",
    group: Group::TD,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinPeer, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.6", "RFC 9293 3.10.7.4"],
    folds: &[
        ("SQ001", Scope::SamePacket),
        ("TD017", Scope::SameEndpoint),
        ("TD010", Scope::SameEndpoint),
        ("RT014", Scope::OtherEndpoint),
    ],
    thresholds: &[("near_octets", NEAR as u64)],
    text: Explanation {
        what: "A FIN is the last thing that its sender will ever number, and it takes exactly \
               one number, u. The highest acknowledgment that the other end can send is therefore \
               u+1. This one acknowledges octets that do not exist and never will.",
        why: "The receiver of such an ACK must answer it and otherwise ignore it (RFC 9293, \
              3.10.7.4). So the FIN stays unacknowledged, is sent again and again, and the \
              connection does not close. Usual cause: the FIN is counted twice, or as data.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1002    <- at most 1001",
        ],
        excuses: &[
            "A new connection on the same ports whose SYN is not in the capture: its numbers are \
             far off, and segments with numbers far off are not judged.",
            "The FIN was forged, or its sender went on behind it: then its place is in dispute \
             (TD003, TD004) and nobody is accused of acknowledging more.",
        ],
    },
    wakes_on: Observations::ACK_BEYOND_FIN.union(Observations::ACK_BEYOND_SENT),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for ack in case.with(RULE.wakes_on) {
        let peer = ack.side.peer();
        let Some(fin) = case.end(peer).fin else {
            continue;
        };
        let right = fin.seq + 1;
        let beyond = ack.ack.distance_from(right);
        // Before the connection was open, a FIN had nothing to do with it (HS003, HS025).
        let opening = ack.packet < fin.packet && ack.saw(Observations::OPENING);
        let judged =
            ack.is_ack() && !ack.is_rst() && !ack.is_syn() && !closing::is_corrupt(ack) && !opening;
        if !judged || !(1..=NEAR).contains(&beyond) || !closing::fits_connection(ack) {
            continue;
        }
        if !closing::fin_is_undisputed(case, peer) || closing::may_be_of_next(ack) {
            continue;
        }
        let verdict = Verdict::about(
            ack,
            format!(
                "{} acknowledges {}, but the FIN in packet {} has number {}, so nothing beyond \
                 {right} exists to be acknowledged; it is {beyond} too high.",
                the_capital(ack.side),
                ack.ack,
                named(fin.packet),
                fin.seq,
            ),
        )
        .related([fin.packet])
        .expected(Numbers::default().ack(right))
        .observed(Numbers::default().seq(ack.seq).ack(ack.ack));
        let rests_on = closing::fins(case, peer).chain([ack]);
        verdicts.say(forgery::unless_foreign(case, verdict, rests_on));
    }
}
