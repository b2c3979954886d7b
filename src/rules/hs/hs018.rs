//! HS018: a SYN carries data without Fast Open.
//!
//! RFC 9293, 3.10.7.2 and 3.10.7.3 (notes): data on a SYN is legal and is queued until
//! ESTABLISHED. The condition is one header: SYN, data octets by the IP length
//! (so that padding does not count), and no Fast Open option (kind 34, or
//! 253/254 with ExID 0xF989). A SYN-ACK with data that answers a Fast Open SYN,
//! or repeats without the option, belongs to Fast Open and is passed over.

use super::opening::openings;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS018",
    name: "syn-carries-data",
    title: "SYN carries data without Fast Open",
    group: Group::HS,
    severity: Severity::Notice,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Nobody,
    textbook: true,
    rfc: &["RFC 9293 3.5", "RFC 9293 3.10.7.3", "RFC 7413 3"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The SYN brings data along. TCP has always allowed that, but practically nobody \
               does it without the Fast Open option, which gives the receiver leave to use the \
               data at once.",
        why: "Without that option the receiver may only keep the data until the handshake is \
              complete, or leave it unacknowledged and have it sent again. Many filters drop such \
              SYNs; odd tools and attacks send them.",
        exchange: &[
            "A > B  SYN      seq=1000 len=100",
            "B > A  SYN,ACK  seq=5000 ack=1001    (the data was not taken: legal)",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100",
        ],
        excuses: &[
            "The padding of short Ethernet frames is no data: the length in the IP header \
             counts.",
            "Transaction TCP of the nineties, scanners and load generators do it on purpose.",
        ],
    },
    wakes_on: Observations::SYN_DATA,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let fast_open = Side::BOTH
        .into_iter()
        .flat_map(|side| openings(case, side))
        .any(|syn| syn.fast_open().is_some());
    for syn in case.with(Observations::SYN_DATA) {
        if fast_open || syn.fast_open().is_some() || syn.is_void() {
            continue;
        }
        verdicts.say(
            Verdict::about(
                syn,
                format!(
                    "{} sent {} octets of data with its {}, without the Fast Open option.",
                    the_capital(syn.side),
                    syn.payload_len,
                    if syn.is_ack() { "SYN-ACK" } else { "SYN" },
                ),
            )
            .observed(
                Numbers::default()
                    .flags(syn.flags)
                    .seq(syn.seq)
                    .len(syn.payload_len),
            ),
        );
    }
}
