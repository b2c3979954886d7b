//! However many threads look at a capture, the report is the same to the octet.

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

#[path = "../examples/traffic/generator/mod.rs"]
mod generator;

use std::io::Cursor;

use generator::{Goal, KINDS, Plan, write};
use tcpcheck::check::{Checker, Job};
use tcpcheck::finding::Severity;
use tcpcheck::limits::READ_BUFFER_LEN;
use tcpcheck::report::json;
use tcpcheck::report::text::{self, Look};
use tcpcheck::settings::Settings;

fn capture(name: &str, packets: u64) -> Vec<u8> {
    let plan = Plan {
        kind: KINDS.iter().find(|kind| kind.name == name).unwrap(),
        goal: Goal::Packets(packets),
        seed: 7,
    };
    let mut octets = Vec::new();
    write(&plan, &mut octets).unwrap();
    octets
}

/// Changes octets here and there, so that there is something to say.
fn spoil(capture: &mut [u8]) {
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..capture.len() / 2000 {
        // Behind the header of the file; lengths of records are left alone by the bit.
        let at = random.usize(24..capture.len());
        if capture[at] > 15 {
            capture[at] ^= 1 << random.u8(..3);
        }
    }
}

/// The report as JSON and as text.
fn reports(capture: &[u8], threads: usize) -> (String, String) {
    let mut checker = Checker::new(Settings::default()).with_threads(threads);
    checker.check("-", Box::new(Cursor::new(capture.to_vec())));
    let report = checker.finish();
    let (mut as_json, mut as_text) = (Vec::new(), Vec::new());
    json::write(&report, &mut as_json).unwrap();
    let look = Look::plain(80, Severity::Info);
    text::write(&report, &look, &mut as_text).unwrap();
    let string = |octets| String::from_utf8(octets).unwrap();
    (string(as_json), string(as_text))
}

fn is_the_same_for_any_number(capture: &[u8]) {
    assert!(capture.len() > 4 * READ_BUFFER_LEN, "several blocks");
    let alone = reports(capture, 1);
    assert!(alone.0.len() > 1000);
    for threads in [2, 3, 8, 100] {
        let several = reports(capture, threads);
        assert!(alone.0 == several.0, "JSON with {threads} threads");
        assert!(alone.1 == several.1, "text with {threads} threads");
    }
}

#[test]
fn ordinary_traffic() {
    is_the_same_for_any_number(&capture("web", 12_000));
    is_the_same_for_any_number(&capture("small", 20_000));
    is_the_same_for_any_number(&capture("bulk", 3_000));
}

#[test]
fn a_flood() {
    is_the_same_for_any_number(&capture("flood", 40_000));
}

#[test]
fn traffic_with_much_to_say_of_it() {
    for (name, packets) in [("web", 12_000), ("flood", 40_000)] {
        let mut capture = capture(name, packets);
        spoil(&mut capture);
        is_the_same_for_any_number(&capture);
    }
}

/// Small captures, one that is not small, one twice, and some that are none.
fn jobs() -> Vec<Job> {
    let web = |packets| capture("web", packets);
    let captures = [
        ("a", Ok(web(300))),
        ("large", Ok(web(25_000))),
        ("b", Ok(capture("flood", 3_000))),
        ("gone", Err("there is no such file")),
        ("a", Ok(web(300))),
        ("none", Ok(b"no capture at all".to_vec())),
        ("c", Ok(web(2_000))),
    ];
    let several = captures.iter().cycle().take(40);
    let job = |(name, octets): &(&str, Result<Vec<u8>, &'static str>)| Job {
        name: (*name).to_owned(),
        len: octets.as_ref().ok().map(|octets| octets.len() as u64),
        settings: None,
        open: {
            let octets = octets.clone();
            Box::new(move || match octets {
                Ok(octets) => Ok(Box::new(Cursor::new(octets))),
                Err(reason) => Err(reason.to_owned()),
            })
        },
    };
    several.map(job).collect()
}

#[test]
fn several_captures() {
    let report = |threads| {
        let mut checker = Checker::new(Settings::default()).with_threads(threads);
        checker.check_each(jobs());
        let mut octets = Vec::new();
        json::write(&checker.finish(), &mut octets).unwrap();
        String::from_utf8(octets).unwrap()
    };
    assert!(
        jobs()
            .iter()
            .any(|job| job.len.is_some_and(|len| len > 5_000_000))
    );
    let alone = report(1);
    assert!(alone.contains("there is no such file") && alone.contains("AT001"));
    for threads in [2, 3, 16] {
        assert!(alone == report(threads), "{threads} threads");
    }
}
