//! TW009: the server closed first and holds TIME-WAIT.
//!
//! RFC 9293, 3.6, figure 12. A copy of the passive opener's FIN does not
//! acknowledge the other's, and all copies of the active opener's FIN do
//! acknowledge that of the passive one. Decided by the acknowledgments, never
//! by the order of the frames: sound from anywhere. An observation, no fault.

use crate::rules::prelude::*;
use crate::rules::td::closing;

/// The rule.
pub static RULE: Rule = Rule {
    code: "TW009",
    name: "time-wait-on-server",
    title: "The server closed first and holds TIME-WAIT",
    group: Group::TW,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::SynPeer, Need::FinSelf, Need::FinPeer],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &["RFC 9293 3.6"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The side that accepted the connection was the first to close it, so TIME-WAIT is \
               on the server.",
        why: "That is legal. On a busy server it adds up: every connection leaves state there for \
              a minute or more, and a server that is restarted may not be able to bind its port \
              at once. Where the protocol lets the client close first, the client keeps the state.",
        exchange: &[
            "C > S  SYN ...",
            "S > C  FIN,ACK  seq=5000 ack=1000    <- the server closes first",
            "C > S  FIN,ACK  seq=1000 ack=5001",
            "S > C  ACK      seq=5001 ack=1001    (TIME-WAIT at S)",
        ],
        excuses: &[
            "Who closed first is read from the acknowledgments on the FINs; the order of the \
             frames, which depends on where the capture was taken, plays no part.",
        ],
    },
    wakes_on: Observations::FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let (client, server) = (case.end(Side::Client), case.end(Side::Server));
    let (Some(last), Some(first)) = (client.fin, server.fin) else {
        return;
    };
    let passive = client.sent_bare_syn && !server.sent_bare_syn;
    let server_first = closing::closed_first(case, Side::Server);
    let client_knew = last.lowest_ack == first.seq + 1;
    let Some(fin) = case.packet(first.packet) else {
        return;
    };
    if !passive || !server_first || !client_knew {
        return;
    }
    verdicts.say(
        Verdict::about(
            fin,
            "The server closed first: TIME-WAIT is on its side.".to_owned(),
        )
        .related([last.packet])
        .observed(Numbers::default().seq(fin.data_end()).ack(fin.ack)),
    );
}
