//! WN006: a segment larger than the peer takes.
//!
//! RFC 9293, 3.7.1 (MUST-15, MUST-16): a segment may hold as many octets as the
//! MSS option of the peer says, less the options of TCP and IP; 536 octets (IPv6: 1220)
//! where the peer announced nothing. Data octets + TCP options + IP options > MSS(P).
//!
//! What hosts put together (segmentation offload at the sender, receive offload at
//! the receiver) is no segment: the rule needs a frame with a right checksum
//! (what is not yet cut, or was merged, has none), an IP length of at most 1500
//! octets, and no sign of offload at E in the whole connection. Of several SYNs of P
//! the largest MSS counts, since E may have taken any of them. Below 216 octets an MSS
//! is not enforced: stacks refuse to go lower, against attacks with tiny segments.
//!
//! Never more than likely: a middlebox may have raised or removed the option
//! between the monitor and E. (The catalogue would make it definite with evidence that the
//! frame is on the wire; that evidence is what the rule asks for anyway.)

use crate::rules::prelude::*;
use crate::rules::words::{the, the_capital};

/// Octets of a TCP header without options.
const HEADER: u32 = 20;

/// The rule.
pub static RULE: Rule = Rule {
    code: "WN006",
    name: "segment-exceeds-mss",
    title: "Segment larger than the peer's MSS",
    group: Group::WN,
    severity: Severity::Error,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::SynPeer, Need::Header, Need::NoOffloadSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.7.1 (MUST-15, MUST-16)",
        "RFC 6691 2",
        "RFC 2525 2.18",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "With the MSS option in its SYN an end says how large a segment it can take. The \
               other end sent a larger one. The number counts data only as long as there are no \
               options: those of the segment have to be taken off.",
        why: "The segment may not fit through the receiver's link: it is broken into IP fragments, \
              or thrown away without a word, and connections hang as soon as more than a little \
              data is sent. Forgetting to take off the twelve octets of timestamps is the classic \
              way to get there.",
        exchange: &[
            "B > A  SYN,ACK  seq=5000 ack=1001 mss=536",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=1000    <- more than 536",
        ],
        excuses: &[
            "The frame was captured before a network card cut it, or after one put several \
             together: only frames with a right checksum and an ordinary length are judged, and \
             only where nothing else shows offload.",
            "The SYN was sent again with another MSS: the largest one counts.",
            "A middlebox between capture and sender has removed the option or made it larger.",
        ],
    },
    wakes_on: Observations::OVER_MSS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::OVER_MSS) {
        let side = noted.side;
        let ipv6 = case.connection.sockets.of(side).ip.is_ipv6();
        let size = &case.watch(side).window.size;
        let Some((limit, announced)) = size.limit(ipv6) else {
            continue;
        };
        let options = u32::from(noted.data_offset) * 4;
        let options = options.saturating_sub(HEADER);
        let with = match options {
            0 => String::new(),
            octets => format!(" and {octets} octets of options"),
        };
        let peer = the(side.peer());
        let limit_is = if announced {
            format!("{peer} announced an MSS of {limit}")
        } else {
            format!("{peer} announced no MSS, which means {limit}")
        };
        let most = u32::from(limit).saturating_sub(options);
        verdicts.say(
            Verdict::about(
                noted,
                format!(
                    "{} sends {} octets of data{with} in one segment, but {limit_is}.",
                    the_capital(side),
                    noted.payload_len,
                ),
            )
            .expected(Numbers::default().len(most))
            .observed(
                Numbers::default()
                    .seq(noted.seq)
                    .len(noted.payload_len)
                    .count(u64::from(size.count)),
            ),
        );
    }
}
