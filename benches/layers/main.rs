//! What each layer costs, on the kinds of capture that `examples/traffic` writes.
//!
//! ```text
//! cargo bench                 all, about two minutes
//! cargo bench -- judging      those whose name holds a word
//! ```
//!
//! All is in memory, and on one thread where nothing else is said. The right column counts packets a second: `4 Mitem/s` are
//! 250 ns a packet. What is compared over weeks are counts of instructions
//! (`benches/instructions.py`), what is compared with other programs is the whole
//! (`benches/compare.py`).

// A benchmark may fail loudly as a test does.
#![allow(clippy::unwrap_used, clippy::panic, dead_code)]

#[path = "../../examples/traffic/generator/mod.rs"]
mod generator;
mod input;

use std::hint::black_box;
use std::io::{Cursor, sink};

use divan::Bencher;
use divan::counter::ItemsCount;
use tcpcheck::capture::CaptureReader;
use tcpcheck::check::Checker;
use tcpcheck::decode::{Decoder, checksum};
use tcpcheck::finding::Severity;
use tcpcheck::flow::table::{Left, Table};
use tcpcheck::flow::vantage;
use tcpcheck::report::text::Look;
use tcpcheck::report::{json, text};
use tcpcheck::rules::case::{CaptureFacts, Case, Kinds};
use tcpcheck::rules::judge::judge;
use tcpcheck::settings::{Settings, VantageChoice};

use input::{Input, KINDS};

fn main() {
    divan::main();
}

/// The capture's octets, without a copy.
fn source(input: &'static Input) -> Cursor<&'static [u8]> {
    Cursor::new(&input.capture)
}

fn check(input: &'static Input, threads: usize) -> Checker {
    let mut checker = Checker::new(Settings::default()).with_threads(threads);
    checker.check("-", Box::new(source(input)));
    checker
}

/// Records of the file.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn a_records(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    bencher.counter(input.packets()).bench(|| {
        let mut reader = CaptureReader::new(source(input)).unwrap();
        let mut octets = 0;
        while let Some(frame) = reader.next_frame().unwrap() {
            octets += frame.data.len();
        }
        octets
    });
}

/// Frames to segments, checksums verified.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn b_decoding(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    bencher.counter(input.packets()).bench(|| {
        let mut decoder = Decoder::default();
        for frame in &input.frames {
            let time = frame.time.unwrap_or_default();
            black_box(decoder.decode(frame, time).is_ok());
        }
    });
}

/// Of that, the checksums.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn c_checksums(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    bencher.counter(input.packets()).bench(|| {
        for (segment, octets) in input.segments.iter().zip(&input.tcp) {
            let (from, to) = (segment.source.ip, segment.destination.ip);
            black_box(checksum::verify(from, to, octets, 0, false));
        }
    });
}

/// Segments to connections, with all that is observed on them.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn d_table_and_machine(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    bencher.counter(input.packets()).bench(|| {
        let mut table = Table::default();
        let mut left = 0;
        for segment in &input.segments {
            table.take(segment, &mut |_| left += 1);
        }
        while table.pop(&mut |_| left += 1) {}
        left
    });
}

/// Verdicts on connections, of which there are `input.ended`; counted are their packets.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn e_judging(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    let mut ended = Vec::new();
    let mut table = Table::default();
    let mut leave = |left| match left {
        Left::Connection(one) => ended.push(one),
        Left::Life(life) => ended.push(life.tell().end().0),
        Left::HalfOpen(_) | Left::Dropped(_) | Left::Bare(_) => {}
    };
    for segment in &input.segments {
        table.take(segment, &mut leave);
    }
    while table.pop(&mut leave) {}
    let until = input.segments.last().unwrap().time;
    let capture = CaptureFacts::default();
    let settings = Settings::default();
    bencher.counter(input.packets()).bench_local(|| {
        for one in &ended {
            let case = Case {
                connection: &one.connection,
                kinds: Kinds::of(one.connection.noted()),
                previous: one.previous.as_deref(),
                followed_by: one.followed_by,
                until,
                vantage: vantage::infer(&one.connection, VantageChoice::Auto),
                refuted: None,
                capture: &capture,
                settings: &settings,
            };
            black_box(judge(&case).rulings.len());
        }
    });
}

/// All of it, to the report in memory.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn f_whole_check(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    let bencher = bencher.counter(input.packets());
    bencher.bench(|| check(input, 1).finish().summary.connections);
}

/// The same with two threads.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn f_whole_check_by_two(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    let bencher = bencher.counter(input.packets());
    bencher.bench(|| check(input, 2).finish().summary.connections);
}

/// The report for people.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn g_text(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    let report = check(input, 1).finish();
    let look = Look::plain(80, Severity::Notice);
    let bencher = bencher.counter(input.packets());
    bencher.bench_local(|| text::write(&report, &look, &mut sink()).unwrap());
}

/// The report for programs.
#[divan::bench(args = KINDS, max_time = 2, sample_count = 20)]
fn h_json(bencher: Bencher<'_, '_>, kind: &str) {
    let input = Input::of(kind);
    let report = check(input, 1).finish();
    let bencher = bencher.counter(input.packets());
    bencher.bench_local(|| json::write(&report, &mut sink()).unwrap());
}

impl Input {
    /// What the right column counts.
    fn packets(&self) -> ItemsCount {
        ItemsCount::new(self.frames.len())
    }
}
