//! HS014: a SYN-ACK is repeated with another ISS.
//!
//! RFC 9293, 3.10.7.2: LISTEN selects an ISS once, and 3.10.8 repeats the
//! segment with it. The condition: B sends SYN-ACK y and later, within 60 s,
//! SYN-ACK y' with the same ack, which fits a SYN of A, with no RST or FIN of
//! either end in between and before both ends are synchronized. Within 60 s (beside the catalogue) because a server
//! gives a half-open connection up after about that time (five repetitions),
//! and may then choose anew. Never more than likely: SYN cookies and several
//! servers behind one address do the same. Passed over (beside the catalogue)
//! where it looks like cookies: one answer for each copy of the SYN, and the
//! answers offer no more than an MSS although the SYN asked for more.

use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::{NS_PER_S, OptionSet};

/// Beyond this B may have given the first opening up.
const WITHIN_S: u64 = 60;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS014",
    name: "synack-iss-changed",
    title: "SYN-ACK repeated with another ISS",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynPeer, Need::NoCaptureLoss],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.2", "RFC 9293 3.10.8"],
    folds: &[("HS010", Scope::Connection)],
    thresholds: &[("within_s", WITHIN_S)],
    text: Explanation {
        what: "The server answered the same SYN twice, each time with another sequence number of \
               its own. It chooses that number once for a connection; a repeated SYN-ACK repeats \
               it.",
        why: "The client keeps to the first that reaches it and resets, or ignores, the other. If \
              the server has meanwhile forgotten the first, the connection fails although both \
              ends did answer.",
        exchange: &[
            "A > B  SYN      seq=1000",
            "B > A  SYN,ACK  seq=5000 ack=1001",
            "B > A  SYN,ACK  seq=8800 ack=1001    <- must be seq=5000",
        ],
        excuses: &[
            "SYN cookies: the server keeps nothing and computes its number anew for every copy of \
             the SYN; the number changes with its clock, about once a minute.",
            "Two servers behind one address (a load balancer, anycast) both answered.",
            "The server had given the first attempt up: a minute later nothing is said.",
        ],
    },
    wakes_on: Observations::ISN_CHANGED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let limit = i64::try_from(WITHIN_S).unwrap_or(0) * NS_PER_S;
    for side in Side::BOTH {
        for synack in case.syn_acks(side) {
            if !synack.saw(Observations::ISN_CHANGED)
                || synack.saw(Observations::SYN_WHEN_SYNCHRONIZED)
                || !case.acks_a_syn_of(side.peer(), synack.ack)
            {
                continue;
            }
            let first = case.syn_acks(side).find(|earlier| {
                earlier.packet < synack.packet
                    && earlier.ack == synack.ack
                    && earlier.seq != synack.seq
            });
            let Some(first) = first else { continue };
            let apart = synack.time.since(first.time);
            if (0..limit).contains(&apart)
                && !ended_between(case, first, synack)
                && !may_be_cookies(case, synack)
            {
                verdicts.say(
                    Verdict::about(
                        synack,
                        format!(
                            "{} answered the same SYN with number {} (packet {}) and then with \
                             {}.",
                            the_capital(side),
                            first.seq,
                            named(first.packet),
                            synack.seq,
                        ),
                    )
                    .related([first.packet])
                    .expected(Numbers::default().seq(first.seq).ack(first.ack))
                    .observed(
                        Numbers::default()
                            .seq(synack.seq)
                            .ack(synack.ack)
                            .time(apart),
                    ),
                );
            }
        }
    }
}

/// Whoever keeps no state answers every copy of the SYN anew, and can offer
/// nothing but an MSS.
fn may_be_cookies(case: &Case<'_>, synack: &Noted) -> bool {
    let bare = |noted: &Noted| OptionSet::MSS.contains(noted.options.present);
    let before = |noted: &&Noted| noted.packet <= synack.packet;
    let (server, client) = (synack.side, synack.side.peer());
    let answers = || case.syn_acks(server).filter(before);
    let syns = || case.syns(client).filter(before);
    answers().all(bare) && syns().any(|syn| !bare(syn)) && answers().count() <= syns().count()
}

fn ended_between(case: &Case<'_>, first: &Noted, synack: &Noted) -> bool {
    case.noted()
        .iter()
        .any(|n| n.packet > first.packet && n.packet < synack.packet && (n.is_rst() || n.is_fin()))
}
