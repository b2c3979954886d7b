//! RT009: a connection is abandoned before 100 s of retransmission.
//!
//! RFC 9293, 3.8.3 (SHLD-10, SHLD-11): R2, the point where a sender closes the connection because its
//! repetitions stay unanswered, should correspond to at least 100 s. E has sent the segment at SND.UNA
//! again, P has been silent since the latest copy and has not acknowledged it, and E ends it less than
//! 100 s after the first copy: with a RST, or by sending nothing for the 120 s that follow. A timer that
//! doubles would have fired by then: where 100 s have not passed, the next pause is below 100 s too.
//!
//! An omission, seen from outside: the host may have died, the program may have closed, so never more
//! than likely. Not judged: P has sent a RST or closed its window, or either end has asked for another
//! timeout (RFC 5482); connections that are cut off in the capture along with others.
//!
//! The catalogue also takes fewer than three repetitions for a sign (R1); that is about telling the
//! network layer, not about giving up, and with a timer of a minute three cannot be had in time.

use super::resent::{by_end, seconds};
use crate::machine::watch::retransmit::Series;
use crate::rules::prelude::*;
use crate::rules::words::times;
use crate::segment::{NS_PER_S, OptionSet, Timestamp};

/// R2 of data.
const R2_S: i64 = 100;
/// The next repetition should have come by then.
const WATCHED_S: u16 = 120;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT009",
    name: "data-given-up-early",
    title: "Connection abandoned before 100 s of retransmission",
    group: Group::RT,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::BothDirections, Need::Time(WATCHED_S)],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.3 (MUST-20, SHLD-10, SHLD-11)"],
    folds: &[],
    thresholds: &[("r2_s", R2_S as u64), ("watched_s", WATCHED_S as u64)],
    text: Explanation {
        what: "An end repeated data (or its FIN) that was not acknowledged, and gave the \
               connection up before 100 seconds had passed: it sent a RST, or nothing more at all.",
        why: "TCP is meant to live through a pause of the network: a reboot of a router, a tunnel, \
              a change of the access point. An end that gives up early turns such a pause into a \
              broken connection.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100    t=0, 0.2, 0.6, 1.4",
            "A > B  RST      seq=1101            t=3    <- 100 s should have been tried",
        ],
        excuses: &[
            "The program aborted the connection, or has set a shorter limit (TCP_USER_TIMEOUT).",
            "An ICMP error said that there is no way any more.",
            "A connection that its program has closed already is often given up sooner: nobody \
             waits for it.",
            "The host itself was switched off.",
        ],
    },
    wakes_on: Observations::SENT_AGAIN.union(Observations::FIN_REPEATED),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for (side, again) in by_end(case) {
        let Some(series) = again.series.filter(|series| !series.is_syn) else {
            continue;
        };
        if let Some(end) = given_up(case, side, &series) {
            judge(case, side, &series, end, verdicts);
        }
    }
}

/// How an end gave up.
enum End {
    /// By a RST: packet and time.
    Reset(u64, Timestamp),
    /// By silence since then.
    Silence(Timestamp),
}

fn given_up(case: &Case<'_>, side: Side, series: &Series) -> Option<End> {
    let (own, peer) = (case.end(side), case.end(side.peer()));
    let acked = peer.ack_max.is_none_or(|ack| ack.after(series.start));
    let spoke = peer.last.is_none_or(|last| last.packet > series.last.0);
    let agreed = [own, peer].into_iter().any(|end| {
        end.syn
            .is_some_and(|syn| syn.options.present.contains(OptionSet::USER_TIMEOUT))
    });
    let told_why = case.connection.icmp.explains_silence(side);
    if acked || spoke || agreed || told_why || peer.sent_rst || peer.last_window == 0 {
        return None;
    }
    match own.rst {
        Some(rst) if rst.first.packet > series.last.0 => {
            Some(End::Reset(rst.first.packet, rst.first.time))
        }
        Some(_) => None,
        None if own.sent_rst => None,
        None => Some(End::Silence(own.last?.time)),
    }
}

fn judge(case: &Case<'_>, side: Side, series: &Series, end: End, verdicts: &mut Verdicts) {
    let (packet, until) = match end {
        End::Reset(packet, time) => (Some(packet), time),
        End::Silence(since) => (None, since),
    };
    let tried = until.since(series.first.1);
    if !(0..R2_S * NS_PER_S).contains(&tried) {
        return;
    }
    if packet.is_none() && !verdicts.waited(case, until, WATCHED_S) {
        return;
    }
    let how = match packet {
        Some(_) => "reset the connection",
        None => "then sent nothing more",
    };
    let times = times(series.times);
    let message = format!(
        "The {} sent unacknowledged octets (packet {}) again {times} and {how} after {}; at least \
         100 s should be tried.",
        side.name(),
        named(series.first.0),
        seconds(tried),
    );
    let verdict = Verdict {
        packet,
        ..Verdict::omission(side, until, message)
    };
    verdicts.say(
        verdict
            .related([series.first.0, series.last.0])
            .expected(Numbers::default().time(R2_S * NS_PER_S))
            .observed(
                Numbers::default()
                    .seq(series.start)
                    .count(u64::from(series.times))
                    .time(tried),
            ),
    );
}
