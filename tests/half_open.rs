//! That openings are kept small until something else comes makes no difference:
//! every exchange (over IPv4, IPv6 and at the wrap) and every capture of real hosts gives the
//! same connections, to the last bit of what the machine knows, whether they are or not.

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, clippy::panic, dead_code)]

mod exchange;

use std::path::Path;

use exchange::table::through_table;
use exchange::{Exchange, files_below};
use tcpcheck::flow::attempt::Attempt;
use tcpcheck::flow::incarnation::Ended;
use tcpcheck::flow::table::Left;
use tcpcheck::limits::TableLimits;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// All that is known of the connections of a capture when they leave the table, in the order
/// of their first packets, and how many of them were kept small until the end.
fn connections(capture: &[u8], limits: TableLimits) -> (Vec<String>, usize) {
    let mut all: Vec<(u64, String)> = Vec::new();
    let mut small = 0;
    let mut keep = |ended: Ended| {
        let (first, _) = ended.connection.first;
        all.push((first, format!("{ended:?}")));
    };
    let take = |left: Left| match left {
        Left::Connection(ended) => keep(ended),
        Left::Life(life) => keep(life.tell().end().0),
        Left::HalfOpen(kept) => {
            small += 1;
            let opening = kept.opening();
            let (ended, next) = opening.track().end();
            assert!(next.is_none());
            let (briefly, in_full) = (kept.attempt(), Attempt::of(&ended.connection));
            // A SYN alone counts as an attempt even where damage makes it void.
            assert!(briefly == in_full || opening.further.is_empty() && in_full.is_none());
            keep(ended);
        }
        Left::Dropped(_) | Left::Bare(_) => panic!("{left:?}"),
    };
    through_table(capture, limits, take);
    all.sort();
    (all.into_iter().map(|(_, known)| known).collect(), small)
}

/// Compares; says how many were kept small until the end.
fn compare(name: &str, capture: &[u8]) -> usize {
    let limits = TableLimits::default();
    let (with, small) = connections(capture, limits);
    let (without, none) = connections(
        capture,
        TableLimits {
            half_open: 0,
            ..limits
        },
    );
    assert!(with == without, "{name}:\n{with:#?}\n{without:#?}");
    assert_eq!(none, 0);
    small
}

#[test]
fn openings_that_are_kept_small_make_no_difference() {
    let paths = files_below(Path::new(TESTDATA), "exchange");
    assert!(paths.len() > 500);
    let mut small = 0;
    for path in &paths {
        let name = path.display().to_string();
        let exchange = Exchange::read(path);
        let wrapped = exchange.clone().with_isn(u32::MAX - 1, u32::MAX);
        small += compare(&name, &exchange.to_pcap());
        small += compare(&name, &exchange.clone().with_ip(6).to_pcap());
        small += compare(&name, &wrapped.to_pcap());
    }
    assert!(small > 100, "{small}");
    let paths = files_below(Path::new(TESTDATA), "pcap");
    for path in &paths {
        compare(&path.display().to_string(), &std::fs::read(path).unwrap());
    }
}
