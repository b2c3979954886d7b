//! SQ012: a segment that cannot be used gets no ACK.
//!
//! RFC 9293, 3.10.7.4, first step: an unacceptable segment that is no RST is answered by
//! <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. Condition: E is synchronized and has sent no
//! RST; data of P that lies wholly below ACKMAX(E), or begins at or beyond WEDGE(E),
//! passes a monitor at E; E sends no segment with ACK within 1 s. At least two
//! such segments, more than 1 s apart, since answers may be rationed (RFC 5961, 7);
//! and E must have sent something after the second, or the capture was provably
//! taken at E, so that it had not simply gone.
//!
//! Left out: what an ICMP error says could not be delivered (a filter at E), segments with SYN or FIN (TD002, TW002), keepalives and window probes (RT012,
//! WN004), everything at a closed window, connections whose two FINs were captured,
//! and those with signatures (RFC 2385, RFC 5925), where silence is the rule.
//! Against the catalogue, an ack of something not yet sent is no reason to expect
//! an answer: RFC 9293 asks for one as well (fifth step), but widely used stacks
//! drop such a segment without a word in ESTABLISHED.

use crate::machine::watch::answers::{DUE_SECONDS, Provocation, REMEMBERED};
use crate::rules::prelude::*;
use crate::segment::NS_PER_S;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ012",
    name: "unacceptable-segment-unanswered",
    title: "Segment outside the window gets no ACK",
    group: Group::SQ,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Omission,
    sound_from: SoundFrom::EndpointVantage,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::AtSelf,
        Need::NoCaptureLoss,
        Need::Clock,
        Need::Time(DUE_SECONDS),
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.4", "RFC 5961 7"],
    folds: &[],
    thresholds: &[
        ("times", REMEMBERED as u64),
        ("seconds", DUE_SECONDS as u64),
    ],
    text: Explanation {
        what: "Data arrived that the receiver cannot use: it has all of it already, or it lies \
               beyond the window. The receiver has to answer with an ACK that carries its true \
               numbers. It stayed silent, more than once.",
        why: "That answer is how TCP heals: it tells a sender whose ACK was lost that the data has \
              arrived, and shows both ends where the other stands. Without it the sender repeats \
              the same octets, each time after a longer pause, until it gives the connection up.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 len=100     (acknowledged before, but ack=1101 was lost)",
            "(nothing from B for 1 s)             <- ACK 1101 was due",
            "A > B  PSH,ACK  seq=1001 len=100",
            "(nothing from B for 1 s)",
        ],
        excuses: &[
            "Stacks ration such answers, so one alone is not enough: there must be two, more than \
             a second apart.",
            "Away from the receiver the segment or its answer may have been lost: this is only \
             judged in a capture taken at the receiver.",
            "A packet filter on the receiving host itself drops what the capture has seen arrive.",
        ],
    },
    wakes_on: Observations::UNANSWERED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let answers = &case.watch(side).answers;
        let mut silent: Vec<Provocation> = answers.unanswered().copied().collect();
        let mut count = answers.count();
        let waiting = answers.waiting().filter(|_| count + 1 >= REMEMBERED as u32);
        if let Some(waiting) = waiting
            && verdicts.waited(case, waiting.time, DUE_SECONDS)
        {
            silent.push(waiting);
            count += 1;
        }
        let [first, .., second] = silent.as_slice() else {
            continue;
        };
        if case.connection.icmp.explains_silence(side.peer()) {
            continue;
        }
        if answers.alive().is_none() && !case.vantage.is_proven_at(side) {
            continue;
        }
        verdicts.say(verdict(side, first, second, count));
    }
}

fn verdict(side: Side, first: &Provocation, second: &Provocation, count: u32) -> Verdict {
    let why = if first.beyond {
        "lies beyond its window"
    } else {
        "it had acknowledged before"
    };
    let message = format!(
        "The {} does not answer data that {why} (packets {} and {}): within {DUE_SECONDS} s it sends \
         nothing, although an ACK is due.",
        side.name(),
        named(first.packet),
        named(second.packet),
    );
    let due = second.time.plus(i64::from(DUE_SECONDS) * NS_PER_S);
    let mut verdict = Verdict::omission(side, due, message)
        .related([first.packet, second.packet])
        .observed(
            Numbers::default()
                .seq(first.seq)
                .len(first.len)
                .count(u64::from(count)),
        );
    verdict.numbers_of = Some(side.peer());
    verdict
}
