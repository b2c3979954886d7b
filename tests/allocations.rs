//! A segment that nothing is odd about costs no allocation, however many there are.

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
use tcpcheck::settings::Settings;

/// Allocations for a connection with so many rounds of two segments of data and an ACK.
fn allocations(rounds: usize) -> u64 {
    let opening = "each: ts\n\
        0.000 A > B SYN seq=0 win=64240 mss=1460 sackok wscale=7\n\
        +10ms B > A SYN,ACK mss=1460 sackok wscale=7\n\
        +10ms A > B ACK\n";
    let round = "+1ms A > B ACK len=1000\n+1ms A > B PSH,ACK len=1000\n+1ms B > A ACK\n";
    let text = format!("{opening}{}expect: none\n", round.repeat(rounds));
    let capture = Exchange::parse(&text).unwrap().to_pcap();
    let mut checker = Checker::new(Settings::default());
    let counted =
        allocation_counter::measure(|| checker.check("-", Box::new(Cursor::new(capture))));
    counted.count_total
}

#[test]
fn orderly_segments_allocate_nothing() {
    // What is built once in a run, and the memory of the latest segments, is filled first.
    allocations(1);
    assert_eq!(allocations(200), allocations(50));
}
