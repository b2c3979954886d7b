//! CA003: octets were acknowledged that the capture does not hold.
//!
//! What is acknowledged was sent, so the capture lost it. Condition: E
//! acknowledges (ACK or SACK) octets of P that no captured segment holds; or an
//! ack or SACK block beyond everything of P that nothing contradicted until the end (SQ001,
//! SQ005 otherwise); or E acknowledges P's SYN, which was not captured although the
//! opening was. Octets that were captured in a segment with a bad checksum, or
//! with flags that make it void, are not missing.
//! That the capturing host reports drops is found for the capture as a whole
//! (`flow/quality`), under the same code.

use super::remark::about_connection;
use crate::machine::stream::{Missing, Stream};
use crate::rules::prelude::*;
use crate::segment::Flags;
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA003",
    name: "capture-loss",
    title: "Acknowledged data is missing from the capture",
    group: Group::CA,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The receiver acknowledged octets that no packet of the capture holds. It can have \
               them only because they were sent: the capture has lost packets (or never saw them). \
               The capturing host may also say itself how many packets it dropped.",
        why: "Everything that seems to be missing may have been there. Checks that rest on a \
              complete capture are withheld for this connection, and others become less certain. \
              Larger buffers (tcpdump -B), a filter, or writing to a faster disk help.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "A > B  PSH,ACK  seq=1201 ack=5001 len=100",
            "B > A  ACK      seq=5001 ack=1301      (1101 to 1200 are not in the capture)",
        ],
        excuses: &[
            "A receiver that acknowledges what was never sent: that shows as soon as the sender \
             sends those numbers (SQ001); until then the capture is to blame.",
            "Packets stored out of order, or two interfaces merged: octets that turn up later are \
             no longer counted.",
        ],
    },
    wakes_on: Observations::ENDED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        missing_octets(case, side, verdicts);
        never_contradicted(case, side, verdicts);
        sack_never_contradicted(case, side, verdicts);
        missing_syn(case, side, verdicts);
    }
}

/// Octets of `side` in the middle of what was captured.
fn missing_octets(case: &Case<'_>, side: Side, verdicts: &mut Verdicts) {
    let stream = case.end(side).stream.as_ref();
    let missing = stream.map_or(&[][..], Stream::missing);
    let lost: Vec<&Missing> = missing
        .iter()
        .filter(|range| !held_in_vain(case, side, (range.start, range.end)))
        .collect();
    let Some(first) = lost.first() else { return };
    let octets = if lost.len() == missing.len() {
        case.end(side).missing_octets()
    } else {
        lost.iter()
            .map(|range| u64::from(range.end.offset_from(range.start)))
            .sum()
    };
    let message = format!(
        "{octets} octets of the {} were acknowledged but are not in the capture, the first of \
         them {} to {}.",
        side.name(),
        first.start,
        first.end - 1,
    );
    let mut verdict = about_connection(first.time, message)
        .related(lost.iter().skip(1).map(|range| range.packet))
        .observed(
            Numbers::default()
                .seq_range(first.start, first.end - 1)
                .count(octets),
        );
    verdict.packet = Some(first.packet);
    verdict.numbers_of = Some(side);
    verdict.related.dedup();
    verdict.related.retain(|packet| *packet != first.packet);
    verdict.related.truncate(16);
    verdicts.say(verdict);
}

/// Segments that count for nothing (a bad checksum, impossible flags) held
/// all of `range`: it is no fault of the capture.
fn held_in_vain(case: &Case<'_>, side: Side, range: (SeqNo, SeqNo)) -> bool {
    let (mut from, end) = range;
    loop {
        let next = case
            .of(side)
            .filter(|n| n.saw.contains(Observations::BAD_CHECKSUM) || n.is_void())
            .filter(|n| n.seq.at_or_before(from))
            .map(|noted| noted.end())
            .find(|next| next.after(from));
        match next {
            Some(next) if next.at_or_after(end) => return true,
            Some(next) => from = next,
            None => return false,
        }
    }
}

/// An ack of `side` beyond everything captured of its peer.
fn never_contradicted(case: &Case<'_>, side: Side, verdicts: &mut Verdicts) {
    let Some((ack, packet, time)) = case.end(side).early_ack else {
        return;
    };
    let peer = case.end(side.peer());
    // Octets captured with a bad checksum were sent.
    if peer
        .bad_checksum_end
        .is_some_and(|end| end.at_or_after(ack))
    {
        return;
    }
    let Some(next) = peer.snd_next else { return };
    let message = format!(
        "The {} acknowledges {ack}, but the capture holds the {}'s numbers only up to {next}; \
         nothing contradicts that the rest was sent.",
        side.name(),
        side.peer().name(),
    );
    let mut verdict = about_connection(time, message)
        .expected(Numbers::default().ack(next))
        .observed(Numbers::default().ack(ack));
    verdict.packet = Some(packet);
    verdict.numbers_of = Some(side);
    verdicts.say(verdict);
}

/// A SACK block of `side` beyond everything captured of its peer.
fn sack_never_contradicted(case: &Case<'_>, side: Side, verdicts: &mut Verdicts) {
    let sack = &case.watch(side).sack;
    let held = sack.book().and_then(|book| book.beyond.held());
    let Some(held) = held.filter(|_| sack.shows_loss()) else {
        return;
    };
    let (left, right) = held.block;
    let message = format!(
        "The {} reports by SACK that it has {left} to {}, but the capture holds the {}'s numbers \
         only up to {}; nothing contradicts that the rest was sent.",
        side.name(),
        right - 1,
        side.peer().name(),
        held.sent,
    );
    let mut verdict = about_connection(held.time, message)
        .observed(Numbers::default().options(format!("SACK {left}-{right}")));
    verdict.packet = Some(held.packet);
    verdict.numbers_of = Some(side);
    verdicts.say(verdict);
}

/// `side` acknowledges a SYN of its peer that was not captured.
fn missing_syn(case: &Case<'_>, side: Side, verdicts: &mut Verdicts) {
    let (own, peer) = (case.end(side), case.end(side.peer()));
    let opened = own.sent_bare_syn && own.sent_after_syn;
    let captured = peer.sent_bare_syn || peer.sent_syn_ack;
    if case.connection.mid_stream || !opened || captured {
        return;
    }
    let shows = |noted: &&Noted| {
        noted.side == side && noted.flags.contains(Flags::ACK) && !noted.is_syn() && !noted.is_rst()
    };
    let first = case.noted().iter().find(shows);
    let message = format!(
        "The {} goes on behind its SYN, but the {}'s SYN-ACK is not in the capture.",
        side.name(),
        side.peer().name(),
    );
    let mut verdict = about_connection(first.map_or(case.connection.first.1, |n| n.time), message);
    verdict.packet = first.map(|noted| noted.packet);
    verdicts.say(verdict);
}
