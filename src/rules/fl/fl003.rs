//! FL003: SYN and RST in one segment.
//!
//! RFC 9293, 3.5.2 and 3.10.7 know two forms of a reset, `<CTL=RST>` and
//! `<CTL=RST,ACK>`. One header shows a third one, so it is sound from
//! anywhere. The answer to a SYN, RST,ACK, has no SYN.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL003",
    name: "syn-rst",
    title: "SYN and RST together",
    group: Group::FL,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.5.2", "RFC 9293 3.10.7"],
    folds: &[
        ("FL004", Scope::SamePacket),
        ("FL006", Scope::SamePacket),
        ("FL009", Scope::SamePacket),
    ],
    thresholds: &[],
    text: Explanation {
        what: "One segment both asks for a connection (SYN) and resets it (RST). A reset is \
               either RST or RST,ACK; SYN is never part of it.",
        why: "The two contradict each other, and receivers differ in which one they look at \
              first, so nobody can rely on what happens. Such segments come from scanners, from \
              tools that try out filters, or from a server that was meant to refuse a SYN with \
              RST,ACK and left the SYN bit standing.",
        exchange: &[
            "A > B  SYN          seq=1000",
            "B > A  SYN,RST,ACK  seq=0 ack=1001   <- RST,ACK refuses",
        ],
        excuses: &[
            "None: the header alone shows it. A damaged segment (bad checksum) is not judged.",
        ],
    },
    wakes_on: Observations::ODD_FLAGS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let both = |noted: &&Noted| noted.is_syn() && noted.is_rst();
    for noted in case.with(Observations::ODD_FLAGS).filter(both) {
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent SYN and RST in one segment; a reset is RST or RST,ACK and nothing else.",
                noted.side.name()
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().flags_text("SYN, or RST, or RST,ACK"))
                .observed(Numbers::default().seq(noted.seq).flags(noted.flags)),
        );
    }
}
