//! AT003: a scan with segments that belong to no connection.
//!
//! RFC 9293, 3.10.7.1 and 3.10.7.2: a closed port answers any of them with
//! RST, a listening one drops those without ACK. Found over many connections
//! by `flow/patterns`: one source sends segments of the same odd kind (no flags;
//! FIN; FIN,PSH,URG; SYN,FIN; FIN,ACK; ACK), without data, to at least 5
//! different ports; each drew RSTs or nothing, and is all there is on its
//! sockets. FIN,ACK and ACK also belong to connections that began before the
//! capture; so there the probes must share their SEQ or their ACK, which
//! connections never do. (The catalogue also takes a shared source port for a
//! sign. It is none: a server has one, and sends ACK and FIN,ACK from it to
//! the many ports of a client that has gone.) SYN,FIN is not in the
//! catalogue's list; it is the same sort of scan. Never more than likely:
//! intention cannot be seen.

use crate::rules::prelude::*;

/// Different ports.
const PORTS: u64 = 5;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT003",
    name: "stealth-scan",
    title: "Null, FIN, Xmas, Maimon or ACK scan",
    group: Group::AT,
    severity: Severity::Warning,
    cases: &[
        ("null", Severity::Warning),
        ("fin", Severity::Warning),
        ("xmas", Severity::Warning),
        ("syn-fin", Severity::Warning),
        ("maimon", Severity::Warning),
        ("ack", Severity::Warning),
    ],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.10.7.1", "RFC 9293 3.10.7.2"],
    // Of the connections that are nothing but a probe.
    folds: &[
        ("FL001", Scope::Connection),
        ("FL002", Scope::Connection),
        ("FL005", Scope::Connection),
        ("FL006", Scope::Connection),
        ("FL009", Scope::Connection),
        ("HS009", Scope::Connection),
        ("HS012", Scope::Connection),
        ("CA001", Scope::Connection),
        ("CA004", Scope::Connection),
    ],
    thresholds: &[("ports", PORTS)],
    text: Explanation {
        what: "One address sends segments that open nothing and belong to no connection to many \
               ports: without flags, with FIN alone, with FIN, PSH and URG (lit up like a \
               Christmas tree), with SYN and FIN, with FIN and ACK (after Uriel Maimon, who \
               described it), or with ACK alone.",
        why: "A closed port must answer such a segment with RST, and a listening one drops most \
              of them without a word; so the answers, or their absence, tell which is which. An \
              ACK draws a RST from both and tells what a filter lets through. Scanners use them \
              in place of SYN because simple filters, and logs of connections, see SYNs only. The \
              finding stands for all of its probes: what each of them does wrong is not listed \
              again.",
        exchange: &[
            "A > B:21  FIN,PSH,URG  seq=1000",
            "B:21 > A  RST,ACK      seq=0 ack=1001    (closed)",
            "A > B:22  FIN,PSH,URG  seq=1000          (no answer: open, or filtered)",
            "... and so on through the ports",
        ],
        excuses: &[
            "A capture that begins late shows ACK and FIN,ACK of connections that it did not see \
             opening. They are answered, or data follows; and they have numbers of their own, \
             where the probes of a scanner share theirs.",
            "A host that was started anew answers the last segments of its old connections with \
             RST: their numbers differ too.",
            "A server that forgets the ACK flag on its FINs sends them from one port to higher \
             ones: that shape is not taken for a scan, and FL005 tells it.",
            "An inventory of one's own network looks the same: intention cannot be seen.",
        ],
    },
    wakes_on: Observations::empty(),
    check: Check::Pattern,
};
