//! That orderly segments of long connections are put down, and the machine told of them later,
//! makes no difference: every exchange and every capture of real hosts gives the same
//! connections, to the last bit of what the machine knows, as if it took in each segment by itself.
//!
//! Conversations made at random are compared beside the code (`machine/stretch/tests.rs`).

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, clippy::panic, dead_code)]

mod exchange;

use std::path::Path;

use exchange::table::through_table;
use exchange::{Exchange, files_below};
use tcpcheck::flow::table::Left;
use tcpcheck::limits::TableLimits;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// All that is known of the connections of a capture when they leave the table, in order.
fn connections(capture: &[u8], stretches: bool) -> Vec<String> {
    let mut all = Vec::new();
    let take = |left: Left| {
        if let Left::Connection(ended) = left {
            all.push(format!("{ended:?}"));
        }
    };
    // Lives keep out of the machine what is short: here all is to be compared.
    let limits = TableLimits {
        stretches,
        lives: false,
        ..TableLimits::default()
    };
    through_table(capture, limits, take);
    all
}

fn compare(name: &str, capture: &[u8]) {
    let (with, without) = (connections(capture, true), connections(capture, false));
    assert_eq!(with.len(), without.len(), "{name}");
    for (with, without) in with.iter().zip(&without) {
        assert!(with == without, "{name}:\n{with}\n{without}");
    }
}

#[test]
fn stretches_make_no_difference() {
    let paths = files_below(Path::new(TESTDATA), "exchange");
    assert!(paths.len() > 500);
    for path in &paths {
        let name = path.display().to_string();
        let exchange = Exchange::read(path);
        compare(&name, &exchange.to_pcap());
        compare(
            &name,
            &exchange.clone().with_isn(u32::MAX - 1, u32::MAX).to_pcap(),
        );
    }
    let paths = files_below(Path::new(TESTDATA), "pcap");
    assert!(paths.len() > 30);
    for path in &paths {
        compare(&path.display().to_string(), &std::fs::read(path).unwrap());
    }
}
