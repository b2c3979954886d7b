//! OP015: data with an outdated timestamp was taken in.
//!
//! RFC 7323, 5.3, R1 (PAWS): with timestamps in use, a segment with SEG.TSval <
//! TS.Recent is not acceptable; the receiver answers with an ACK and drops it.
//! E "ignored what it knew": t, the highest TSval of P that E has echoed, is a
//! value that its TS.Recent had reached (4.3), and TS.Recent does not go back.
//! After that, data [s,e) of P with a TSval below t-1 passes the monitor, the
//! only captured copy of its octets, none of which E had acknowledged to the
//! end (ACKMAX < e), and E then acknowledges them, by number or by SACK. On a
//! symmetric path E had t before the segment could reach it. A fresh copy that
//! the capture lost would excuse it: only likely while loss is unknown.
//!
//! One tick is let through, as Linux does. Excluded: an echo of something that P
//! was not seen to send (OP009), clocks that jump, and half an hour of silence
//! (5.5 makes TS.Recent invalid only after 24 days, but a microsecond clock has
//! gone half around by then). A reordered segment that left before t was sent
//! is no excuse: t came with a segment at or below E's last ACK, as 4.3
//! demands, and R1 holds for whatever comes later with less.

use super::common::looks_foreign;
use crate::machine::watch::stamps::Taken;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP015",
    name: "paws-violation-accepted",
    title: "Segment with an outdated timestamp was accepted",
    group: Group::OP,
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
        Need::Header,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 5.3", "RFC 7323 5.2", "RFC 7323 5.5"],
    folds: &[("OP008", Scope::OtherEndpoint)],
    thresholds: &[],
    text: Explanation {
        what: "The receiver had already echoed a newer timestamp of the sender. Then a segment \
               with an older one came, and it acknowledged the octets in it, where it should \
               have dropped the segment and repeated its last acknowledgment.",
        why: "On a fast path sequence numbers come round again within minutes, and a segment that \
              was held up in the network fits into the window once more. Its timestamp is all \
              that gives it away. A receiver that does not look takes old octets for new ones, \
              and the data is corrupted without anybody noticing.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100 ts=5000/90",
            "B > A  ACK      seq=5001 ack=1101 ts=95/5000",
            "A > B  PSH,ACK  seq=1101 ack=5001 len=100 ts=4000/95    (older than 5000)",
            "B > A  ACK      seq=5001 ack=1201 ts=99/5000    <- should repeat 1101",
        ],
        excuses: &[
            "The same octets came once more with a fresh timestamp, and the capture lost that \
             copy: until it is known that nothing was lost, the verdict is only likely.",
            "After 24 days without a segment the receiver forgets the old value; nothing is said \
             after half an hour already.",
            "A middlebox between the monitor and the receiver changes timestamps.",
        ],
    },
    wakes_on: Observations::OLD_STAMP_ACCEPTED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::OLD_STAMP_ACCEPTED) {
        let taken = case.watch(noted.side).stamps.taken();
        let Some(taken) = taken.iter().find(|taken| taken.by == noted.packet) else {
            continue;
        };
        let agreed = case.watch(noted.side).options.stamps_agreed();
        if !agreed || looks_foreign(case, noted) {
            continue;
        }
        let peer = case.end(noted.side.peer());
        if peer.traces.bad_checksums > 0 {
            verdicts.withhold(Need::Header);
            continue;
        }
        verdicts.say(verdict(noted, taken));
    }
}

fn verdict(noted: &Noted, taken: &Taken) -> Verdict {
    let (who, other) = (noted.side.name(), noted.side.peer().name());
    let old = taken.old;
    let (start, end) = old.octets;
    let how = if taken.selectively {
        "by SACK"
    } else {
        "by number"
    };
    Verdict::about(
        noted,
        format!(
            "The {who} acknowledges {how} the octets {start} to {} of packet {}, whose timestamp \
             {} is older than {}, which the {who} had already echoed: it should have dropped \
             this segment of the {other}.",
            end - 1,
            named(old.packet),
            old.tsval,
            old.echoed,
        ),
    )
    .related([old.packet])
    .expected(Numbers::default().ack(noted.before.own_ack.unwrap_or(start)))
    .observed(Numbers::default().seq(noted.seq).ack(noted.ack))
}
