//! FL002: SYN and FIN in one segment.
//!
//! No figure of RFC 9293 shows such a segment and no event of 3.10 sends one,
//! though nothing forbids it in words: 3.10.7.2 lets a SYN carry "other
//! controls". T/TCP (RFC 1644, historic since RFC 6247) used it, hence only a
//! warning. One header shows it. Where RST is set as well, FL003 speaks.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL002",
    name: "syn-fin",
    title: "SYN and FIN together",
    group: Group::FL,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.2", "RFC 9293 3.3.2", "RFC 6247"],
    folds: &[("FL006", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "One segment asks to open a connection (SYN) and says that its sender has no more \
               to send (FIN). In TCP's state diagram the two belong to different states, and no \
               event sends both.",
        why: "No stack in use sends this. Scanners do, to slip past filters that look for a SYN \
              alone or to tell operating systems apart by their answers. A receiver that follows \
              the RFC may even accept it and go straight to CLOSE-WAIT.",
        exchange: &["A > B  SYN,FIN  seq=1000     <- SYN first, FIN in a later segment"],
        excuses: &[
            "T/TCP, an experiment of the 1990s that is now historic, sent SYN, data and FIN in one \
             segment; this is why it is a warning and no error.",
            "A client that uses Fast Open and closes at once sends SYN and FIN in two segments: \
             that is legal and not reported.",
        ],
    },
    wakes_on: Observations::ODD_FLAGS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let both = |noted: &&Noted| noted.is_syn() && noted.is_fin() && !noted.is_rst();
    for noted in case.with(Observations::ODD_FLAGS).filter(both) {
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent SYN and FIN in one segment: it opens and closes at once.",
                noted.side.name()
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().flags_text("SYN or SYN,ACK"))
                .observed(Numbers::default().seq(noted.seq).flags(noted.flags)),
        );
    }
}
