//! HS021: a half-open connection is discovered and reset.
//!
//! RFC 9293, 3.5.1. Two forms, both told by what the RST answers:
//!
//! * a (figure 9): A's SYN is answered by B with an ACK without SYN whose
//!   number fits no SYN of A, and A sends RST with SEQ = that number;
//! * b (figure 10): B's segment with ACK is answered by A with a RST in the
//!   CLOSED form (no ACK, SEG.SEQ = the segment's SEG.ACK), and A, which had
//!   taken part in the connection, sent neither RST nor FIN before and nothing
//!   at all for a round trip and 200 ms. Any other RST is an abort (RS005).
//!
//! "Answered" means: within a round trip and 200 ms of the other end's latest
//! segment, and with nothing of A in between; a RST of its own accord comes at
//! any time. Not after both FINs: an ACK of TIME-WAIT shows no half-open connection.
//! In form b a SYN-ACK does not count as B's segment: refusing one is a matter
//! of the opening (HS015), not of a connection that one end has forgotten.

use crate::machine::noted::{Brief, Noted};
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_MS;

/// A shorter silence than this says nothing.
const SILENCE_MS: u64 = 200;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS021",
    name: "half-open-discovered",
    title: "Half-open connection discovered and reset",
    group: Group::HS,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.5.1", "RFC 9293 3.10.7.1", "RFC 5961 4"],
    folds: &[("RS005", Scope::SamePacket)],
    thresholds: &[("silence_ms", SILENCE_MS)],
    text: Explanation {
        what: "One end lost its memory of the connection, because it was restarted or gave up, \
               and the other still believed in it. The first answers a segment of the old \
               connection with a RST, and the connection is gone on both sides.",
        why: "Nothing is wrong with the TCP: this is how it recovers. But something did happen to \
              the end that sent the RST, such as a crash, a restart, or an entry that a firewall \
              or address translator forgot.",
        exchange: &[
            "A > B  SYN  seq=400                (A was restarted)",
            "B > A  ACK  seq=300 ack=100        (B shows its numbers)",
            "A > B  RST  seq=100",
            "A > B  SYN  seq=400",
        ],
        excuses: &[
            "A firewall or address translator whose entry ran out answers in the end's name.",
            "A program that closes with unread data sends a RST too: the RST without ACK and the \
             silence before it tell the two apart.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        for rst in case.resets(side).filter(|rst| !rst.is_ack()) {
            let Some(answered) = answered(case, rst).filter(|_| !both_closed(case, rst)) else {
                continue;
            };
            let syn = refused_syn(case, rst, answered);
            let why = if let Some(syn) = syn {
                format!(
                    "{} wanted to open anew (packet {syn}) and was shown the numbers of an old \
                     connection (packet {}), which it reset: {} still believed in it.",
                    the_capital(side),
                    named(answered.packet),
                    the(side.peer()),
                    syn = named(syn),
                )
            } else if forgot(case, rst) {
                format!(
                    "{} no longer knows the connection: it answered packet {} with a RST that \
                     carries the acknowledged number and no ACK.",
                    the_capital(side),
                    named(answered.packet),
                )
            } else {
                continue;
            };
            verdicts.say(
                Verdict::about(rst, why)
                    .related(syn.into_iter().chain([answered.packet]))
                    .observed(Numbers::default().flags(rst.flags).seq(rst.seq)),
            );
        }
    }
}

/// The other end's segment that `rst` answers: its latest, with nothing of the
/// sender behind it, and no longer ago than an answer takes.
fn answered(case: &Case<'_>, rst: &Noted) -> Option<Brief> {
    let last = rst.before.peer_last?;
    let acked_already = rst
        .before
        .own_last
        .is_some_and(|own| own.packet > last.packet);
    let prompt = rst.time.since(last.time) <= silence_ns(case);
    let fits = last.is_ack() && !last.is_syn() && !last.is_rst() && last.ack == rst.seq;
    (fits && prompt && !acked_already).then_some(last)
}

/// A round trip, and at least `SILENCE_MS`.
fn silence_ns(case: &Case<'_>) -> i64 {
    let least = i64::try_from(SILENCE_MS).unwrap_or(0) * NS_PER_MS;
    case.connection.rtt_ns().unwrap_or(least).max(least)
}

/// Both ends had closed before: what is left is TIME-WAIT, which nobody has
/// forgotten (a RST to its ACK is TW006's affair).
fn both_closed(case: &Case<'_>, rst: &Noted) -> bool {
    let closed = |side| {
        case.end(side)
            .fin
            .is_some_and(|fin| fin.packet < rst.packet)
    };
    closed(Side::Client) && closed(Side::Server)
}

/// The sender of `rst` had just sent a SYN to which `answered` is no answer.
fn refused_syn(case: &Case<'_>, rst: &Noted, answered: Brief) -> Option<u64> {
    let side = rst.side;
    // Answered in the end, that SYN counts to the connection which it opened.
    let last = rst.before.own_last.map_or(0, |last| last.packet);
    if let Some((syn, _)) = case.followed_by
        && (last + 1..answered.packet).contains(&syn)
    {
        return Some(syn);
    }
    let syn = case
        .syns(side)
        .filter(|syn| syn.packet < answered.packet)
        .last()?;
    // Nothing but SYNs of it since then.
    let sent_else = rst
        .before
        .own_last
        .is_some_and(|last| last.packet > syn.packet && !last.is_syn());
    let fits = case.acks_a_syn_of(side, answered.ack);
    (!sent_else && !fits).then_some(syn.packet)
}

/// The sender of `rst` took part in the connection once, and has been silent.
fn forgot(case: &Case<'_>, rst: &Noted) -> bool {
    let side = rst.side;
    let Some(own) = rst.before.own_last.filter(|last| !last.is_syn()) else {
        return false;
    };
    let closed = case
        .of(side)
        .any(|noted| noted.packet < rst.packet && (noted.is_rst() || noted.is_fin()));
    !closed && rst.time.since(own.time) > silence_ns(case)
}
