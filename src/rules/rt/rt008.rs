//! RT008: the opening is given up before three minutes.
//!
//! RFC 9293, 3.8.3 (MUST-23): for a SYN, R2 must be large enough to go on for at least three minutes;
//! the application may close sooner. SYNs of A are all there is, sent at least twice; the last comes less
//! than 180 s after the first, and nothing follows on these sockets for 190 s of capture. A SYN that is
//! sent once is a probe or a scan, and says nothing of a timer: left to HS009.
//!
//! An omission, so never more than likely. The catalogue needs both directions, which an opening without
//! an answer cannot show; instead some connection of the capture must show both (as in HS009).

use super::resent::seconds;
use crate::rules::prelude::*;
use crate::rules::words::times;
use crate::segment::NS_PER_S;

/// R2 of a SYN.
const R2_S: i64 = 180;
/// A next SYN should have come by then.
const WATCHED_S: u16 = 190;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT008",
    name: "syn-given-up-early",
    title: "Opening given up before 3 minutes",
    group: Group::RT,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[Need::Time(WATCHED_S)],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.3 (MUST-23)"],
    folds: &[],
    thresholds: &[("r2_s", R2_S as u64), ("watched_s", WATCHED_S as u64)],
    text: Explanation {
        what: "The client repeated its SYN a few times, got no answer, and stopped before three \
               minutes had passed. By the standard a system goes on at least that long, unless \
               the program that connects gives up.",
        why: "A server or a path that is down for a minute is then not reached, although waiting \
              would have helped. In practice nearly all systems stop after 20 to 130 seconds, and \
              programs often sooner, so it is remarkable by the textbook only.",
        exchange: &[
            "A > B  SYN  seq=1000    t=0, 1, 3, 7",
            "(nothing more, for more than three minutes)    <- SYNs were due up to t=180",
        ],
        excuses: &[
            "The program closed or ended: that is its right.",
            "Common defaults: Linux sends six repetitions and gives up after about two minutes, \
             others sooner.",
            "The capture stopped: it has to go on for 190 seconds after the last SYN.",
        ],
    },
    wakes_on: Observations::SYN_REPEATED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let connection = case.connection;
    let only_syns = case.noted().iter().all(|noted| noted.is_bare_syn());
    let Some(side) = case.noted().first().map(|noted| noted.side) else {
        return;
    };
    let Some(syn) = case.end(side).syn.filter(|syn| syn.copies > 1) else {
        return;
    };
    let alone = !case.end(side.peer()).was_seen() && connection.noted_dropped() == 0;
    let lasted = syn.last_time.since(syn.time);
    if connection.icmp.explains_silence(side) {
        return;
    }
    if !only_syns || !alone || connection.self_connect || lasted >= R2_S * NS_PER_S {
        return;
    }
    if !case.capture_is_two_way() {
        verdicts.withhold(Need::BothDirections);
        return;
    }
    if !verdicts.waited(case, syn.last_time, WATCHED_S) {
        return;
    }
    let message = format!(
        "The {} sent its SYN {} within {}, without an answer, and then no more; the standard asks for \
         three minutes.",
        side.name(),
        times(syn.copies),
        seconds(lasted),
    );
    verdicts.say(
        Verdict::omission(side, syn.last_time, message)
            .related([syn.packet, syn.last_packet])
            .expected(Numbers::default().time(R2_S * NS_PER_S))
            .observed(
                Numbers::default()
                    .seq(syn.iss)
                    .count(u64::from(syn.copies))
                    .time(lasted),
            ),
    );
}
