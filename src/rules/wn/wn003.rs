//! WN003: a window of zero.
//!
//! RFC 9293, 3.8.6 (MAY-8 lets a sender keep the connection as long as it lasts):
//! E sends ACK without SYN, FIN and RST with SEG.WND = 0. An event, told once for
//! each end, with how often and how long. A window that is smaller than one unit of
//! the scale also shows as 0, and stops the sender as well.
//!
//! Excluded: anything after a RST or after a FIN of either end, where a window says
//! nothing any more; and, where the opening was not captured, an end whose peer
//! sends no data.

use crate::machine::watch::zero_window::Closures;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::{NS_PER_MS, NS_PER_S};

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN003",
    name: "zero-window",
    title: "Receiver closed its window",
    group: Group::WN,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.6", "RFC 9293 3.8.6.1 (MAY-8)"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A receiver says that it has no room for a single octet more. The sender must stop, \
               and may only ask from time to time (a probe) whether there is room again.",
        why: "It is legal and works as intended, but it shows where the time goes: the application \
              at this end reads more slowly than the other one sends. Faster networks will not \
              help; a larger buffer only delays it.",
        exchange: &[
            "A > B  PSH,ACK  seq=8001 ack=5001 len=1000",
            "B > A  ACK      seq=5001 ack=9001 win=0      (the buffer is full)",
        ],
        excuses: &[
            "RSTs, and segments at the end of a connection, often carry a window of 0: they are \
             not meant.",
        ],
    },
    wakes_on: Observations::ZERO_WINDOW,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::ZERO_WINDOW) {
        let Some(closures) = &case.watch(noted.side).window.closures else {
            continue;
        };
        let times = match closures.count {
            0 | 1 => String::new(),
            count => format!(" It did so {count} times."),
        };
        let open = if closures.since.is_some() {
            " It was closed when the capture of this connection ends."
        } else {
            ""
        };
        verdicts.say(
            Verdict::about(
                noted,
                format!(
                    "{} has no more room behind {} and closes its window; in all it was closed \
                     for {}.{times}{open}",
                    the_capital(noted.side),
                    noted.ack - 1,
                    in_words(total_ns(case, closures)),
                ),
            )
            .observed(
                Numbers::default()
                    .ack(noted.ack)
                    .window(0)
                    .count(closures.count)
                    .time(total_ns(case, closures)),
            ),
        );
    }
}

fn total_ns(case: &Case<'_>, closures: &Closures) -> i64 {
    let last = case.connection.last.1;
    let still = closures.since.map_or(0, |since| last.since(since).max(0));
    closures.total_ns.saturating_add(still)
}

#[allow(clippy::cast_precision_loss)]
fn in_words(ns: i64) -> String {
    if ns < NS_PER_MS {
        "less than a millisecond".to_owned()
    } else {
        format!("{:.3} s", ns as f64 / NS_PER_S as f64)
    }
}
