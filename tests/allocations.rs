//! What the program takes of memory: for a segment that nothing is odd about no allocation,
//! however many there are; for connections and findings that have been judged a
//! fixed room, however many they are.

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

mod exchange;

use std::io::Cursor;

use exchange::Exchange;
use tcpcheck::check::Checker;
use tcpcheck::finding::Severity;
use tcpcheck::limits::{READ_BUFFER_LEN, SPOOL_MEMORY};
use tcpcheck::report::archive::{Connections, Findings, Key, Record, Records, Shelf};
use tcpcheck::report::json;
use tcpcheck::report::model::Report;
use tcpcheck::report::rows::AllRows;
use tcpcheck::report::text::{self, Look};
use tcpcheck::settings::Settings;

/// Allocations for a connection with so many rounds of two segments of data and an ACK, and how many
/// blocks the capture is read in.
fn allocations(rounds: usize) -> (u64, u64) {
    let opening = "each: ts\n\
        0.000 A > B SYN seq=0 win=64240 mss=1460 sackok wscale=7\n\
        +10ms B > A SYN,ACK mss=1460 sackok wscale=7\n\
        +10ms A > B ACK\n";
    let round = "+1ms A > B ACK len=1000\n+1ms A > B PSH,ACK len=1000\n+1ms B > A ACK\n";
    let text = format!("{opening}{}expect: none\n", round.repeat(rounds));
    let capture = Exchange::parse(&text).unwrap().to_pcap();
    let blocks = capture.len().div_ceil(READ_BUFFER_LEN) as u64;
    let mut checker = Checker::new(Settings::default());
    let counted =
        allocation_counter::measure(|| checker.check("-", Box::new(Cursor::new(capture))));
    (counted.count_total, blocks)
}

/// What is allocated for a block of frames, of which one with full segments has two hundred.
const FOR_A_BLOCK: u64 = 10;

#[test]
fn orderly_segments_allocate_nothing() {
    // What is built once in a run, and the memory of the latest segments, is filled first.
    allocations(1);
    let (few, one) = allocations(50);
    let (many, several) = allocations(2000);
    assert!(several > one + 10, "{several} blocks");
    let more = FOR_A_BLOCK * (several - one);
    assert!(
        many <= few + more,
        "{few} for 150 segments, {many} for 6000 in {several} blocks"
    );
}

/// Allocations for so many connections that are opened, exchange a little and are closed.
fn allocations_of(connections: usize) -> u64 {
    let round = "each: ts\n\
        host C 10.0.1.1:20001 vary=port\n\
        repeat ROUNDS\n\
        +1ms   C > B  SYN      win=64240 mss=1460 sackok wscale=7\n\
        +10ms  B > C  SYN,ACK  mss=1460 sackok wscale=7\n\
        +10ms  C > B  ACK\n\
        +1ms   C > B  PSH,ACK  len=60\n\
        +10ms  B > C  ACK\n\
        +1ms   B > C  PSH,ACK  len=60\n\
        +10ms  C > B  ACK\n\
        +1ms   C > B  FIN,ACK\n\
        +10ms  B > C  ACK\n\
        +1ms   B > C  FIN,ACK\n\
        +10ms  C > B  ACK\n\
        end\n\
        expect: none\n";
    let text = round.replace("ROUNDS", &connections.to_string());
    let capture = Exchange::parse(&text).unwrap().to_pcap();
    let counted = allocation_counter::measure(|| {
        let mut checker = Checker::new(Settings::default());
        checker.check("-", Box::new(Cursor::new(capture)));
        let mut out = Counted(0);
        json::write(&checker.finish(), &mut out).unwrap();
    });
    counted.count_total
}

/// From its first SYN to its line in the report.
#[test]
fn a_connection_allocates_little() {
    allocations_of(10);
    let more = allocations_of(600) - allocations_of(100);
    assert!(more <= MOST * 500, "{} for 500", more);
}

/// What an ordinary connection takes: its life and the log of that (a text wants no more), and as it is
/// told to the machine its opening, itself, its notes and steps, what either end
/// sent lately, and its entry: made, sealed, handed over and read.
const MOST: u64 = 19;

/// The report on an exchange, and its only connection with what is said of it.
fn judged(name: &str) -> (Report, Record) {
    let path = format!("{}/testdata/{name}.exchange", env!("CARGO_MANIFEST_DIR"));
    let capture = Exchange::read(path).to_pcap();
    let mut checker = Checker::new(Settings::default());
    checker.check("-", Box::new(Cursor::new(capture)));
    let report = checker.finish();
    let record = report.records().iter().next().unwrap().unwrap();
    (report, record)
}

/// Each of the connections has a finding, and comes in the order in which it begins or in
/// the opposite one; the file is merged either way.
#[test]
fn many_connections_and_findings_take_a_fixed_room() {
    const MANY: u64 = 15_000;
    const MEMORY: usize = SPOOL_MEMORY / 32;
    let (mut report, record) = judged("rules/HS/HS001-fires");
    let mut length = 0;
    for backwards in [false, true] {
        let counted = allocation_counter::measure(|| {
            let mut record = record.clone();
            let mut shelf = Shelf::new(MEMORY);
            for number in 1..=MANY {
                let place = if backwards { MANY - number } else { number };
                record.entry.as_mut().unwrap().first_packet = place;
                assert!(shelf.add(Key { capture: 0, place }, &record));
            }
            let records = Records::of(shelf, AllRows::default());
            report.connections = Connections(records.clone());
            report.findings = Findings(records);
            report.summary.connections = MANY;
            let mut out = Counted(0);
            json::write(&report, &mut out).unwrap();
            length = out.0;
            let look = Look::plain(80, Severity::Info);
            let mut out = Counted(0);
            text::write(&report, &look, &mut out).unwrap();
            assert!(out.0 < 10_000, "{} octets of text", out.0);
            report = judged("rules/HS/HS001-fires").0;
        });
        let records = MANY * record.findings.len() as u64;
        assert!(
            length > 1_000 * records,
            "all are in the JSON: {length} octets"
        );
        // What is held, sorted and written, and what is read of each part of the file.
        let most = 4 * MEMORY as u64;
        assert!(counted.bytes_max < most, "{} octets", counted.bytes_max);
    }
}

/// Counts what is written and keeps none of it.
struct Counted(u64);

impl std::io::Write for Counted {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0 += octets.len() as u64;
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
