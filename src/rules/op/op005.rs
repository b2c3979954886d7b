//! OP005: a window scale above 14.
//!
//! RFC 7323, 2.3: shift.cnt is limited to 14, since a window of 2^30 octets is
//! the largest within which old and new sequence numbers can be told apart. On
//! a segment with SYN, from one header. (Without SYN: OP003.) The machine goes
//! on with 14, as the receiver must.

use crate::rules::prelude::*;

/// The largest shift count allowed.
const MAX_SHIFT: u64 = 14;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP005",
    name: "window-scale-too-large",
    title: "Window scale above 14",
    group: Group::OP,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 2.3"],
    folds: &[],
    thresholds: &[("max_shift", MAX_SHIFT)],
    text: Explanation {
        what: "The window scale says by how many bits each later window field is shifted. It may be \
               14 at most; this SYN asks for more.",
        why: "With a larger shift a window could span a quarter of all sequence numbers or more, \
              and a number inside could no longer be told from an old one. The receiver uses 14 \
              instead, so if the sender means what it says, the two ends read its windows \
              differently from then on.",
        exchange: &["A > B  SYN  seq=1000 mss=1460 wscale=15    <- at most 14"],
        excuses: &[
            "The header was damaged on the way: the checksum shows it, and the verdict is \
                    withheld.",
        ],
    },
    wakes_on: Observations::WINDOW_SCALE_LARGE,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::WINDOW_SCALE_LARGE) {
        let Some(shift) = noted.options.window_scale() else {
            continue;
        };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} asks for a window scale of {shift}; {MAX_SHIFT} is the largest.",
                noted.side.name()
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().options("window scale of 14 or less"))
                .observed(
                    Numbers::default()
                        .seq(noted.seq)
                        .options(format!("window scale {shift}")),
                ),
        );
    }
}
