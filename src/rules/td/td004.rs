//! TD004: a second FIN at another sequence number.
//!
//! RFC 9293, 3.10.4: "as long as a second FIN is not emitted". Two segments of
//! E with FIN=1 in one incarnation whose SEG.SEQ + data length differ modulo
//! 2^32 cannot both mark the end of E's stream; where they begin does not
//! matter, since a retransmission may carry more or less of the data before
//! the FIN. Sound from anywhere: both are E's own. The FIN that the peer
//! acknowledged (else the first that fits the data) is the measure, the others
//! are reported. Excluded: numbers of another incarnation. Where a FIN bears
//! marks of another sender, it may be forged: likely, and no end is named.

use super::closing;
use crate::rules::at::forgery;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD004",
    name: "fin-position-changed",
    title: "Second FIN at another sequence number",
    group: Group::TD,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.10.4"],
    folds: &[
        ("RT014", Scope::SameEndpoint),
        ("TD009", Scope::SameEndpoint),
        ("TD010", Scope::OtherEndpoint),
        ("TD017", Scope::OtherEndpoint),
        ("SQ012", Scope::OtherEndpoint),
    ],
    thresholds: &[],
    text: Explanation {
        what: "A stream has one end. A FIN may be sent again, then it keeps its number (though it \
               may carry more or less of the data before it). Here the same end sends FINs with \
               different numbers.",
        why: "The receiver has taken in the first FIN and refuses anything behind it, so the \
              second one is never acknowledged and is sent until its sender gives up. Usual \
              cause: the FIN was not kept for retransmission, but made anew at the next number.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1001",
            "A > B  FIN,ACK  seq=1001 ack=5000    <- a second FIN",
        ],
        excuses: &[
            "A retransmission that begins elsewhere but ends at the same number is the same FIN.",
            "A new connection on the same ports whose SYN is not in the capture: its numbers are \
             far off and are not compared.",
            "One of the FINs was forged: where hop count, identification or timestamps point to \
             that, no end is accused.",
        ],
    },
    wakes_on: Observations::FIN,
    check: Check::Connection(check),
};

/// A FIN that stands elsewhere than the one that is the measure.
pub(in crate::rules) struct Moved<'a> {
    other: &'a Noted,
    packet: u64,
    right: SeqNo,
    genuine: Option<&'a Noted>,
}

impl<'a> Moved<'a> {
    /// Each of the two, with the packet number of the other.
    pub(in crate::rules) fn pair(&self) -> Vec<(&'a Noted, u64)> {
        let genuine = self.genuine.map(|fin| (fin, self.other.packet));
        [Some((self.other, self.packet)), genuine]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for Moved {
        other,
        packet,
        right,
        genuine,
    } in others(case)
    {
        let number = other.data_end();
        let verdict = Verdict::about(
            other,
            format!(
                "{} sends a FIN at {number}, but its FIN in packet {packet} is at {right}: one \
                 stream has one end.",
                the_capital(other.side),
                packet = named(packet),
            ),
        )
        .related([packet])
        .expected(Numbers::default().seq(right))
        .observed(Numbers::default().seq(number));
        let both = [Some(other), genuine].into_iter().flatten();
        verdicts.say(forgery::unless_foreign(case, verdict, both));
    }
}

/// All that the rule finds, whoever sent it.
pub(in crate::rules) fn others<'a>(case: &Case<'a>) -> Vec<Moved<'a>> {
    let mut found = Vec::new();
    let elsewhere = |n: &Noted| n.is_fin() && Some(n.data_end()) != case.end(n.side).fin_seq();
    if !case.noted().iter().any(elsewhere) {
        return found;
    }
    for side in Side::BOTH {
        let fins = || {
            case.of(side)
                .filter(|n| closing::is_fin(n) && closing::is_in_stream(case, n))
        };
        let measure = case
            .end(side)
            .fin
            .map(|fin| (fin.packet, fin.seq))
            .or_else(|| fins().next().map(|fin| (fin.packet, fin.data_end())));
        let Some((packet, right)) = measure else {
            continue;
        };
        let others = fins().filter(|n| {
            n.data_end() != right && closing::fits_connection(n) && !closing::may_be_of_next(n)
        });
        found.extend(others.map(|other| Moved {
            other,
            packet,
            right,
            genuine: case.packet(packet),
        }));
    }
    found
}
