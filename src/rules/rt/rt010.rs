//! RT010: a keepalive.
//!
//! RFC 9293, 3.8.4 (MAY-5, MAY-6): a segment with ACK and no other control bit, SEG.SEQ =
//! SMAX(E)-1, and no octet or one, while all that E sent is acknowledged. Nobody is blamed.
//! Case `default-interval` where P had been silent for two hours before each of them (MUST-28),
//! else `below-two-hours`: somebody has set the time, which is allowed.
//!
//! Other segments of this form, which are left out:
//! - probes of a window that is closed, or too small for what E has to send (WN004). A window
//!   that P has opened again counts as closed until E has sent something new, for E may not
//!   have heard of it; a window below 536 octets counts as too small;
//! - the latest octet once more, because its ACK was lost behind the monitor: an octet that
//!   makes up the latest segment and is the same;
//! - an ACK that an octet or a FIN behind it has overtaken, and anything in answer to a segment
//!   of P: E's and P's latest segments must be 0.9 s old, less than the shortest time that
//!   common stacks allow.
//!
//! Definite if the capture lost nothing: an unseen closed window would make a probe of it.

use crate::finding::Span;
use crate::machine::watch::keepalive::Log;
use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};
use crate::segment::NS_PER_S;

/// RFC 9293, 3.8.4 (MUST-28): the default is no less than two hours.
const DEFAULT_SECONDS: i64 = 7200;
/// Timers are not exact.
const SLACK_SECONDS: i64 = 2;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RT010",
    name: "keepalive",
    title: "Keepalive probe",
    group: Group::RT,
    severity: Severity::Notice,
    cases: &[
        ("default-interval", Severity::Info),
        ("below-two-hours", Severity::Notice),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::SynSelf, Need::BothDirections, Need::NoCaptureLoss],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.8.4 (MUST-28, SHLD-12, MAY-5, MAY-6)"],
    folds: &[],
    thresholds: &[("default_seconds", DEFAULT_SECONDS as u64)],
    text: Explanation {
        what: "Nothing has been sent on the connection for a while, and one end asks whether the \
               other is still there: it sends a segment with a sequence number that the other has \
               long received, one below its next. The other must answer that with an ACK.",
        why: "This is how an end finds out that its peer has crashed or that the path is gone, and \
              how it keeps the entries of firewalls and address translators alive. TCP leaves \
              keepalives off unless a program asks for them, and then waits two hours unless \
              told otherwise: a shorter time was chosen by the program or the system. The 75 \
              seconds and the number of probes that textbooks name are customs of some systems; \
              the RFC asks for neither.",
        exchange: &[
            "(nothing for two hours; A has sent up to 1000, all acknowledged)",
            "A > B  ACK  seq=1000 ack=5001   (next would be 1001: a keepalive)",
            "B > A  ACK  seq=5001 ack=1001   (still here)",
        ],
        excuses: &[
            "A probe of a closed or very small window has the same form: not counted.",
            "An octet that is sent again because its acknowledgment was lost: not counted.",
        ],
    },
    wakes_on: Observations::KEEPALIVE,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let first = case
            .with(Observations::KEEPALIVE)
            .find(|noted| noted.side == side);
        if let Some((first, log)) = first.zip(case.watch(side).keepalive.log()) {
            tell(first, log, verdicts);
        }
    }
}

fn tell(first: &Noted, log: &Log, verdicts: &mut Verdicts) {
    let side = first.side;
    let Some(idle_ns) = log.idle_ns else { return };
    let name = if idle_ns < (DEFAULT_SECONDS - SLACK_SECONDS) * NS_PER_S {
        "below-two-hours"
    } else {
        "default-interval"
    };
    let how_many = match log.probes {
        1 => "a keepalive".to_owned(),
        probes => format!("{probes} keepalives"),
    };
    let after = match log.probes {
        1 => "after",
        _ => "the soonest after",
    };
    let interval = log.interval_ns.map_or(String::new(), |ns| {
        format!(", and {} s after one that was not answered", Span(ns))
    });
    let message = format!(
        "{} sent {how_many}, {after} {} s without a segment of {}{interval}.",
        the_capital(side),
        Span(idle_ns),
        the(side.peer()),
    );
    verdicts.say(
        Verdict::about(first, message).case(name).observed(
            Numbers::default()
                .seq(first.seq)
                .len(first.payload_len)
                .time(idle_ns)
                .count(log.probes.into()),
        ),
    );
}
