//! HS005: a SYN is answered with a SYN that carries no ACK.
//!
//! RFC 9293, 3.4.1 says that steps 2 and 3 of the four-step handshake "can be
//! combined in a single message"; sent apart they are legal too (3.5, figure
//! 7, looks the same). Whether the second SYN answers the first or crossed it
//! cannot be seen for certain, hence likely at most, and only when: B is known
//! as a listener from elsewhere and A is not, and B's SYN comes no sooner than
//! B's answer to A's next segment took (the time to B and back; this replaces
//! the catalogue's round trip of another connection, which a connection judged
//! by itself does not know). Else HS006 alone speaks.
//!
//! Both ends of a simultaneous open send SYN-ACKs, so those of this connection
//! do not show who listens: a B that sends one here is not split, and where A
//! sends one (as it must) its port has to be an ephemeral one.

use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::tunnel::Within;

/// Ports from here on are given to whoever opens (Linux begins here, RFC 6335
/// at 49152).
const EPHEMERAL: u16 = 32_768;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS005",
    name: "split-handshake",
    title: "SYN answered with a SYN that carries no ACK",
    group: Group::HS,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynPeer, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: true,
    rfc: &["RFC 9293 3.5", "RFC 9293 3.4.1"],
    folds: &[("HS006", Scope::Connection)],
    thresholds: &[],
    text: Explanation {
        what: "A server that receives a SYN answers with one segment that does two things: it \
               acknowledges the SYN and sends its own. This server sent a SYN without ACK \
               instead, so that the handshake takes four segments, or looks like two ends that \
               opened at the same time.",
        why: "It is legal, and practically no server does it. Firewalls and inspection boxes \
              that tell client from server by the SYN can be led to mistake one for the other, \
              and it has been used for just that.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN      seq=5000              (200 ms later)",
            "A > B  SYN,ACK  seq=1000 ack=5001",
            "B > A  ACK      seq=5001 ack=1001",
        ],
        excuses: &[
            "Both ends opened at the same time, and the SYNs crossed: then only HS006 speaks. \
             The two are told apart by the time in between, and by whether the answering port \
             is a server's elsewhere in the capture.",
            "Programs that get through address translators open from both sides on purpose: \
             then both ports are listening, and nothing is said.",
        ],
    },
    wakes_on: Observations::SYN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let firsts = Side::BOTH.map(|side| case.syns(side).next());
    let [Some(one), Some(other)] = firsts else {
        return;
    };
    let (syn, answer) = if one.packet < other.packet {
        (one, other)
    } else {
        (other, one)
    };
    let socket = |side: Side| case.connection.sockets.of(side);
    let listens = |side: Side| {
        let (addr, tunnel) = (*socket(side), case.connection.tunnel);
        case.capture.listeners.contains(&Within { addr, tunnel })
    };
    let answered_here = |side: Side| case.syn_acks(side).next().is_some();
    if !listens(answer.side) || answered_here(answer.side) {
        return;
    }
    let may_listen = if answered_here(syn.side) {
        socket(syn.side).port < EPHEMERAL || socket(answer.side).port >= EPHEMERAL
    } else {
        listens(syn.side)
    };
    if may_listen {
        return;
    }
    let waited = answer.time.since(syn.time);
    if waited <= 0 || there_and_back(case, answer.side, answer.packet).is_some_and(|ns| waited < ns)
    {
        return;
    }
    verdicts.say(
        Verdict::about(
            answer,
            format!(
                "{} answered the SYN (packet {}) with a SYN of its own that acknowledges \
                 nothing; one SYN-ACK that acknowledges {} would have done. So {} seems to split \
                 the handshake.",
                the_capital(answer.side),
                named(syn.packet),
                syn.seq + 1,
                the(answer.side),
            ),
        )
        .related([syn.packet])
        .expected(
            Numbers::default()
                .flags_text("SYN,ACK")
                .ack_range(syn.seq + 1, syn.end()),
        )
        .observed(
            Numbers::default()
                .flags(answer.flags)
                .seq(answer.seq)
                .time(waited),
        ),
    );
}

/// How long `side` took to answer the other end's SYN-ACK that came behind
/// packet `after`.
fn there_and_back(case: &Case<'_>, side: Side, after: u64) -> Option<i64> {
    let asked = case.syn_acks(side.peer()).find(|n| n.packet > after)?;
    let answered = case
        .of(side)
        .find(|n| n.packet > asked.packet && n.is_ack() && n.ack == asked.seq + 1)?;
    Some(answered.time.since(asked.time))
}
