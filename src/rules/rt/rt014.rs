//! RT014: unacknowledged octets are never sent again.
//!
//! RFC 9293, 3.8.1 (MUST-19, MUST-20 by way of RFC 6298, 5): what is not
//! acknowledged in time is sent again. Octets of E from SND.UNA (as far as P's
//! acks show it) are in the capture exactly once, no RST of either end follows,
//! P's last window is not 0, and the sockets are watched for T = max(5 s, 4
//! RTT) after the last of them and after anything that P sent. One repetition
//! of any part, as a keepalive or probe too, ends the rule, so an end that
//! gives up is never accused. Away from E the repetitions may be lost before
//! the monitor: likely. After a loss the timer may be backed off, so an end
//! that had retransmitted before is given a minute (RFC 6298, 2.4 allows that
//! for the maximum).
//!
//! Not judged: octets about which an ICMP error said that they did not arrive
//! (CA009), as that may end the connection; octets outstanding both ways at
//! once; and octets behind which
//! the connection just stops where the same happens to connections of other
//! hosts: these were cut out of a larger capture, or, behind a second FIN,
//! whoever captured them took that for the end.
//!
//! Cases: data; fin; synack. The last is said only while the listener has
//! fewer than three half-open connections: SYN cookies do not repeat SYN-ACKs.

use crate::machine::end::Sent;
use crate::rules::prelude::*;
use crate::rules::td::closing;
use crate::rules::words::{the, the_capital};
use crate::segment::{NS_PER_S, Timestamp};
use crate::seq::SeqNo;

/// Watched for at least so long.
const WATCHED_SECONDS: u16 = 5;
/// And for so many round-trip times.
const WATCHED_RTTS: i64 = 4;
/// The timer may be backed off so far.
const BACKED_OFF_SECONDS: u16 = 60;
/// So many half-open connections of one listener may be a flood.
const FLOOD: u32 = 3;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT014",
    name: "unacknowledged-not-retransmitted",
    title: "Unacknowledged octets are never sent again",
    group: Group::RT,
    severity: Severity::Warning,
    cases: &[
        ("data", Severity::Warning),
        ("fin", Severity::Warning),
        ("synack", Severity::Warning),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Time(WATCHED_SECONDS),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.1", "RFC 6298 5"],
    folds: &[("TD017", Scope::OtherEndpoint)],
    thresholds: &[
        ("watched_seconds", WATCHED_SECONDS as u64),
        ("watched_rtts", WATCHED_RTTS as u64),
        ("backed_off_seconds", BACKED_OFF_SECONDS as u64),
        ("half_open_connections", FLOOD as u64),
    ],
    text: Explanation {
        what: "TCP is reliable because a sender repeats what is not acknowledged in time, usually \
               after a second or less. This end sent data, a FIN or a SYN-ACK, got no \
               acknowledgment, and did not send it again, although nothing had ended the \
               connection.",
        why: "With the first lost segment the data (or the close, or the opening) is lost for \
              good, and both ends wait for each other. Typical of stacks without a retransmission \
              timer.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100    t=0",
            "(no ACK from B)                              <- A must send it again after about 1 s",
            "(the capture goes on until t=5)",
        ],
        excuses: &[
            "The sending host died or lost its network at that very moment.",
            "The capture was taken near the receiver and all repetitions were lost before it: \
             hence never more than likely.",
            "A SYN proxy, or a server that answers with SYN cookies, never repeats a SYN-ACK: the \
             case synack is left out when several connections are half-open.",
            "The receiver's window is 0: then other rules apply.",
            "An ICMP error said that the segment did not arrive: then CA009 tells it, and nobody \
             is blamed for giving up.",
        ],
    },
    wakes_on: Observations::UNACKNOWLEDGED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    if closing::is_reset(case) {
        return;
    }
    // Octets outstanding both ways, and nobody stirs: the capture of this
    // connection was cut, or both hosts are gone.
    let outstanding = |side| case.end(side).sent_after_syn && !closing::all_acked(case, side);
    if Side::BOTH.into_iter().all(outstanding) {
        return;
    }
    let silent = |side: &Side| !case.connection.icmp.explains_silence(*side);
    for side in Side::BOTH.into_iter().filter(silent) {
        if let Some(lost) = sent_once(case, side) {
            judge(case, side, &lost, verdicts);
        }
    }
}

/// What an end sent once, without an acknowledgment.
struct Lost {
    case: &'static str,
    what: &'static str,
    start: SeqNo,
    end: SeqNo,
    packet: u64,
    /// Nothing that could start or restart the timer came later.
    since: Timestamp,
}

fn sent_once(case: &Case<'_>, side: Side) -> Option<Lost> {
    let (own, peer) = (case.end(side), case.end(side.peer()));
    if !own.sent_after_syn {
        return syn_ack_sent_once(case, side);
    }
    let (acked, next) = (peer.ack_max?, own.snd_next?);
    let again = own.resent_to.is_some_and(|to| to.after(acked));
    let acked_early = closing::acked_early(case, side);
    if !next.after(acked) || again || peer.last_window == 0 || acked_early {
        return None;
    }
    let first: &Sent = own.recent.iter().find(|sent| sent.end.after(acked))?;
    let only_fin = own.fin_seq() == Some(acked);
    let peer_last = peer.last.map_or(first.time, |last| last.time);
    let newest = own.recent.back().map_or(first.time, |sent| sent.time);
    Some(Lost {
        case: if only_fin { "fin" } else { "data" },
        what: if only_fin { "its FIN" } else { "octets" },
        start: acked,
        end: next - 1,
        packet: first.packet,
        since: newest.max(peer_last),
    })
}

fn syn_ack_sent_once(case: &Case<'_>, side: Side) -> Option<Lost> {
    let (own, peer) = (case.end(side), case.end(side.peer()));
    let syn = own.syn.filter(|syn| syn.ack.is_some() && syn.copies == 1)?;
    let opened = own.sent_syn_ack && !own.sent_bare_syn && peer.sent_bare_syn;
    let acked = peer.ack_max.is_some_and(|ack| ack.after(syn.iss));
    let listener = *case.connection.sockets.of(side);
    let flooded = case.capture.half_open_at(listener) >= FLOOD;
    if !opened || acked || flooded || case.of(side).filter(|n| n.is_syn()).count() != 1 {
        return None;
    }
    let peer_last = peer.last.map_or(syn.time, |last| last.time);
    Some(Lost {
        case: "synack",
        what: "its SYN-ACK",
        start: syn.iss,
        end: syn.iss,
        packet: syn.packet,
        since: syn.time.max(peer_last),
    })
}

fn judge(case: &Case<'_>, side: Side, lost: &Lost, verdicts: &mut Verdicts) {
    let own = case.end(side);
    let cut = match lost.case {
        "data" => case.connection.breaks_off() == Some(side) && case.capture.broken_off.len() > 1,
        "fin" => closing::last_ack_left_out(case, side),
        _ => false,
    };
    if cut {
        verdicts.withhold(Need::NoCaptureLoss);
        return;
    }
    let syn_copies = own.syn.map_or(0, |syn| u64::from(syn.copies) - 1);
    let had_losses = own.counts.retransmissions > syn_copies;
    let seconds = if had_losses {
        BACKED_OFF_SECONDS
    } else {
        WATCHED_SECONDS
    };
    if !verdicts.waited(case, lost.since, seconds) {
        return;
    }
    let rtt = case.connection.rtt_ns().unwrap_or(0);
    let rtts = rtt.saturating_mul(WATCHED_RTTS);
    let watched = case.until.since(lost.since);
    if watched < rtts {
        verdicts.withhold(Need::Time(WATCHED_SECONDS));
        return;
    }
    verdicts.say(
        Verdict::omission(
            side,
            lost.since.plus(i64::from(WATCHED_SECONDS) * NS_PER_S),
            format!(
                "{} sent {} (packet {}) once; {} never acknowledged that, and it was not sent \
                 again.",
                the_capital(side),
                lost.what,
                named(lost.packet),
                the(side.peer()),
            ),
        )
        .case(lost.case)
        .related([lost.packet])
        .expected(Numbers::default().count(2))
        .observed(
            Numbers::default()
                .seq_range(lost.start, lost.end)
                .count(1)
                .time(watched),
        ),
    );
}
