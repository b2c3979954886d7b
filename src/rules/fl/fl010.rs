//! FL010: a port or an address that no endpoint of TCP can have.
//!
//! RFC 9293, 3.9.2.3 (MUST-46, MUST-57): TCP runs between two unicast
//! addresses. Condition: source or destination is multicast, the limited
//! broadcast address, or unspecified (case `address`); or a port is 0 (case
//! `port-zero`; RFC 6335 keeps it reserved). Whoever sent the first such segment
//! of the connection is named; that the other end's answers bear the same
//! numbers is a consequence. The broadcast address of a subnet cannot be told
//! without its mask and is not judged.

use std::net::IpAddr;

use crate::rules::prelude::*;
use crate::segment::Socket;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL010",
    name: "impossible-address",
    title: "Port 0, or broadcast or multicast address",
    group: Group::FL,
    severity: Severity::Error,
    cases: &[
        ("address", Severity::Error),
        ("port-zero", Severity::Warning),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.9.2.3 (MUST-57, MUST-63)",
        "RFC 6335 6",
        "RFC 9293 3.9.1.1 (MUST-46)",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A TCP segment from or to an address that cannot be one end of a connection \
               (multicast, broadcast, or no address at all), or with port number 0.",
        why: "A connection has exactly two ends, each with one address of its own. A host must not \
              answer such a segment and must not send one: an answer to a group address could set \
              off a storm of replies. Port 0 is reserved and means \"any\" to programs. What sends \
              these is a scanner, a flooding tool with random headers, or a program that forgot to \
              fill in its address.",
        exchange: &[
            "A > 224.0.0.1:80   SYN     <- nobody can accept this",
            "A > B:0            SYN     <- port 0 is reserved",
        ],
        excuses: &[
            "The broadcast address of a subnet looks like any other without the mask and is not \
             judged; neither is a host that only answers.",
        ],
    },
    wakes_on: Observations::ODD_ADDRESS,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let Some(first) = case.with(Observations::ODD_ADDRESS).next() else {
        return;
    };
    let sockets = &case.connection.sockets;
    let own = *sockets.of(first.side);
    let peer = *sockets.of(first.side.peer());
    let who = first.side.name();
    let (case_name, message) = match (odd_address(own), odd_address(peer), own.port) {
        (Some(kind), _, _) => (
            "address",
            format!("A segment claims to come from {}, which is {kind}.", own.ip),
        ),
        (None, Some(kind), _) => (
            "address",
            format!(
                "The {who} sent a TCP segment to {}, which is {kind}.",
                peer.ip
            ),
        ),
        (None, None, 0) => (
            "port-zero",
            format!("The {who} sent a segment from port 0, which is reserved."),
        ),
        (None, None, _) => (
            "port-zero",
            format!("The {who} sent a segment to port 0, which is reserved."),
        ),
    };
    let of_sender = |noted: &&Noted| noted.side == first.side;
    for noted in case.with(Observations::ODD_ADDRESS).filter(of_sender) {
        verdicts.say(
            Verdict::about(noted, message.clone())
                .case(case_name)
                .observed(Numbers::default().seq(noted.seq).flags(noted.flags)),
        );
    }
}

/// What is impossible about the address, if anything.
fn odd_address(socket: Socket) -> Option<&'static str> {
    match socket.ip {
        IpAddr::V4(ip) if ip.is_broadcast() => Some("the broadcast address"),
        ip if ip.is_multicast() => Some("a multicast address"),
        ip if ip.is_unspecified() => Some("no address at all"),
        _ => None,
    }
}
