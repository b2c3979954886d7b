//! TD003: data at or beyond the sender's own FIN.
//!
//! RFC 9293, 3.10.4: after CLOSE there are no further SENDs, so the FIN at u
//! is the end of E's stream; a segment of E that covers an octet at or beyond
//! u contradicts it, whichever of the two was captured first. Sound from
//! anywhere, since both are E's own segments. Excluded: one octet at u once
//! the FIN is acknowledged, which is the form of a keepalive with an octet of
//! garbage (RFC 9293, 3.8.4; SEG.SEQ = SND.NXT-1 = u), and numbers of another
//! incarnation. The length of the data comes from the IP header, so padding
//! of the link is never counted. Where one of the two segments bears marks of
//! another sender (hop count, identification, timestamp, other octets with the
//! same numbers), it may be forged: the
//! verdict is then likely and names no end. Data that was sent only with the
//! SYN and refused (Fast Open) does not bind its sender.

use super::closing;
use crate::rules::at::forgery;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TD003",
    name: "data-after-fin",
    title: "Data sent at or beyond the own FIN",
    group: Group::TD,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::FinSelf, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4", "RFC 9293 3.6", "RFC 9293 3.10.4"],
    folds: &[
        ("TD004", Scope::Connection),
        ("SQ001", Scope::OtherEndpoint),
        ("RT014", Scope::SameEndpoint),
        ("TD017", Scope::OtherEndpoint),
        ("TD010", Scope::OtherEndpoint),
        ("TD009", Scope::SameEndpoint),
        ("TD016", Scope::SameEndpoint),
    ],
    thresholds: &[],
    text: Explanation {
        what: "With a FIN an end says: there is no more data from me, and my stream ends at this \
               number. Here the same end also sends octets with that number or higher ones. The \
               two statements cannot both be true, whichever came first.",
        why: "A receiver that has taken in the FIN throws the octets away (the stream is \
              complete), so the data is lost without anybody noticing. Usual causes: a FIN sent \
              while data is still queued, or a FIN that is not counted as a number.",
        exchange: &[
            "A > B  FIN,ACK  seq=1000 ack=5000",
            "B > A  ACK      seq=5000 ack=1001",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=20    <- after the FIN",
        ],
        excuses: &[
            "A retransmission of data from before the FIN: its numbers lie below the FIN, and it \
             is not meant.",
            "A keepalive that carries one octet of garbage has just the FIN's number; it is left \
             alone once the FIN is acknowledged.",
            "The FIN, or the data, came from somebody else who used the address: where hop count, \
             identification or timestamps point to that, no end is accused.",
        ],
    },
    wakes_on: Observations::DATA_PAST_FIN,
    check: Check::Connection(check),
};

/// A segment and an earlier one of the same end, of which one says that the
/// stream is over and the other that it is not.
pub(in crate::rules) struct Contradiction<'a> {
    segment: &'a Noted,
    contradicted: Option<&'a Noted>,
    verdict: Verdict,
}

impl<'a> Contradiction<'a> {
    /// Each of the two, with the packet number of the other.
    pub(in crate::rules) fn pair(&self) -> Vec<(&'a Noted, u64)> {
        let other = self.contradicted;
        let first = other.map(|other| (other, self.segment.packet));
        let packet = other.map(|other| other.packet).or(self.segment.about);
        let second = packet.map(|packet| (self.segment, packet));
        first.into_iter().chain(second).collect()
    }
}

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for found in contradictions(case) {
        let segments = [Some(found.segment), found.contradicted];
        let mut verdict = found.verdict;
        // Other octets with the same numbers as well: two senders, not one.
        if found.segment.saw(Observations::CONTENT_DIFFERS) {
            verdict = verdict.endpoint(None).certainty(Certainty::Likely);
        }
        let segments = segments.into_iter().flatten();
        verdicts.say(forgery::unless_foreign(case, verdict, segments));
    }
}

/// All that the rule finds, whoever sent it.
pub(in crate::rules) fn contradictions<'a>(case: &Case<'a>) -> Vec<Contradiction<'a>> {
    let mut found = Vec::new();
    for segment in case.with(Observations::DATA_PAST_FIN) {
        let contradicted = segment.about.and_then(|packet| case.packet(packet));
        let of_this_one = |n: &Noted| closing::fits_connection(n) && closing::is_in_stream(case, n);
        if !of_this_one(segment) || !contradicted.is_none_or(of_this_one) {
            continue;
        }
        let data_first = segment.is_fin() && !contradicted.is_some_and(closing::is_fin);
        let verdict = if data_first {
            fin_too_early(case, segment, contradicted)
        } else {
            let number =
                contradicted.map_or(case.end(segment.side).fin_seq(), |fin| Some(fin.data_end()));
            number.and_then(|fin| data_too_late(case, segment, fin))
        };
        let Some(verdict) = verdict else { continue };
        found.push(Contradiction {
            segment,
            contradicted,
            verdict,
        });
    }
    found
}

/// The FIN ends the stream below octets that were sent before it.
fn fin_too_early(case: &Case<'_>, fin: &Noted, data: Option<&Noted>) -> Option<Verdict> {
    let (number, reached) = (fin.data_end(), fin.before.own_next?);
    // Data of a SYN that was not taken in may be taken back (RFC 7413, 4.2.1).
    let syn = case.end(fin.side).syn;
    if syn.is_some_and(|syn| reached == syn.iss + 1 + syn.payload_len) {
        return None;
    }
    // The garbage of a keepalive sent behind a FIN that was lost on the path has
    // the FIN's own number.
    let garbage = |n: &Noted| n.payload_len == 1 && n.seq == number && closing::is_idle(n);
    if reached == number + 1 && data.is_some_and(garbage) {
        return None;
    }
    let verdict = Verdict::about(
        fin,
        format!(
            "The FIN of {} says that its stream ends at {number}, but it had already sent \
             octets up to {}.",
            the(fin.side),
            reached - 1,
        ),
    );
    Some(
        verdict
            .related(fin.about.or(data.map(|n| n.packet)))
            .expected(Numbers::default().seq(reached))
            .observed(Numbers::default().seq(number)),
    )
}

/// Data comes, after the FIN was captured, with numbers of the FIN or above.
fn data_too_late(case: &Case<'_>, data: &Noted, fin: SeqNo) -> Option<Verdict> {
    let peer_acked_it = data
        .before
        .peer_ack
        .is_some_and(|ack| ack.at_or_after(fin + 1));
    let one_way = !case.end(data.side.peer()).was_seen();
    // The ACK of the FIN may be missing in the capture.
    let excused = peer_acked_it || one_way || closing::is_idle(data);
    let keepalive = data.payload_len == 1 && data.seq == fin && excused;
    if keepalive || data.payload_len == 0 || closing::may_be_of_next(data) {
        return None;
    }
    let verdict = Verdict::about(
        data,
        format!(
            "{} sends {} octets from {}, although its FIN at {fin} says that its stream ends \
             there.",
            the_capital(data.side),
            data.payload_len,
            data.seq,
        ),
    );
    Some(
        verdict
            .related(data.about)
            .expected(Numbers::default().len(0))
            .observed(Numbers::default().seq(data.seq).len(data.payload_len)),
    )
}
