//! OP009: an echo of a timestamp that the peer never sent.
//!
//! RFC 7323, 3.2: where ACK is set, TSecr echoes a TSval that the peer sent in
//! its TSval; 4.3 says which. So TSecr lies between the lowest TSval of P and
//! the highest that has passed the monitor, on the ring of 2^32. "Not allowed"
//! with everything that E can have received: an unseen segment of P, which
//! may be a bare ACK that leaves no trace, would allow it.
//!
//! Excluded: connections on which timestamps were not agreed (OP007; nobody
//! reads them), RST, a SYN-ACK in a simultaneous open and one that echoes 0, a
//! segment of P stored within 10 ms that has the value, segments that do not
//! acknowledge this connection's SYN (an ACK with old numbers, RFC 9293, figure
//! 9, echoes old timestamps too), connections on which a segment of P could not
//! be read (options cut or malformed, a wrong checksum), a SYN-ACK that P takes
//! for good (a copy of the SYN before the first captured one had the value),
//! unless nothing was lost, and clocks of P that
//! jump or were silent for half an hour, of which nobody can tell which value is
//! the newer. The lower bound is dropped once P's clock has gone a quarter round.
//!
//! Other than the catalogue: its lower bound is P's first SYN, here it is the
//! lowest TSval that P sent, so that a clock running backwards (OP008) does not
//! make its echo wrong; and it leaves out every SYN, but the echo on the answer
//! to a plain SYN is as sure as any (Linux refuses such an answer with a RST).

use crate::machine::watch::stamps::Echo;
use crate::rules::needs::{Standing, standing};
use crate::rules::prelude::*;
use crate::seq::SeqNo;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP009",
    name: "timestamp-echo-unknown",
    title: "Echoes a timestamp that the peer never sent",
    group: Group::OP,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: Some(Certainty::Likely),
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantageLossless,
    needs: &[
        Need::Handshake,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::Header,
    ],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 7323 3.2", "RFC 7323 4.3"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The second half of a timestamp option returns a value that the other end has sent. \
               This one returns a value that the other end had not sent until then.",
        why: "The other end computes the round-trip time from it: its clock now, less the echo. \
              With an echo of nothing the result is nonsense, negative or enormous, and with it \
              the retransmission timer. Causes: values mixed up between connections, octets in \
              the wrong order, a middlebox that changes timestamps one way only.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100 ts=500/90",
            "B > A  ACK      seq=5001 ack=1101 ts=95/900    <- A has sent up to 500",
        ],
        excuses: &[
            "The segment with the value was not captured. Where the clock of the other end can \
             have shown the value at that time, one lost frame explains it: then nothing is said \
             unless it is known that nothing was lost. Any other value is likely until then.",
            "Frames stored out of order: a segment with the value that is stored within 10 ms \
             explains the echo.",
            "A SYN, which has nothing to echo yet, and a RST are not judged.",
            "A SYN-ACK that echoes zero, as some old stacks send it, is let pass.",
        ],
    },
    wakes_on: Observations::ECHO_UNKNOWN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::ECHO_UNKNOWN) {
        let stamps = &case.watch(noted.side).stamps;
        let echo = stamps
            .unknown_echoes()
            .iter()
            .find(|echo| echo.packet == noted.packet && !echo.explained);
        let Some(echo) = echo else { continue };
        if !case.watch(noted.side).options.stamps_agreed() {
            continue;
        }
        // A late segment of the connection before brought it, and drew this one.
        let before = case
            .previous
            .and_then(|previous| previous.ends.of(noted.side.peer()).tsval_max);
        let is_old = |max: u32| echo.tsecr.at_or_before(SeqNo(max));
        if !echo.is_ahead() && before.is_some_and(is_old) {
            continue;
        }
        // The value may stand on a segment that was not taken in.
        let peer = case.end(noted.side.peer());
        if peer.traces.bad_checksums > 0 {
            verdicts.withhold(Need::Header);
            continue;
        }
        let lossless = standing(Need::NoCaptureLoss, case, noted.side) == Standing::Met;
        // An earlier copy of the SYN had it, and the peer takes the answer for good (RFC 7323, 3.2
        // lets it refuse one that it never sent).
        let of_first_try = noted.is_syn_ack() && !echo.is_ahead() && peer.rst.is_none();
        if (echo.in_reach || of_first_try) && !lossless {
            verdicts.withhold(Need::NoCaptureLoss);
            continue;
        }
        verdicts.say(verdict(noted, echo, stamps.unknown_echo_count()));
    }
}

fn verdict(noted: &Noted, echo: &Echo, count: u64) -> Verdict {
    let (who, other) = (noted.side.name(), noted.side.peer().name());
    let (lowest, highest) = echo.range;
    let limit = if echo.is_ahead() {
        format!("had sent nothing newer than {highest}")
    } else {
        format!("never sent anything older than {lowest}")
    };
    let observed = Numbers::default()
        .seq(noted.seq)
        .options(format!("TSecr {}", echo.tsecr));
    Verdict::about(
        noted,
        format!(
            "The {who} echoes the timestamp {}, but the {other} {limit}.",
            echo.tsecr
        ),
    )
    .expected(Numbers::default().options(format!("TSecr from {lowest} to {highest}")))
    .observed(if count > 1 {
        observed.count(count)
    } else {
        observed
    })
}
