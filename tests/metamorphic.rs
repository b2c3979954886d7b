//! Captures changed in ways that leave alone how TCP was spoken.
//!
//! Whatever is missing, doubled, out of order, renumbered or in another frame:
//! nobody may be accused with certainty for it. And what does not depend on what was
//! changed must be said as before.
//!
//! All is drawn from a fixed seed, so that the test is the same every time, and
//! shrunk to the least change that fails. `METAMORPHIC_ROUNDS=100` tries so many variants of
//! each capture, `METAMORPHIC_SEED=7` others, `METAMORPHIC_CAPTURES=FOLDER`
//! takes the captures from there, and `METAMORPHIC_KEEP=FOLDER` writes down
//! those that failed.

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "metamorphic/capture.rs"]
mod capture;
#[path = "metamorphic/change.rs"]
mod change;
#[path = "metamorphic/deletion.rs"]
mod deletion;
mod exchange;
#[path = "metamorphic/pcapng.rs"]
mod pcapng;
mod trace;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use capture::Capture;
use change::{Change, damage, disguise};
use exchange::{Exchange, files_below};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tcpcheck::check::Checker;
use tcpcheck::finding::{Certainty, Finding, Severity};
use tcpcheck::rules;
use tcpcheck::rules::rule::{Need, SoundFrom};
use tcpcheck::settings::Settings;
use trace::random::{Random, fingerprint};

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// Captures of real hosts in which something is done on purpose that is a
/// finding (marked with * in their README).
const NOT_CLEAN: [&str; 3] = ["syn-flood", "close-wait-stuck", "port-reuse-time-wait"];

/// Exchanges in which a second connection numbers its octets but a few behind
/// or before the first one, as no host chooses its initial numbers: what was
/// lost between the two cannot be told from an error in counting.
const CLOSE_NUMBERS: [&str; 6] = [
    "TW003-silent-old-duplicate",
    "TW004-silent",
    "TW005-silent",
    "TD009-silent-next",
    "TD003-silent-reused",
    "TD001-silent-reused",
];

/// Rules that rest on what a disguise changes: absolute numbers, numbers that
/// several connections share, addresses as such, the link type.
const ON_APPEARANCE: [&str; 4] = ["HS020", "FL010", "RS001", "AT003"];

/// Variants of each capture, unless the environment says otherwise.
const ROUNDS: u32 = 3;

/// Larger captures are left out: they take long and hold more of the same.
const FRAMES_AT_MOST: usize = 400;

/// Exchanges under `testdata` with this in their name, compiled.
fn exchanges(wanted: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    let paths = files_below(Path::new(TESTDATA), "exchange");
    let exchanges = paths.iter().filter_map(|path| {
        let name = path.strip_prefix(TESTDATA).unwrap().display().to_string();
        let exchange = Exchange::read(path);
        (wanted(&name) && exchange.cli_args().is_empty()).then(|| (name, exchange.to_pcap()))
    });
    exchanges.collect()
}

/// The captures to begin with, by name, in which nothing is wrong.
fn clean() -> Vec<(String, Vec<u8>)> {
    if let Ok(folder) = std::env::var("METAMORPHIC_CAPTURES") {
        return files_below(Path::new(&folder), "pcap")
            .iter()
            .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
            .collect();
    }
    let mut captures = exchanges(|name| {
        (name.starts_with("exchanges/") || name.contains("-silent"))
            && !CLOSE_NUMBERS.iter().any(|part| name.contains(part))
    });
    let paths = files_below(&Path::new(TESTDATA).join("lab"), "pcap");
    for path in paths {
        let name = path.strip_prefix(TESTDATA).unwrap().display().to_string();
        if !NOT_CLEAN.iter().any(|part| name.contains(part)) {
            captures.push((name, std::fs::read(&path).unwrap()));
        }
    }
    captures
}

/// All that is said of the captures.
fn findings(files: impl IntoIterator<Item = Vec<u8>>) -> Vec<Finding> {
    let mut checker = Checker::new(Settings {
        allow_no_tcp: true,
        ..Settings::default()
    });
    for file in files {
        checker.check("-", Box::new(Cursor::new(file)));
    }
    checker.finish().load().unwrap().findings
}

/// Findings at error or warning.
fn accusations(files: impl IntoIterator<Item = Vec<u8>>) -> Vec<Finding> {
    let mut findings = findings(files);
    findings.retain(|finding| finding.severity >= Severity::Warning);
    findings
}

fn from_environment(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// Tries `cases` values of `strategy`; what fails is shrunk and told.
fn try_all<S: Strategy>(
    name: &str,
    strategy: &S,
    test: impl Fn(&S::Value) -> Result<(), String>,
) -> Option<String> {
    let config = Config {
        cases: from_environment("METAMORPHIC_ROUNDS", ROUNDS),
        failure_persistence: None,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&fingerprint(name).to_le_bytes());
    seed[8..12].copy_from_slice(&from_environment("METAMORPHIC_SEED", 0).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let run = runner.run(strategy, |value| test(&value).map_err(TestCaseError::fail));
    match run {
        Ok(()) => None,
        Err(TestError::Fail(why, value)) => Some(format!("{name}, {value:?}: {why}\n")),
        Err(other) => Some(format!("{name}: {other}\n")),
    }
}

fn keep(name: &str, capture: &Capture) {
    if let Ok(folder) = std::env::var("METAMORPHIC_KEEP") {
        let path = format!("{folder}/{}.pcap", name.replace('/', "_"));
        std::fs::write(path, capture.to_file()).unwrap();
    }
}

fn told(finding: &Finding) -> String {
    let (rule, packet) = (finding.rule, finding.packet);
    let (certainty, message) = (finding.certainty.as_str(), &finding.message);
    format!("{rule} {certainty} at {packet:?}: {message}")
}

/// The captures that can be changed, without those of which something is said
/// as they are (with what is said of captures of real hosts).
fn to_change() -> Vec<(String, Capture, BTreeSet<&'static str>)> {
    let mut captures = Vec::new();
    for (name, file) in clean() {
        let Some(capture) = Capture::parse(&file) else {
            continue;
        };
        if capture.frames.is_empty() || capture.frames.len() > FRAMES_AT_MOST {
            continue;
        }
        let known: BTreeSet<_> = accusations([file]).iter().map(|f| f.rule).collect();
        if known.is_empty() || !name.ends_with("exchange") {
            captures.push((name, capture, known));
        }
    }
    captures
}

#[test]
fn nobody_is_accused_for_what_a_capture_lost() {
    let changes = prop::collection::vec(prop_oneof![5 => damage(), 2 => disguise()], 1..4);
    let mut faults = String::new();
    for (name, capture, known) in to_change() {
        let fault = try_all(&name, &changes, |changes: &Vec<Change>| {
            let mut changed = capture.clone();
            changes.iter().for_each(|change| change.apply(&mut changed));
            let mut new = accusations([changed.to_file()]);
            new.retain(|f| f.certainty == Certainty::Definite && !known.contains(&f.rule));
            if let Some(finding) = new.first() {
                keep(&format!("{}-{name}", finding.rule), &changed);
                return Err(told(finding));
            }
            Ok(())
        });
        faults.extend(fault);
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn nobody_is_accused_when_a_capture_is_split() {
    let mut faults = String::new();
    for (name, capture, known) in to_change() {
        let fault = try_all(&name, &any::<Index>(), |at| {
            let at = at.index(capture.frames.len());
            let (mut first, mut second) = (capture.clone(), capture.clone());
            first.frames.truncate(at);
            second.frames.drain(..at);
            let mut new = accusations([first.to_file(), second.to_file()]);
            new.retain(|f| f.certainty == Certainty::Definite && !known.contains(&f.rule));
            new.first().map_or(Ok(()), |finding| Err(told(finding)))
        });
        faults.extend(fault);
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Connections and findings of a report, and what keeps it from being whole.
fn told_of(file: Vec<u8>) -> serde_json::Value {
    let mut checker = Checker::new(Settings::default());
    checker.check("-", Box::new(Cursor::new(file)));
    let report = serde_json::to_value(checker.finish()).unwrap();
    let error = &report["captures"][0]["error"];
    serde_json::json!([
        report["connections"],
        report["findings"],
        report["summary"],
        error
    ])
}

#[test]
fn nothing_depends_on_how_the_file_is_written() {
    let rounds = from_environment("METAMORPHIC_ROUNDS", ROUNDS);
    let seed = from_environment("METAMORPHIC_SEED", 0);
    let mut captures: Vec<_> = to_change().into_iter().map(|(n, c, _)| (n, c)).collect();
    let faulty = exchanges(|name| name.contains("-fires"));
    captures.extend(
        faulty
            .iter()
            .filter_map(|(n, f)| Some((n.clone(), Capture::parse(f)?))),
    );
    let mut faults = String::new();
    for (name, capture) in captures
        .iter()
        .filter(|(_, c)| (1..=FRAMES_AT_MOST).contains(&c.frames.len()))
    {
        let before = told_of(capture.in_nanoseconds().to_file());
        for round in 0..rounds {
            let mut random = Random(fingerprint(name) ^ u64::from(seed + round));
            let file = pcapng::decorated(capture, &mut random);
            let after = told_of(file.clone());
            if before != after {
                if let Ok(folder) = std::env::var("METAMORPHIC_KEEP") {
                    let path = format!("{folder}/{}.pcapng", name.replace('/', "_"));
                    std::fs::write(path, file).unwrap();
                }
                writeln!(faults, "{name}, round {round}").unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn it_does_not_matter_where_a_file_says_that_frames_were_lost() {
    let mut faults = String::new();
    for (name, file) in exchanges(|name| name.contains("-fires") || name.contains("-silent")) {
        let Some(capture) = Capture::parse(&file) else {
            continue;
        };
        let in_order =
            (1..capture.frames.len()).all(|at| capture.time_ns(at) >= capture.time_ns(at - 1));
        if !in_order || capture.frames.is_empty() || capture.frames.len() > FRAMES_AT_MOST {
            continue;
        }
        let [first, last] = [true, false].map(|said_first| {
            let report = told_of(pcapng::with_losses(&capture, said_first));
            (report[0].clone(), report[1].clone())
        });
        if first != last {
            writeln!(faults, "{name}").unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn nobody_is_accused_where_a_file_has_no_times() {
    let mut faults = String::new();
    for (name, capture, known) in to_change() {
        let mut new = accusations([pcapng::timeless(&capture)]);
        new.retain(|f| f.certainty == Certainty::Definite && !known.contains(&f.rule));
        faults.extend(
            new.first()
                .map(|finding| format!("{name}: {}\n", told(finding))),
        );
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// What is said, but for what the disguise changes.
fn said(findings: &[Finding]) -> BTreeSet<String> {
    let said = findings
        .iter()
        .filter(|f| !ON_APPEARANCE.contains(&f.rule) && f.severity >= Severity::Notice);
    said.map(|f| {
        let endpoint = f.endpoint.map(|role| role.as_str());
        let certainty = f.certainty.as_str();
        format!(
            "{} {:?} {certainty} {endpoint:?} {:?}",
            f.rule, f.case, f.packet
        )
    })
    .collect()
}

#[test]
fn a_disguise_changes_no_verdict() {
    let changes = prop::collection::vec(disguise(), 1..3);
    let mut faults = String::new();
    for (name, file) in exchanges(|name| name.contains("-fires")) {
        let Some(capture) = Capture::parse(&file) else {
            continue;
        };
        let before = said(&findings([file]));
        let fault = try_all(&name, &changes, |changes: &Vec<Change>| {
            let mut changed = capture.clone();
            changes.iter().for_each(|change| change.apply(&mut changed));
            let after = said(&findings([changed.to_file()]));
            if before != after {
                let mut why = String::new();
                for gone in before.difference(&after) {
                    write!(why, "-{gone} ").unwrap();
                }
                for new in after.difference(&before) {
                    write!(why, "+{new} ").unwrap();
                }
                return Err(why);
            }
            Ok(())
        });
        faults.extend(fault);
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// A verdict that is sound from anywhere, even with capture loss, and that
/// needs nothing but the header stands on the packets that it names.
fn stands_alone(finding: &Finding) -> bool {
    let Some(rule) = rules::find(finding.rule) else {
        return false;
    };
    finding.certainty == Certainty::Definite
        && finding.severity >= Severity::Warning
        && finding.followers == 0
        && finding.packet.is_some()
        && rule.sound_from == SoundFrom::AnyVantage
        && rule.needs.iter().all(|need| *need == Need::Header)
}

#[test]
fn verdicts_stand_on_the_packets_that_they_name() {
    let mut faults = String::new();
    for (name, file) in exchanges(|name| name.contains("-fires")) {
        let Some(capture) = Capture::parse(&file) else {
            continue;
        };
        for finding in findings([file]).iter().filter(|f| stands_alone(f)) {
            let mut named: BTreeSet<u64> = finding.packet.into_iter().collect();
            named.extend(finding.related_packets.iter().map(|related| related.packet));
            let others: Vec<usize> = (0..capture.frames.len())
                .filter(|at| !named.contains(&(*at as u64 + 1)))
                .collect();
            if others.is_empty() {
                continue;
            }
            let fault = try_all(&name, &any::<Index>(), |at| {
                let lost = *at.get(&others);
                let mut changed = capture.clone();
                changed.frames.remove(lost);
                let found = findings([changed.to_file()])
                    .iter()
                    .any(|other| other.rule == finding.rule && other.endpoint == finding.endpoint);
                if found {
                    return Ok(());
                }
                Err(format!("{} is gone without {}", finding.rule, lost + 1))
            });
            faults.extend(fault);
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}
