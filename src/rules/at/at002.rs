//! AT002: a port scan or a sweep over hosts.
//!
//! RFC 9293, 3.10.7.1: closed ports answer with RST. Found over many
//! connections by `flow/patterns`: within 60 s one source sends SYNs to at least
//! 20 ports of a host, or to one port of at least 20 hosts, and at least 80 % of
//! them are refused, unanswered, or reset by the source right after the
//! SYN-ACK. Never more than likely: monitoring and peer-to-peer programs do much
//! the same.

use crate::rules::prelude::*;

/// Ports of one host.
const PORTS: u64 = 20;
/// Hosts at one port.
const HOSTS: u64 = 20;
/// Within so many seconds.
const SECONDS: u64 = 60;
/// So many of them in percent come to nothing.
const FRUITLESS_PERCENT: u64 = 80;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT002",
    name: "port-scan",
    title: "SYN, connect or sweep scan",
    group: Group::AT,
    severity: Severity::Notice,
    cases: &[
        ("vertical", Severity::Notice),
        ("horizontal", Severity::Notice),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Clock],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.1"],
    folds: &[],
    thresholds: &[
        ("ports", PORTS),
        ("hosts", HOSTS),
        ("seconds", SECONDS),
        ("fruitless_percent", FRUITLESS_PERCENT),
    ],
    text: Explanation {
        what: "One address asks many ports of a host, or one port of many hosts, whether they are \
               open, and does not use what it finds.",
        why: "This is how somebody takes stock of a network before doing anything else: an \
              administrator, an auditor, or an intruder. A closed port answers with RST, a \
              filtered one not at all, an open one with SYN-ACK, which a half-open scan cuts off \
              with a RST at once.",
        exchange: &[
            "A > B:21  SYN",
            "B:21 > A  RST,ACK              (closed)",
            "A > B:22  SYN",
            "B:22 > A  SYN,ACK              (open)",
            "A > B:22  RST                  (enough: no connection wanted)",
            "... and so on through the ports",
        ],
        excuses: &[
            "A monitoring system, a peer-to-peer program or a browser that tries several addresses \
             at once: below the thresholds nothing is said, and above them it is a notice.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
