//! OP013: a SYN without segment size, or with an unusually small one.
//!
//! RFC 9293, 3.7.1: MSS should stand on each SYN unless the receive MSS is the
//! default (SHLD-5, MAY-3); without it the peer must take 536 octets (IPv4) or
//! 1220 (IPv6) (MUST-14, MUST-15). Cases: mss-missing (notice); mss-tiny, below
//! 64 (warning: a peer that obeys sends headers and next to no data); mss-small,
//! below the default (info). From one header.
//!
//! Silent where the list is broken or an option has a wrong length (OP001,
//! OP002), for the size may stand there; for a SYN repeated without the option
//! after one that had it; and, for missing and small, unless the SYN was
//! acknowledged: on the SYNs of a scan or a flood no data will ever be sent,
//! and they are not what this rule is about.

use std::net::IpAddr;

use crate::rules::prelude::*;
use crate::segment::{Captured, OptionFaults};

/// Below this it is absurd, whatever the link.
const TINY_OCTETS: u16 = 64;
/// What is assumed without the option.
const DEFAULT_IPV4_OCTETS: u16 = 536;
/// The same for IPv6.
const DEFAULT_IPV6_OCTETS: u16 = 1220;

/// The rule.
pub static RULE: Rule = Rule {
    code: "OP013",
    name: "mss-missing-or-odd",
    title: "SYN without MSS, or MSS unusually small",
    group: Group::OP,
    severity: Severity::Warning,
    cases: &[
        ("mss-tiny", Severity::Warning),
        ("mss-missing", Severity::Notice),
        ("mss-small", Severity::Info),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.7.1 (MUST-14, MUST-67, SHLD-5, MAY-3)",
        "RFC 9293 3.7.3 (SHLD-6)",
    ],
    folds: &[],
    thresholds: &[
        ("tiny_octets", TINY_OCTETS as u64),
        ("default_ipv4_octets", DEFAULT_IPV4_OCTETS as u64),
        ("default_ipv6_octets", DEFAULT_IPV6_OCTETS as u64),
    ],
    text: Explanation {
        what: "With the MSS option on its SYN an end says how large a segment it can take. This \
               SYN has none, or names a size below what every host can take (536 octets with \
               IPv4, 1220 with IPv6).",
        why: "Without the option the other end has to send small segments, which costs throughput. \
              A tiny value makes it send a flood of packets that are mostly header; with values \
              below 64 servers have been brought down. Nobody has such links: it is an attack, a \
              scanner, or a fault.",
        exchange: &["A > B  SYN  seq=1000    <- no MSS: B assumes 536"],
        excuses: &[
            "A host whose segments may not be larger than the default may leave the option out.",
            "SYNs of scanners often have no options; as long as nobody acknowledges them, a \
             missing MSS is not reported.",
            "Where the list of options is malformed, that is reported instead.",
        ],
    },
    wakes_on: Observations::SEGMENT_SIZE_ODD,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let default = match case.connection.sockets.client.ip {
        IpAddr::V4(_) => DEFAULT_IPV4_OCTETS,
        IpAddr::V6(_) => DEFAULT_IPV6_OCTETS,
    };
    for syn in case.with(Observations::SEGMENT_SIZE_ODD) {
        if syn.captured < Captured::Header || syn.is_rst() || is_malformed(syn) {
            continue;
        }
        let used = case.end(syn.side).syn_acked && case.end(Side::Client).sent_after_syn;
        let who = syn.side.name();
        let (name, message, seen) = match syn.options.mss() {
            Some(mss) if mss < TINY_OCTETS => (
                "mss-tiny",
                format!("The {who} asks for segments of {mss} octets at most."),
                format!("MSS {mss}"),
            ),
            Some(mss) if mss < default && used => (
                "mss-small",
                format!(
                    "The {who} asks for segments of {mss} octets at most, less than the default \
                     of {default}."
                ),
                format!("MSS {mss}"),
            ),
            None if used && !had_one_before(case, syn) => (
                "mss-missing",
                format!(
                    "The SYN of the {who} names no segment size, so its peer has to assume \
                     {default} octets."
                ),
                "no MSS".to_owned(),
            ),
            _ => continue,
        };
        verdicts.say(
            Verdict::about(syn, message)
                .case(name)
                .expected(Numbers::default().options(format!("MSS of {default} or more")))
                .observed(Numbers::default().seq(syn.seq).options(seen)),
        );
    }
}

/// OP001 or OP002 speaks of it.
fn is_malformed(syn: &Noted) -> bool {
    syn.options.faults.intersects(
        OptionFaults::LENGTH_TOO_SMALL | OptionFaults::LENGTH_OVERRUN | OptionFaults::WRONG_LENGTH,
    )
}

/// An earlier copy of the SYN had the option.
fn had_one_before(case: &Case<'_>, syn: &Noted) -> bool {
    case.of(syn.side).any(|other| {
        other.is_syn()
            && other.seq == syn.seq
            && other.packet < syn.packet
            && other.options.mss().is_some()
    })
}
