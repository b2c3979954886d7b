//! RS005: the connection was aborted.
//!
//! RFC 9293, 3.6 and 3.10.5: a RST instead of a FIN. Legal; worth knowing.
//! Condition: E, synchronized and without a FIN of its own so far, sends a RST
//! numbered from SND.UNA or ISS(E)+1 to SMAX(E). Only the first such RST of a
//! connection is told, whoever sends it: what follows answers segments that
//! were under way. A client that resets straight after the SYN-ACK was never
//! synchronized (AT002 and the connection's `opening` speak of that).

use crate::rules::prelude::*;
use crate::segment::Flags;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS005",
    name: "connection-aborted",
    title: "Connection aborted with RST",
    group: Group::RS,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.6",
        "RFC 9293 3.10.5",
        "RFC 2525 2.17",
        "RFC 9293 3.5.3 (SHLD-2)",
        "RFC 9293 3.6.1 (SHLD-3)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "One endpoint ended an open connection with RST instead of FIN. That is allowed \
               (the ABORT call), and no violation.",
        why: "An abort throws away what is still under way in either direction, and the other \
              application gets an error (\"connection reset by peer\") instead of an end of file. \
              Frequent reasons: a program ended or closed its socket with data still unread, \
              SO_LINGER with time 0, a crash, a load balancer or firewall cutting idle \
              connections. The finding says how many octets were not acknowledged on each side: \
              with 0 and 0 nothing that the capture shows was lost.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=50",
            "B > A  RST,ACK  seq=5001 ack=1051   (FIN,ACK would be an orderly close)",
        ],
        excuses: &[
            "Somebody else may have sent the RST in the endpoint's name; compare TTL and IP \
             identification with its other segments.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let aborts = |noted: &&Noted| noted.is_rst() && aborts(case, noted);
    let Some(rst) = case.noted().iter().find(aborts) else {
        return;
    };
    let (who, other) = (rst.side.name(), rst.side.peer().name());
    let (unread, unacked) = in_flight(rst);
    let octets = |count: u32| match count {
        1 => "1 octet".to_owned(),
        count => format!("{count} octets"),
    };
    let (theirs, own) = (octets(unread), octets(unacked));
    let lost = match (unread, unacked) {
        (0, 0) => "nothing was outstanding".to_owned(),
        (_, 0) => format!("it had not acknowledged {theirs} of the {other}"),
        (0, _) => format!("the {other} had not acknowledged {own} of it"),
        _ => {
            format!("it had not acknowledged {theirs} of the {other}, nor the {other} {own} of it")
        }
    };
    let verdict = Verdict::about(
        rst,
        format!(
            "The {who} aborted the connection with RST instead of closing it with FIN; {lost}."
        ),
    );
    verdicts.say(
        verdict
            .expected(Numbers::default().flags_text("FIN,ACK for an orderly close"))
            .observed(Numbers::default().seq(rst.seq).flags(rst.flags)),
    );
}

fn aborts(case: &Case<'_>, rst: &Noted) -> bool {
    let end = case.end(rst.side);
    let before = &rst.before;
    let (Some(next), Some(last)) = (before.own_next, before.own_last) else {
        return false;
    };
    let closed = end.fin.is_some_and(|fin| fin.packet < rst.packet);
    // A SYN-ACK that was acknowledged has opened the connection as well.
    let acked = end
        .iss()
        .zip(before.peer_ack)
        .is_some_and(|(iss, ack)| ack.after(iss));
    let synchronized = !last.flags.contains(Flags::SYN) || last.flags.contains(Flags::ACK) && acked;
    let lowest = match (end.iss(), before.peer_ack) {
        (Some(iss), _) => iss + 1,
        (None, Some(ack)) => ack,
        (None, None) => next,
    };
    !rst.is_syn() && synchronized && !closed && rst.seq.within(lowest.earlier(next), next)
}

/// Octets of the peer that the resetter has not acknowledged, and its own
/// that the peer has not.
fn in_flight(rst: &Noted) -> (u32, u32) {
    let before = &rst.before;
    let ack = match (before.own_ack, rst.is_ack()) {
        (Some(known), true) => Some(known.later(rst.ack)),
        (known, _) => known,
    };
    let rest = |next: Option<crate::seq::SeqNo>, ack: Option<crate::seq::SeqNo>| {
        next.zip(ack)
            .filter(|(next, ack)| next.after(*ack))
            .map_or(0, |(next, ack)| next.offset_from(ack))
    };
    (
        rest(before.peer_next, ack),
        rest(before.own_next, before.peer_ack),
    )
}
