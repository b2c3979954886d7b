//! SQ004: the same sequence numbers with other data.
//!
//! RFC 9293, 3.4.2 and 3.4.3: a number names one octet for as long as the
//! connection lives. Condition: two segments of E hold the same octets with
//! different values, both captured whole and with a good checksum (or one left
//! to the network card). Two segments contradict each other, so no loss, order
//! or place of the monitor explains it. A keepalive with one octet of garbage
//! is left out by the machine. That one of the two lacks the timestamps agreed on
//! (OP006) is a mark of the same foreign segment, and goes under this.

use crate::rules::at::forgery;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SQ004",
    name: "retransmission-content-differs",
    title: "Same sequence numbers, different data",
    group: Group::SQ,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Payload],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.4.2", "RFC 9293 3.4.3", "RFC 2525 2.4"],
    folds: &[("OP006", Scope::NamedPacket)],
    thresholds: &[],
    text: Explanation {
        what: "The same octets of the stream were sent twice, and the second time they are not \
               what they were the first time.",
        why: "Which of the two the receiving application gets depends on what arrives first and \
              on how its stack treats overlaps: the data is corrupt, silently. The cause is a \
              broken retransmission queue (a buffer that was used again too early), or somebody \
              who injects data into the connection, also to show an intrusion detection system \
              something else than the server sees.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=4 \"GET \"",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=4 \"PUT \"   <- octet 1001 was \"G\"",
        ],
        excuses: &[
            "A segment damaged on the way has a bad checksum, and one that was cut by the capture \
             is not compared.",
            "A keepalive may carry one octet of garbage at a number already acknowledged: allowed.",
            "A gateway that rewrites the data (FTP, SIP) and repeats a segment differently: \
             compare TTL and path.",
        ],
    },
    wakes_on: Observations::CONTENT_DIFFERS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::CONTENT_DIFFERS) {
        let Some(first) = noted.about else { continue };
        let verdict = Verdict::about(
            noted,
            format!(
                "The {} sent octets {} to {} with other data than in packet {first}.",
                noted.side.name(),
                noted.data_start(),
                noted.data_end() - 1,
                first = named(first),
            ),
        );
        let verdict = verdict.related([first]).observed(
            Numbers::default()
                .seq(noted.seq)
                .len(noted.payload_len)
                .flags(noted.flags),
        );
        let both = [Some(noted), case.packet(first)].into_iter().flatten();
        verdicts.say(forgery::unless_foreign(case, verdict, both));
    }
}
