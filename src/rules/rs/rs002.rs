//! RS002: a RST that its receiver must ignore.
//!
//! RFC 9293, 3.5.3 and 3.10.7.4, second step: a RST counts only inside the
//! window (after RFC 5961, 3.2 only at RCV.NXT). With SMAX, ACKMAX and WEDGE
//! from before the RST, its number is wrong if it lies outside
//! `ISS(E)+1 ..= max(SMAX(E), WEDGE(P))`, which holds everything that E can have
//! sent or may send, and is no ack that P sent (a RST in the CLOSED form copies
//! that). The form `<SEQ=0><CTL=RST,ACK>` of an end without a connection is left
//! out, unless it acknowledges a number of P's stream that no segment of P without ACK
//! explains: to segments with ACK that form is no answer (3.10.7.1). Where the scale of P's window is unknown the largest one is assumed.
//! Likely at most: E may be in another connection than the one captured.

use crate::rules::prelude::*;
use crate::seq::SeqNo;

/// The largest window there is (RFC 7323, 2.3).
const LARGEST_WINDOW: u32 = 65_535 << 14;

/// Beyond this many octets the range of numbers has no outside to speak of.
const MAY_WRAP_OCTETS: u64 = 1 << 30;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS002",
    name: "rst-seq-out-of-window",
    title: "RST that the receiver must ignore",
    group: Group::RS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::BothDirections, Need::NoCaptureLoss, Need::SynSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.5.2",
        "RFC 9293 3.5.3",
        "RFC 9293 3.10.7.4",
        "RFC 5961 3.2",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A reset is believed only if its sequence number lies in the window of the \
               receiver, and by newer stacks only if it is exactly the next number expected. The \
               number of this one is far from anything that its sender has sent or might send.",
        why: "The receiver ignores it, so it does not end the connection, whatever the sender \
              meant. Either the sender has mixed up two connections, or a box on the way changes \
              sequence numbers and forgot the resets, or somebody who cannot see the connection \
              is guessing numbers to cut it.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
            "B > A  ACK      seq=5001 ack=1101 win=1000   (A may send 1101 to 2100)",
            "A > B  RST      seq=999999                   <- not 1101",
        ],
        excuses: &[
            "A RST that answers a single segment copies that segment's ack: every ack that the \
             other end sent is accepted as its number.",
            "An old reset of the connection before on the same ports: it is told by its numbers.",
            "Data that the capture lost: the whole window counts as sent.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let Some(iss) = case.end(side).iss() else {
            continue;
        };
        if case.end(side).advanced >= MAY_WRAP_OCTETS {
            continue;
        }
        for rst in case.resets(side).filter(|rst| !rst.is_syn()) {
            if !is_without_connection(case, rst) {
                judge(case, rst, iss, verdicts);
            }
        }
    }
}

fn judge(case: &Case<'_>, rst: &Noted, iss: SeqNo, verdicts: &mut Verdicts) {
    let before = &rst.before;
    let (Some(next), Some(acked)) = (before.own_next, before.peer_ack) else {
        return;
    };
    let (own, peer) = (case.end(rst.side), case.end(rst.side.peer()));
    let edge = match (peer.window_shift(own), before.peer_edge) {
        (Some(_), Some(edge)) => edge,
        _ => acked + LARGEST_WINDOW,
    };
    let last = next.later(edge);
    let copies_an_ack = case
        .of(rst.side.peer())
        .any(|noted| noted.is_ack() && noted.ack == rst.seq);
    if rst.seq.within(iss + 1, last) || copies_an_ack || of_previous(case, rst) {
        return;
    }
    let verdict = Verdict::about(
        rst,
        format!(
            "The RST of the {} has number {}, but the {} expects {acked} and its window ends at \
             {edge}: it must ignore the RST.",
            rst.side.name(),
            rst.seq,
            rst.side.peer().name(),
        ),
    );
    verdicts.say(
        verdict
            .expected(Numbers::default().seq_range(acked, edge))
            .observed(Numbers::default().seq(rst.seq).flags(rst.flags)),
    );
}

/// RFC 9293, 3.10.7.1: `<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>` answers a segment
/// without ACK. An ack of anything but P's stream tells of another connection.
fn is_without_connection(case: &Case<'_>, rst: &Noted) -> bool {
    let side = rst.side.peer();
    let in_stream = case
        .end(side)
        .iss()
        .zip(rst.before.peer_next)
        .is_some_and(|(iss, next)| rst.ack.within(iss + 1, next));
    let explained = case
        .of(side)
        .any(|noted| !noted.is_ack() && rst.ack == noted.seq + noted.len());
    rst.is_ack() && rst.seq == SeqNo(0) && (explained || !in_stream)
}

/// It stands exactly where the sender stood in the connection before.
fn of_previous(case: &Case<'_>, rst: &Noted) -> bool {
    case.previous.is_some_and(|previous| {
        let own = previous.ends.of(rst.side);
        let peer = previous.ends.of(rst.side.peer());
        own.snd_next == Some(rst.seq) || peer.ack_max == Some(rst.seq)
    })
}
