//! HS019: Fast Open data is refused and never sent again.
//!
//! RFC 7413, 4.2.2: the client retransmits what the SYN-ACK did not
//! acknowledge; RFC 9293, 3.8 asks it of all data. The condition: A's SYN
//! carried n octets, B's SYN-ACK acknowledges r < x+1+n, A sends octets (or a
//! FIN) from x+1+n on, and for 5 s no segment of A behind the SYN covers r and
//! B's ack stays at r. Not when a RST of either end came within those 5 s: then
//! there was no time. Likely, since the repetition may not have been captured.

use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::NS_PER_S;

/// How long to wait for the repetition.
const WAIT_S: u16 = 5;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS019",
    name: "tfo-data-not-resent",
    title: "Fast Open data refused and never sent again",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::SynSelf,
        Need::SynPeer,
        Need::NoCaptureLoss,
        Need::Time(WAIT_S),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7413 4.2.2", "RFC 9293 3.8"],
    folds: &[],
    thresholds: &[("wait_s", WAIT_S as u64)],
    text: Explanation {
        what: "The client's SYN brought data along, and the server's SYN-ACK acknowledged the SYN \
               but not (all of) the data, as it may. The client then went on behind the data \
               without sending the refused part again.",
        why: "The server's stream has a hole at its very beginning. It can hand nothing to the \
              program, acknowledges the same number for ever, and the connection hangs.",
        exchange: &[
            "A > B  SYN,TFO  seq=1000 len=100",
            "B > A  SYN,ACK  seq=5000 ack=1001    (only the SYN)",
            "A > B  PSH,ACK  seq=1101 ack=5001 len=50    <- 1001 to 1100 are missing",
        ],
        excuses: &[
            "The repetition was still to come: nothing is said before 5 seconds have passed, nor \
             when the connection was reset meanwhile.",
            "The capture lost it: where anything shows loss, nothing is said.",
        ],
    },
    wakes_on: Observations::SYN_DATA,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let with_data = case
            .syns(side)
            .max_by_key(|syn| syn.payload_len)
            .filter(|syn| syn.payload_len > 0);
        if let Some(syn) = with_data {
            refused_data(case, syn, verdicts);
        }
    }
}

fn refused_data(case: &Case<'_>, syn: &Noted, verdicts: &mut Verdicts) {
    let (client, server) = (syn.side, syn.side.peer());
    let (own, peer) = (case.end(client), case.end(server));
    let refusal = case
        .syn_acks(server)
        .find(|synack| synack.ack.within(syn.seq + 1, syn.end() - 1));
    let Some(refusal) = refusal else { return };
    let first_missing = refusal.ack;
    let stuck = peer
        .ack_max
        .is_none_or(|ack| ack.at_or_before(first_missing));
    let resent = case.of(client).any(|noted| {
        noted.saw(Observations::SYN_DATA_AGAIN)
            && first_missing.within(noted.seq, noted.data_end() - 1)
    });
    let goes_on = own
        .recent
        .iter()
        .find(|sent| sent.packet > syn.packet && sent.start.at_or_after(syn.end()));
    let Some(sent) = goes_on.filter(|_| stuck && !resent) else {
        return;
    };
    let soon = i64::from(WAIT_S) * NS_PER_S;
    let reset = Side::BOTH
        .iter()
        .filter_map(|side| case.end(*side).rst)
        .any(|rst| rst.first.time.since(sent.time) < soon);
    if reset || !verdicts.waited(case, sent.time, WAIT_S) {
        return;
    }
    verdicts.say(
        Verdict::omission(
            client,
            sent.time,
            format!(
                "{} went on at {} (packet {}), but the SYN-ACK (packet {}) acknowledged only up to \
                 {first_missing}, and the {} octets from there on that came with the SYN were not \
                 sent again.",
                the_capital(client),
                sent.start,
                named(sent.packet),
                named(refusal.packet),
                syn.end().offset_from(first_missing),
            ),
        )
        .related([syn.packet, refusal.packet, sent.packet])
        .expected(Numbers::default().seq(first_missing))
        .observed(Numbers::default().seq(sent.start)),
    );
}
