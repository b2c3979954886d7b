//! FL004: RST and FIN in one segment.
//!
//! RFC 9293, 3.5.2 and 3.10.5: a reset is `<CTL=RST>` or `<CTL=RST,ACK>`. A
//! FIN on it is without meaning, because the receiver of a RST looks at
//! nothing behind it (3.10.7.4, second step). A few old stacks and middleboxes
//! send it, hence a warning. One header shows it. RST in a segment of its own
//! after a FIN is another matter (TD014, TD016).

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL004",
    name: "rst-fin",
    title: "RST and FIN together",
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
    rfc: &["RFC 9293 3.5.2", "RFC 9293 3.10.5"],
    folds: &[("FL006", Scope::SamePacket)],
    thresholds: &[],
    text: Explanation {
        what: "One segment resets the connection (RST) and closes it in good order (FIN). After a \
               reset there is no connection that could still be closed.",
        why: "The receiver acts on the RST and never looks at the FIN, so an application that \
              meant to close has in fact aborted: data under way is lost, and the other side gets \
              an error where it expected an end of file.",
        exchange: &["A > B  RST,FIN,ACK  seq=1000 ack=5001   <- FIN,ACK to close, RST to abort"],
        excuses: &[
            "Some old stacks and some firewalls that cut connections send it; the endpoint named \
             here may never have sent it itself.",
            "A RST that follows a FIN in a segment of its own is legal and reported elsewhere.",
        ],
    },
    wakes_on: Observations::ODD_FLAGS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let both = |noted: &&Noted| noted.is_rst() && noted.is_fin();
    for noted in case.with(Observations::ODD_FLAGS).filter(both) {
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent RST and FIN in one segment: a reset ends the connection at once, \
                 and nothing is left to close.",
                noted.side.name()
            ),
        );
        verdicts.say(
            verdict
                .expected(Numbers::default().flags_text("FIN,ACK, or RST, or RST,ACK"))
                .observed(Numbers::default().seq(noted.seq).flags(noted.flags)),
        );
    }
}
