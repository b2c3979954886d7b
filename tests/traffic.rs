//! The generator of `examples/traffic` does as it says: its captures are legal, nobody is accused
//! in them but who floods, and there is in them what their kind is to have.
//!
//! Whoever finds this test failing has found a wrong accusation, or a fault of the generator:
//! the RFC says which.

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

#[path = "../examples/traffic/generator/mod.rs"]
mod generator;

use std::collections::BTreeSet;
use std::io::{self, Cursor};
use std::net::IpAddr;

use generator::{Goal, KINDS, Kind, Plan, write};
use tcpcheck::check::Checker;
use tcpcheck::finding::Severity;
use tcpcheck::report::model::{Closing, ConnectionReport, Loaded, Opening};
use tcpcheck::settings::Settings;

fn kind(name: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.name == name).unwrap()
}

fn plan(name: &str, packets: u64, seed: u64) -> Plan {
    Plan {
        kind: kind(name),
        goal: Goal::Packets(packets),
        seed,
    }
}

fn capture(name: &str, packets: u64, seed: u64) -> Vec<u8> {
    let mut octets = Vec::new();
    write(&plan(name, packets, seed), &mut octets).unwrap();
    octets
}

fn check(capture: Vec<u8>) -> Loaded {
    let mut checker = Checker::new(Settings::default());
    checker.check("-", Box::new(Cursor::new(capture)));
    checker.finish().load().unwrap()
}

/// Findings at warning or above, as text.
fn accusations(report: &Loaded) -> Vec<String> {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.severity >= Severity::Warning)
        .map(|finding| format!("{}: {}", finding.rule, finding.message))
        .collect()
}

fn is_v6(connection: &ConnectionReport) -> bool {
    matches!(connection.client.ip, IpAddr::V6(_))
}

/// What must hold for every kind.
fn is_sound(report: &Loaded, packets: u64) {
    let capture = &report.captures[0];
    assert!(capture.complete && capture.notes.is_empty());
    assert!(capture.undecoded.is_empty());
    assert!(
        capture.packets.abs_diff(packets) < packets / 20,
        "{} packets",
        capture.packets
    );
    assert_eq!(capture.packets, capture.tcp_segments);
    let stats = |connection: &ConnectionReport| {
        let stats = &connection.stats;
        stats.client.bad_checksums + stats.server.bad_checksums
    };
    assert_eq!(report.connections.iter().map(stats).sum::<u64>(), 0);
    let v6 = report
        .connections
        .iter()
        .filter(|connection| is_v6(connection))
        .count();
    let share = v6 * 100 / report.connections.len();
    assert!((8..=12).contains(&share), "{share} % over IPv6");
}

fn openings(report: &Loaded) -> BTreeSet<&'static str> {
    let name = |connection: &ConnectionReport| match connection.opening {
        Opening::ThreeWay => "three-way",
        Opening::Simultaneous => "simultaneous",
        Opening::FastOpen => "fast-open",
        Opening::Refused => "refused",
        _ => panic!("{:?} of {}", connection.opening, connection.client.port),
    };
    report.connections.iter().map(name).collect()
}

fn closings(report: &Loaded) -> BTreeSet<&'static str> {
    let name = |connection: &ConnectionReport| match connection.closing {
        Closing::FourWay => "four-way",
        Closing::ThreeWay => "three-way",
        Closing::Simultaneous => "simultaneous",
        Closing::Reset => "reset",
        Closing::None if connection.opening == Opening::Refused => "refused",
        _ => panic!("{:?} of {}", connection.closing, connection.client.port),
    };
    report.connections.iter().map(name).collect()
}

/// How many segments were sent again, of 10,000.
fn repeated(report: &Loaded) -> u64 {
    let stats = |connection: &ConnectionReport| {
        let stats = &connection.stats;
        stats.client.retransmissions + stats.server.retransmissions
    };
    report.connections.iter().map(stats).sum::<u64>() * 10_000 / report.captures[0].packets
}

/// What holds for the kinds in which nobody is to be accused.
fn is_legal(name: &str, packets: u64) -> Loaded {
    let report = check(capture(name, packets, 1));
    assert_eq!(accusations(&report), [""; 0]);
    is_sound(&report, packets);
    assert!(report.captures[0].limits.is_empty());
    let expected = BTreeSet::from(["fast-open", "refused", "simultaneous", "three-way"]);
    assert_eq!(openings(&report), expected);
    let expected = BTreeSet::from(["four-way", "refused", "reset", "simultaneous", "three-way"]);
    assert_eq!(closings(&report), expected);
    let repeated = repeated(&report);
    assert!(
        (5..=20).contains(&repeated),
        "{repeated} of 10,000 sent again"
    );
    report
}

#[test]
fn bulk_is_legal() {
    let report = is_legal("bulk", 30_000);
    let refused = |connection: &&ConnectionReport| connection.opening == Opening::Refused;
    let refused = report.connections.iter().filter(refused).count();
    assert_eq!(report.connections.len() - refused, 64);
}

#[test]
fn web_is_legal() {
    let report = is_legal("web", 40_000);
    let connections = report.connections.len() as u64;
    let each = report.captures[0].packets / connections;
    assert!((9..=12).contains(&each), "{each} packets for a connection");
    // Events of this kind have a rule, which tells of them without a reproach.
    for (rule, event) in [
        ("RT004", "sent again"),
        ("TD006", "data with a FIN"),
        ("TD007", "half-closed and still used"),
        ("TD008", "closed at the same time"),
        ("RS005", "aborted"),
        ("TW009", "closed by the server first"),
    ] {
        assert!(report.summary.by_rule.contains_key(rule), "never {event}");
    }
    let lost_syn = |connection: &&ConnectionReport| {
        let again = &report.findings;
        let is_again = |packet| {
            again
                .iter()
                .any(|finding| finding.rule == "RT004" && finding.packet == Some(packet))
        };
        (connection.first_packet..connection.last_packet).any(is_again)
    };
    assert!(
        report
            .connections
            .iter()
            .any(|connection| lost_syn(&connection))
    );
}

#[test]
fn small_is_legal() {
    is_legal("small", 50_000);
}

#[test]
fn flood_is_one_flood() {
    let packets = 60_000;
    let report = check(capture("flood", packets, 1));
    let accused = accusations(&report);
    assert!(
        accused.len() == 1 && accused[0].starts_with("AT001"),
        "{accused:?}"
    );
    is_sound(&report, packets);
    // One of 500 SYNs is real, and of the others three in ten are answered.
    let connections = report.connections.len() as u64;
    assert!(
        (packets / 800..packets / 500).contains(&connections),
        "{connections} connections"
    );
    let others = openings(&report);
    assert!(others.contains("three-way") && others.contains("refused"));
}

#[test]
fn other_seeds_are_legal() {
    for seed in 2..6 {
        for name in ["bulk", "web", "small"] {
            let report = check(capture(name, 6_000, seed));
            assert_eq!(accusations(&report), [""; 0], "{name} {seed}");
        }
        let report = check(capture("flood", 6_000, seed));
        assert_eq!(accusations(&report).len(), 1, "flood {seed}");
    }
}

#[test]
fn the_seed_fixes_every_octet() {
    for kind in KINDS {
        let first = capture(kind.name, 3_000, 7);
        assert!(first == capture(kind.name, 3_000, 7), "{}", kind.name);
        assert!(first != capture(kind.name, 3_000, 8), "{}", kind.name);
    }
}

#[test]
fn a_size_is_kept() {
    for kind in KINDS {
        let mut octets = Vec::new();
        let goal = Goal::Octets(4_000_000);
        let plan = Plan {
            goal,
            kind,
            seed: 1,
        };
        write(&plan, &mut octets).unwrap();
        let off = octets.len().abs_diff(4_000_000);
        assert!(off < 400_000, "{}: {}", kind.name, octets.len());
    }
}

#[test]
fn memory_does_not_grow_with_the_capture() {
    let most = |name, packets| {
        let plan = plan(name, packets, 1);
        let used = allocation_counter::measure(|| write(&plan, &mut io::sink()).unwrap());
        used.bytes_max
    };
    for name in ["web", "flood"] {
        let (half, whole) = (most(name, 100_000), most(name, 200_000));
        assert!(whole < half + half / 4, "{name}: {half}, then {whole}");
    }
}
