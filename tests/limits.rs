//! Every limit, reached: the report says so, with a count that is true, and what matters is
//! judged all the same. What a hostile capture costs in memory is bounded.
//!
//! The captures are those of `examples/hostile`. Sizes that take long are left to
//!
//! ```text
//! cargo test --release --test limits -- --ignored --test-threads 1
//! ```
//!
//! and how time grows with size is measured by `benches/doubling.py`.

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

#[path = "../examples/hostile/generator/mod.rs"]
mod generator;

use std::collections::BTreeSet;
use std::io::{BufWriter, Cursor, Write, pipe};
use std::thread;

use generator::{Output, Plan, SHAPES};
use tcpcheck::check::Checker;
use tcpcheck::lane::LANES;
use tcpcheck::limits::{self, TableLimits};
use tcpcheck::report::model::Report;
use tcpcheck::settings::Settings;

/// The capture of a shape.
fn capture(shape: &str, plan: &Plan) -> Vec<u8> {
    let mut octets = Vec::new();
    write(shape, plan, &mut octets);
    octets
}

fn write(shape: &str, plan: &Plan, sink: &mut dyn Write) {
    let shape = SHAPES.iter().find(|known| known.name == shape).unwrap();
    (shape.write)(plan, &mut Output::to(sink)).unwrap();
}

fn check(shape: &str, plan: &Plan) -> Report {
    let mut checker = Checker::new(Settings::default());
    checker.check("-", Box::new(Cursor::new(capture(shape, plan))));
    checker.finish()
}

/// The report on a capture of any size, and the most octets that were held meanwhile. The
/// capture comes through a pipe, as it would take memory, too.
fn check_by_pipe(shape: &'static str, plan: Plan) -> (Report, u64) {
    let (reader, writer) = pipe().unwrap();
    let generator = thread::spawn(move || {
        let mut sink = BufWriter::with_capacity(1 << 16, writer);
        write(shape, &plan, &mut sink);
        sink.flush().unwrap();
    });
    let mut checker = Checker::new(Settings::default());
    let used = allocation_counter::measure(|| checker.check("-", Box::new(reader)));
    generator.join().unwrap();
    (checker.finish(), used.bytes_max)
}

/// How often a limit was reached, by the report.
fn reached(report: &Report, name: &str) -> u64 {
    let limits = &report.captures[0].limits;
    limits
        .iter()
        .find(|limit| limit.limit == name)
        .map_or(0, |limit| limit.reached)
}

/// Reaching a limit is no failure to read: 0 or 1, by what was found.
fn is_whole(report: &Report) -> bool {
    report.captures[0].complete && report.summary.exit_status < 2
}

const MB: u64 = 1_000_000;

/// Constants of `limits.rs`, with what shows that they are reached: a test here, or the one that
/// is named.
const COVERED: &[(&str, &str)] = &[
    ("OUT_OF_ORDER_RANGES", "ranges_beyond_holes"),
    ("MISSING_RANGES", "missing_ranges"),
    ("EVENTS", "odd_segments"),
    ("EVENTS_IN_PASSING", "odd_segments"),
    ("ICMP_KINDS", "kinds_of_icmp_errors"),
    ("TIMELINE_STEPS", "changes_of_state"),
    ("STRAYS", "src/flow/incarnation/tests.rs"),
    ("RECENT_SEGMENTS", "a ring: the latest are kept, by intent"),
    ("DAMAGED_SEGMENTS", "damaged_segments"),
    ("HALF_OPEN_SEGMENTS", "a_flood"),
    ("CONNECTIONS", "src/flow/table/tests.rs"),
    ("CONNECTION_OCTETS", "open_connections"),
    ("WAITING_OCTETS", "src/check/worker/waiting.rs"),
    ("CLOSED_CONNECTIONS", "closed_connections"),
    ("DRAWN_SEGMENTS", "tests/ladder.rs"),
    ("DRAWN_OCTETS", "src/flow/table/tests.rs"),
    ("LINGER_NS", "src/flow/table/tests.rs"),
    ("CONNECTIONS_LISTED", "src/check/ledger"),
    ("FINDINGS", "src/check/ledger"),
    ("FINDING_KINDS", "src/check/ledger"),
    ("SPOOL_MEMORY", "src/report/archive"),
    ("SPOOL_BUFFER", "src/report/archive"),
    ("LISTENERS", "listeners"),
    ("READ_BUFFER_LEN", "src/capture/tests.rs"),
    ("PACKET_LEN", "src/capture/pcap_tests.rs"),
    ("BLOCK_LEN", "src/capture/pcapng/tests.rs"),
    ("INTERFACES", "interfaces"),
    ("COMMENTS", "src/capture/pcapng/tests/comments.rs"),
    ("COMMENT_LEN", "src/capture/pcapng/tests/comments.rs"),
    ("MERGED_OPEN", "src/capture/merge"),
    ("MERGED_PAIRS", "src/check/parts"),
    ("MOVED_USERS", "src/check/moved.rs"),
    ("MERGED_NUMBERS", "src/capture/merge"),
    ("PROBLEMS", "src/capture/info.rs"),
    ("UNPACK_WINDOW", "src/capture/compressed/mod.rs"),
    ("PAUSE_NS", "pauses"),
    ("PAUSES", "pauses"),
    ("PATTERN_SERVICES", "services"),
    ("PATTERN_SLOTS", "slots_of_services"),
    ("PATTERN_SOURCES", "a_flood"),
    ("PATTERN_SCAN_GROUPS", "scans"),
    ("PATTERN_PROBE_GROUPS", "probes"),
    ("PATTERN_ISN_HOSTS", "services"),
    ("PATTERN_TIMESTAMP_SLOTS", "src/flow/patterns/bounded.rs"),
    (
        "PATTERN_CLOSE_WAIT_SERVICES",
        "src/flow/patterns/bounded.rs",
    ),
    ("PATTERN_STARVED_SLOTS", "src/flow/patterns/bounded.rs"),
    ("PATTERN_TIME_WAIT_SLOTS", "src/flow/patterns/bounded.rs"),
    ("TUNNEL_DEPTH", "tunnels"),
    ("LINK_LAYERS", "src/decode/link"),
    ("TUNNELS", "tunnels"),
    ("FRAGMENTED_PACKETS", "fragments"),
    ("FRAGMENT_OCTETS", "fragments"),
    ("FRAGMENT_PIECES", "src/decode"),
    ("FRAGMENT_OVERLAPS", "src/decode"),
    ("ADDED_COMMENTS", "src/capture/annotate/tests.rs"),
];

#[test]
fn no_limit_is_without_a_test() {
    let source = include_str!("../src/limits.rs");
    let named: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
        .collect();
    let covered: BTreeSet<&str> = COVERED.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, covered, "name the test that reaches it in COVERED");
    let own = include_str!("limits.rs");
    for (name, test) in COVERED
        .iter()
        .filter(|(_, test)| !test.contains([' ', '/']))
    {
        assert!(
            own.contains(&format!("fn {test}()")),
            "{name}: there is no test {test}"
        );
    }
}

#[test]
fn ranges_beyond_holes() {
    let count = 1000;
    let report = check("holes", &Plan::of(count));
    let kept = limits::OUT_OF_ORDER_RANGES as u64;
    assert_eq!(reached(&report, "out-of-order-ranges"), count - kept);
    assert!(is_whole(&report));
}

#[test]
fn missing_ranges() {
    let report = check("missing-ranges", &Plan::of(1000));
    // Half of the frames are ACKs for a range each; the first has nothing missing before it but
    // the octets that it is off.
    assert_eq!(
        reached(&report, "missing-ranges"),
        500 - limits::MISSING_RANGES as u64
    );
    assert!(is_whole(&report));
}

#[test]
fn odd_segments() {
    let report = check("violations", &Plan::of(1000));
    let kept = limits::EVENTS as u64;
    let dropped = reached(&report, "events");
    // The handshake is noted, too.
    assert!((1000 - kept..1000).contains(&dropped), "{dropped}");
    assert_eq!(report.summary.connections, 1);
    assert!(
        report.summary.errors + report.summary.warnings > 0,
        "and they are told of"
    );
    assert!(is_whole(&report));
}

#[test]
fn kinds_of_icmp_errors() {
    let report = check("icmp-known", &Plan::of(1600));
    assert!(reached(&report, "icmp-kinds") > 0);
    assert!(is_whole(&report));
}

#[test]
fn damaged_segments() {
    let report = check("damaged", &Plan::of(1000));
    let kept = 2 * limits::DAMAGED_SEGMENTS as u64;
    assert_eq!(reached(&report, "damaged-segments"), 1000 - kept);
    assert!(is_whole(&report));
}

#[test]
fn closed_connections() {
    let count = 17_000;
    let report = check("closed-connections", &Plan::of(count));
    let kept = limits::CLOSED_CONNECTIONS as u64;
    // The last one of each lane closes with the capture.
    let forgotten = count - kept - LANES as u64;
    assert_eq!(reached(&report, "closed-connections"), forgotten);
    assert_eq!(report.summary.connections, count, "all are judged");
    assert!(is_whole(&report));
}

#[test]
fn open_connections() {
    let count = 67_000;
    let limits = TableLimits {
        lives: false,
        ..TableLimits::default()
    };
    let mut checker = Checker::with_limits(Settings::default(), limits);
    let capture = capture("open-connections", &Plan::of(count));
    checker.check("-", Box::new(Cursor::new(capture.clone())));
    let report = checker.finish();
    // One that the machine knows takes more than its own size, and less than 8 KB.
    let kept = count - reached(&report, "connection-octets");
    let most = limits::CONNECTION_OCTETS as u64;
    assert!((most / 8_000..most / 3_500).contains(&kept), "{kept}");
    assert_eq!(report.summary.connections, count, "all are judged");
    assert!(is_whole(&report));
    // One that is a textbook's so far takes so little that their number is reached first.
    let mut checker = Checker::new(Settings::default());
    checker.check("-", Box::new(Cursor::new(capture)));
    let report = checker.finish();
    assert_eq!(reached(&report, "connection-octets"), 0);
    assert!(reached(&report, "connections") >= count - limits::CONNECTIONS as u64);
    assert_eq!(report.summary.connections, count, "all are judged");
    assert!(is_whole(&report));
}

#[test]
fn listeners() {
    let count = 66_000;
    let report = check("listeners", &Plan::of(count));
    assert_eq!(
        reached(&report, "listeners"),
        count - limits::LISTENERS as u64
    );
    assert!(reached(&report, "pattern-services") > 0);
    assert!(reached(&report, "pattern-isn-hosts") > 0);
    assert!(is_whole(&report));
}

#[test]
fn pauses() {
    let count = 5000;
    let report = check("pauses", &Plan::of(count));
    // There is none behind the last.
    assert_eq!(
        reached(&report, "pauses"),
        count - 1 - limits::PAUSES as u64
    );
    assert_eq!(report.summary.connections, count);
    assert!(is_whole(&report));
}

#[test]
fn scans() {
    let report = check("scans", &Plan::of(64 * 200));
    assert!(reached(&report, "pattern-scan-groups") > 0);
    assert!(report.summary.by_rule.contains_key("AT002"));
    assert!(is_whole(&report));
}

/// All are told, though there are many.
#[test]
fn probes() {
    let report = check("probes", &Plan::of(8 * 2000));
    assert_eq!(report.summary.by_rule.get("AT003"), Some(&2000));
}

#[test]
fn interfaces() {
    let report = check("pcapng-interfaces", &Plan::of(59_000));
    assert!(is_whole(&report));
    assert_eq!(report.captures[0].packets, 3);
}

#[test]
fn fragments() {
    let count = 10_000;
    let report = check("fragments-first", &Plan::of(count));
    assert!(reached(&report, "fragmented-packets") > 0);
    assert_eq!(
        report.summary.connections, 1,
        "what is no fragment is judged"
    );
    assert!(is_whole(&report));
}

#[test]
fn tunnels() {
    let count = 20_000;
    let report = check("tunnels-gre", &Plan::of(count));
    assert!(reached(&report, "tunnels") > 0);
    assert_eq!(
        report.summary.connections,
        count + 1,
        "told apart all the same"
    );
    let report = check("tunnels-nested", &Plan::of(60));
    let too_deep = report.captures[0].undecoded.values().sum::<u64>();
    assert!(too_deep > 0);
    assert!(is_whole(&report));
}

const REAL: u64 = 200;

/// More than there is room for, with real connections among them.
fn flood(count: u64) -> Plan {
    Plan {
        answered: 5,
        repetitions: 1,
        real: REAL,
        ..Plan::of(count)
    }
}

fn judge_flood(report: &Report, plan: &Plan) {
    assert_eq!(
        report.summary.by_rule.get("AT001"),
        Some(&u64::from(plan.victims))
    );
    let real = report
        .connections
        .iter()
        .map(Result::unwrap)
        .filter(|c| serde_json::to_value(c.closing).unwrap() == "four-way")
        .count();
    assert_eq!(real as u64, plan.real, "all of the real ones are judged");
    let findings = report.findings.iter().map(Result::unwrap);
    for flood in findings.filter(|finding| finding.rule == "AT001") {
        assert_eq!(flood.case, Some("spoofed"));
        assert!(flood.followers > 0);
        for evidence in [
            "in a second",    // rate
            "addresses in",   // spread of sources
            "were completed", // completion ratio
            "%",
            "at once",        // peak of half-open connections
            "answered again", // repetitions of SYN-ACKs
        ] {
            assert!(
                flood.message.contains(evidence),
                "{evidence}: {}",
                flood.message
            );
        }
    }
    assert!(is_whole(report));
}

#[test]
fn a_flood() {
    let plan = flood(300_000);
    let (report, octets) = check_by_pipe("syn-flood", plan);
    let lone = plan.count * 95 / 100;
    let dropped = reached(&report, "half-open-segments");
    assert!(
        dropped > lone - limits::HALF_OPEN_SEGMENTS as u64 - 20_000 && dropped < plan.count,
        "{dropped}"
    );
    assert!(reached(&report, "pattern-sources") > 0);
    judge_flood(&report, &plan);
    assert!(octets < 256 * MB, "{octets} octets held");
}

#[test]
fn a_flood_of_several_victims_by_ipv6() {
    let plan = Plan {
        victims: 3,
        ipv6: true,
        rate: 10_000,
        ..flood(30_000)
    };
    judge_flood(&check("syn-flood", &plan), &plan);
}

#[test]
fn services() {
    let report = check("listeners", &Plan::of(17_000));
    assert!(reached(&report, "pattern-services") > 0);
    assert!(reached(&report, "pattern-isn-hosts") > 0);
}

/// Memory held for a shape of two sizes: beyond what its limits allow it does not grow.
#[track_caller]
fn stays_below(shape: &'static str, count: u64, bound: u64) -> Report {
    let (report, octets) = check_by_pipe(shape, Plan::of(count));
    assert!(octets < bound, "{shape}: {octets} octets held");
    report
}

#[test]
fn one_connection_costs_the_same_whatever_is_on_it() {
    for shape in [
        "holes",
        "holes-backwards",
        "holes-filled",
        "sack-storm",
        "one-octet",
        "retransmissions",
        "overlapping",
        "duplicate-acks",
        "keepalives",
        "zero-window-probes",
        "missing-ranges",
        "syn-candidates",
        "strays",
        "fins",
        "violations",
        "icmp-known",
        "options",
        "damaged",
        "backwards",
    ] {
        let report = stays_below(shape, 20_000, 2 * MB);
        assert!(is_whole(&report), "{shape}");
    }
}

#[test]
fn what_is_no_tcp_costs_nothing_that_grows() {
    for (shape, bound) in [
        ("icmp-unknown", 2 * MB),
        ("fragments-first", 24 * MB),
        ("fragments-tiny", 24 * MB),
        ("fragments-overlapping", 24 * MB),
        ("fragments-pieces", 24 * MB),
        ("pcapng-comments", 2 * MB),
        ("pcapng-sections", 2 * MB),
        ("pcapng-statistics", 2 * MB),
        ("pcapng-unknown", 2 * MB),
        ("truncated-headers", 2 * MB),
        ("extension-headers", 2 * MB),
    ] {
        stays_below(shape, 20_000, bound);
    }
}

/// Slots of a service are quarters of a second.
#[test]
#[ignore = "takes a minute"]
fn slots_of_services() {
    let plan = Plan {
        rate: 4,
        ..Plan::of(limits::PATTERN_SLOTS as u64 + 10_000)
    };
    let report = check("syn-flood", &plan);
    assert!(reached(&report, "pattern-slots") > 0);
}

/// No connection that is followed has more than 64 changes of state: so far no shape reaches it.
#[test]
fn changes_of_state() {
    let report = check("fins", &Plan::of(1000));
    assert_eq!(reached(&report, "timeline-steps"), 0);
}

#[test]
#[ignore = "ten million SYNs"]
fn a_flood_of_full_size() {
    let plan = Plan {
        answered: 100,
        repetitions: 1,
        real: 20_000,
        ..Plan::of(10_000_000)
    };
    let (report, octets) = check_by_pipe("syn-flood", plan);
    judge_flood(&report, &plan);
    assert!(octets < 256 * MB, "{octets} octets held");
}

#[test]
#[ignore = "a million connections, holes, fragments and findings"]
fn a_million_of_each() {
    for shape in [
        "open-connections",
        "holes",
        "fragments-first",
        "violating-connections",
        "icmp-lone-syns",
        "interleaved",
        "oddities",
    ] {
        let report = stays_below(shape, MB, 256 * MB);
        assert!(is_whole(&report), "{shape}");
    }
}
