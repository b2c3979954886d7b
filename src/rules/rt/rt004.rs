//! RT004: segments are sent again.
//!
//! RFC 9293, 3.8.1 and 3.10.8, RFC 5681, 3.2. An event, nobody's fault: octets of E (or its SYN) that
//! were in the capture are in it again, in a frame of their own. One finding per end and kind, with
//! the count and the first example:
//! - `syn`, `syn-ack`;
//! - `timeout`: the peer was silent since the copy before, or nothing else explains it;
//! - `fast`: after three duplicate ACKs, or SACKs of octets behind it;
//! - `probe`: the last segment before the timer could run out (RFC 8985, 7);
//! - `too-big`: behind an ICMP error that said so; mostly in smaller segments;
//! - `spurious`: the peer's ACK of all of it had passed the monitor (and RT005 says whether the sender
//!   had to know).
//!
//! What a recovery brings in its train has the kind of its first segment. A FIN alone is TD011's.
//!
//! Side of the loss: where the first copy was captured and the peer's duplicate ACKs or SACKs say that
//! it lacked it when it had later octets, the loss is behind the monitor. Octets that were not captured
//! before, in a segment with a newer TSval than higher octets had, are counted too: their first copy
//! was lost before the monitor (or missed by the capture). Of a loss that only the timer noticed
//! nothing shows the place.
//!
//! Not counted: frames captured twice, keepalives and window probes, data of a SYN that was refused.

use super::resent::{about, by_end};
use crate::machine::watch::retransmit::{Kind, Tally};
use crate::rules::prelude::*;
use crate::rules::words::times;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT004",
    name: "retransmission",
    title: "Retransmission (SYN, SYN-ACK or data)",
    group: Group::RT,
    severity: Severity::Info,
    cases: &[
        ("syn", Severity::Info),
        ("syn-ack", Severity::Info),
        ("timeout", Severity::Info),
        ("fast", Severity::Info),
        ("probe", Severity::Info),
        ("spurious", Severity::Info),
        ("too-big", Severity::Info),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.8.1 (MAY-4)", "RFC 9293 3.10.8", "RFC 5681 3.2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "An end sent octets (or its SYN) a second time. It had no acknowledgment in time, or \
               the other side's duplicate ACKs and SACKs reported a gap.",
        why: "Somewhere on the way a segment or its acknowledgment was lost, or late. A few are \
              ordinary; many make a connection slow. The kinds tell how the sender noticed: fast \
              repairs cost one round trip, timeouts cost a pause. Where the capture shows it, the \
              finding says on which side of the monitor the loss happened.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100",
            "A > B  PSH,ACK  seq=1101 len=100",
            "B > A  ACK      ack=1001 sack=1101-1201    (B lacks 1001, though it passed here)",
            "A > B  PSH,ACK  seq=1001 len=100           <- again",
        ],
        excuses: &[
            "A frame that the capture holds twice is counted once.",
            "Keepalives and probes of a closed window repeat a number, but no data.",
        ],
    },
    wakes_on: Observations::SENT_AGAIN,
    check: Check::Connection(check),
};

const fn case_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Syn => "syn",
        Kind::SynAck => "syn-ack",
        Kind::Timeout => "timeout",
        Kind::Fast => "fast",
        Kind::Probe => "probe",
        Kind::Spurious => "spurious",
        Kind::TooBig => "too-big",
    }
}

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for (side, again) in by_end(case) {
        for kind in Kind::ALL {
            if let Some(tally) = again.of(kind) {
                verdicts.say(verdict(case, side, kind, tally));
            }
        }
    }
}

fn verdict(case: &Case<'_>, side: Side, kind: Kind, tally: &Tally) -> Verdict {
    let first = &tally.first;
    let verdict = about(case, side, first, message(side, kind, tally));
    verdict
        .case(case_of(kind))
        .related(first.previous.map(|(packet, _)| packet))
        .observed(
            Numbers::default()
                .seq(first.seq)
                .len(first.len)
                .count(u64::from(tally.count)),
        )
}

fn message(side: Side, kind: Kind, tally: &Tally) -> String {
    let (who, other) = (side.name(), side.peer().name());
    let what = match kind {
        Kind::Syn => "its SYN",
        Kind::SynAck => "its SYN-ACK",
        _ if tally.count == 1 => "a segment",
        _ => "segments",
    };
    let times = times(tally.count);
    let why = match kind {
        Kind::Syn | Kind::SynAck => "",
        Kind::Timeout => " after a timeout",
        Kind::Fast => " after duplicate ACKs or SACKs",
        Kind::Probe => " to find out whether the last one was lost",
        Kind::Spurious => " whose ACK had already passed here",
        Kind::TooBig => " after an ICMP error said that packets were too big",
    };
    let first = match (tally.count, tally.first.previous) {
        (1, Some((before, _))) => format!(" (packet {before} before)", before = named(before)),
        (_, Some((before, _))) => format!(", first packet {before}", before = named(before)),
        (_, None) => String::new(),
    };
    let mut text = format!("The {who} sends {what} again{why}, {times}{first}.");
    if tally.behind > 0 {
        text += &format!(
            " {} the {other}'s ACKs show that the first copy was lost between here and the {other}.",
            of_them(tally.behind, tally.count),
        );
    }
    if tally.before > 0 {
        text += &format!(
            " {} the first copy was lost on the way from the {who} to here, or was not captured.",
            of_them(tally.before, tally.count),
        );
    }
    text
}

fn of_them(part: u32, all: u32) -> String {
    if part == all {
        "Each time".to_owned()
    } else {
        format!("{part} of these times")
    }
}
