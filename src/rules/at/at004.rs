//! AT004: source and destination are the same socket.
//!
//! RFC 9293, A.2 and 3.10.7.3. Condition: source address and port equal
//! destination address and port. On a loopback interface or with a loopback
//! address it is a program that connected to itself (a simultaneous open with
//! oneself: case `loopback-self-connect`), which is legal. One header shows it.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT004",
    name: "land-attack",
    title: "Source and destination are the same",
    group: Group::AT,
    severity: Severity::Warning,
    cases: &[
        ("wire", Severity::Warning),
        ("loopback-self-connect", Severity::Info),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::ThirdParty,
    textbook: false,
    rfc: &["RFC 9293 A.2", "RFC 9293 3.10.7.3"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A segment claims to come from the very address and port it is sent to.",
        why: "Somebody else has forged it. A SYN of this kind (the land attack) made old systems \
              answer themselves without end; today it is dropped, but it still shows that \
              somebody sends packets with false sources, and that no filter stops them at the \
              edge. On a loopback interface it is harmless: a program has connected to a port \
              that happened to be its own.",
        exchange: &["B:139 > B:139  SYN  seq=1000     <- B did not send this"],
        excuses: &[
            "A program that connects to itself over the loopback interface: legal, an event.",
            "A router that sends a host's packets back to it (NAT hairpin) may rewrite the source \
             to the host's own address.",
        ],
    },
    wakes_on: Observations::SAME_SOCKETS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let Some(first) = case.with(Observations::SAME_SOCKETS).next() else {
        return;
    };
    let socket = case.connection.sockets.client;
    let ends = &case.connection.ends;
    let loopback = ends.client.traces.loopback > 0 || ends.server.traces.loopback > 0;
    let segments = ends.client.counts.segments + ends.server.counts.segments;
    let (name, message) = if loopback {
        (
            "loopback-self-connect",
            format!("{socket} is connected to itself."),
        )
    } else {
        (
            "wire",
            format!(
                "A segment to {socket} claims to come from {socket} itself: its source is forged."
            ),
        )
    };
    verdicts.say(
        Verdict::about(first, message).case(name).observed(
            Numbers::default()
                .seq(first.seq)
                .flags(first.flags)
                .count(segments),
        ),
    );
}
