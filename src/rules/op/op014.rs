//! OP014: a signature (MD5 or TCP-AO) missing, doubled, or of two kinds.
//!
//! RFC 5925, 2.2: not more than one TCP-AO option in a segment, and not beside
//! an MD5 option: one header shows it. RFC 2385, 2.0 and RFC 5925, 7: whether a
//! connection is signed is settled with its SYNs, and then every segment is.
//! So if all SYNs that E sent were signed, a later segment of E without, RST
//! aside, contradicts them. Sound from anywhere: both are E's own.
//!
//! A RST may go without (RFC 5925, 7.7: after a restart a host has no key). The
//! missing signature is only likely where the peer's SYN had none, for E may
//! have given way, or where a SYN was answered so late that a copy without may
//! have been sent and not captured; and it names no end where the segment's hop
//! count or identification is not that of its end's others: unsigned segments on a signed connection are above
//! all the mark of somebody else's.

use super::common::{counted, looks_foreign, more, opened_at_once};
use crate::rules::prelude::*;
use crate::segment::OptionSet;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP014",
    name: "auth-option-dropped",
    title: "MD5 or TCP-AO option missing, doubled or mixed",
    group: Group::OP,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::SynSelf, Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 5925 2.2", "RFC 5925 7.7", "RFC 2385 2.0"],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "On a signed connection each segment carries exactly one signature, in an option of \
               TCP-AO or of its forerunner MD5. This segment has none although its sender's SYN \
               was signed, or it has more than one.",
        why: "The receiver drops the segment. If its sender really sent it, the connection stalls. \
              More often somebody else did who does not have the key: routers sign their \
              connections just to be safe from such segments, and a RST or FIN without signature \
              is the attempt to cut one.",
        exchange: &[
            "A > B  SYN      seq=1000 ao",
            "B > A  SYN,ACK  seq=5000 ack=1001 ao",
            "A > B  ACK      seq=1001 ack=5001 ao",
            "A > B  FIN,ACK  seq=1001 ack=5001       <- not signed",
        ],
        excuses: &[
            "A RST of a host that has just started again: it has no keys, and is not meant.",
            "The segment was forged; where its hop count or identification differs, no end is \
             accused.",
        ],
    },
    wakes_on: Observations::AUTH_MISSING.union(Observations::AUTH_DOUBLED),
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::AUTH_DOUBLED) {
        let who = noted.side.name();
        let seen = if noted.options.present.contains(OptionSet::MD5) {
            "TCP-AO and MD5 signature"
        } else {
            "TCP-AO twice"
        };
        let what = Observations::AUTH_DOUBLED;
        let verdict = Verdict::about(
            noted,
            format!(
                "The {who} sent a segment with two signatures ({seen}); one is allowed.{}",
                more(case, noted, what),
            ),
        );
        let observed = Numbers::default().seq(noted.seq).options(seen);
        verdicts.say(
            verdict
                .expected(Numbers::default().options("one signature"))
                .observed(counted(case, noted, what, observed)),
        );
    }
    for noted in case.with(Observations::AUTH_MISSING) {
        verdicts.say(unsigned(case, noted));
    }
}

fn unsigned(case: &Case<'_>, noted: &Noted) -> Verdict {
    let what = Observations::AUTH_MISSING;
    let signed = OptionSet::MD5 | OptionSet::AO;
    let peer = case.end(noted.side.peer()).syn;
    let peer_signs = peer.is_some_and(|syn| syn.options.present.intersects(signed));
    let verdict = Verdict::about(
        noted,
        format!(
            "The {} signed its SYN, but this segment has no signature.{}",
            noted.side.name(),
            more(case, noted, what),
        ),
    );
    let observed = Numbers::default()
        .seq(noted.seq)
        .flags(noted.flags)
        .options("no signature");
    let verdict = verdict
        .related(case.end(noted.side).syn.map(|syn| syn.packet))
        .expected(Numbers::default().options("one signature"))
        .observed(counted(case, noted, what, observed));
    if looks_foreign(case, noted) {
        verdict.endpoint(None).certainty(Certainty::Likely)
    } else if peer_signs && opened_at_once(case) {
        verdict
    } else {
        verdict.certainty(Certainty::Likely)
    }
}
