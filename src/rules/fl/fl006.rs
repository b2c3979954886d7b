//! FL006: something stands in the acknowledgment field although ACK is clear.
//!
//! RFC 9293, 3.1 gives the field a meaning only with the ACK flag; receivers
//! ignore it. That senders leave zero there is custom, not law: a notice. One
//! header shows it.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL006",
    name: "ack-field-without-flag",
    title: "Acknowledgment field not zero although ACK is clear",
    group: Group::FL,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.1"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The ACK flag is clear, so the acknowledgment field means nothing, and yet it is \
               not zero.",
        why: "Receivers ignore the field, so nothing breaks. It tells something about the sender: \
              old stacks leave what was in the buffer before (which gives away memory), scanners \
              and flooding tools hide a mark there by which they know their answers, and a \
              self-made stack may simply have forgotten to set the flag.",
        exchange: &["A > B  SYN  seq=1000 (ack field: 12345, ACK clear)"],
        excuses: &[
            "Some stacks leave a number in the field of a RST without ACK. It is harmless, and the \
             reason why this is only a notice.",
        ],
    },
    wakes_on: Observations::ACK_FIELD_WITHOUT_FLAG,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::ACK_FIELD_WITHOUT_FLAG) {
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent {} with {} in the acknowledgment field, which means nothing without \
                 the ACK flag.",
                noted.side.name(),
                noted.flags,
                noted.ack,
            ),
        );
        verdicts.say(
            verdict
                .expected(
                    Numbers::default()
                        .ack(crate::seq::SeqNo(0))
                        .flags(noted.flags),
                )
                .observed(
                    Numbers::default()
                        .seq(noted.seq)
                        .ack(noted.ack)
                        .flags(noted.flags),
                ),
        );
    }
}
