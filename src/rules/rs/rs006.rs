//! RS006: a challenge ACK.
//!
//! RFC 5961, 3.2 and 4.2, now in RFC 9293, 3.10.7.4: a RST inside the window
//! but not at RCV.NXT, or a SYN on a synchronized connection, is answered with
//! `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>`. Condition: such a segment of P, and
//! next an empty ACK of E with its own numbers. An event (case `single`); more
//! than 10 in any 5 s is case `not-throttled` (RFC 5961, 7), said once.

use crate::rules::prelude::*;
use crate::segment::NS_PER_S;

/// RFC 5961, 7: ten in five seconds is its example of a limit.
const MANY: usize = 10;
/// See `MANY`.
const WITHIN_S: i64 = 5;

/// The rule.
pub static RULE: Rule = Rule {
    code: "RS006",
    name: "challenge-ack",
    title: "Challenge ACK",
    group: Group::RS,
    severity: Severity::Notice,
    cases: &[
        ("single", Severity::Info),
        ("not-throttled", Severity::Notice),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::BothDirections],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[
        "RFC 5961 3.2",
        "RFC 5961 4.2",
        "RFC 5961 7",
        "RFC 9293 3.10.7.4",
    ],
    folds: &[],
    thresholds: &[("times", MANY as u64), ("seconds", WITHIN_S as u64)],
    text: Explanation {
        what: "A reset that does not fit exactly, or a SYN in the middle of a connection, was \
               answered with a plain ACK that shows the connection's true numbers: \"is this \
               really you?\"",
        why: "It protects open connections from forged resets and SYNs. A peer that has really \
              lost its connection answers the challenge with a RST that fits exactly; a forger, \
              who does not see the challenge, cannot. More than ten in five seconds tell of an \
              attack, or of a stack that does not limit its challenges as RFC 5961 advises.",
        exchange: &[
            "A > B  RST  seq=1500           (B expects 1101)",
            "B > A  ACK  seq=5001 ack=1101  (challenge: nothing has changed)",
        ],
        excuses: &[
            "An ACK that was due anyway looks the same; this is why a single one is only an event.",
        ],
    },
    wakes_on: Observations::AFTER_PROVOCATION,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let challenges: Vec<(&Noted, &Noted)> = case
            .with(Observations::AFTER_PROVOCATION)
            .filter(|noted| noted.side == side && has_own_numbers(noted))
            .filter_map(|noted| Some((noted, provocation(case, noted)?)))
            .collect();
        let crowd = challenges.windows(MANY + 1).find(|window| {
            let (first, last) = (window.first(), window.last());
            first
                .zip(last)
                .is_some_and(|(f, l)| l.0.time.since(f.0.time) <= WITHIN_S * NS_PER_S)
        });
        if let Some((eleventh, to)) = crowd.and_then(<[_]>::last) {
            let message = format!(
                "The {} sent {} challenge ACKs, more than {MANY} of them within {WITHIN_S} s; \
                 RFC 5961 advises a limit.",
                side.name(),
                challenges.len(),
            );
            let numbers = Numbers::default()
                .seq(eleventh.seq)
                .ack(eleventh.ack)
                .count(challenges.len() as u64);
            verdicts.say(
                Verdict::about(eleventh, message)
                    .case("not-throttled")
                    .related([to.packet])
                    .observed(numbers),
            );
            continue;
        }
        for (challenge, to) in challenges {
            let what = match (to.is_rst(), to.is_syn_ack()) {
                (true, _) => "RST",
                (false, true) => "SYN-ACK",
                (false, false) => "SYN",
            };
            let message = format!(
                "The {} answers a {what} (packet {}) that does not fit with its true numbers and \
                 leaves the connection as it is.",
                side.name(),
                named(to.packet),
            );
            verdicts.say(
                Verdict::about(challenge, message)
                    .case("single")
                    .related([to.packet])
                    .observed(Numbers::default().seq(challenge.seq).ack(challenge.ack)),
            );
        }
    }
}

/// An empty ACK at SND.NXT that acknowledges nothing but what was sent.
fn has_own_numbers(noted: &Noted) -> bool {
    let before = &noted.before;
    noted.is_pure_ack()
        && before.own_next.is_none_or(|next| noted.seq == next)
        && before.own_ack.is_none_or(|ack| noted.ack.at_or_after(ack))
        && !noted.saw.intersects(Observations::ACK_BEYOND_SENT)
}

/// The RST or SYN that `noted` answers.
fn provocation<'a>(case: &Case<'a>, noted: &Noted) -> Option<&'a Noted> {
    let to = case.packet(noted.about?)?;
    let provokes = to.saw.contains(Observations::PROVOKES_ACK);
    (provokes && (to.is_rst() || to.is_syn())).then_some(to)
}
