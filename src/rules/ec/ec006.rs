//! EC006: an opening with a combination of ECN flags that must not be.
//!
//! RFC 9768, 3.1. Flags are written (AE,CWR,ECE). Case `both-modes`: one end asks, with
//! one ISN, for classic ECN (0,1,1) in one SYN and for Accurate ECN (1,1,1) in another,
//! or accepts now one, (0,0,1), and now the other, with the ISN of one SYN-ACK. A SYN
//! repeated with (0,0,0) is the legal way back. Case `reserved`: SYN (1,0,0), (1,0,1) or
//! (1,1,0), or SYN-ACK (1,0,1) to a SYN for Accurate ECN; both are kept for later
//! extensions, so a warning. Case `odd-non-ecn`: SYN (0,0,1) or (0,1,0), which asks for
//! nothing. Own segments contradict the RFC or each other, from anywhere.

use crate::machine::watch::ecn::code;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "EC006",
    name: "accecn-handshake-invalid",
    title: "AccECN handshake with an invalid combination",
    group: Group::EC,
    severity: Severity::Error,
    cases: &[
        ("both-modes", Severity::Error),
        ("reserved", Severity::Warning),
        ("odd-non-ecn", Severity::Notice),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9768 3.1.1",
        "RFC 9768 3.1.3",
        "RFC 9768 3.1.5",
        "RFC 9293 3.8.2 (SHLD-8)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "Three flags of SYN and SYN-ACK choose between no ECN, classic ECN and Accurate \
               ECN. Not every combination means something, and one opening may not use both kinds \
               of ECN.",
        why: "The other end cannot know which of the two copies was meant; if the ends come to \
              different results, one counts marks in the bits in which the other sees ECE and \
              CWR, and congestion control runs on nonsense. Reserved combinations may mean \
              something else tomorrow.",
        exchange: &[
            "A > B  SYN,ECE,CWR      seq=1000      (classic ECN)",
            "A > B  SYN,ECE,CWR,AE   seq=1000      <- the same SYN, now Accurate ECN",
        ],
        excuses: &[
            "A SYN that got no answer may be repeated without any of the flags: the legal way \
             back.",
            "A new attempt (another ISN) may choose anew.",
            "A scanner that tries out stacks sends odd flags on purpose.",
        ],
    },
    wakes_on: Observations::SYN.union(Observations::SYN_ACK),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let speaking = |noted: &Noted| noted.is_syn() && code(noted.flags) != 0;
    if !case.noted().iter().any(speaking) {
        return;
    }
    for side in Side::BOTH {
        let speaks = |noted: &&Noted| code(noted.flags) != 0;
        let syns: Vec<&Noted> = case.syns(side).filter(speaks).collect();
        let answers: Vec<&Noted> = case.syn_acks(side).filter(speaks).collect();
        both_modes(&syns, |code| code == 3, |code| code == 7, verdicts);
        let accurate = |code| matches!(code, 2 | 3 | 4 | 6);
        both_modes(&answers, |code| code == 1, accurate, verdicts);
        for syn in &syns {
            match code(syn.flags) {
                4..=6 => say(syn, "reserved", None, verdicts),
                1 | 2 => say(syn, "odd-non-ecn", None, verdicts),
                _ => {}
            }
        }
        // What the answer means depends on the SYN, so the verdict names it.
        let Some(asked) = case.syns(side.peer()).find(|syn| code(syn.flags) == 7) else {
            continue;
        };
        for answer in answers.iter().filter(|n| code(n.flags) == 5) {
            say(answer, "reserved", Some(asked), verdicts);
        }
    }
}

/// Both kinds of a SYN (or SYN-ACK) with one ISN.
fn both_modes(
    segments: &[&Noted],
    classic: impl Fn(u8) -> bool,
    accurate: impl Fn(u8) -> bool,
    verdicts: &mut Verdicts,
) {
    for (at, later) in segments.iter().enumerate() {
        let clashes = |earlier: &&&Noted| {
            let codes = (code(earlier.flags), code(later.flags));
            earlier.seq == later.seq
                && (classic(codes.0) && accurate(codes.1) || accurate(codes.0) && classic(codes.1))
        };
        let Some(earlier) = segments.iter().take(at).find(clashes) else {
            continue;
        };
        let verdict = Verdict::about(
            later,
            format!(
                "The {} chooses classic ECN and Accurate ECN in one opening (packets {} and {}); \
                 it may repeat without ECN, but not with the other kind.",
                later.side.name(),
                named(earlier.packet),
                named(later.packet),
            ),
        );
        verdicts.say(
            verdict
                .case("both-modes")
                .related([earlier.packet])
                .expected(Numbers::default().flags(earlier.flags))
                .observed(Numbers::default().flags(later.flags)),
        );
        return;
    }
}

fn say(segment: &Noted, case: &'static str, answered: Option<&Noted>, verdicts: &mut Verdicts) {
    let what = if case == "reserved" {
        "a combination of ECN flags that is reserved"
    } else {
        "one ECN flag alone, which asks for nothing"
    };
    let kind = if segment.is_ack() { "SYN-ACK" } else { "SYN" };
    let verdict = Verdict::about(
        segment,
        format!("The {kind} of the {} has {what}.", segment.side.name()),
    );
    verdicts.say(
        verdict
            .case(case)
            .related(answered.map(|syn| syn.packet))
            .observed(Numbers::default().flags(segment.flags)),
    );
}
