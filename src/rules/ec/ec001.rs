//! EC001: a SYN-ACK that agrees to an ECN mode that the SYN did not ask for.
//!
//! RFC 3168, 6.1.1 and RFC 9768, 3.1.1. Flags are written (AE,CWR,ECE). The
//! SYN-ACK (0,0,1) accepts ECN, and so needs a SYN (0,1,1) or (1,1,1); (0,1,0),
//! (0,1,1), (1,0,0) and (1,1,0) accept Accurate ECN and need (1,1,1). Condition: no SYN
//! of the other end, whatever its ISN, asked for it, and all of them were (0,0,0),
//! or (0,1,1) for the second kind. A SYN-ACK that sends the SYN's own flags back,
//! (0,1,1) or (1,1,1), comes from a stack that copies them: case `reflection`, after
//! which no ECN is in use. Reserved SYNs are EC006's.
//!
//! A SYN that the capture has lost would excuse it: likely unless loss is ruled out.

use crate::machine::watch::ecn::code;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "EC001",
    name: "ecn-synack-unsolicited",
    title: "SYN-ACK agrees to an ECN mode that the SYN did not ask for",
    group: Group::EC,
    severity: Severity::Error,
    cases: &[
        ("unsolicited", Severity::Error),
        ("reflection", Severity::Notice),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[Need::SynPeer, Need::NoCaptureLoss, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 3168 6.1.1",
        "RFC 9768 3.1.1",
        "RFC 9293 3.8.2 (SHLD-8)",
    ],
    folds: &[
        ("EC007", Scope::SameEndpoint),
        ("EC002", Scope::SameEndpoint),
    ],
    thresholds: &[],
    text: Explanation {
        what: "A client that can do ECN offers it by flags of its SYN, and the server accepts by \
               flags of the SYN-ACK. Here the SYN-ACK accepts something that no SYN offered.",
        why: "The server will now mark its packets as ECN-capable and wait for reports of \
              congestion that the client never sends, for it knows nothing of ECN. Routers then \
              mark instead of dropping, nobody slows down, and the path stays congested.",
        exchange: &[
            "A > B  SYN           seq=1000            (no ECE, no CWR)",
            "B > A  SYN,ACK,ECE   seq=5000 ack=1001   <- ECN was not offered",
        ],
        excuses: &[
            "A first SYN that offered ECN and was tried again without: all SYNs that were \
             captured count, and one that was lost by the capture makes the verdict likely at \
             most.",
            "A server that merely copies the flags of the SYN (an old fault of some stacks) is \
             told apart and gets a notice: clients are made to notice it.",
            "A router that clears the flags of the SYN before the point of capture does so \
             before the server as well.",
        ],
    },
    wakes_on: Observations::SYN_ACK,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let answers = case
            .syn_acks(side)
            .filter(|answer| code(answer.flags) != 0)
            .filter(|answer| case.acks_a_syn_of(side.peer(), answer.ack));
        for answer in answers {
            let asked: Vec<u8> = case.syns(side.peer()).map(|syn| code(syn.flags)).collect();
            if asked.is_empty() {
                continue;
            }
            let Some(name) = fault(&asked, code(answer.flags)) else {
                continue;
            };
            let message = if name == "reflection" {
                format!(
                    "The SYN-ACK of the {} has the very ECN flags of the SYN, which is no answer \
                     to them: ECN is not agreed.",
                    side.name()
                )
            } else {
                format!(
                    "The SYN-ACK of the {} agrees to ECN, but the SYN did not ask for this mode.",
                    side.name()
                )
            };
            let syn = case.syns(side.peer()).next();
            verdicts.say(
                Verdict::about(answer, message)
                    .case(name)
                    .related(syn.map(|syn| syn.packet))
                    .expected(Numbers::default().flags_text("SYN,ACK"))
                    .observed(Numbers::default().flags(answer.flags)),
            );
        }
    }
}

fn fault(asked: &[u8], answer: u8) -> Option<&'static str> {
    let all = |codes: &[u8]| asked.iter().all(|syn| codes.contains(syn));
    match answer {
        // Also the right answer to (1,1,1).
        3 if asked.contains(&3) && !asked.contains(&7) => Some("reflection"),
        7 if asked.contains(&7) => Some("reflection"),
        1 if all(&[0]) => Some("unsolicited"),
        2 | 3 | 4 | 6 if all(&[0, 3]) => Some("unsolicited"),
        _ => None,
    }
}
