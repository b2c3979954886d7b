//! CA007: the time stamps of the frames go backwards.
//!
//! Condition: a frame's time is more than 1 µs before that of its predecessor
//! in the file, or a frame has no time (the Simple Packet Block of pcapng). Found while reading (`flow/quality`): the largest step becomes
//! the slack of everything that compares times, and beyond 100 ms what rests on
//! times is withheld.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA007",
    name: "time-not-monotonic",
    title: "Frame times go backwards",
    group: Group::CA,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[],
    folds: &[],
    thresholds: &[("slack_us", 1)],
    text: Explanation {
        what: "A packet of the capture has an earlier time than the one before it in the file, or \
               none at all (Simple Packet Blocks of pcapng).",
        why: "It is not certain which of the two came first, and with that what was cause and \
              what was effect. Packets are judged in the order of the file; checks that rest on \
              times are withheld if the clock jumps by more than 100 ms. Sorting the file by time \
              (reordercap) or a capture from a single interface helps.",
        exchange: &[
            "packet 5  t=10.000300",
            "packet 6  t=10.000120   (180 us earlier)",
        ],
        excuses: &[
            "With --merge, each file is looked at for itself. It is also said where an \
             acknowledgment in one file stands before what it acknowledges in another: their clocks are \
             apart, or one end is at fault; these connections are not judged.",
            "Several interfaces or queues, or files merged one behind the other, cause it without \
             any fault of the hosts.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
