//! HS004: the third segment does not start at x+1.
//!
//! RFC 9293, 3.10.7.3: `<SEQ=SND.NXT>`, and SND.NXT = x+1 after a SYN numbered
//! x (up to x+1+n when the SYN carried n octets). Judged is only the opener's
//! first segment after its SYN, when it acknowledges the peer's SYN and misses
//! by at most 1024; where it is not empty, only when it begins below x+1.
//!
//! Below x+1 it contradicts the end's own SYN: definite from anywhere. One
//! form is legal there: a keepalive or window probe has SEQ = SND.NXT-1 = x,
//! and is the first segment to be captured where the capture or the path lost
//! the ACK. So nothing is said a second after the first SYN-ACK (later ones may
//! never have come), and (beside the catalogue) when the peer offers no window
//! at all. Above SMAX the octets in between may have been lost by the capture,
//! or be stored behind: then it is likely at most, withheld at any sign of loss,
//! and nothing is said when octets that end at that number turn up later. They
//! may also have been lost on the path, between the end and the monitor. Then
//! this segment answers something that came after the SYN-ACK; so away from the
//! end it is judged only where nothing came.

use super::opening::{NEAR, openings};
use crate::machine::noted::Noted;
use crate::rules::needs::lost_something;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::NS_PER_S;

/// So long after the first SYN-ACK the segment may be a keepalive.
const IDLE_NS: i64 = NS_PER_S;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS004",
    name: "handshake-ack-seq-off",
    title: "Third segment does not start at x+1",
    group: Group::HS,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::SynSelf, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.5", "RFC 9293 3.10.7.3"],
    folds: &[],
    thresholds: &[("near_octets", NEAR as u64)],
    text: Explanation {
        what: "The opener's SYN has number x and uses it up, so the ACK that completes the \
               handshake has sequence number x+1 (behind the data, if the SYN carried some). \
               This one has another number close by.",
        why: "With x the segment lies before the server's window: the server takes it for an old \
              duplicate, acknowledges and drops it, and stays in SYN-RECEIVED. With x+2 the \
              server waits for an octet that was never sent.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1001",
            "A > B  ACK      seq=1000 ack=5001    <- must be seq=1001",
        ],
        excuses: &[
            "A keepalive repeats the number before the next one: only the first segment after \
             the SYN is judged, and only within a second after the SYN-ACK.",
            "A probe of a closed window does the same: nothing is said when the server offered \
             no window.",
            "Fast Open: with n octets in the SYN every number from x+1 to x+1+n is right.",
            "Octets that the capture lost make a higher number right: then the finding is only \
             likely, and withheld where anything shows loss.",
        ],
    },
    wakes_on: Observations::FIRST_AFTER_SYN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::FIRST_AFTER_SYN) {
        let segment = noted.is_ack() && !noted.is_rst() && !noted.is_syn();
        let completes = segment && case.acks_a_syn_of(noted.side.peer(), noted.ack);
        let answers_as_server = || {
            let mut syn_acks = case.syn_acks(noted.side);
            syn_acks.any(|synack| synack.packet < noted.packet)
        };
        if completes && !answers_as_server() {
            third_segment(case, noted, verdicts);
        }
    }
}

fn third_segment(case: &Case<'_>, noted: &Noted, verdicts: &mut Verdicts) {
    let fits = |syn: &Noted| noted.seq.within(syn.seq + 1, syn.end());
    if openings(case, noted.side).any(fits) {
        return;
    }
    let nearest = case
        .syns(noted.side)
        .filter(|syn| syn.packet < noted.packet)
        .min_by_key(|syn| noted.seq.distance_from(syn.seq + 1).unsigned_abs());
    let Some(syn) = nearest else { return };
    let right = syn.seq + 1;
    if noted.seq.distance_from(right).unsigned_abs() > NEAR {
        return;
    }
    let verdict = Verdict::about(
        noted,
        format!(
            "{} completes the handshake with sequence number {}, but its SYN (packet {}) used {}, \
             so the next number is {right}.",
            the_capital(noted.side),
            noted.seq,
            named(syn.packet),
            syn.seq,
        ),
    )
    .related([syn.packet])
    .expected(Numbers::default().seq_range(right, syn.end()))
    .observed(Numbers::default().seq(noted.seq).ack(noted.ack));
    if noted.seq.before(right) {
        // Both probes have one octet at most.
        if noted.len() > 1 || noted.is_fin() || !may_be_probe(case, noted, syn) {
            verdicts.say(verdict);
        }
        return;
    }
    // Data that begins further on may have overtaken the data before it.
    if !noted.is_pure_ack() {
        return;
    }
    let stream = case.end(noted.side).stream.as_ref();
    let captured_behind = stream.is_some_and(|stream| stream.overlaps(syn.end(), noted.seq));
    // New octets across that number were sent from below it, so it was not
    // the next one; such that end there were stored behind.
    let sent_across = case.of(noted.side).any(|other| {
        let across = other.seq.before(noted.seq) && other.data_end().after(noted.seq);
        other.packet > noted.packet && other.payload_len > 0 && !other.is_void() && across
    });
    let from_afar = !case.vantage.is_at(noted.side) && answers_more(case, noted);
    if captured_behind && !sent_across || from_afar {
        return;
    }
    if lost_something(case) {
        verdicts.withhold(Need::NoCaptureLoss);
    } else {
        verdicts.say(verdict.certainty(Certainty::Likely));
    }
}

/// Beside one SYN-ACK, something had come to which a segment might be the answer.
fn answers_more(case: &Case<'_>, noted: &Noted) -> bool {
    let peer = noted.side.peer();
    let mut syns = case.of(peer).filter(|other| {
        other.is_syn() && !other.is_rst() && !other.is_void() && other.packet < noted.packet
    });
    let one = syns.next().is_some() && syns.next().is_none();
    !one || noted.before.peer_last.is_none_or(|last| !last.is_syn())
}

/// A keepalive or a window probe may have the number before x+1.
fn may_be_probe(case: &Case<'_>, noted: &Noted, syn: &Noted) -> bool {
    let answered = case
        .of(noted.side.peer())
        .find(|other| other.is_syn() && !other.is_rst() && !other.is_void());
    // It counts from its own last segment, which may have been a third ACK that
    // was lost before the monitor, and the SYN-ACK captured the repeated one.
    let idle = answered.is_none_or(|answer| noted.time.since(answer.time) >= IDLE_NS)
        || (noted.before.own_last).is_some_and(|own| noted.time.since(own.time) >= IDLE_NS)
        || !case.capture.clock_is_sane();
    let no_window = noted
        .before
        .peer_edge
        .is_none_or(|edge| edge.at_or_before(syn.seq + 1));
    idle || no_window
}
