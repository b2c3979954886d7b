//! HS023: SYNs with older timestamps from one address go unanswered.
//!
//! RFC 7323, 5.3 and appendix B.2: timestamps are compared within one
//! connection; a server that compares them per address drops the SYNs of every
//! host behind a translator whose clock is not the latest (as Linux did with
//! tcp_tw_recycle). Found across connections by the patterns of the flow
//! stage: within 60 s at least three SYNs of one address go unanswered although
//! repeated, all with a TSval below each of at least three answered ones, and
//! the server answers other addresses. Never more than likely.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS023",
    name: "syn-dropped-by-timestamp",
    title: "SYNs with older timestamps from one address go unanswered",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::BothDirections, Need::NoCaptureLoss, Need::Time(3)],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 5.3", "RFC 6191 2"],
    folds: &[],
    thresholds: &[("window_s", 60), ("times", 3)],
    text: Explanation {
        what: "Of the SYNs that one address sends to a server, those with higher timestamps are \
               answered and those with lower ones are not, cleanly divided. The server seems to \
               remember the latest timestamp of the address and to drop every SYN that is older.",
        why: "Behind an address translator several hosts share one address, and each has a clock \
              of its own. All but the one whose clock is ahead then fail to connect, now and \
              then and without any message, which is very hard to find from inside.",
        exchange: &[
            "N:40001 > B  SYN  TSval=900000    B answers",
            "N:40002 > B  SYN  TSval=1000      (never answered)",
            "N:40002 > B  SYN  TSval=2000      (repeated, never answered)",
            "N:40003 > B  SYN  TSval=900900    B answers",
        ],
        excuses: &[
            "A full queue drops SYNs whatever their timestamps are: the answered and the \
             unanswered ones must divide cleanly.",
            "Hosts that draw a random offset for every connection give no order at all: no clean \
             division either.",
            "A filter by port, or a server that answers nobody: it must answer other addresses at \
             the same time.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
