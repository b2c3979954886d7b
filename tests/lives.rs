//! That textbook's connections are kept as packed segments, and that those of which nothing is to
//! be said become rows of a text report without the machine, makes no difference: to what the
//! machine knows, to the report as JSON, and to the report as text.
//!
//! `LIVES_ROUNDS=1000` tries so many captures of conversations made at random, `LIVES_SEED=7`
//! others. In debug mode, the program itself proves each row by the machine and the rules.

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

mod exchange;
#[path = "../examples/traffic/generator/mod.rs"]
mod generator;
#[path = "lives/talk.rs"]
mod talk;

use std::io::Cursor;
use std::path::Path;

use exchange::table::through_table;
use exchange::{Exchange, files_below};
use tcpcheck::check::Checker;
use tcpcheck::finding::Severity;
use tcpcheck::flow::attempt::Attempt;
use tcpcheck::flow::incarnation::Ended;
use tcpcheck::flow::table::Left;
use tcpcheck::limits::TableLimits;
use tcpcheck::report::model::Report;
use tcpcheck::report::{json, text};
use tcpcheck::settings::Settings;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// The usual limits, but every connection is the machine's from its beginning.
fn no_lives() -> TableLimits {
    TableLimits {
        lives: false,
        ..TableLimits::default()
    }
}

/// All that is known of the connections of a capture in the order in which they leave the
/// table, and how many of them were lives to their end.
fn connections(capture: &[u8], limits: TableLimits) -> (Vec<String>, usize) {
    let mut all: Vec<String> = Vec::new();
    let mut lives = 0;
    let mut keep = |ended: &Ended| all.push(format!("{ended:?}"));
    let take = |left: Left| match left {
        Left::Connection(ended) => keep(&ended),
        Left::Life(life) => {
            let (ended, next) = life.tell().end();
            assert!(next.is_none());
            if life.is_over() {
                lives += 1;
                assert_eq!(life.attempt(), Attempt::of(&ended.connection));
            }
            keep(&ended);
        }
        Left::HalfOpen(opening) => keep(&opening.opening().track().end().0),
        Left::Dropped(_) | Left::Bare(_) => panic!("{left:?}"),
    };
    through_table(capture, limits, take);
    (all, lives)
}

fn checked(capture: &[u8], settings: &Settings, limits: TableLimits) -> Report {
    let mut checker = Checker::with_limits(settings.clone(), limits);
    checker.check("x.pcap", Box::new(Cursor::new(capture.to_vec())));
    checker.finish()
}

fn as_text(report: &Report) -> String {
    let look = text::Look::plain(100, Severity::Info);
    let mut out = Vec::new();
    text::write(report, &look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn as_json(report: &Report) -> String {
    let mut out = Vec::new();
    json::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn rows(report: &Report) -> u64 {
    report.records().counted().connections()
}

/// How many connections were lives to their end, and how many became rows.
#[derive(Default, Debug)]
struct Count {
    all: usize,
    lives: usize,
    rows: u64,
}

fn compare(name: &str, capture: &[u8], count: &mut Count) {
    let (with, lives) = connections(capture, TableLimits::default());
    let (without, none) = connections(capture, no_lives());
    assert_eq!(with.len(), without.len(), "{name}");
    for (with, without) in with.iter().zip(&without) {
        assert!(with == without, "{name}:\n{with}\n{without}");
    }
    assert_eq!(none, 0);
    let settings = Settings::default();
    let full = checked(capture, &settings, no_lives());
    let same = checked(capture, &settings, TableLimits::default());
    assert!(as_json(&full) == as_json(&same), "{name}");
    let rows_only = Settings {
        rows_only: true,
        ..settings
    };
    // So small a table is not divided, and few connections are told in full beside the others.
    let limits = TableLimits {
        connections: 4000,
        ..TableLimits::default()
    };
    let short = checked(capture, &rows_only, limits);
    let (full, text) = (as_text(&full), as_text(&short));
    assert!(full == text, "{name}:\n{full}\n{text}");
    count.all += with.len();
    count.lives += lives;
    count.rows += rows(&short);
}

#[test]
fn every_exchange_and_capture_is_judged_the_same() {
    let mut count = Count::default();
    for path in &files_below(Path::new(TESTDATA), "exchange") {
        let name = path.display().to_string();
        let exchange = Exchange::read(path);
        compare(&name, &exchange.to_pcap(), &mut count);
        compare(&name, &exchange.clone().with_ip(6).to_pcap(), &mut count);
        let wrapped = exchange.with_isn(u32::MAX - 1, u32::MAX);
        compare(&name, &wrapped.to_pcap(), &mut count);
    }
    for path in &files_below(Path::new(TESTDATA), "pcap") {
        let capture = std::fs::read(path).unwrap();
        compare(&path.display().to_string(), &capture, &mut count);
    }
    assert!(count.lives > 100, "{count:?}");
}

#[test]
fn nearly_all_of_the_web_goes_by_rows() {
    let kind = generator::KINDS.iter().find(|kind| kind.name == "web");
    let plan = generator::Plan {
        kind: kind.unwrap(),
        goal: generator::Goal::Packets(20_000),
        seed: 3,
    };
    let mut capture = Vec::new();
    generator::write(&plan, &mut capture).unwrap();
    let mut count = Count::default();
    compare("web", &capture, &mut count);
    // What remains is lost, sent again, refused, or opened by Fast Open; and the first of all.
    assert!(count.lives > count.all * 9 / 10, "{count:?}");
    assert!(count.rows > count.all as u64 * 8 / 10, "{count:?}");
}

/// Text alone needs rows only; beside a report as JSON, which lists all, it is the same text.
#[test]
fn the_program_keeps_connections_in_full_where_a_report_lists_them() {
    let folder = tempfile::tempdir().unwrap();
    let (capture, json) = (folder.path().join("x.pcap"), folder.path().join("x.json"));
    std::fs::write(&capture, talk::capture(5, 60, 0)).unwrap();
    let run = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tcpcheck"));
        let output = command.arg(&capture).args(more).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let alone = run(&[]);
    assert!(alone.contains("60 connections"), "{alone}");
    assert_eq!(alone, run(&["-o", json.to_str().unwrap()]));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(report["connections"].as_array().unwrap().len(), 60);
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_conversation_made_at_random_is_judged_the_same() {
    let first = from_environment("LIVES_SEED").unwrap_or(0) << 32;
    let rounds = from_environment("LIVES_ROUNDS").unwrap_or(60);
    let mut count = Count::default();
    for round in 0..rounds {
        let capture = talk::capture(first + round, 24, (round % 9) as u8);
        let name = format!("seed {}", first + round);
        if let Ok(folder) = std::env::var("LIVES_KEEP") {
            std::fs::write(format!("{folder}/{}.pcap", first + round), &capture).unwrap();
        }
        compare(&name, &capture, &mut count);
    }
    println!("{count:?}");
    assert!(count.lives > count.all / 4, "{count:?}");
    assert!(count.rows > count.all as u64 / 16, "{count:?}");
}
