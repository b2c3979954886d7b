//! Reports and rules made by hand, to test renderers with.

mod parts;
mod rules;

use super::archive::{About, BEHIND_ALL, Connections, Findings, Key, Record, Records, Shelf};
use super::model::{
    Closing, CommentReport, ConnectionReport, LimitReached, Loaded, Note, Opening, PerRole, Report,
    RolesFrom, SCHEMA_VERSION, Summary, Tool, VantageReport, Withheld,
};
use super::rows::AllRows;
use crate::finding::{Blames, Certainty, Finding, Numbers, PacketRef, Severity, Span};
use crate::machine::state::{State, StateSet};
use crate::tunnel::{Tunnel, TunnelKind};
pub use parts::{capture, connection};
use parts::{finding, socket, with_ack};
pub use rules::RULES;

/// The report as the checker would give it, its connections and findings set aside.
pub fn set_aside(report: Loaded) -> Report {
    let mut shelf = Shelf::new(usize::MAX);
    let mut add = |place, record: Record| assert!(shelf.add(Key { capture: 0, place }, &record));
    let mut others = report.findings;
    for entry in report.connections {
        let of_entry = |finding: &mut Finding| finding.connection == Some(entry.id);
        let findings = others.extract_if(.., of_entry).collect();
        let about = About::Connection;
        add(
            entry.id,
            Record {
                about,
                entry: Some(entry),
                findings,
            },
        );
    }
    let about = About::Other;
    add(
        BEHIND_ALL,
        Record {
            about,
            entry: None,
            findings: others,
        },
    );
    let records = Records::of(shelf, AllRows::default());
    Report {
        connections: Connections(records.clone()),
        findings: Findings(records),
        schema_version: report.schema_version,
        tool: report.tool,
        profile: report.profile,
        assumptions: report.assumptions,
        captures: report.captures,
        baseline: report.baseline,
        expectations: report.expectations,
        narrowed: report.narrowed,
        summary: report.summary,
    }
}

/// Nothing checked.
pub fn empty() -> Loaded {
    Loaded {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "tcpcheck",
            version: "0.1.0",
        },
        profile: "rfc",
        assumptions: vec![
            "Both directions of a connection pass the same monitor (no asymmetric path)",
        ],
        captures: Vec::new(),
        narrowed: None,
        connections: Vec::new(),
        findings: Vec::new(),
        baseline: None,
        expectations: Vec::new(),
        summary: Summary::default(),
    }
}

/// Adds up what the checker would add up.
fn summed(mut report: Loaded) -> Loaded {
    let of = |severity| {
        report
            .findings
            .iter()
            .filter(|f| f.severity == severity)
            .count() as u64
    };
    let summary = Summary {
        captures: report.captures.len() as u64,
        connections: report.captures.iter().map(|c| c.connections).sum(),
        connections_listed: report.connections.len() as u64,
        errors: of(Severity::Error),
        warnings: of(Severity::Warning),
        notices: of(Severity::Notice),
        infos: of(Severity::Info),
        ..report.summary
    };
    report.summary = summary;
    for finding in &mut report.findings {
        finding.fails = finding.severity >= Severity::Warning;
        *report.summary.by_rule.entry(finding.rule).or_default() += 1;
        report.summary.failing_findings += u64::from(finding.fails);
    }
    for withheld in report
        .connections
        .iter()
        .flat_map(|connection| &connection.withheld)
    {
        *report.summary.withheld.entry(withheld.need).or_default() += 1;
    }
    let incomplete = report.captures.iter().any(|capture| !capture.complete);
    report.summary.exit_status = match (incomplete, report.summary.failing_findings) {
        (true, _) => 2,
        (false, 0) => 0,
        (false, _) => 1,
    };
    report
}

/// One connection, nothing wrong.
pub fn clean() -> Loaded {
    let mut report = empty();
    report.captures.push(capture("lab.pcap"));
    report.connections.push(connection(1, "lab.pcap"));
    summed(report)
}

/// One connection with a wrong SYN-ACK and what is folded under it.
pub fn one_error() -> Loaded {
    let mut report = clean();
    let mut error = with_ack(finding("HS001", "synack-ack-off", Severity::Error));
    error.followers = 14;
    error.related_packets.push(PacketRef {
        capture: "lab.pcap".into(),
        packet: 2,
    });
    let mut event = finding("RT004", "retransmission", Severity::Info);
    event.blames = Blames::Nobody;
    report.findings = vec![error, event];
    summed(report)
}

/// Three captures: one sound, one with a likely warning, one that is missing.
pub fn several() -> Loaded {
    let mut report = clean();
    report.captures.push(capture("測試/b\x1b[31m.pcap"));
    let mut missing = capture("gone.pcap");
    missing.format = None;
    missing.link_types.clear();
    missing.undecoded.clear();
    (missing.packets, missing.tcp_segments, missing.connections) = (0, 0, 0);
    (missing.start, missing.end, missing.duration_s) = (None, None, Span(0));
    missing.complete = false;
    missing.error = Some("there is no such file; check the path".into());
    report.captures.push(missing);
    report
        .connections
        .push(connection(2, "測試/b\x1b[31m.pcap"));
    let mut warning = finding("TD012", "close-wait-stuck", Severity::Warning);
    warning.case = Some("peer-alive");
    warning.certainty = Certainty::Likely;
    warning.capture = "測試/b\x1b[31m.pcap".into();
    (warning.connection, warning.packet) = (Some(2), None);
    warning.message = "The server acknowledged the FIN and never closed its own side.".into();
    warning.observed = Numbers::default().time(63_500_000_000);
    warning.expected = Numbers::default().time_range(0, 60_000_000_000);
    report.findings.push(warning);
    summed(report)
}

/// Cut in the middle, with notes and a limit.
pub fn incomplete() -> Loaded {
    let mut report = clean();
    if let Some(capture) = report.captures.first_mut() {
        capture.complete = false;
        capture.error = Some(
            "cut in the data of packet 12 (17 of 60 octets are there): the capture was not \
             finished; use --allow-truncated to accept what could be read"
                .into(),
        );
        capture.comments = [
            (None, "Lab 3,\nsecond\trun\x1b[2J"),
            (Some(3), "here it begins"),
            (
                Some(9),
                "and a comment that goes on for longer than anybody cares to read at once: the \
              server was restarted, and nobody remembers why, or who did it, or what it was for",
            ),
            (Some(12), "not shown"),
        ]
        .map(|(packet, text)| CommentReport {
            packet,
            text: text.into(),
        })
        .to_vec();
        capture.notes.push(Note {
            rule: "CA003",
            message: "Acknowledged data is missing from the capture".into(),
            count: 7,
        });
        capture.limits.push(LimitReached {
            limit: "half-open-segments",
            value: 196_608,
            reached: 3,
            message: "3 half-open connections given up, those that had waited longest first, \
                      to keep at most 196,608 SYNs and SYN-ACKs; counted, not listed"
                .into(),
        });
    }
    let mut note = finding("CA003", "capture-loss", Severity::Notice);
    (note.endpoint, note.blames) = (None, Blames::Nobody);
    report.findings.push(note);
    summed(report)
}

/// The same sockets in two tunnels and in none, and a finding about one of them.
pub fn tunnels() -> Loaded {
    let mut report = several();
    report.captures.truncate(1);
    report.findings.truncate(1);
    let [a, b] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap());
    let [c, d] = ["2001:db8::1", "2001:db8::2"].map(|ip| ip.parse().unwrap());
    let chains = [
        vec![Tunnel::between(TunnelKind::Vxlan, Some(42), a, b)],
        vec![
            Tunnel::between(TunnelKind::Gre, None, c, d),
            Tunnel::between(TunnelKind::Vxlan, Some(42), a, b),
        ],
        vec![],
        vec![Tunnel::between(TunnelKind::Vxlan, Some(42), a, b)],
    ];
    report.connections.clear();
    for (id, tunnels) in (1..).zip(chains) {
        report.connections.push(ConnectionReport {
            tunnels,
            ..connection(id, "lab.pcap")
        });
    }
    for (connection, finding) in (2..).zip(&mut report.findings) {
        finding.capture = "lab.pcap".into();
        finding.connection = Some(connection);
    }
    for capture in &mut report.captures {
        capture.connections = 4;
    }
    summed(report)
}

/// Begun before the capture: much cannot be known.
pub fn mid_stream() -> Loaded {
    let mut report = clean();
    if let Some(connection) = report.connections.first_mut() {
        connection.roles_from = RolesFrom::Port;
        connection.opening = Opening::MidStream;
        connection.opened_by = None;
        connection.closing = Closing::Undetermined;
        connection.closed_by = None;
        connection.undetermined.insert(
            super::model::Field::Closing,
            "the capture ends 0.3 s after the FIN".into(),
        );
        connection.vantage = VantageReport::Unknown;
        connection.states.drain(..4);
        connection.states.truncate(2);
        connection.final_state = PerRole {
            client: Some(State::FinWait1),
            server: None,
        };
        let server = StateSet::of(&[State::Established, State::CloseWait, State::LastAck]);
        connection.possible_final_states.server = server;
        let held = |rule, need| Withheld { rule, need };
        connection.withheld = vec![
            held("HS001", "syn:peer"),
            held("HS003", "handshake"),
            held("HS004", "handshake"),
            held("TD010", "time:63s"),
        ];
    }
    summed(report)
}

/// A flood: a finding without a connection, many connections, some left out.
pub fn flood() -> Loaded {
    let mut report = empty();
    let mut file = capture("flood.pcap");
    (file.packets, file.tcp_segments, file.connections) = (120_001, 120_000, 100_000);
    report.captures.push(file);
    for id in 1..=40_u16 {
        let mut connection = connection(id.into(), "flood.pcap");
        connection.client = socket("203.0.113.9", 1_000 + id);
        if id % 4 == 0 {
            connection.client.ip = "2001:db8:1111:2222:3333:4444:5555:6666".parse().unwrap();
            connection.opening = Opening::Incomplete;
            connection.closing = Closing::None;
            let server = Some(State::SynReceived);
            connection.final_state = PerRole {
                client: None,
                server,
            };
        }
        report.connections.push(connection);
    }
    let mut flood = finding("AT001", "syn-flood", Severity::Warning);
    flood.case = Some("spoofed");
    flood.certainty = Certainty::Likely;
    flood.blames = Blames::ThirdParty;
    flood.capture = "flood.pcap".into();
    (flood.connection, flood.endpoint, flood.packet) = (None, None, None);
    flood.subject = Some(socket("198.51.100.7", 80));
    flood.message = "100,000 SYNs in 10 s, of which 0.1 % were completed.".into();
    flood.observed = Numbers::default().count(100_000);
    flood.rfc = &["RFC 4987 2"];
    report.findings.push(flood);
    for id in 20..=30 {
        let mut off = with_ack(finding("HS001", "synack-ack-off", Severity::Error));
        off.capture = "flood.pcap".into();
        (off.connection, off.packet) = (Some(id), Some(1_000 + id));
        report.findings.push(off);
    }
    summed(report)
}

/// Many captures with a connection each; some are not sound.
pub fn many() -> Loaded {
    let mut report = empty();
    for id in 1..=25_u64 {
        let path = format!("night/2026-11-20/{id:02}.pcap");
        let mut file = capture(&path);
        if id == 17 {
            file.complete = false;
            file.error = Some("damaged at packet 7: a block of 3 octets".into());
        }
        report.captures.push(file);
        report.connections.push(connection(id, &path));
        let mut off = with_ack(finding("HS001", "synack-ack-off", Severity::Error));
        off.capture = path.as_str().into();
        off.connection = Some(id);
        report.findings.extend((id % 6 == 0).then_some(off));
    }
    report.summary.skipped_files = 2;
    summed(report)
}

/// Every sample.
pub fn all() -> Vec<Loaded> {
    let samples = [
        many, empty, clean, one_error, several, incomplete, mid_stream, flood, tunnels,
    ];
    samples.iter().map(|sample| sample()).collect()
}
