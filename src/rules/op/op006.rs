//! OP006: timestamps were agreed, and a later segment has none.
//!
//! RFC 7323, 3.2: once both SYNs carried the option, it must stand on every
//! segment that is not a RST, for as long as the connection lasts. E
//! contradicts its own handshake, so this is sound from anywhere, whatever was
//! lost. All copies of both SYNs must have had it (one that was tried without
//! may be the one that was answered), whole and well formed, and the segment
//! must acknowledge the peer's SYN, which shows that E had received the answer
//! (or given it) and that the segment is of this connection.
//!
//! Left alone: what may be a keepalive (at most one octet, and not at SND.NXT).
//! The RFC makes no exception, but hosts of today send it from a template
//! without options, by the million; its answer carries them. Only likely: where
//! a SYN was answered so late that another copy of it, perhaps without the
//! option, may have been sent and not captured. Only likely and with no end
//! named: a segment whose hop count or identification is not that of its end's
//! others, for one without timestamps among others that have them is the mark
//! of one that somebody else sent. Not excluded: a middlebox that strips options
//! from some segments only.

use super::common::{counted, looks_foreign, more, opened_at_once};
use crate::rules::at::forgery::{self, Marks};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP006",
    name: "timestamps-stopped",
    title: "Timestamps negotiated but missing later",
    group: Group::OP,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Handshake, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 3.2"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Both ends put timestamps on their SYNs, so from then on each segment but a RST \
               has to carry them. This one does not.",
        why: "The receiver should drop such a segment without a word, since it cannot tell \
              whether it is an old one whose numbers have come round again. To the sender it \
              looks like loss. If only a few segments are bare, ask who sent them: somebody who \
              forges segments from outside often forgets the option.",
        exchange: &[
            "A > B  SYN      seq=1000 ts=500/0",
            "B > A  SYN,ACK  seq=5000 ack=1001 ts=90/500",
            "A > B  ACK      seq=1001 ack=5001 ts=510/90",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=10        <- no timestamps",
        ],
        excuses: &[
            "One of several SYNs was tried without timestamps: it may be the one that counts, and \
             nothing is said.",
            "A RST may go without, and a keepalive is let pass: many hosts send it without options.",
            "A middlebox took the option away from some segments, or the segment was forged; where \
             its hop count or identification differs, no end is accused.",
        ],
    },
    wakes_on: Observations::STAMP_MISSING,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let what = Observations::STAMP_MISSING;
    for noted in case.with(what) {
        let who = noted.side.name();
        let foreign = looks_foreign(case, noted);
        let said = if foreign {
            let marks = forgery::marks(case, noted).difference(Marks::STAMP);
            format!(
                "a segment in the name of the {who} has none. Another machine may have sent it: {}.",
                marks.words(case, noted)
            )
        } else {
            let more = more(case, noted, what);
            format!("the {who} sent a segment without them.{more}")
        };
        let message = format!("Both ends had agreed on timestamps, but {said}");
        let verdict = Verdict::about(noted, message);
        let observed = Numbers::default()
            .seq(noted.seq)
            .flags(noted.flags)
            .options("no timestamps");
        let syns = Side::BOTH.map(|side| case.end(side).syn.map(|syn| syn.packet));
        let verdict = verdict
            .related(syns.into_iter().flatten())
            .expected(Numbers::default().options("timestamps"))
            .observed(counted(case, noted, what, observed));
        verdicts.say(if foreign {
            verdict.endpoint(None).certainty(Certainty::Likely)
        } else if opened_at_once(case) {
            verdict
        } else {
            verdict.certainty(Certainty::Likely)
        });
    }
}
