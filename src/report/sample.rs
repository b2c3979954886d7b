//! Reports and rules made by hand, to test renderers with.

use std::collections::BTreeMap;

use super::model::{
    CaptureReport, Closing, ConnectionReport, EndpointStats, LimitReached, Note, Opening, Party,
    PerRole, Report, RolesFrom, SCHEMA_VERSION, StateRow, Summary, Tool, VantageReport, Withheld,
};
use crate::finding::{
    Blames, Certainty, Finding, Moment, Numbers, PacketRef, Role, Severity, Span,
};
use crate::machine::state::{State, StateSet};
use crate::observation::Observations;
use crate::rules::Rule;
use crate::rules::rule::{Check, Evidence, Explanation, Group, Need, SoundFrom};
use crate::segment::{Flags, NS_PER_US, Socket, Timestamp};
use crate::seq::SeqNo;

/// When the sample captures begin.
const START: Timestamp = Timestamp(1_795_179_181_379_157_000);

/// A small catalogue.
pub static RULES: &[&Rule] = &[
    &Rule {
        code: "HS001",
        name: "synack-ack-off",
        title: "SYN-ACK does not acknowledge x+1",
        group: Group::HS,
        severity: Severity::Error,
        cases: &[],
        certainty: Certainty::Definite,
        certainty_if_loss_unknown: None,
        evidence: Evidence::Act,
        sound_from: SoundFrom::AnyVantage,
        needs: &[Need::SynPeer, Need::Header],
        blames: Blames::Endpoint,
        textbook: false,
        rfc: &["RFC 9293 3.4.1", "RFC 9293 3.5"],
        thresholds: &[("near_octets", 1024)],
        text: Explanation {
            what: "A SYN occupies one sequence number, so the SYN-ACK must acknowledge the \
                   client's initial sequence number plus one. This one acknowledges a number \
                   close to it.",
            why: "The client takes such a SYN-ACK for one that belongs to another connection and \
                  answers with a reset: the connection cannot be opened.",
            exchange: &[
                "A > B  SYN      seq=1000",
                "B > A  SYN,ACK  seq=5000 ack=1000     <- must be 1001",
                "A > B  RST      seq=1000",
            ],
            excuses: &[
                "An old duplicate SYN that the capture does not hold: then the number is far off.",
                "A SYN with data: all numbers up to the end of the data are right.",
            ],
        },
        wakes_on: Observations::SYN,
        check: Check::Pattern,
    },
    &Rule {
        code: "TD005",
        name: "three-segment-teardown",
        title: "FIN and ACK merged: teardown in three segments",
        group: Group::TD,
        severity: Severity::Notice,
        cases: &[
            ("merged-by-peer", Severity::Notice),
            ("merged-by-closer", Severity::Info),
        ],
        certainty: Certainty::Definite,
        certainty_if_loss_unknown: Some(Certainty::Likely),
        evidence: Evidence::Act,
        sound_from: SoundFrom::AnyVantageLossless,
        needs: &[Need::NoCaptureLoss],
        blames: Blames::Nobody,
        textbook: true,
        rfc: &["RFC 9293 3.6"],
        thresholds: &[],
        text: Explanation {
            what: "The FIN was acknowledged by the segment that carries the other FIN.",
            why: "It is legal and common, but not the exchange of four segments that is taught.",
            exchange: &[],
            excuses: &[],
        },
        wakes_on: Observations::SYN,
        check: Check::Pattern,
    },
];

/// Nothing checked.
pub fn empty() -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "tcpcheck",
            version: "0.1.0",
        },
        profile: "rfc",
        assumptions: vec!["both directions of a connection pass the same monitor"],
        captures: Vec::new(),
        connections: Vec::new(),
        findings: Vec::new(),
        summary: Summary::default(),
    }
}

/// A sound capture.
pub fn capture(path: &str) -> CaptureReport {
    CaptureReport {
        path: path.into(),
        format: Some("pcap".into()),
        link_types: vec!["ETHERNET".into()],
        packets: 12,
        tcp_segments: 11,
        connections: 1,
        start: Some(moment(0)),
        end: Some(moment(60_204_375)),
        duration_s: Span(60_204_375 * NS_PER_US),
        complete: true,
        error: None,
        notes: Vec::new(),
        undecoded: BTreeMap::from([("arp", 1)]),
        limits: Vec::new(),
    }
}

fn moment(us: i64) -> Moment {
    Moment {
        at: START.plus(us * NS_PER_US),
        digits: 6,
    }
}

fn socket(text: &str, port: u16) -> Socket {
    Socket {
        ip: text.parse().unwrap(),
        port,
    }
}

fn row(
    packet: Option<u64>,
    us: i64,
    endpoint: Role,
    states: [State; 2],
    event: &'static str,
) -> StateRow {
    let [from, to] = states;
    let (capture, time, possible) = ("lab.pcap".into(), moment(us), StateSet::of(&[to]));
    StateRow {
        packet,
        capture,
        time,
        endpoint,
        from,
        to,
        event,
        possible,
    }
}

/// A connection as the book has it.
pub fn connection(id: u64, capture: &str) -> ConnectionReport {
    use Role::{Client, Server};
    use State::{
        CloseWait, Closed, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived, SynSent,
        TimeWait,
    };
    let stats = |segments, bytes, rtt_us| EndpointStats {
        segments,
        bytes,
        rtt_us,
        ..EndpointStats::default()
    };
    ConnectionReport {
        id,
        capture: capture.into(),
        client: socket("192.0.2.1", 40_000),
        server: socket("198.51.100.7", 80),
        first_packet: 2,
        last_packet: 12,
        start: moment(120),
        duration_s: Span(204_255 * NS_PER_US),
        roles_from: RolesFrom::Syn,
        opening: Opening::ThreeWay,
        closing: Closing::FourWay,
        undetermined: BTreeMap::new(),
        opened_by: Some(Party::Client),
        closed_by: Some(Party::Client),
        reset_by: None,
        vantage: VantageReport::Client,
        final_state: PerRole {
            client: Some(Closed),
            server: Some(Closed),
        },
        possible_final_states: PerRole {
            client: StateSet::of(&[Closed]),
            server: StateSet::of(&[Closed]),
        },
        states: vec![
            row(
                Some(2),
                120,
                Client,
                [Closed, SynSent],
                "active OPEN, sends SYN",
            ),
            row(
                Some(3),
                311,
                Server,
                [Listen, SynReceived],
                "receives SYN, sends SYN-ACK",
            ),
            row(
                Some(4),
                402,
                Client,
                [SynSent, Established],
                "receives SYN-ACK, sends ACK",
            ),
            row(
                Some(4),
                402,
                Server,
                [SynReceived, Established],
                "receives ACK of SYN",
            ),
            row(
                Some(9),
                200_100,
                Client,
                [Established, FinWait1],
                "CLOSE, sends FIN",
            ),
            row(
                Some(10),
                200_290,
                Server,
                [Established, CloseWait],
                "receives FIN, sends ACK",
            ),
            row(
                Some(10),
                200_290,
                Client,
                [FinWait1, FinWait2],
                "receives ACK of FIN",
            ),
            row(
                Some(11),
                204_300,
                Server,
                [CloseWait, LastAck],
                "CLOSE, sends FIN",
            ),
            row(
                Some(12),
                204_375,
                Client,
                [FinWait2, TimeWait],
                "receives FIN, sends ACK",
            ),
            row(
                Some(12),
                204_375,
                Server,
                [LastAck, Closed],
                "receives ACK of FIN",
            ),
            row(None, 60_204_375, Client, [TimeWait, Closed], "2MSL timeout"),
        ],
        stats: PerRole {
            client: stats(6, 120, None),
            server: stats(5, 3_000, Some(191)),
        },
        withheld: Vec::new(),
    }
}

fn finding(rule: &'static str, name: &'static str, severity: Severity) -> Finding {
    Finding {
        rule,
        name,
        case: None,
        severity,
        certainty: Certainty::Definite,
        connection: Some(1),
        capture: "lab.pcap".into(),
        endpoint: Some(Role::Server),
        blames: Blames::Endpoint,
        subject: None,
        packet: Some(3),
        related_packets: Vec::new(),
        time: Some(moment(311)),
        message: "The SYN-ACK acknowledges the client's initial sequence number itself, as if the \
                  SYN occupied no number."
            .into(),
        expected: Numbers::default(),
        observed: Numbers::default(),
        rfc: &["RFC 9293 3.4.1", "RFC 9293 3.5"],
        followers: 0,
    }
}

fn with_ack(mut finding: Finding) -> Finding {
    let isn = Some(SeqNo(2_864_434_397));
    let flags = Flags::SYN | Flags::ACK;
    finding.expected = Numbers::default().flags(flags).ack(SeqNo(2_864_434_398));
    finding.observed = Numbers::default().flags(flags).ack(SeqNo(2_864_434_397));
    finding.expected.relate(None, isn);
    finding.observed.relate(None, isn);
    finding
}

/// Adds up what the checker would add up.
fn summed(mut report: Report) -> Report {
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
    for finding in &report.findings {
        *report.summary.by_rule.entry(finding.rule).or_default() += 1;
        report.summary.failing_findings += u64::from(finding.severity >= Severity::Warning);
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
pub fn clean() -> Report {
    let mut report = empty();
    report.captures.push(capture("lab.pcap"));
    report.connections.push(connection(1, "lab.pcap"));
    summed(report)
}

/// One connection with a wrong SYN-ACK and what is folded under it.
pub fn one_error() -> Report {
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
pub fn several() -> Report {
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
pub fn incomplete() -> Report {
    let mut report = clean();
    if let Some(capture) = report.captures.first_mut() {
        capture.complete = false;
        capture.error = Some(
            "cut in the data of packet 12 (17 of 60 octets are there): the capture was not \
             finished; use --allow-truncated to accept what could be read"
                .into(),
        );
        capture.notes.push(Note {
            rule: "CA003",
            message: "Acknowledged data is missing from the capture".into(),
            count: 7,
        });
        capture.limits.push(LimitReached {
            limit: "half-open-entries",
            value: 65_536,
            reached: 3,
        });
    }
    let mut note = finding("CA003", "capture-loss", Severity::Notice);
    (note.endpoint, note.blames) = (None, Blames::Nobody);
    report.findings.push(note);
    summed(report)
}

/// Begun before the capture: much cannot be known.
pub fn mid_stream() -> Report {
    let mut report = clean();
    if let Some(connection) = report.connections.first_mut() {
        connection.roles_from = RolesFrom::Port;
        connection.opening = Opening::MidStream;
        connection.opened_by = None;
        connection.closing = Closing::Undetermined;
        connection.closed_by = None;
        connection
            .undetermined
            .insert("closing", "the capture ends 0.3 s after the FIN".into());
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
pub fn flood() -> Report {
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

/// Every sample.
pub fn all() -> Vec<Report> {
    let samples = [
        empty, clean, one_error, several, incomplete, mid_stream, flood,
    ];
    samples.iter().map(|sample| sample()).collect()
}
