//! What the sample reports are put together from.

use std::collections::BTreeMap;

use crate::finding::{
    Blames, Certainty, Finding, Fingerprint, Moment, Numbers, Role, Severity, Span,
};
use crate::machine::state::{State, StateSet};
use crate::machine::timeline::Cause;
use crate::machine::transition::Event;
use crate::report::gate::Gate;
use crate::report::model::{
    CaptureReport, Closing, ConnectionReport, EndpointStats, Opening, Party, PerRole, RolesFrom,
    StateRow, VantageReport,
};
use crate::segment::{Flags, NS_PER_US, Socket, Timestamp};
use crate::seq::SeqNo;

/// When the sample captures begin.
const START: Timestamp = Timestamp(1_795_179_181_379_157_000);

/// A sound capture.
pub fn capture(path: &str) -> CaptureReport {
    CaptureReport {
        path: path.into(),
        profile: "rfc",
        config: None,
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
        undecoded: BTreeMap::from([("not-ip", 1)]),
        comments: Vec::new(),
        limits: Vec::new(),
        gate: Gate::default(),
    }
}

pub fn moment(us: i64) -> Moment {
    Moment {
        at: START.plus(us * NS_PER_US),
        digits: 6,
    }
}

pub fn socket(text: &str, port: u16) -> Socket {
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
        event: cause(event),
        possible,
    }
}

fn cause(event: &str) -> Cause {
    let named = Event::ALL.into_iter().map(Cause::Event);
    named
        .chain([Cause::GoesOn])
        .find(|cause| cause.as_str() == event)
        .unwrap()
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
    let mut connection = ConnectionReport {
        id,
        capture: capture.into(),
        client: socket("192.0.2.1", 40_000),
        server: socket("198.51.100.7", 80),
        tunnels: Vec::new(),
        first_packet: 2,
        last_packet: 12,
        last_capture: capture.into(),
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
            server: StateSet::of(&[LastAck, Closed]),
        },
        states: vec![
            row(Some(2), 120, Client, [Closed, SynSent], "send SYN"),
            row(
                Some(3),
                311,
                Server,
                [Listen, SynReceived],
                "receive SYN, send SYN,ACK",
            ),
            row(
                Some(4),
                402,
                Client,
                [SynSent, Established],
                "receive SYN,ACK",
            ),
            row(
                Some(4),
                402,
                Server,
                [SynReceived, Established],
                "receive ACK of SYN",
            ),
            row(
                Some(9),
                200_100,
                Client,
                [Established, FinWait1],
                "send FIN",
            ),
            row(
                Some(10),
                200_290,
                Server,
                [Established, CloseWait],
                "receive FIN",
            ),
            row(
                Some(10),
                200_290,
                Client,
                [FinWait1, FinWait2],
                "receive ACK of FIN",
            ),
            row(Some(11), 204_300, Server, [CloseWait, LastAck], "send FIN"),
            row(
                Some(12),
                204_375,
                Client,
                [FinWait2, TimeWait],
                "receive FIN",
            ),
            row(
                Some(12),
                204_375,
                Server,
                [LastAck, Closed],
                "receive ACK of FIN",
            ),
            row(None, 60_204_375, Client, [TimeWait, Closed], "2MSL timeout"),
        ],
        stats: PerRole {
            client: stats(6, 120, None),
            server: stats(5, 3_000, Some(191)),
        },
        withheld: Vec::new(),
        drawing: None,
    };
    for row in &mut connection.states {
        row.capture = capture.into();
    }
    connection
}

pub fn finding(rule: &'static str, name: &'static str, severity: Severity) -> Finding {
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
        server_port: Some(80),
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
        fingerprint: Fingerprint(0x0123_4567_89ab_cdef),
        known: false,
        fails: false,
    }
}

pub fn with_ack(mut finding: Finding) -> Finding {
    let isn = Some(SeqNo(2_864_434_397));
    let flags = Flags::SYN | Flags::ACK;
    finding.expected = Numbers::default().flags(flags).ack(SeqNo(2_864_434_398));
    finding.observed = Numbers::default().flags(flags).ack(SeqNo(2_864_434_397));
    finding.expected.relate(None, isn);
    finding.observed.relate(None, isn);
    finding
}
